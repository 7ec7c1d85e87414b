-- A shop of {orders} orders of four lines and a ledger of {postings} postings, over 1,000 days. Columns that the
-- loaders write and the marts do not need are left out: they count as null.
create schema cin7_omni;
create schema cin7_core;

create table cin7_omni.branches as
select i as id, 'Branch ' || i as company, timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, 3) as t(i);

create table cin7_omni.contacts as
select i as id, 'Customer' as type, 'Customer ' || i as company, timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, 20000) as t(i);

create table cin7_omni.products as
select i as id, 'Product ' || i as name, 'Public' as status, timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, 5000) as t(i);

create table cin7_omni.product_options as
select i as id, 0 as sizeid, i as productid, 'SKU-' || i as code, timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, 5000) as t(i);

create table cin7_omni.sales_orders as
select
    i as id, 'SO-' || i as reference, 'APPROVED' as status, i % 20000 + 1 as memberid, i % 3 + 1 as branchid,
    'Web' as source, 'NZD' as currencycode, cast(1 as double precision) as currencyrate, 15 as taxrate,
    'Excl' as taxstatus, '30 days' as paymentterms, cast(460 as double precision) as total,
    timestamp '2023-10-01' + (i % 1000) * interval '1 day' as createddate,
    timestamp '2023-10-01' + (i % 1000) * interval '1 day' as invoicedate,
    timestamp '2023-10-01' + (i % 1000) * interval '1 day' as dispatcheddate,
    timestamp '2023-10-01' + (i % 1000) * interval '1 day' as modifieddate,
    timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, {orders}) as t(i);

create table cin7_omni.sales_order_lines as
select
    i as orderid, i * 4 + n as id, 1 as repetition, (i * 4 + n) % 5000 + 1 as productid,
    (i * 4 + n) % 5000 + 1 as productoptionid, 'SKU-' || ((i * 4 + n) % 5000 + 1) as code, 'Product' as name, n as sort,
    cast(2 as double precision) as qty, cast(50 as double precision) as unitprice,
    cast(0 as double precision) as discount, cast(2 as double precision) as qtyshipped,
    cast(30 as double precision) as unitcost, timestamp '2023-10-01' + (i % 1000) * interval '1 day' as parent_modified, timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, {orders}) as t(i)
cross join generate_series(0, 3) as m(n);

create table cin7_core.accounts as
select cast(i as varchar) as code, 'Account ' || i as name, 'ASSET' as class, 'BANK' as type, timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, 40) as t(i);

create table cin7_core.transactions as
select
    'posting-' || i as record_key, 'task-' || i as taskid, 'INV' as type, timestamp '2023-10-01' + (i % 1000) * interval '1 day' as effectivedate,
    cast(i % 1000 as double precision) as amount, cast(i % 40 + 1 as varchar) as debitaccountcode,
    cast((i + 1) % 40 + 1 as varchar) as creditaccountcode,
    -- Each night reads the last 60 days again.
    least(timestamp '2023-10-01' + (i % 1000 + 61) * interval '1 day', timestamp '2026-06-27') as read_at,
    timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, {postings}) as t(i);

create table cin7_core.tap_cin7_runs as
select
    'run-' || i as run_id, 'transactions' as stream, timestamp '2023-10-01' + i * interval '1 day' as began,
    timestamp '2023-10-01' + i * interval '1 day' as ended, true as complete,
    timestamp '2026-06-30' as _sdc_extracted_at, timestamp '2026-06-30' as _sdc_batched_at
from generate_series(1, 1000) as t(i);
