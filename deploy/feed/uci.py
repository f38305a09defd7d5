"""Importer of the UCI Online Retail file: 27 thousand orders of a British gift wholesaler.

The file is a list of invoices, so each one becomes an order that is placed and invoiced at the same moment.
"C..." invoices become returns. The file knows no payments; with ``ibm_delays`` they are made up from the
delays of the IBM receivables file, which makes the result semi-synthetic. What is left out is counted by
reason.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from contracts.envelope import Event
from contracts.events.customers import CustomerChanged, CustomerCreated
from contracts.events.orders import OrderInvoiced, OrderLine, OrderPlaced, OrderReturned
from contracts.events.products import ProductCreated
from contracts.events.terms import OverdueThresholds, TermsSet
from contracts.money import decimal_string
from contracts.topics import default_partitions
from deploy.feed.data_folder import UCI, table
from deploy.feed.ibm_delays import IbmPayments
from deploy.feed.matching import Returnable, SoldGoods
from deploy.feed.source import Events, Feed, make, with_day_ticks
from deploy.feed.uci_lines import CHARGES, by_first_day, classified

CURRENCY = "GBP"
ZONE = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class UciOptions:
    """``limit`` None is unlimited; ``until`` is the last day taken."""

    term_days: int = 30
    limit: str | None = None
    until: date | None = None
    ibm_delays: bool = False
    partitions: int = default_partitions()


@dataclass(slots=True)
class _Document:
    """An invoice or a cancellation. Quantities of cancellations are positive here."""

    number: str
    customer: int
    country: str
    at: datetime
    codes: list[str]
    quantities: list[int]
    prices_minor: list[int]

    @property
    def is_return(self) -> bool:
        return self.number.startswith("C")


def feed(folder: Path | None = None, options: UciOptions | None = None) -> Feed:
    """Return the events of the file. Reading it takes about a second and happens here."""
    options = options or UciOptions()
    left_out: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    lines = classified(table(UCI, folder), options.until)
    left_out.update(dict(lines.drop_nulls("left_out").group_by("left_out").len().iter_rows()))
    kept = lines.filter(pl.col("left_out").is_null())
    repeated = kept.select("InvoiceNo", "StockCode", "Quantity", "UnitPrice", "InvoiceDate")
    notes["exact repetition of a line, kept"] = len(repeated) - repeated.n_unique()
    notes["line of a charge: in the amount, not among the goods"] = kept.filter("charge").height
    notes["invoice with two times: the earlier one taken"] = (
        kept.group_by("InvoiceNo")
        .agg(pl.col("InvoiceDate").n_unique().alias("n"))
        .filter(pl.col("n") > 1)
        .height
    )
    first, last = (lines["InvoiceDate"].min(), lines["InvoiceDate"].max()) if len(lines) else (None, None)
    events = _Importer(kept, options, folder, notes).events()
    return Feed(
        name=f"uci-{options.term_days}-{options.limit}-{options.until}-{options.ibm_delays}-{options.partitions}",
        events=with_day_ticks(events, ZONE, options.partitions),
        first_day=first.date() if isinstance(first, datetime) else None,
        last_day=last.date() if isinstance(last, datetime) else None,
        left_out=left_out,
        notes=notes,
    )


class _Importer:
    def __init__(
        self, lines: pl.DataFrame, options: UciOptions, folder: Path | None, notes: Counter[str]
    ) -> None:
        self._lines = lines
        self._options = options
        self._notes = notes
        self._sold = SoldGoods()
        self._countries: dict[int, tuple[str, int]] = {}
        self._payments = (
            IbmPayments(folder, CURRENCY, options.term_days, "uci") if options.ibm_delays else None
        )
        goods = lines.filter(~pl.col("charge"), pl.col("Quantity") > 0).sort("InvoiceDate")
        self._new_products = by_first_day(
            goods.group_by("StockCode").agg(
                pl.col("InvoiceDate").min().dt.date().alias("day"),
                pl.col("Description").drop_nulls().str.strip_chars().mode().sort().first().alias("name"),
                pl.col("price_minor").median().cast(pl.Int64).alias("price"),
            )
        )
        self._new_customers = by_first_day(
            lines.sort("InvoiceDate", "InvoiceNo")
            .group_by("CustomerID")
            .agg(pl.col("InvoiceDate").min().dt.date().alias("day"), pl.col("Country").first())
        )

    def events(self) -> Events:
        """All events in event-time order, without the day ticks."""
        today: date | None = None
        end = datetime.min.replace(tzinfo=ZONE)
        for document in self._documents():
            if document.at.date() != today:
                yield from self._paid_before(datetime.combine(document.at.date(), time.min, ZONE))
                today = document.at.date()
                yield from self._newcomers(today)
            yield from self._paid_before(document.at)
            yield from self._returned(document) if document.is_return else self._ordered(document)
            end = datetime.combine(today, time.max, ZONE)
        yield from self._paid_before(end)

    def _documents(self) -> Iterator[_Document]:
        grouped = (
            self._lines.with_columns(pl.col("InvoiceNo").str.starts_with("C").alias("cancelled"))
            .group_by("InvoiceNo", maintain_order=True)
            .agg(
                pl.col("InvoiceDate").min(),
                pl.col("cancelled").first(),
                pl.col("CustomerID").first(),
                pl.col("Country").first(),
                pl.col("StockCode"),
                pl.col("Quantity").abs(),
                pl.col("price_minor"),
            )
            .sort("InvoiceDate", "cancelled", "InvoiceNo")
        )
        for number, at, _, customer, country, codes, quantities, prices in grouped.iter_rows():
            yield _Document(number, customer, country, at.replace(tzinfo=ZONE), codes, quantities, prices)

    def _newcomers(self, day: date) -> Events:
        at = datetime.combine(day, time.min, ZONE)
        for code, name, price in self._new_products.pop(day, ()):
            product = ProductCreated(
                product_id=f"uci-{code}",
                name=name or code,
                currency=CURRENCY,
                list_price=decimal_string(price, CURRENCY),
            )
            yield make(
                product, f"uci-product-{code}", at + timedelta(seconds=1), "uci", key=product.product_id
            )
        customers = self._new_customers.pop(day, [])
        for customer, country in customers:
            self._countries[customer] = (country, 1)
            card = CustomerCreated(
                customer_id=f"uci-{customer}",
                name=f"Customer {customer}",
                region=country,
                tags=[],
                contacts=[],
            )
            yield make(card, f"uci-{customer}-created", at + timedelta(seconds=2), "uci")
        for customer, _ in customers:
            terms = TermsSet(
                customer_id=f"uci-{customer}",
                currency=CURRENCY,
                term_days=self._options.term_days,
                limit=self._options.limit,
                # Without payments every invoice falls overdue: that says nothing about the customer.
                overdue=None if self._options.ibm_delays else OverdueThresholds(),
                reason="terms chosen at import: the file has none",
            )
            yield make(terms, f"uci-{customer}-terms", at + timedelta(seconds=3), "uci")

    def _moved(self, document: _Document) -> Events:
        """A few customers appear under several countries: the card follows."""
        country, revision = self._countries[document.customer]
        if country == document.country:
            return
        self._countries[document.customer] = (document.country, revision + 1)
        self._notes["customer seen in another country than before"] += 1
        card = CustomerChanged(
            customer_id=f"uci-{document.customer}",
            revision=revision + 1,
            name=f"Customer {document.customer}",
            tags=[],
            contacts=[],
            region=document.country,
        )
        yield make(card, f"uci-{document.customer}-changed-{revision + 1}", document.at, "uci")

    def _ordered(self, document: _Document) -> Events:
        yield from self._moved(document)
        customer_id, order_id = f"uci-{document.customer}", f"uci-{document.number}"
        total, lines = 0, []
        for code, quantity, price in zip(
            document.codes, document.quantities, document.prices_minor, strict=True
        ):
            total += quantity * price
            if code not in CHARGES:
                lines.append(_line(code, quantity, price))
                self._sold.add(customer_id, code, Returnable(order_id, quantity, price))
        amount = decimal_string(total, CURRENCY)
        placed = OrderPlaced(
            order_id=order_id, customer_id=customer_id, currency=CURRENCY, amount=amount, lines=lines
        )
        yield make(placed, f"{order_id}-placed", document.at, "uci")
        invoiced = OrderInvoiced(
            invoice_id=order_id,
            customer_id=customer_id,
            order_id=order_id,
            currency=CURRENCY,
            amount=amount,
            issued_on=document.at.date(),
            closes_order=True,
            lines=lines,
        )
        yield make(invoiced, f"{order_id}-invoiced", document.at, "uci")
        if self._payments:
            self._payments.invoiced(customer_id, order_id, total, document.at)

    def _returned(self, document: _Document) -> Events:
        yield from self._moved(document)
        customer_id = f"uci-{document.customer}"
        parts: dict[str | None, list[tuple[str, int, int]]] = {}
        for code, quantity, price in zip(
            document.codes, document.quantities, document.prices_minor, strict=True
        ):
            for order_id, matched in self._sold.take(customer_id, code, quantity, price):
                parts.setdefault(order_id, []).append((code, matched, price))
                self._notes[
                    "cancelled line matched to an order" if order_id else "cancelled line not matched"
                ] += 1
        for number, (order_id, goods) in enumerate(parts.items(), start=1):
            return_id = f"uci-{document.number}" + (f"-{number}" if len(parts) > 1 else "")
            yield self._credit_note(document, return_id, customer_id, order_id, goods)

    def _credit_note(
        self,
        document: _Document,
        return_id: str,
        customer_id: str,
        order_id: str | None,
        goods: list[tuple[str, int, int]],
    ) -> Event[Any]:
        total = sum(quantity * price for _, quantity, price in goods)
        only_charges = all(code in CHARGES for code, _, _ in goods)
        body = OrderReturned(
            return_id=return_id,
            customer_id=customer_id,
            order_id=order_id,
            invoice_id=order_id,
            currency=CURRENCY,
            amount=decimal_string(total, CURRENCY),
            reason="discount or charge taken back" if only_charges else "cancellation",
            lines=[_line(*item) for item in goods if item[0] not in CHARGES],
        )
        if self._payments and order_id:
            self._payments.credited(order_id, total)
        return make(body, f"{return_id}-returned", document.at, "uci")

    def _paid_before(self, moment: datetime) -> Events:
        return self._payments.before(moment) if self._payments else iter(())


def _line(code: str, quantity: int, price_minor: int) -> OrderLine:
    return OrderLine(
        product_id=f"uci-{code}",
        quantity=str(quantity),
        unit_price=decimal_string(price_minor, CURRENCY),
        amount=decimal_string(quantity * price_minor, CURRENCY),
    )
