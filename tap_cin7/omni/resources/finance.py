"""Omni finance: payments, and the fees and payouts of Cin7 Pay."""

from __future__ import annotations

from tap_cin7.omni.resource import CREATED, OmniResource
from tap_cin7.omni.resources.objects import TRACKED
from tap_cin7.rows.fields import BOOL, DATETIME, ENUM, INT, KEY, NUM, STR, record, table

SETTLEMENT = table(
    id=KEY("Id of the fee or payout"),
    createdDate=DATETIME("When it was created; drives incremental replication"),
    invoiceReference=STR("PMTFEE- and an id for fees, an order reference for payouts"),
    description=STR("What the amount is for"),
    stripePaymentId=STR("Id of the payment at Stripe"),
    transactionType=STR("Fee or payout"),
    total=NUM("Amount in the given currency"),
    currency=STR("Currency of the amount"),
    accountingTreatment=STR("How accounting treats the amount"),
    taxTreatment=STR("How tax applies to the amount"),
    isNetOfSettlement=BOOL("Whether the amount is net of the settlement"),
)
"""Fees and payouts come in the same form."""


class Payments(OmniResource):
    """Payments and refunds on orders; a payment deleted for good vanishes without a trace.

    ``orderId`` is an id of the stream that ``orderType`` says: ``sales_orders``,
    ``purchase_orders``, ``credit_notes`` and others. Join by both.
    """

    path = "/v1/Payments"
    bounded_by_start_date = True
    # A payment that was never modified has no stamp, so a filter on it may miss the payment.
    null_stamps = True
    schema = record(
        TRACKED,
        id=KEY("Payment id"),
        modifiedDate=DATETIME("Last change, possibly null; drives incremental replication"),
        paymentDate=DATETIME("When the payment was made"),
        amount=NUM("Amount paid"),
        method=STR("Method of payment"),
        direction=INT("Money in or out; an older API used 1 and -1"),
        isAuthorized=BOOL("Whether the payment is authorised"),
        transactionRef=STR("Reference of the transaction"),
        comments=STR("Comments on the payment"),
        orderId=INT("Document the payment belongs to, of the kind in orderType"),
        orderRef=STR("Reference of that document"),
        orderType=ENUM("Kind of document paid, such as SalesOrder or PurchaseOrder"),
        paymentImportedRef=STR("Reference of the payment after import"),
        batchReference=STR("Batch the payment was made in"),
        reconcileDate=DATETIME("When the payment was reconciled"),
        branchId=INT("Branch of the payment (branches.id)", to="branches.id"),
    )


class PaymentFees(OmniResource):
    """Fees of Cin7 Pay; empty or not permitted on accounts without it."""

    path = "/v1/PaymentFeesAndPayouts/Fees"
    bounded_by_start_date = True
    stamped_by = CREATED
    schema = record(SETTLEMENT, id=KEY("Fee id"))


class Payouts(OmniResource):
    """Payouts of Cin7 Pay; empty or not permitted on accounts without it."""

    path = "/v1/PaymentFeesAndPayouts/Payouts"
    bounded_by_start_date = True
    stamped_by = CREATED
    schema = record(SETTLEMENT, id=KEY("Payout id"))
