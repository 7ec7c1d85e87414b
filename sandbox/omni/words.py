"""The text the data are made of, awkward kinds included."""

# ruff: noqa: RUF001 - typographic quotes and dashes are among the awkward kinds

from __future__ import annotations

FIRST_NAMES = ("Aroha", "Ben", "Zoë", "Liam", "Siân", "Noor", "Jürgen", "Mere", "李", "Ana")
LAST_NAMES = ("O'Brien", "Smith", "Müller", "Te Kanawa", "D’Souza", "Nguyễn", "García", "王小明")
COMPANIES = (
    "Tāmaki Homewares Ltd",
    "O'Neill & Sons",
    'The "Corner" Shop',
    "Łódź Textiles",
    "株式会社サンプル",
    "Crate, Barrel; Co.",
)
CITIES = ("Auckland", "Wellington", "Sydney", "Melbourne", "München", "Austin", "Whangārei")
STATES = ("Auckland", "NSW", "VIC", "TX", "", None)
COUNTRIES = ("New Zealand", "Australia", "United States", "Germany", "Côte d'Ivoire", "")
POSTCODES = ("1010", "2000", "0600", "SW1A 1AA", "", None)
STREETS = ("1 Queen Street", "22/7 O'Connell St", "Straße des 17. Juni 135", "Level 3\nTower B")
SUBURBS = ("", None, "Unit 4", "Rear entrance")
JOBS = ("Buyer", "Owner", "Accounts & payroll", "", None)
SITES = ("https://example.com", "www.example.co.nz/?a=1&b=2", "", None)
NOTES = (
    "Leave at the door",
    'He said "call first"',
    "It's fragile; handle with care",
    "Zeile 1\r\nZeile 2\tTab",
    "Back\\slash and / slash",
    "Kia ora 👋 café – 10 €",
    "שלום, مرحبا",
    "<p>Bold &amp; <b>brave</b></p>",
    "   spaces around   ",
    "a" * 300,
    "",
    "",
    None,
    None,
    None,
)
LABELS = ("Retail", "Wholesale", "Überseehandel", "Shopify #1", "B2B", "", None, None)
STAGES = ("New", "Processing", "Dispatched", "On Hold", "Fully Picked", "Partially Picked", "")
PRODUCTS = ("Merino jumper", "Café cup", "Child's chair", 'Lamp 12"', "Wolldecke “Größe”", "椅子")
STYLES = ("MJ", "CC", "CH", "LA", "WD", "YI")
COLOURS = ("Red", "Bleu ciel", "Grün", "Navy/White", "", None)
SIZES = ("", "S", "M", "L")

POOLS: dict[str, tuple[object, ...]] = {
    "currencycode": ("NZD", "NZD", "AUD", "USD", "EUR"),
    "currency": ("nzd", "aud", "usd"),
    "currencysymbol": ("$", "$", "€", "£", ""),
    "taxstatus": ("Incl", "Excl", "Exempt"),
    "status": ("APPROVED", "APPROVED", "APPROVED", "DRAFT", "VOID"),
    "stage": STAGES,
    "stockcontrol": ("FIFO", 5, "Batch", 1, "Serial", 0),
    "accountingimportstatus": ("NotImported", "Imported", "DoNotImport", "Error"),
    "type": ("Make", "Use", "Addon", "Undefined"),
    "source": ("Backend", "Shopify", "B2B", "", None),
    "method": ("Cash", "Credit Card", "On Account", "EFTPOS", None),
    "paymentterms": ("30 days EOM", "COD", "20th of the month", "", None),
    "pricecolumn": ("Retail", "Wholesale", "VIP", ""),
    "branchtype": ("Warehouse", "Store", "Consignment"),
    "brand": ("Ngā Mahi", "Acme", "L’Atelier", "", None),
    "jobtitle": JOBS,
    "website": SITES,
    "link": ("https://example.com/img/a%20b.jpg", "https://example.com/é.png", "", None),
    "size": SIZES,
    "sizes": SIZES[1:],
    "bins": ("A-01", "A-02", "Ü 3"),
    "stripepaymentid": ("pi_000000000001", "pi_000000000002", ""),
    "transactiontype": ("Fee", "Payout", "charge"),
    "direction": (1, 1, 1, -1),
    "batch": ("B-2026/01", "", None),
    "serial": ("SN00017", "", None),
    "zone": ("A", "B", "Kühlraum"),
    "orderref": ("", None),
}
"""Values by lower-case field name."""

STREAM_POOLS: dict[tuple[str, str], tuple[object, ...]] = {
    ("contacts", "type"): ("Customer", "Customer", "Supplier"),
    ("products", "status"): ("Public", "Public", "Internal", "Inactive", "ShowInB2B"),
    ("product_options", "status"): ("Primary", "Active", "Disabled"),
    ("vouchers", "status"): ("Active", "Inactive"),
    ("vouchers", "type"): ("Gift", "Credit"),
}
"""Values where a stream has its own."""
