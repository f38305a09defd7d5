"""A feed as frames: orders, what moved balances, and what was open on which invoice between which events.

Events are numbered in the order in which they came. Where payments do not name what they pay, which money paid which
invoice is the oracle's word. Amounts are minor units. Good for feeds in which every order is placed once, on account,
invoiced at most once and never amended.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from msgspec.structs import replace

from contracts.envelope import Event
from contracts.events.terms import OverdueThresholds
from contracts.money import decimal_string, minor_units
from tests.oracle.oracle import Oracle
from tests.services.credit.expected_receivables import documents_of


@dataclass(frozen=True)
class Books:
    """Frames of a feed.

    Attributes:
        orders: ``customer_id, order_id, number, day, amount, invoiced_at``, the last one null if it never was.
        moves: ``customer_id, number, amount``: what documents did to the balance.
        pieces: ``customer_id, invoice_id, order_id, due_on, start, end, open, first, last``: what was open on an
            invoice from one event to the next that changed it (the end null if none did), and the first and last
            day of the piece.
        ticks: ``day, tick``: the first event of each day.
        terms: ``customer_id, limit, grace, single, own, max_amount, max_days, max_items``.
        numbers: of events, by producer and id.
    """

    orders: pl.DataFrame
    moves: pl.DataFrame
    pieces: pl.DataFrame
    ticks: pl.DataFrame
    terms: pl.DataFrame
    numbers: dict[str, int]


def with_terms(events: list[Event[Any]], currency: str, term_days: dict[int, int]) -> Iterator[Event[Any]]:
    """Give every account terms made from its own history, so that many orders of the feed are held.

    Customers are numbered by their highest balance; the number says what share of it the limit is, how many days of
    grace there are, what may be overdue, and whether single orders are capped. ``term_days``: the remainder of the
    number by two to the days to pay; none: as the feed has it.
    """
    peaks = (
        documents_of(events)
        .with_columns(pl.col("amount").cum_sum().over("customer_id").alias("balance"))
        .group_by("customer_id")
        .agg(pl.max("balance").alias("peak"), pl.col("amount").max().alias("largest"))
        .sort("peak", "customer_id")
        .with_row_index("rank")
    )
    history = {row["customer_id"]: row for row in peaks.iter_rows(named=True)}
    for event in events:
        if event.type == "terms.set" and event.data.customer_id in history:
            changes = _terms(history[event.data.customer_id], currency, term_days)
            event = replace(event, data=event.data.model_copy(update=changes))
        yield event


def _terms(row: dict[str, Any], currency: str, term_days: dict[int, int]) -> dict[str, Any]:
    rank, peak, largest = row["rank"], max(row["peak"], 0), max(row["largest"], 0)
    percent = (20, 45, 70, 100, 130, None)[rank % 6]
    own = (
        None,
        {"max_amount": decimal_string(peak // 20, currency)},
        None,
        {"max_items": rank // 4 % 3, "max_days": 12},
        {},
    )[rank % 5]
    changes: dict[str, Any] = {
        "limit": None if percent is None else decimal_string(peak * percent // 100, currency),
        "grace_days": (0, 3, 8)[rank % 3],
        "overdue": None if own is None else OverdueThresholds(**own),
        "single_order_max": decimal_string(largest * 3 // 5, currency) if rank % 7 == 3 else None,
    }
    if rank % 2 in term_days:
        changes |= {"term_days": term_days[rank % 2], "grace_days": 0}
    return changes


@dataclass
class _Rows:
    orders: list[tuple[Any, ...]] = field(default_factory=list)
    invoiced: dict[str, int] = field(default_factory=dict)
    moves: list[tuple[Any, ...]] = field(default_factory=list)
    pieces: list[tuple[Any, ...]] = field(default_factory=list)
    ticks: dict[date, int] = field(default_factory=dict)
    terms: list[tuple[Any, ...]] = field(default_factory=list)
    running: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


class _Named:
    """What is open where every payment names its invoices and nothing is returned: stands in for the oracle."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._terms: dict[str, int] = {}
        self._invoices: dict[str, dict[str, Any]] = {}
        self._changed: list[dict[str, Any]] = []

    def apply(self, event: Event[Any]) -> None:
        data, self._changed = event.data, []
        if event.type == "terms.set":
            self._terms[data.customer_id] = data.term_days
        elif event.type == "order.invoiced":
            amount, days = minor_units(data.amount, self._currency), self._terms[data.customer_id]
            invoice = {"id": data.invoice_id, "order": data.order_id, "open": amount}
            self._invoices[data.invoice_id] = invoice | {"due": data.issued_on + timedelta(days=days)}
            self._changed = [self._invoices[data.invoice_id]]
        elif event.type == "payment.received":
            assert sum(Decimal(part.amount) for part in data.allocations) == Decimal(data.amount)
            for part in data.allocations:
                self._invoices[part.invoice_id]["open"] -= minor_units(part.amount, self._currency)
                self._changed.append(self._invoices[part.invoice_id])
        else:
            assert event.type not in ("order.returned", "payment.reversed")

    def changed(self, customer_id: str) -> Iterable[dict[str, Any]]:
        return self._changed


