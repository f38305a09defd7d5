"""Histories of two customers for property tests: everything that can happen, in small numbers so that it collides."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from contracts.envelope import Event
from tests.services.insights.events import START, event

LENGTH_DAYS = 70

ids = st.integers(1, 2)
amounts = st.integers(0, 9_999).map(lambda tenths: f"{tenths // 10}.{tenths % 10}")
quantities = st.sampled_from(["0", "1", "2.5", "3", "0.333"])
currencies = st.sampled_from(["CNY", "CNY", "CNY", "KWD"])
salespeople = st.sampled_from(["S-1", "S-2", "S-3"])
days = st.integers(0, LENGTH_DAYS).map(lambda day: (START + timedelta(days=day)).date().isoformat())


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, str]]:
    products = draw(st.lists(ids, max_size=3))
    return [
        {
            "product_id": f"T-{product}",
            "quantity": draw(quantities),
            "unit_price": "1",
            "amount": draw(amounts),
        }
        for product in products
    ]


def document(type_: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    customers = st.sampled_from(["C-1", "C-1", "C-1", "C-2"])
    return st.tuples(st.just(type_), st.fixed_dictionaries({"customer_id": customers, **fields}))


def _id(prefix: str) -> st.SearchStrategy[str]:
    return ids.map(lambda number: f"{prefix}-{number}")


def _read(**fields: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {"currency": currencies, "amount": amounts, "lines": lines(), **fields}


def _decision(outcome: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return document(f"credit.order_{outcome}", order_id=_id("O"), decision_version=st.integers(1, 4))


def _product(type_: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    costs = st.none() | st.sampled_from(["0", "1.25", "10", "0.3333", "7.7777"])
    fields = {
        "product_id": _id("T"),
        "revision": st.integers(1, 3),
        "currency": currencies,
        "unit_cost": costs,
    }
    return st.tuples(st.just(type_), st.fixed_dictionaries(fields))


placed = document("order.placed", order_id=_id("O"), salesperson_id=st.none() | salespeople, **_read())
invoiced = document("order.invoiced", invoice_id=_id("I"), order_id=st.none() | _id("O"), **_read())

anything = st.one_of(
    placed,
    placed,
    placed,
    document("order.amended", order_id=_id("O"), revision=st.integers(1, 3), **_read()),
    document("order.cancelled", order_id=_id("O")),
    invoiced,
    invoiced,
    document("order.returned", return_id=_id("R"), order_id=_id("O"), **_read()),
    document("order.returned", return_id=_id("R"), order_id=st.none() | _id("O"), **_read()),
    *map(_decision, ("approved", "held", "rejected", "released")),
    document("payment.received", payment_id=_id("P"), amount=amounts, currency=currencies),
    document("payment.reversed", payment_id=_id("P")),
    document("customer.assigned", salesperson_id=salespeople, from_day=days),
    document("customer.changed", revision=st.integers(1, 3), name=st.sampled_from(["A", "B"])),
    document("customer.blacklisted"),
    document("customer.blacklist_lifted"),
    _product("product.created"),
    _product("product.changed"),
    document("credit.exposure_changed", journal_seq=st.integers(1, 3)),
)


@dataclass(frozen=True)
class History:
    """What happened, and how it arrives."""

    in_order: list[Event[Any]]
    batches: list[list[Event[Any]]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to 30 events, each arriving one to three times (some under a new event id), in any order and batches."""
    drawn = draw(st.lists(anything, min_size=1, max_size=4) | st.lists(anything, min_size=12, max_size=30))
    minutes = draw(
        st.lists(st.integers(0, LENGTH_DAYS * 24 * 60), min_size=len(drawn), max_size=len(drawn), unique=True)
    )
    in_order = [
        event(type_, at=START + timedelta(minutes=minute), event_id=f"e-{number}", **fields)
        for number, ((type_, fields), minute) in enumerate(zip(drawn, sorted(minutes), strict=True))
    ]
    arriving = list(in_order)
    for again in draw(st.lists(st.sampled_from(in_order), max_size=8)):
        new_id = draw(st.booleans())
        arriving.append(replace_id(again, f"{again.id}-again-{len(arriving)}") if new_id else again)
    arriving = draw(st.permutations(arriving))
    batches: list[list[Event[Any]]] = []
    for arrived in arriving:
        if not batches or draw(st.booleans()):
            batches.append([])
        batches[-1].append(arrived)
    return History(in_order, batches)


def replace_id(original: Event[Any], id_: str) -> Event[Any]:
    """The same body at the same time, sent again by a producer that lost track."""
    fields = {name: getattr(original, name) for name in original.__struct_fields__}
    return Event(**{**fields, "id": id_})
