"""Ordinary rows of Cin7 Core: authorised, tax of 15 % on top, goods of one location.

Documents are made whole, as Cin7 sends them; their parts are written beside them, as the tap cuts
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.books.books import guid, number

if TYPE_CHECKING:
    from tests.books.books import Account
    from tests.books.databases import Row

MODIFIED = "2026-06-25T03:00:00"
DAY = "2026-05-01T00:00:00"
MAIN = "Main"
NOT_AVAILABLE, AUTHORISED = "NOT AVAILABLE", "AUTHORISED"


@dataclass(frozen=True)
class Item:
    """A product."""

    id: str
    sku: str
    key: str


@dataclass(frozen=True)
class Document:
    """A document: a sale, a purchase, or a task of stock."""

    id: str
    key: str


@dataclass(frozen=True)
class Core:
    """An account of Core and what happens in it."""

    account: Account
    currency: str = "NZD"

    @property
    def schema(self) -> str:
        return self.account.schema

    def key(self, *ids: object) -> str:
        return ":".join(map(str, ("core", self.schema, *ids)))

    def item(self, sku: str = "HAT", cost: float | None = 5, **fields: object) -> Item:
        """Add a product."""
        one = guid()
        sku = f"{sku}-{number()}"
        self.account.write(
            "products",
            **{
                "ID": one,
                "SKU": sku,
                "Name": sku,
                "Type": "Stock",
                "Status": "Active",
                "CostingMethod": "FIFO",
                "AverageCost": cost,
                "Category": "Hats",
                "BillOfMaterial": False,
                "CreatedDate": "2020-01-01T00:00:00",
                "LastModifiedOn": MODIFIED,
                "PriceTier1": 50,
                **fields,
            },
        )
        return Item(one, sku, self.key(one))

    def customer(self, **fields: object) -> Row:
        """Add a customer, and return what documents say of it."""
        one = guid()
        name = f"Customer {number()}"
        self.account.write(
            "customers",
            **{
                "ID": one,
                "Name": name,
                "Currency": self.currency,
                "PaymentTerm": "30 days",
                "Status": "Active",
                "LastModifiedOn": MODIFIED,
                **fields,
            },
        )
        return {"Customer": name, "CustomerID": one}

    def supplier(self, **fields: object) -> Row:
        """Add a supplier, and return what documents say of it."""
        one = guid()
        name = f"Supplier {number()}"
        row = {
            "ID": one,
            "Name": name,
            "Currency": self.currency,
            "PaymentTerm": "30 days",
            "Status": "Active",
            "LastModifiedOn": MODIFIED,
        }
        self.account.write("suppliers", **row | fields)
        return {"Supplier": name, "SupplierID": one}

    @staticmethod
    def line(
        item: Item | None, qty: float, price: float, discount: float = 0, **fields: object
    ) -> Row:
        """Return a line with 15 % tax on top; without an item it names no product."""
        total = round(qty * price * (1 - discount / 100), 2)
        return {
            "ProductID": item.id if item else None,
            "SKU": item.sku if item else "",
            "Name": item.sku if item else "Amount",
            "Quantity": qty,
            "Price": price,
            "Discount": discount,
            "Tax": round(total * 0.15, 2),
            "TaxRule": "GST 15%",
            "Total": total,
            "Comment": "",
            **fields,
        }

    @staticmethod
    def charge(amount: float, **fields: object) -> Row:
        """Return an additional charge with 15 % tax on top."""
        return {
            "Description": "Courier",
            "Quantity": 1,
            "Price": amount,
            "Discount": 0,
            "Tax": round(amount * 0.15, 2),
            "Total": amount,
            "TaxRule": "GST 15%",
            **fields,
        }

    @staticmethod
    def payment(amount: float, day: str = "2026-05-20", **fields: object) -> Row:
        """Return a payment, refund or prepayment."""
        return {
            "ID": guid(),
            "Reference": "",
            "Amount": amount,
            "DatePaid": f"{day}T00:00:00",
            "Account": "090",
            "CurrencyRate": 1,
            "DateCreated": f"{day}T01:00:00",
            **fields,
        }

    def invoice(
        self,
        lines: list[Row],
        charges: list[Row] | None = None,
        payments: list[Row] | None = None,
        **fields: object,
    ) -> Row:
        """Return an invoice of 1 May, due on 31 May."""
        charges, payments = charges or [], payments or []
        return {
            "TaskID": guid(),
            "InvoiceNumber": f"INV-{number()}",
            "Status": AUTHORISED,
            "InvoiceDate": DAY,
            "InvoiceDueDate": "2026-05-31T00:00:00",
            "Lines": lines,
            "AdditionalCharges": charges,
            "Payments": payments,
            **_sums([*lines, *charges], inclusive=bool(fields.pop("inclusive", False))),
            "Paid": sum(one["Amount"] for one in payments),
            **fields,
        }

    def fulfilment(
        self,
        picked: list[tuple[Item, float]],
        shipped: str | None = "2026-05-02",
        location: str = MAIN,
        **fields: object,
    ) -> Row:
        """Return a fulfilment; without a day of shipment nothing has left."""
        status = fields.pop("status", AUTHORISED)
        lines = [
            {
                "ProductID": item.id,
                "SKU": item.sku,
                "Name": item.sku,
                "Quantity": units,
                "Location": location,
                "LocationID": None,
                "BatchSN": "",
                "NonInventory": False,
            }
            for item, units in picked
        ]
        ship = status if shipped or status != AUTHORISED else NOT_AVAILABLE
        return {
            "TaskID": guid(),
            "FulfillmentNumber": 1,
            "LinkedInvoiceNumber": "",
            "FulFilmentStatus": "FULFILLED" if status == AUTHORISED and shipped else status,
            "Pick": {"Status": status, "Lines": lines},
            "Pack": {"Status": status, "Lines": lines},
            "Ship": {
                "Status": ship,
                "Lines": [
                    {
                        "ID": guid(),
                        "ShipmentDate": f"{shipped}T00:00:00",
                        "Carrier": "Courier",
                        "IsShipped": True,
                    }
                ]
                if shipped
                else [],
            },
            **fields,
        }

    def credit_note(
        self,
        lines: list[Row],
        restocked: list[tuple[Item, float]] | None = None,
        refunds: list[Row] | None = None,
        **fields: object,
    ) -> Row:
        """Return a credit note of 10 May."""
        restock = [
            {
                "ProductID": item.id,
                "SKU": item.sku,
                "Name": item.sku,
                "Quantity": units,
                "Location": MAIN,
                "LocationID": None,
                "NonInventory": False,
                "RestockLocation": MAIN,
                "RestockDate": "2026-05-10T00:00:00",
            }
            for item, units in restocked or []
        ]
        return {
            "TaskID": guid(),
            "CreditNoteNumber": f"CR-{number()}",
            "CreditNoteInvoiceNumber": "",
            "Status": AUTHORISED,
            "CreditNoteDate": "2026-05-10T00:00:00",
            "CreditNoteConversionRate": 1,
            "Lines": lines,
            "AdditionalCharges": [],
            "Refunds": refunds or [],
            "Restock": restock,
            "RestockStatus": AUTHORISED if restock else NOT_AVAILABLE,
            **_sums(lines, inclusive=bool(fields.pop("inclusive", False))),
            **fields,
        }

    @staticmethod
    def moved(item: Item, cost: float, task: str, day: str = "2026-05-02") -> Row:
        """Return what goods that left had cost; with minus what came back."""
        return {"TaskID": task, "ProductID": item.id, "Date": f"{day}T00:00:00", "COGS": cost}

    def sale(  # noqa: PLR0913 - the parts of a document
        self,
        lines: list[Row],
        *,
        charges: list[Row] | None = None,
        invoices: list[Row] | None = None,
        fulfilments: list[Row] | None = None,
        credit_notes: list[Row] | None = None,
        movements: list[Row] | None = None,
        prepayments: list[Row] | None = None,
        order_status: str = AUTHORISED,
        **header: object,
    ) -> Document:
        """Add a sale of 1 May."""
        invoices, fulfilments = invoices or [], fulfilments or []
        credit_notes, movements = credit_notes or [], movements or []
        rate = header.get("CurrencyRate", 1)
        for one in invoices:
            one.setdefault("CurrencyConversionRate", rate)
        inclusive = header.get("TaxCalculation") == "Inclusive"
        is_ordered = order_status == AUTHORISED
        order = {
            "SaleOrderNumber": f"SO-{number()}",
            "Status": order_status,
            "Memo": "",
            "Lines": lines,
            "AdditionalCharges": charges or [],
            **_sums([*lines, *(charges or [])], inclusive=inclusive),
        }
        quote = {
            "Status": NOT_AVAILABLE,
            "Memo": "",
            "Prepayments": prepayments or [],
            "Lines": [],
            "AdditionalCharges": [],
            **_sums([], inclusive=False),
        }
        shipped = any(one["Ship"]["Lines"] for one in fulfilments)
        live = [one for one in invoices if one["Status"] in {AUTHORISED, "PAID"}]
        row: Row = {
            "ID": guid(),
            "LastModifiedOn": MODIFIED,
            "Customer": "",
            "CustomerID": None,
            "Type": "Simple Sale",
            "Status": "INVOICED" if live else "ORDERED" if is_ordered else "DRAFT",
            "BaseCurrency": self.currency,
            "CustomerCurrency": self.currency,
            "CombinedPickingStatus": "PICKED" if fulfilments else "NOT PICKED",
            "CombinedPackingStatus": "PACKED" if fulfilments else "NOT PACKED",
            "CombinedShippingStatus": "SHIPPED" if shipped else "NOT SHIPPED",
            "FulFilmentStatus": "FULFILLED" if shipped else "NOT FULFILLED",
            "CombinedInvoiceStatus": "INVOICED" if live else "NOT INVOICED",
            "CombinedPaymentStatus": "UNPAID",
            "SourceChannel": "",
            "SkipQuote": True,
            "TaxRule": "GST 15%",
            "TaxCalculation": "Exclusive",
            "Terms": "30 days",
            "Location": MAIN,
            "SaleOrderDate": DAY,
            "ShipBy": "2026-05-03T00:00:00",
            "COGSAmount": sum(one["COGS"] for one in movements),
            "CurrencyRate": rate,
            "ServiceOnly": False,
            "Quote": quote,
            "Order": order,
            "Fulfilments": fulfilments,
            "Invoices": invoices,
            "CreditNotes": credit_notes,
            "InventoryMovements": movements,
            "Transactions": [],
            **header,
        }
        row["header_modified"] = row["LastModifiedOn"]
        self.account.write("sales", **row)
        self._sale_header(row)
        self._sale_parts(row)
        return Document(row["ID"], self.key(row["ID"]))

    def _sale_header(self, row: Row) -> None:
        same = (
            "Customer",
            "CustomerID",
            "Type",
            "Status",
            "ShipBy",
            "BaseCurrency",
            "CustomerCurrency",
            "CombinedPickingStatus",
            "CombinedPackingStatus",
            "CombinedShippingStatus",
            "FulFilmentStatus",
            "CombinedInvoiceStatus",
            "CombinedPaymentStatus",
            "SourceChannel",
        )
        self.account.write(
            "sale_list",
            SaleID=row["ID"],
            OrderNumber=row["Order"]["SaleOrderNumber"],
            OrderDate=row["SaleOrderDate"],
            OrderStatus=row["Order"]["Status"],
            QuoteStatus=row["Quote"]["Status"],
            Updated=row["LastModifiedOn"],
            **{name: row[name] for name in same},
        )

    def _sale_parts(self, row: Row) -> None:
        of = {"SaleID": row["ID"], "parent_modified": row["LastModifiedOn"]}
        write = self.account.write
        write("sale_orders", **of, **row["Order"])
        write("sale_quotes", **of, **row["Quote"])
        self._rows("sale_order_lines", of, row["Order"]["Lines"])
        self._rows("sale_inventory_movements", of, row["InventoryMovements"])
        for one in row["Quote"]["Prepayments"]:
            write("sale_payments", **of, Type="PREPAYMENT", **one)
        for one in row["Invoices"]:
            write("sale_invoices", **of, **one)
            self._rows("sale_invoice_lines", of | {"InvoiceTaskID": one["TaskID"]}, one["Lines"])
            for payment in one["Payments"]:
                paid = {"Type": "PAYMENT", "TaskID": one["TaskID"]}
                write("sale_payments", **of, **paid, InvoiceNumber=one["InvoiceNumber"], **payment)
        for one in row["CreditNotes"]:
            write("sale_credit_notes", **of, **one)
            task = {"CreditNoteTaskID": one["TaskID"]}
            self._rows("sale_credit_note_lines", of | task, one["Lines"])
            for refund in one["Refunds"]:
                paid = {"Type": "REFUND", "TaskID": one["TaskID"]}
                credit = {"CreditNoteNumber": one["CreditNoteNumber"]}
                write("sale_payments", **of, **paid, **credit, **refund)
        for one in row["Fulfilments"]:
            write("sale_fulfilments", **of, **one)
            task = {"TaskID": one["TaskID"]}
            write("sale_fulfilment_picks", **of, **task, **one["Pick"])
            write("sale_fulfilment_packs", **of, **task, **one["Pack"])
            write("sale_fulfilment_ships", **of, **task, **one["Ship"])
            fulfilled = of | {"FulfilmentTaskID": one["TaskID"]}
            self._rows("sale_fulfilment_lines", fulfilled, one["Pick"]["Lines"])

    def receipt(
        self, received: list[tuple[Item, float]], day: str = "2026-05-05", **fields: object
    ) -> Row:
        """Return a receipt."""
        non_inventory = bool(fields.pop("non_inventory", False))
        return {
            "TaskID": guid(),
            "Status": AUTHORISED,
            "InvoicingAndReceivingNumber": 1,
            "Lines": [
                {
                    "Date": f"{day}T00:00:00",
                    "Quantity": units,
                    "ProductID": item.id,
                    "SKU": item.sku,
                    "Name": item.sku,
                    "Location": MAIN,
                    "LocationID": None,
                    "Received": True,
                    "BatchSN": "",
                    "CardID": guid(),
                    "NonInventory": non_inventory,
                }
                for item, units in received
            ],
            **fields,
        }

    def purchase(  # noqa: PLR0913 - the parts of a document
        self,
        lines: list[Row],
        *,
        charges: list[Row] | None = None,
        receipts: list[Row] | None = None,
        invoices: list[Row] | None = None,
        credit_notes: list[Row] | None = None,
        prepayments: list[Row] | None = None,
        movements: list[Row] | None = None,
        order_status: str = AUTHORISED,
        **header: object,
    ) -> Document:
        """Add a purchase of 1 May."""
        receipts, invoices = receipts or [], invoices or []
        credit_notes, movements = credit_notes or [], movements or []
        inclusive = header.get("TaxCalculation") == "Inclusive"
        rate = header.get("CurrencyRate", 1)
        for one in invoices:
            one.setdefault("CurrencyRate", rate)
        row: Row = {
            "ID": guid(),
            "SupplierID": guid(),
            "Supplier": f"Supplier {number()}",
            "BlindReceipt": False,
            "Approach": "STOCK",
            "BaseCurrency": self.currency,
            "SupplierCurrency": self.currency,
            "TaxRule": "GST 15%",
            "TaxCalculation": "Exclusive",
            "Terms": "30 days",
            "RequiredBy": "2026-05-15T00:00:00",
            "Location": MAIN,
            "OrderNumber": f"PO-{number()}",
            "OrderDate": DAY,
            "Status": "INVOICED" if invoices else "RECEIVING" if receipts else "ORDERED",
            "CombinedReceivingStatus": "PARTIALLY RECEIVED" if receipts else "NOT RECEIVED",
            "CombinedInvoiceStatus": "INVOICED" if invoices else "NOT INVOICED",
            "CombinedPaymentStatus": "UNPAID",
            "CurrencyRate": rate,
            "LastUpdatedDate": MODIFIED,
            "Type": "Advanced Purchase",
            "IsServiceOnly": False,
            "Order": {
                "Memo": "",
                "Status": order_status,
                "Lines": lines,
                "AdditionalCharges": charges or [],
                "Prepayments": prepayments or [],
                **_sums([*lines, *(charges or [])], inclusive=inclusive),
            },
            "StockReceived": receipts,
            "PutAway": [],
            "Invoice": invoices,
            "CreditNote": credit_notes,
            "ManualJournals": [],
            "InventoryMovements": movements,
            **header,
        }
        row["header_modified"] = row["LastUpdatedDate"]
        self.account.write("purchases", **row)
        self._purchase_parts(row)
        return Document(row["ID"], self.key(row["ID"]))

    def _purchase_parts(self, row: Row) -> None:
        of = {"PurchaseID": row["ID"], "parent_modified": row["LastUpdatedDate"]}
        write = self.account.write
        self._rows("purchase_order_lines", of, row["Order"]["Lines"])
        self._rows("purchase_inventory_movements", of, row["InventoryMovements"])
        for one in row["Order"]["Prepayments"]:
            write("purchase_payments", **of, Type="PREPAYMENT", **one)
        for one in row["StockReceived"]:
            write("purchase_stock_received", **of, **one)
            self._rows("purchase_receipt_lines", of | {"TaskID": one["TaskID"]}, one["Lines"])
        for one in row["PutAway"]:
            write("purchase_put_aways", **of, **one)
            self._rows("purchase_put_away_lines", of | {"TaskID": one["TaskID"]}, one["Lines"])
        for one in row["Invoice"]:
            write("purchase_invoices", **of, **one)
            self._rows("purchase_invoice_lines", of | {"TaskID": one["TaskID"]}, one["Lines"])
            for payment in one["Payments"]:
                write("purchase_payments", **of, Type="PAYMENT", TaskID=one["TaskID"], **payment)
        for one in row["CreditNote"]:
            write("purchase_credit_notes", **of, **one)
            self._rows("purchase_credit_note_lines", of | {"TaskID": one["TaskID"]}, one["Lines"])
            for refund in one["Refunds"]:
                write("purchase_payments", **of, Type="REFUND", TaskID=one["TaskID"], **refund)

    def purchase_credit_note(
        self,
        lines: list[Row],
        refunds: list[Row] | None = None,
        unstocked: list[tuple[Item, float]] | None = None,
        **fields: object,
    ) -> Row:
        """Return a supplier's credit note of 10 May."""
        return {
            "TaskID": guid(),
            "CreditNoteNumber": f"PCR-{number()}",
            "CreditNoteInvoiceNumber": "",
            "CreditNoteDate": "2026-05-10T00:00:00",
            "Status": AUTHORISED,
            "Lines": lines,
            "AdditionalCharges": [],
            "Refunds": refunds or [],
            "Unstock": [
                {
                    "CardID": guid(),
                    "Date": "2026-05-10T00:00:00",
                    "Quantity": units,
                    "ProductID": item.id,
                    "SKU": item.sku,
                    "Name": item.sku,
                    "Location": MAIN,
                }
                for item, units in unstocked or []
            ],
            **_sums(lines, inclusive=False),
            **fields,
        }

    def assembly(
        self,
        item: Item,
        quantity: float,
        picked: list[tuple[Item, float]],
        day: str = "2026-05-15",
        **fields: object,
    ) -> Document:
        """Add finished goods: components go out, the product comes in."""
        lines = [
            {
                "ProductID": part.id,
                "ProductCode": part.sku,
                "Name": part.sku,
                "Quantity": units,
                "Unit": "Item",
                "Cost": 5,
            }
            for part, units in picked
        ]
        row = {
            "TaskID": guid(),
            "AssemblyNumber": f"FG-{number()}",
            "ProductID": item.id,
            "ProductCode": item.sku,
            "ProductName": item.sku,
            "Location": MAIN,
            "Quantity": quantity,
            "Status": "COMPLETED",
            "WIPDate": f"{day}T00:00:00",
            "CompletionDate": f"{day}T00:00:00",
            "PickLines": lines,
            "OrderLines": [],
            "read_at": MODIFIED,
            **fields,
        }
        self.account.write("finished_goods", **row)
        self.account.write(
            "finished_goods_picks",
            TaskID=row["TaskID"],
            Status=row["Status"],
            WIPDate=row["WIPDate"],
            CompletionDate=row["CompletionDate"],
            PickLines=lines,
            parent_modified=row["read_at"],
        )
        return Document(str(row["TaskID"]), self.key(row["TaskID"]))

    def disassembly(
        self, item: Item, quantity: float, parts: list[tuple[Item, float]], day: str = "2026-05-15"
    ) -> None:
        """Add a disassembly: the product goes out, its parts come in."""
        self.account.write(
            "disassemblies",
            TaskID=guid(),
            DisassemblyNumber=f"DS-{number()}",
            ProductID=item.id,
            ProductCode=item.sku,
            ProductName=item.sku,
            Location=MAIN,
            Quantity=quantity,
            Status="COMPLETED",
            CompletionDate=f"{day}T00:00:00",
            PickLines=[
                {
                    "Date": f"{day}T00:00:00",
                    "Quantity": quantity,
                    "UnitCost": 10,
                    "TotalCost": 10 * quantity,
                }
            ],
            OrderLines=[
                {"ProductID": part.id, "ProductCode": part.sku, "Quantity": units, "Cost": 5}
                for part, units in parts
            ],
            read_at=MODIFIED,
        )

    def production(
        self, item: Item, quantity: float, used: list[tuple[Item, float]], day: str = "2026-05-15"
    ) -> None:
        """Add a production order with one run."""
        order = guid()
        self.account.write(
            "production_orders",
            ProductionOrderID=order,
            OrderNumber=f"MO-{number()}",
            ProductID=item.id,
            ProductSKU=item.sku,
            ProductName=item.sku,
            LocationName=MAIN,
            Status="COMPLETED",
            OrderStatus="COMPLETED",
            Quantity=quantity,
            CompletionDate=f"{day}T00:00:00",
            read_at=MODIFIED,
        )
        self.account.write(
            "production_runs",
            RunID=guid(),
            Number=1,
            Status="COMPLETED",
            Quantity=quantity,
            StartDate=f"{day}T00:00:00",
            EndDate=f"{day}T00:00:00",
            ProductionOrderID=order,
            OrderNumber=f"MO-{number()}",
            Operations=[
                {
                    "OperationID": guid(),
                    "Status": "COMPLETED",
                    "Components": [
                        {
                            "RunComponentID": guid(),
                            "ProductID": part.id,
                            "ProductCode": part.sku,
                            "ProductName": part.sku,
                            "Quantity": units,
                            "ExpectedQuantity": units,
                            "UnitCost": 5,
                            "LocationName": MAIN,
                        }
                        for part, units in used
                    ],
                    # Seen to be wrong: the run's output is right.
                    "FinishedProducts": [{"ProductID": item.id, "OutputQuantity": quantity * 7}],
                }
            ],
            Output=[
                {
                    "ProductID": item.id,
                    "ProductCode": item.sku,
                    "Quantity": quantity,
                    "UnitCost": 10,
                    "ReceivedDate": f"{day}T00:00:00",
                    "Received": True,
                    "LocationName": MAIN,
                }
            ],
            read_at=MODIFIED,
        )

    def write_off(self, item: Item, units: float, day: str = "2026-05-15") -> None:
        """Add a write-off."""
        self.account.write(
            "inventory_write_offs",
            TaskID=guid(),
            InventoryWriteOffNumber=f"WO-{number()}",
            Status="COMPLETED",
            Location=MAIN,
            EffectiveDate=f"{day}T00:00:00",
            Lines=[
                {
                    "ProductID": item.id,
                    "ProductCode": item.sku,
                    "Quantity": units,
                    "Cost": 5,
                    "TotalCost": 5 * units,
                }
            ],
            read_at=MODIFIED,
        )

    def adjustment(
        self, item: Item, units: float, cost: float = 5, day: str = "2026-04-01"
    ) -> None:
        """Add goods that were not in stock, as an opening balance does."""
        task = guid()
        line = {
            "ProductID": item.id,
            "SKU": item.sku,
            "ProductName": item.sku,
            "Location": MAIN,
            "Quantity": units,
            "UnitCost": cost,
        }
        self.account.write(
            "stock_adjustments",
            TaskID=task,
            EffectiveDate=f"{day}T00:00:00",
            StocktakeNumber=f"ST-{number()}",
            Status="COMPLETED",
            ExistingStockLines=[],
            NewStockLines=[line],
            read_at=MODIFIED,
        )
        self._rows(
            "stock_adjustment_new_lines", {"TaskID": task, "parent_modified": MODIFIED}, [line]
        )

    def transfer(self, item: Item, units: float, to: str, day: str | None = "2026-05-03") -> None:
        """Add a transfer from the main location; without a day it is on its way."""
        task = guid()
        line = {
            "ProductID": item.id,
            "SKU": item.sku,
            "ProductName": item.sku,
            "TransferQuantity": units,
        }
        self.account.write(
            "stock_transfers",
            TaskID=task,
            From=guid(),
            FromLocation=MAIN,
            To=guid(),
            ToLocation=to,
            Status="COMPLETED" if day else "IN TRANSIT",
            Number=f"TR-{number()}",
            DepartureDate=DAY,
            CompletionDate=f"{day}T00:00:00" if day else None,
            LastModifiedOn=MODIFIED,
            header_modified=MODIFIED,
            Lines=[line],
        )
        self._rows("stock_transfer_lines", {"TaskID": task, "parent_modified": MODIFIED}, [line])

    def available(self, item: Item, on_hand: float, location: str = MAIN, **fields: object) -> None:
        """Add a row of what is on hand now."""
        row = _on_hand(item, on_hand, location) | fields
        self.account.write("product_availability", **row)

    def snapshot(
        self, at: str, item: Item, on_hand: float, value: float, location: str = MAIN
    ) -> None:
        """Add a row of what was on hand, and its worth."""
        row = _on_hand(item, on_hand, location) | {"StockOnHand": value}
        self.account.write("product_availability_snapshots", snapshot_at=at, **row)

    def posting(self, debit: str, credit: str, amount: float, day: str, **fields: object) -> None:
        """Add a row of the ledger."""
        row = {
            "record_key": guid(),
            "TaskID": guid(),
            "DebitAccountCode": debit,
            "CreditAccountCode": credit,
            "Amount": amount,
            "EffectiveDate": f"{day}T00:00:00",
            "Reference": "",
            "Transaction": "",
            "Type": "Sale",
            "read_at": MODIFIED,
        }
        self.account.write("transactions", **row | fields)

    def ledger_account(self, code: str, name: str, kind: str, group: str, **fields: object) -> None:
        """Add an account of the ledger."""
        row = {"Code": code, "Name": name, "Type": kind, "Class": group, "Status": "ACTIVE"}
        self.account.write("accounts", **row | fields)

    def _rows(self, stream: str, of: Row, lines: list[Row]) -> None:
        for position, one in enumerate(lines, 1):
            self.account.write(stream, **of, line_number=position, **one)


def _on_hand(item: Item, on_hand: float, location: str) -> Row:
    return {
        "record_key": guid(),
        "ID": item.id,
        "SKU": item.sku,
        "Name": item.sku,
        "Location": location,
        "Bin": "",
        "Batch": "",
        "OnHand": on_hand,
        "Allocated": 0,
        "Available": on_hand,
        "OnOrder": 0,
        "StockOnHand": 5 * on_hand,
        "InTransit": 0,
    }


def _sums(lines: list[Row], *, inclusive: bool) -> Row:
    total, tax = sum(one["Total"] for one in lines), sum(one["Tax"] for one in lines)
    net = total - tax if inclusive else total
    return {
        "TotalBeforeTax": round(net, 2),
        "Tax": round(tax, 2),
        "Total": round(net + tax, 2),
    }
