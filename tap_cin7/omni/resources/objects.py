"""Objects that several areas of Omni share: people, items, lines and documents.

A document (quote, order, credit note, purchase order) is composed of ``DOCUMENT`` and the
tables below it, so that a field means the same, and reads the same, wherever it appears.
"""

from __future__ import annotations

from tap_cin7.rows.fields import BOOL, DATETIME, ENUM, INT, KEY, NUM, OPEN, STR, obj, table

TRACKED = table(
    id=KEY("Id of the record"),
    createdDate=DATETIME("When the record was created"),
    modifiedDate=DATETIME("Last change; drives incremental replication"),
)
"""Opens every stream that Omni stamps with its last change."""

NAMED = table(
    firstName=STR("First name of the person"),
    lastName=STR("Last name of the person"),
    email=STR("Email address of the person"),
)
PERSON = table(
    NAMED,
    company=STR("Company the person belongs to"),
    phone=STR("Phone number"),
    mobile=STR("Mobile phone number"),
)
FAX = table(fax=STR("Fax number"))
JOB = table(jobTitle=STR("Job title of the person"))

OPTIONS = table(
    option1=STR("First option value, such as a colour"),
    option2=STR("Second option value"),
    option3=STR("Third option value"),
)
ITEM = table(
    OPTIONS,
    id=INT("Id of this entry"),
    productId=INT("Product of this entry (products.id)", to="products.id"),
    productOptionId=INT(
        "Product option of this entry (product_options.id)", to="product_options.id"
    ),
    sort=INT("Position among its siblings"),
    code=STR("SKU of the option or size"),
    name=STR("Product name as shown on this entry"),
)
"""One product inside a document or a bill of materials."""

LINE = table(
    ITEM,
    createdDate=DATETIME("When the line was created"),
    transactionId=INT("Id of the document that holds the line"),
    parentId=INT("Above 0 on the components of an exploded kit, otherwise 0"),
    integrationRef=STR("Reference given by a connected system"),
    qty=NUM("Quantity, possibly fractional; may be negative on credit notes"),
)
"""One line of any document, stock movements included."""

SIZE_ROW = table(
    name=STR("Label of the size, such as S or 14"),
    code=STR("SKU of the size; may occur twice in a line"),
    barcode=STR("Barcode of the size"),
    qty=NUM("Quantity of this size"),
)

TRADE_LINE = table(
    LINE,
    styleCode=STR("Style code of the product"),
    barcode=STR("Barcode of the ordered item"),
    supplierCode=STR("Code the supplier uses for the item"),
    sizeCodes=STR("Sizes packed into one text, Qty|Size|Code|Barcode each"),
    lineComments=STR("Comments on the line"),
    unitPrice=NUM("Price of one unit in the document's currency"),
    discount=NUM("Discount granted on the line"),
    qtyShipped=NUM("Quantity shipped so far"),
)
"""One line of a document with prices."""

IMAGE = table(link=STR("Address of the image file"))

ACTED = table(
    TRACKED,
    createdBy=INT("User who created the record (users.id); 0 when unset", to="users.id"),
    isApproved=BOOL("Whether the record is approved"),
    reference=STR("Reference of the record; imported ones may start with #"),
    source=STR("Where the record came from, such as a connected system"),
)
"""A record that a user raises and approves."""

