-- A day's changes: late edits of about {edited} orders, a void, a removed line; the last 60 days of the ledger are
-- read again, with {edited} new postings.
update cin7_omni.sales_order_lines set unitprice = 60 where orderid % ({orders} / {edited}) = 0;

update cin7_omni.sales_orders set status = 'VOID' where id = 77;

delete from cin7_omni.sales_order_lines where orderid = 78 and sort = 3;

insert into cin7_core.transactions
select
    'new-' || record_key, taskid, type, timestamp '2026-06-26', amount, debitaccountcode, creditaccountcode,
    read_at, _sdc_extracted_at, _sdc_batched_at
from cin7_core.transactions
limit {edited};

update cin7_core.transactions set read_at = timestamp '2026-06-28'
where effectivedate >= timestamp '2026-04-27';

insert into cin7_core.tap_cin7_runs values (
    'run-1001', 'transactions', timestamp '2026-06-28', timestamp '2026-06-28', true, timestamp '2026-06-30', timestamp '2026-06-30'
);
