"""What the shop sells and who it knows: the words that its goods and people are made of.

The texts hold what real ones hold: macrons, umlauts, an apostrophe, an ampersand.
"""

from __future__ import annotations

from typing import NamedTuple


class StyleWords(NamedTuple):
    """One product of the range.

    Attributes:
        code: Start of its SKUs.
        name: What it is called.
        category: Where it stands.
        brand: Who makes it.
        supplier: Index of the supplier it is bought from.
        retail: Price in the shop in NZD, tax included.
        cost_percent: Cost of purchase in percent of the retail price without tax. Two lines are
            cleared out below cost, as an owner would want to see.
        colours: Its options.
        sizes: Its sizes; none for goods in one size.
        season: When it sells best: ``winter``, ``summer``, ``gift`` or nothing.
        grams: Weight of one.
        keeps_days: Shelf life; goods with one are kept by batch. 0 for all others.

    """

    code: str
    name: str
    category: str
    brand: str
    supplier: int
    retail: str
    cost_percent: int
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    season: str
    grams: int
    keeps_days: int


STYLES = (
    StyleWords(
        "MT", "Merino throw", "Textiles", "Ngā Mahi", 0, "189.00", 46,
        ("Oat", "Charcoal", "Moss"), (), "winter", 1_400, 0,
    ),
    StyleWords(
        "WS", "Wool socks", "Textiles", "Ngā Mahi", 0, "29.90", 44,
        ("Navy", "Grey"), ("S", "M", "L"), "winter", 90, 0,
    ),
    StyleWords(
        "TT", "Tea towel", "Textiles", "Lärche & Co", 1, "24.50", 43,
        ("Fern", "Tūī"), (), "gift", 120, 0,
    ),
    StyleWords(
        "LN", "Linen napkins, set of 4", "Textiles", "Lärche & Co", 1, "59.00", 47,
        ("Natural", "Slate"), (), "gift", 260, 0,
    ),
    StyleWords(
        "CC", "Café cup", "Tableware", "Kiln", 2, "32.00", 45,
        ("White", "Ocean", "Clay"), (), "", 310, 0,
    ),
    StyleWords(
        "DP", "Dinner plate", "Tableware", "Kiln", 2, "38.00", 48,
        ("White", "Ocean"), (), "", 650, 0,
    ),
    StyleWords(
        "TP", "Teapot 1.2 l", "Tableware", "Kiln", 2, "42.00", 107,
        ("White",), (), "winter", 980, 0,
    ),
    StyleWords(
        "SB", "Serving board", "Tableware", "Rimu Works", 3, "79.00", 49,
        ("Rimu", "Oak"), (), "gift", 1_100, 0,
    ),
    StyleWords(
        "RJ", "Rain jacket", "Outdoor", "Westwind", 4, "249.00", 50,
        ("Black", "Kelp"), ("S", "M", "L", "XL"), "winter", 520, 0,
    ),
    StyleWords(
        "SH", "Sun hat", "Outdoor", "Westwind", 4, "54.90", 44,
        ("Sand",), ("M", "L"), "summer", 140, 0,
    ),
    StyleWords(
        "BT", "Beach towel", "Outdoor", "Lärche & Co", 1, "69.00", 45,
        ("Coral", "Lagoon"), (), "summer", 600, 0,
    ),
    StyleWords(
        "DB", "Dry bag 20 l", "Outdoor", "Westwind", 4, "28.00", 107,
        ("Orange",), (), "summer", 380, 0,
    ),
    StyleWords(
        "SC", "Soy candle", "Care", "O'Neill's", 5, "45.00", 42,
        ("Kawakawa", "Lemon"), (), "gift", 420, 730,
    ),
    StyleWords(
        "HS", "Hand soap 500 ml", "Care", "O'Neill's", 5, "26.00", 42,
        ("Mānuka", "Lime"), (), "", 560, 540,
    ),
    StyleWords(
        "EB", "Espresso beans 1 kg", "Pantry", "Röstwerk", 6, "52.00", 50,
        ("Dark",), (), "", 1_000, 240,
    ),
    StyleWords(
        "FB", "Filter beans 250 g", "Pantry", "Röstwerk", 6, "18.50", 48,
        ("Light", "Medium"), (), "", 250, 240,
    ),
)  # fmt: skip


class KitWords(NamedTuple):
    """A set of goods with one price: components as style code, colour and quantity."""

    code: str
    name: str
    components: tuple[tuple[str, str, int], ...]
    season: str


KITS = (
    KitWords("KB", "Breakfast set", (("CC", "Ocean", 2), ("EB", "Dark", 1)), ""),
    KitWords("KD", "Dinner for two", (("DP", "White", 2), ("LN", "Natural", 1)), "gift"),
    KitWords("KC", "Care box", (("SC", "Lemon", 1), ("HS", "Lime", 1), ("TT", "Fern", 1)), "gift"),
    KitWords("KP", "Picnic set", (("BT", "Lagoon", 1), ("SB", "Oak", 1)), "summer"),
)
KIT_PERCENT = 95
"""Price of a kit in percent of its components' prices."""
CATEGORIES = ("Textiles", "Tableware", "Outdoor", "Care", "Pantry", "Kits")

SUPPLIERS = (
    ("Ngā Mahi Wool Ltd", "NZD", "Christchurch"),
    ("Lärche & Co", "AUD", "Melbourne"),
    ("Kiln Ceramics", "NZD", "Nelson"),
    ("Rimu Works", "NZD", "Hokitika"),
    ("Westwind Apparel Pty", "AUD", "Sydney"),
    ("O'Neill's Apothecary", "NZD", "Auckland"),
    ("Röstwerk Coffee", "NZD", "Wellington"),
)
FIRST_NAMES = (
    "Aroha", "Ben", "Zoë", "Liam", "Siân", "Noor", "Jürgen", "Mere", "Ana", "Tane", "Grace", "Hemi",
)  # fmt: skip
LAST_NAMES = (
    "O'Brien", "Smith", "Müller", "Te Kanawa", "D'Souza", "Nguyễn", "García", "Walker", "Singh",
    "Tamihana", "Brown",
)  # fmt: skip
SHOPS = (
    "Corner Store", "Harbour Gifts", "The Long White Shelf", "Böhm & Daughters", "Café Rātā",
    "Southern Cross Outfitters", "Paper & Clay", "Crate, Jar; Co.", "Bay Home", "Hill Street Deli",
)  # fmt: skip
NZ_CITIES = (
    ("Auckland", "Auckland", "1010"),
    ("Wellington", "Wellington", "6011"),
    ("Dunedin", "Otago", "9016"),
    ("Whangārei", "Northland", "0110"),
    ("Tauranga", "Bay of Plenty", "3110"),
)
AU_CITIES = (
    ("Sydney", "NSW", "2000"),
    ("Melbourne", "VIC", "3000"),
    ("Brisbane", "QLD", "4000"),
)
STREETS = ("Queen Street", "O'Connell Street", "Marine Parade", "Hill Road", "Station Lane")