DELIVERY = table(
    deliveryFirstName=STR("First name of the recipient"),
    deliveryLastName=STR("Last name of the recipient"),
    deliveryCompany=STR("Company that receives the goods"),
    deliveryAddress1=STR("First line of the delivery address"),
    deliveryAddress2=STR("Second line of the delivery address"),
    deliveryCity=STR("City of the delivery address"),
    deliveryState=STR("State or region of the delivery address"),
    deliveryPostalCode=STR("Postal code of the delivery address"),
    deliveryCountry=STR("Country of the delivery address"),
)
BILLING = table(
    billingFirstName=STR("First name on the billing address"),
    billingLastName=STR("Last name on the billing address"),
    billingCompany=STR("Company on the billing address"),
    billingAddress1=STR("First line of the billing address"),
    billingAddress2=STR("Second line of the billing address"),
    billingCity=STR("City of the billing address"),
    billingState=STR("State or region of the billing address"),
    billingPostalCode=STR("Postal code of the billing address"),
    billingCountry=STR("Country of the billing address"),
)
TOTALS = table(
    productTotal=NUM("Sum of the product lines"),
    freightTotal=NUM("Freight charged on the document"),
    freightDescription=STR("Label of the freight charge"),
    surcharge=NUM("Surcharge added to the document"),
    surchargeDescription=STR("Label of the surcharge"),
    discountTotal=NUM("Discount on the whole document"),
    discountDescription=STR("Label of the discount"),
    total=NUM("Document total in its currency, tax as taxStatus says"),
    currencyId=INT("Currency id; rarely documented, may be missing"),
    currencyCode=STR("Currency of the amounts, such as NZD"),
    currencyRate=NUM("Exchange rate of the document's currency"),
    currencySymbol=STR("Sign of the currency, such as $"),
    taxStatus=ENUM("Tax treatment: Incl, Excl, Exempt or Undefined"),
    taxRate=NUM("Tax rate as a number, such as 6.5"),
)
HANDLING = table(
    processedBy=INT("User who processed the document (users.id); 0 when unset", to="users.id"),
    branchEmail=STR("Email address of the branch"),
    projectName=STR("Sales channel or project label"),
    trackingCode=STR("Tracking code of the shipment"),
    internalComments=STR("Comments for the account's own staff"),
    customFields=OPEN("Custom fields by field code, such as orders_1000"),
)

DOCUMENT = table(
    ACTED,
    HANDLING,
    PERSON,
    FAX,
    DELIVERY,
    BILLING,
    TOTALS,
    memberId=INT("Customer or supplier of the document (contacts.id)", to="contacts.id"),
    memberEmail=STR("Email address of the customer or supplier"),
    branchId=INT("Branch that handles the document (branches.id)", to="branches.id"),
    status=ENUM("Draft, Approved or Void; live values come in upper case"),
    salesPersonId=INT("Sales person in charge; 0 when unset"),
    modifiedCOGSDate=DATETIME("Second change stamp, moved by changes of cost"),
)
"""Header of quotes, orders, credit notes and purchase orders."""

ORDER_TERMS = table(
    stage=STR("Stage of work, text configured by the account"),
    memberCostCenter=STR("Cost centre of the customer or supplier"),
    memberAlternativeTaxRate=STR("Tax rate of the member as text such as 8.75%"),
    costCenter=STR("Cost centre of the document"),
    alternativeTaxRate=STR("Overriding tax rate as text such as 8.75%"),
    estimatedDeliveryDate=DATETIME("Expected delivery of the goods"),
    salesPersonEmail=STR("Obsolete; null in live data"),
    paymentTerms=STR("Agreed terms of payment"),
    customerOrderNo=STR("Order number of the customer"),
    voucherCode=STR("Voucher used (vouchers.code)", to="vouchers.code"),
    deliveryInstructions=STR("Instructions for the delivery, up to 2,000 characters"),
    cancellationDate=DATETIME("When the order is or was cancelled"),
)
"""What quotes, sales orders and purchase orders agree on."""

POSTING = table(
    logisticsCarrier=STR("Carrier of the goods; null or empty when unset"),
    logisticsStatus=INT("State of the shipment as a numeric code"),
    accountingAttributes=obj(
        table(
            importDate=DATETIME("When accounting took the document over"),
            accountingImportStatus=ENUM("NotImported, Imported, DoNotImport or Error"),
        ),
        "Transfer of the document to the accounting system",
    ),
)
"""Logistics and accounting of documents that move goods and money."""
