"""Every golden example goes through its handler; what it makes stands in snapshots/, to be read.

After a change that is meant: ``TALLYMAN_UPDATE_SNAPSHOTS=1 pytest tests/services/credit/test_examples.py``.
"""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.codec import decode
from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from services.credit.handlers import HANDLERS
from tests.services.credit.events import DAY, body, make, partition
from tests.services.credit.memory import Memory

ROOT = Path(__file__).resolve().parents[3]
SNAPSHOTS = Path(__file__).with_name("snapshots")
EXAMPLES = sorted((ROOT / "contracts" / "examples").glob("*.json"))
CONSUMED = [path for path in EXAMPLES if path.name.partition(".v")[0] in HANDLERS]
RULINGS = ("terms.order_release_ruled", "terms.order_rejection_ruled")


def test_every_type_has_an_example() -> None:
    assert {path.name.partition(".v")[0] for path in CONSUMED} == set(HANDLERS)


@pytest.mark.parametrize("path", CONSUMED, ids=lambda path: path.stem)
def test_an_example_makes_the_entries_of_its_snapshot(path: Path) -> None:
    example: Event[Any] = decode(path.read_bytes())
    memory = Memory()
    before = _before(example)
    memory.apply(*before)
    working = memory.working
    journalled, told = len(working.journal), len(working.rows)
    working.snapshots.clear()
    memory.apply(example)
    assert memory.refused == []
    working.tell_exposures()
    made = {
        "example": path.name,
        "after": [f"{event.type} {_short(event)}" for event in before],
        "journal": [json.loads(row[6]) for row in working.journal[journalled:]],
        "published": [_published(row.value) for row in working.rows[told:]],
    }
    snapshot = SNAPSHOTS / path.name
    if os.environ.get("TALLYMAN_UPDATE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        snapshot.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    assert made == json.loads(snapshot.read_text()), f"see {snapshot.name} and the note on top of this test"
    # The entry is told from others by its place in the chain, so a second time nothing may happen to the documents.
    documents = repr(memory.account(example.key).orders), repr(memory.account(example.key).items)
    if example.type not in ("order.shipped", *RULINGS):
        memory.apply(example)
        account = memory.account(example.key)
        assert (repr(account.orders), repr(account.items)) == documents


def test_no_snapshot_is_left_over() -> None:
    assert {path.name for path in SNAPSHOTS.glob("*")} == {path.name for path in CONSUMED}


def _before(example: Event[Any]) -> list[Event[Any]]:
    """What an example of this type needs to have an effect."""
    data, type_ = example.data, example.type
    if type_ == "clock.day_started":
        return [_make("order.invoiced", _customer_on(data.partition), due_on=data.day - timedelta(days=1))]
    if type_ == "policy.activated":
        return _held_for_days(_customer_on(data.partition), data.partition)
    customer = data.customer_id
    currency = getattr(data, "currency", "CNY")
    known: list[Event[Any]] = []
    order_id = getattr(data, "order_id", None)
    if order_id is not None and type_ not in ("order.placed", "order.returned"):
        if type_ not in RULINGS:
            known.append(_make("terms.set", customer, limit=None, currency=currency))
        known.append(_make("order.placed", customer, order_id=order_id, amount="100", currency=currency))
    if type_ == "payment.reversed":
        known.append(_make("order.invoiced", customer, currency=currency, due_on=DAY + timedelta(days=30)))
        known.append(_make("payment.received", customer, payment_id=data.payment_id))
    if type_ == "payment.transferred_out":
        known.append(_make("payment.received", customer, amount=data.amount))
    if type_ == "receivable.transferred_out":
        known.append(_make("order.invoiced", customer, invoice_id=data.invoice_id, amount=data.amount))
    if type_ == "receivable.written_off":
        known.append(_make("order.invoiced", customer, invoice_id=data.invoice_id, currency=currency))
    if type_ == "payment.received":
        known += [
            _make(
                "order.invoiced",
                customer,
                invoice_id=part.invoice_id,
                amount=part.amount,
                currency=currency,
                exchange_rate=data.exchange_rate and "7.2031",
            )
            for part in data.allocations
        ]
    if type_ == "order.returned" and data.invoice_id is not None:
        known.append(_make("order.invoiced", customer, invoice_id=data.invoice_id, currency=currency))
    if type_ == "terms.hold_lifted":
        known.append(_make("terms.hold_placed", customer))
    if type_ == "customer.blacklist_lifted":
        known.append(_make("customer.blacklisted", customer))
    if type_ in (
        "terms.set",
        "terms.hold_lifted",
        "customer.blacklist_lifted",
        "terms.temporary_limit_granted",
        "terms.risk_class_set",
    ):
        known.append(_make("order.placed", customer, order_id="O-HELD", amount="10", currency=currency))
    return known


def _held_for_days(customer: str, place: int) -> list[Event[Any]]:
    """An order held because a small part of what the customer owes is 32 days past due."""
    today = date(2026, 7, 1)
    late, later = today - timedelta(days=32), today + timedelta(days=30)
    return [
        _make("terms.set", customer, limit=None),
        _make("order.invoiced", customer, due_on=late, issued_on=late, order_id=None),
        _make("order.invoiced", customer, invoice_id="I-2", amount="900", due_on=later, order_id=None),
        make(body("clock.day_started", day=today, partition=place)),
        _make("order.placed", customer, order_id="O-HELD", amount="10"),
    ]


def _make(type_: str, customer: str, **fields: Any) -> Event[Any]:
    return make(body(type_, customer_id=customer, **fields), event_id=f"before-{type_}-{len(fields)}")


def _customer_on(place: int) -> str:
    return next(f"C-{n}" for n in range(1_000) if partition(f"C-{n}") == place)


def _short(event: Event[Any]) -> str:
    fields = ("order_id", "invoice_id", "payment_id", "amount", "limit")
    given = event.data.model_dump(
        include={name for name in fields if name in EVENT_TYPES[event.type].model_fields}
    )
    return " ".join(f"{name}={value}" for name, value in given.items())


def _published(value: bytes) -> dict[str, Any]:
    event = json.loads(value)
    return {"type": event["type"], "data": event["data"]}