class _Oracle(Oracle):
    def changed(self, customer_id: str) -> Iterable[dict[str, Any]]:
        return self.customers[customer_id].invoices.values()


def books_of(events: list[Event[Any]], partitions: int, currency: str, *, named: bool = False) -> Books:
    """Read a feed once. ``named``: every payment names what it pays, so no one has to be asked."""
    rows, today = _Rows(), date.min
    oracle = _Named(currency) if named else _Oracle(partitions, currency)
    paid: dict[str, int] = {}
    for number, event in enumerate(events):
        data, kind = event.data, event.type
        rows.numbers[f"{event.producer}/{event.id}"] = number
        oracle.apply(event)
        if kind == "clock.day_started":
            today = data.day
            rows.ticks.setdefault(today, number)
            continue
        customer_id = getattr(data, "customer_id", None)
        if kind == "terms.set":
            rows.terms.append(_terms_row(data, currency))
        elif kind == "order.placed":
            rows.orders.append((customer_id, data.order_id, number, today, _minor(data, currency)))
        elif kind in ("order.invoiced", "order.returned", "payment.received", "payment.reversed"):
            if kind == "payment.received":
                paid[data.payment_id] = _minor(data, currency)
            if kind == "order.invoiced" and data.order_id:
                rows.invoiced[data.order_id] = number
            amount = paid[data.payment_id] if kind == "payment.reversed" else _minor(data, currency)
            sign = -1 if kind in ("order.returned", "payment.received") else 1
            rows.moves.append((customer_id, number, sign * amount))
            _note_open(rows, oracle, customer_id, number, today)
    return _framed(rows, today)


def _minor(data: Any, currency: str) -> int:
    return minor_units(data.amount, currency)


def _terms_row(data: Any, currency: str) -> tuple[Any, ...]:
    def minor(text: str | None) -> int | None:
        return None if text is None else minor_units(text, currency)

    own = data.overdue
    mine = (None, None, None) if own is None else (minor(own.max_amount), own.max_days, own.max_items)
    limits = (minor(data.limit), data.grace_days, minor(data.single_order_max))
    return data.customer_id, *limits, own is not None, *mine


def _note_open(rows: _Rows, oracle: _Named | _Oracle, customer_id: Any, number: int, today: date) -> None:
    """End the pieces of invoices that the event changed, and begin others."""
    for invoice in oracle.changed(customer_id):
        known = rows.running.get(invoice["id"])
        if known is not None and known[5] == invoice["open"]:
            continue
        if known is not None:
            rows.pieces.append((*known, number, today))
        key = (customer_id, invoice["id"], invoice["order"], invoice["due"])
        rows.running[invoice["id"]] = (*key, number, invoice["open"], today)


def _framed(rows: _Rows, last: date) -> Books:
    pieces = rows.pieces + [(*piece, None, last) for piece in rows.running.values()]
    text, whole, day = pl.String, pl.Int64, pl.Date
    return Books(
        orders=pl.DataFrame(
            [(*row, rows.invoiced.get(row[1])) for row in rows.orders],
            {
                "customer_id": text,
                "order_id": text,
                "number": whole,
                "day": day,
                "amount": whole,
                "invoiced_at": whole,
            },
            orient="row",
        ),
        moves=pl.DataFrame(rows.moves, {"customer_id": text, "number": whole, "amount": whole}, orient="row"),
        pieces=pl.DataFrame(
            pieces,
            {"customer_id": text, "invoice_id": text, "order_id": text, "due_on": day, "start": whole}
            | {"open": whole, "first": day, "end": whole, "last": day},
            orient="row",
        ),
        ticks=pl.DataFrame(list(rows.ticks.items()), {"day": day, "tick": whole}, orient="row"),
        terms=pl.DataFrame(
            rows.terms,
            {"customer_id": text, "limit": whole, "grace": whole, "single": whole, "own": pl.Boolean}
            | {"max_amount": whole, "max_days": whole, "max_items": whole},
            orient="row",
        ).unique("customer_id", keep="last"),
        numbers=rows.numbers,
    )
