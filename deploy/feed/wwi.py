"""Importer of Wide World Importers, Microsoft's sample wholesaler: 73,595 orders from 2013 to 2016.

Who is billed: 402 shops of two chains order, but their two head offices are billed and pay. Tallyman has one
account per customer, so someone has to be it; ``account`` says who:

- ``bill_to`` (the default): the billed customer, who owes and pays. Orders, invoices and payments carry its
  id and receivables are those of the ledger; the shops are on file, tagged with who is billed for them,
  without trade.
- ``ordering``: the shop that ordered. A head office's payment is split over the shops whose invoices it
  settled, which the file says exactly. Better for order rhythm; no document of the bank statement is found
  again.

The 261 customers with a limit are their own bill-to, so their decisions are the same either way. Orders that
were never invoiced (3,085) stay open, as in the file. A line's amount is net, an order's includes the tax.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import polars as pl

from contracts.events.orders import OrderInvoiced, OrderLine, OrderPlaced, OrderShipped
from contracts.events.payments import Allocation, PaymentReceived
from contracts.topics import default_partitions
from deploy.feed.data_folder import table
from deploy.feed.source import Events, Feed, make, spread, with_day_ticks
from deploy.feed.wwi_master import CURRENCY, ZONE, MasterData, cents, money

__all__ = ["CURRENCY", "ZONE", "Account", "WwiOptions", "feed"]

Account = Literal["bill_to", "ordering"]


@dataclass(frozen=True, slots=True)
class WwiOptions:
    """``until`` is the last day taken."""

    account: Account = "bill_to"
    until: date | None = None
    partitions: int = default_partitions()


def feed(folder: Path | None = None, options: WwiOptions | None = None) -> Feed:
    """Return the events of the files."""
    options = options or WwiOptions()
    notes: Counter[str] = Counter()
    importer = _Importer(folder, options, notes)
    return Feed(
        name=f"wwi-{options.account}-{options.until}-{options.partitions}",
        events=with_day_ticks(importer.events(), ZONE, options.partitions),
        first_day=importer.first_day,
        last_day=importer.last_day,
        notes=notes,
    )


class _Importer:
    def __init__(self, folder: Path | None, options: WwiOptions, notes: Counter[str]) -> None:
        self._folder = folder
        self._notes = notes
        self._debtor_pays = options.account == "bill_to"
        self._until = options.until or date.max
        until = pl.lit(self._until)
        account = "BillToCustomerID" if self._debtor_pays else "CustomerID"
        self._customers = self._table("sales_customers").with_columns(pl.col(account).alias("account"))
        accounts = self._customers.select("CustomerID", "account")
        day = pl.col("OrderDate").dt.date().alias("day")
        self._orders = (
            self._table("sales_orders")
            .with_columns(day)
            .filter(pl.col("day") <= until)
            .join(accounts, on="CustomerID")
        )
        day = pl.col("InvoiceDate").dt.date().alias("day")
        invoices = self._table("sales_invoices_reconstructed").with_columns(
            day, cents("TransactionAmount").alias("cents")
        )
        self._invoices = invoices.filter(pl.col("day") <= until).join(accounts, on="CustomerID")
        ledger = self._table("sales_customer_transactions").with_columns(
            pl.col("TransactionDate").dt.date().alias("day")
        )
        self._payments = self._settled(
            ledger.filter(pl.col("day") <= until, pl.col("TransactionTypeID") == 3)
        )
        self.first_day: date = self._orders["day"].min()  # type: ignore[assignment]
        self.last_day: date = self._orders["day"].max()  # type: ignore[assignment]
        notes["order of a shop put on its head office's account"] = self._orders.filter(
            pl.col("account") != pl.col("CustomerID")
        ).height
        notes["order that was never invoiced in these days"] = len(self._orders) - len(self._invoices)

    def _table(self, name: str) -> pl.DataFrame:
        return table(f"wwi_{name}", self._folder)

    def _settled(self, payments: pl.DataFrame) -> pl.DataFrame:
        """Payments with the invoices they settled: those of the payer that were closed on the payment's day."""
        invoices = self._invoices.select(
            pl.col("BillToCustomerID").alias("payer"), "FinalizationDate", "InvoiceID", "cents", "account"
        )
        settled = payments.drop("InvoiceID").join(
            invoices, left_on=["CustomerID", "TransactionDate"], right_on=["payer", "FinalizationDate"]
        )
        by = ["CustomerTransactionID", "account", "day", "LastEditedWhen"]
        documents = settled.sort("InvoiceID").group_by(by).agg("InvoiceID", "cents")
        self._notes["payment split over the shops it pays for"] = (
            0 if self._debtor_pays else len(documents) - len(payments)
        )
        return documents.sort("day", "CustomerTransactionID", "account")

    def events(self) -> Events:
        """All events in event-time order, without the day ticks."""
        master = MasterData(self._folder, self._customers, self._orders, self.first_day)
        streams: list[Events] = [
            *(master.staff(), master.products(), master.cards(), master.terms()),
            master.assignments(),
        ]
        streams += [self._placed(), self._shipped(), self._paid(), self._invoiced()]
        events = merge(*streams, key=lambda event: event.occurred_at)
        return takewhile(lambda event: event.occurred_at.date() <= self._until, events)

    def _placed(self) -> Events:
        """Orders from 8 o'clock on, a second apart: the file knows only their day."""
        lines = self._table("sales_order_lines").with_columns(cents("UnitPrice").alias("price"))
        net = pl.col("Quantity") * pl.col("price")
        # Tax is rounded per line, half a cent up, as on the invoices.
        lines = lines.with_columns((net + (net * pl.col("TaxRate") + 50) // 100).alias("gross"))
        baskets = (
            lines.sort("OrderLineID")
            .group_by("OrderID")
            .agg("StockItemID", "Quantity", "price", pl.sum("gross"))
        )
        for second, row in _numbered(self._orders.join(baskets, on="OrderID").sort("day", "OrderID")):
            body = OrderPlaced(
                order_id=f"wwi-{row['OrderID']}",
                customer_id=f"wwi-{row['account']}",
                currency=CURRENCY,
                amount=money(row["gross"]),
                salesperson_id=f"wwi-s{row['SalespersonPersonID']}",
                promised_on=row["ExpectedDeliveryDate"].date(),
                lines=_lines(row),
            )
            yield make(body, f"wwi-{row['OrderID']}-placed", spread(row["day"], 8, second, ZONE), "wwi")

    def _shipped(self) -> Events:
        """Goods leave when picking is complete."""
        picked = self._orders.select("OrderID", "PickingCompletedWhen")
        rows = self._invoices.join(picked, on="OrderID").sort("PickingCompletedWhen", "InvoiceID")
        for second, row in _numbered(rows, "PickingCompletedWhen"):
            picked_at = row["PickingCompletedWhen"].replace(tzinfo=ZONE)
            body = OrderShipped(
                order_id=f"wwi-{row['OrderID']}",
                customer_id=f"wwi-{row['account']}",
                shipment_id=f"wwi-{row['InvoiceID']}",
                currency=CURRENCY,
                amount=money(row["cents"]),
            )
            yield make(body, f"wwi-{row['InvoiceID']}-shipped", picked_at + timedelta(seconds=second), "wwi")

    def _paid(self) -> Events:
        for second, row in _numbered(self._payments):
            payment_id = f"wwi-pay-{row['CustomerTransactionID']}"
            if not self._debtor_pays:
                payment_id += f"-{row['account']}"
            paid = zip(row["InvoiceID"], row["cents"], strict=True)
            body = PaymentReceived(
                payment_id=payment_id,
                customer_id=f"wwi-{row['account']}",
                currency=CURRENCY,
                amount=money(sum(row["cents"])),
                method="EFT",
                allocations=[
                    Allocation(invoice_id=f"wwi-{number}", amount=money(cents)) for number, cents in paid
                ],
            )
            at = row["LastEditedWhen"].replace(tzinfo=ZONE) + timedelta(seconds=second)
            yield make(body, f"{payment_id}-received", at, "wwi")

    def _invoiced(self) -> Events:
        """Invoices from 14 o'clock on, after the picking."""
        lines = self._table("sales_invoice_lines").with_columns(cents("UnitPrice").alias("price"))
        baskets = lines.sort("InvoiceLineID").group_by("InvoiceID").agg("StockItemID", "Quantity", "price")
        for second, row in _numbered(self._invoices.join(baskets, on="InvoiceID").sort("day", "InvoiceID")):
            body = OrderInvoiced(
                invoice_id=f"wwi-{row['InvoiceID']}",
                customer_id=f"wwi-{row['account']}",
                order_id=f"wwi-{row['OrderID']}",
                currency=CURRENCY,
                amount=money(row["cents"]),
                issued_on=row["day"],
                closes_order=True,
                lines=_lines(row),
            )
            yield make(body, f"wwi-{row['InvoiceID']}-invoiced", spread(row["day"], 14, second, ZONE), "wwi")


def _numbered(rows: pl.DataFrame, by: str = "day") -> Iterator[tuple[int, dict[str, Any]]]:
    """Number the rows of each day (or other moment) from 0, to keep their order within it."""
    last, number = None, 0
    for row in rows.iter_rows(named=True):
        number = number + 1 if row[by] == last else 0
        last = row[by]
        yield number, row


def _lines(row: dict[str, Any]) -> list[OrderLine]:
    return [
        OrderLine(
            product_id=f"wwi-{item}",
            quantity=str(quantity),
            unit_price=money(price),
            amount=money(quantity * price),
        )
        for item, quantity, price in zip(row["StockItemID"], row["Quantity"], row["price"], strict=True)
    ]
