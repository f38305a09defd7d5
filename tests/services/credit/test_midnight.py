"""Around midnight: what was applied live before a day was announced is so when everything is consumed again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.codec import decode, new_event
from contracts.envelope import Event
from services.credit.hashes import journal_hash
from services.credit.verify import verify
from services.kit.clock import day_started
from services.kit.database import Database
from services.kit.merge import EventTimeMerge
from services.kit.records import Record
from tests.services.credit.events import DAY, RANKS, body, event, partition
from tests.services.credit.live import Live, numbered

MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(days=1)
PLACE = partition("C-1")


def at(seconds: float, type_: str, **fields: Any) -> Event[Any]:
    moment = MIDNIGHT + timedelta(seconds=seconds)
    return new_event(body(type_, **fields), id=f"e{seconds}", occurred_at=moment, key="C-1", producer="pos")


def announced(seconds: float, days: int = 1) -> Event[Any]:
    """A day as the service announces it, so long after midnight."""
    day = DAY + timedelta(days=days)
    return decode(day_started(day, PLACE, MIDNIGHT + timedelta(seconds=seconds)).value)


SECONDS = {
    "the second after midnight": [
        at(0.2, "order.placed", order_id="O-1", amount="60.00"),
        at(0.5, "payment.received", amount="10.00"),
        announced(0.9),
        at(1.4, "order.placed", order_id="O-2", amount="60.00"),
    ],
    "days missed by an announcer that was away": [
        at(100, "order.placed", order_id="O-1", amount="60.00"),
        at(90_000, "payment.received", amount="10.00"),
        announced(180_000, 1),
        announced(180_000, 2),
        announced(180_000, 3),
        at(180_001, "order.placed", order_id="O-2", amount="60.00"),
    ],
    "announced by two replicas": [
        at(0.2, "order.placed", order_id="O-1", amount="60.00"),
        announced(0.9),
        announced(0.7),
        at(1.4, "order.placed", order_id="O-2", amount="60.00"),
    ],
}


def consumed_again(records: list[Record]) -> list[Record]:
    """All of the log, in the order in which a consumer that begins at its start applies it."""
    merge = EventTimeMerge(RANKS.values())
    for record in records:
        merge.add(record)
    everything = {PLACE: dict.fromkeys(RANKS.values(), 1)}
    return merge.take(len(records), everything)


@pytest.mark.parametrize("when", SECONDS)
async def test_the_day_of_what_happens_around_midnight(databases: list[Database], when: str) -> None:
    live, again, _ = databases
    overdue = event("order.invoiced", -30, invoice_id="I-1", order_id=None, amount="20.00", due_on=DAY)
    opening = [announced(-80_000, 0), event("terms.set", -60, "terms", limit="100.00"), overdue]
    records = await numbered(live, [*opening, *SECONDS[when]])
    for record in records:
        await Live(live).apply([record])
    await numbered(again, [*opening, *SECONDS[when]])
    await Live(again).apply(consumed_again(records))
    assert await journal_hash(again) == await journal_hash(live)
    for database in (live, again):
        assert (await verify(database)).problems == []
        assert await Live(database).refusals() == []
