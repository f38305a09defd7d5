"""Whoever's facts change is derived, and whoever is due by the day; each change by one replica, none is lost."""

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from services.insights.derivations.derivation import Deriving
from services.insights.deriving import Deriver
from services.insights.ranking import Ranker
from services.insights.store.staleness import company_day, mark_everybody
from services.kit.database import Database
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import AT, catch_up


class Recorder:
    """A derivation that notes what it was asked for, and is due again so many days later."""

    def __init__(self, days: int | None = None) -> None:
        self.days = days
        self.seen: list[tuple[date, tuple[str, ...]]] = []

    async def __call__(self, deriving: Deriving) -> Mapping[str, date]:
        self.seen.append((deriving.day, tuple(deriving.customer_ids)))
        if self.days is None:
            return {}
        return dict.fromkeys(deriving.customer_ids, deriving.day + timedelta(days=self.days))

    async def after(self, database: Database) -> list[tuple[date, tuple[str, ...]]]:
        """What is derived once everything is."""
        self.seen = []
        await Deriver(database, (self,)).catch_up()
        return self.seen


async def today(database: Database) -> date | None:
    async with database.unit_of_work() as unit:
        return await company_day(unit.connection)


JANUARY = date(2026, 1, 5)


async def test_whoever_a_batch_changes_is_derived_once(processing: Processing, database: Database) -> None:
    recorder = Recorder()
    await processing.apply(
        event("order.placed"),
        event("order.placed", order_id="O-2"),
        event("order.placed", customer_id="C-2", order_id="O-3"),
    )
    assert await recorder.after(database) == [(JANUARY, ("C-1", "C-2"))]
    assert await recorder.after(database) == []
    await processing.apply(event("credit.exposure_changed", customer_id="C-2"))
    assert await recorder.after(database) == [(JANUARY, ("C-2",))]
    await processing.apply(event("customer.assigned"), event("customer.blacklisted", customer_id="C-3"))
    assert await recorder.after(database) == [(JANUARY, ("C-1", "C-3"))]
    assert await processing.rows("stale_customers") == []


async def test_an_event_that_is_refused_makes_nobody_stale(
    processing: Processing, database: Database
) -> None:
    await processing.apply(event("order.placed", currency="XXX"))
    assert len(await processing.refusals()) == 1
    assert await processing.rows("stale_customers") == []


async def test_a_late_cost_makes_those_stale_whose_sales_it_repairs(
    processing: Processing, database: Database
) -> None:
    recorder = Recorder()
    await processing.apply(
        event("order.placed", lines=[line("TEA", "1", "60.00")]),
        event("order.placed", customer_id="C-2", order_id="O-2", lines=[line("CUP", "1", "60.00")]),
    )
    await recorder.after(database)
    await processing.apply(event("product.changed", unit_cost="10"))
    assert await recorder.after(database) == [(JANUARY, ("C-1",))]


async def test_the_day_is_the_latest_tick_or_without_any_the_latest_document(
    processing: Processing, database: Database
) -> None:
    recorder = Recorder()
    await processing.apply(event("customer.created", at=3))
    assert await recorder.after(database) == []
    assert await today(database) is None
    await processing.apply(event("order.placed", at=1), event("payment.received", at=4))
    await processing.apply(event("order.placed", at=2, customer_id="C-2", order_id="O-2"))
    assert (await recorder.after(database))[-1] == (date(2026, 1, 9), ("C-1", "C-2"))
    await processing.apply(tick("2026-01-07"))
    assert await today(database) == date(2026, 1, 7)
    await processing.apply(tick("2026-02-01"))
    assert await today(database) == date(2026, 2, 1)


async def test_customers_without_a_day_are_derived_as_soon_as_there_is_one(
    processing: Processing, database: Database
) -> None:
    recorder = Recorder()
    await processing.apply(event("customer.created"))
    assert await recorder.after(database) == []
    await processing.apply(tick("2026-02-01"))
    assert await recorder.after(database) == [(date(2026, 2, 1), ("C-1",))]
    assert await recorder.after(database) == []


async def test_time_alone_makes_those_due_of_whom_something_changes(
    processing: Processing, database: Database
) -> None:
    soon, later = Recorder(days=9), Recorder(days=30)
    await processing.apply(event("order.placed"))
    await Deriver(database, (later, soon)).catch_up()
    await processing.apply(tick("2026-01-13"))
    assert await soon.after(database) == []
    await processing.apply(tick("2026-01-14"))
    assert await soon.after(database) == [(date(2026, 1, 14), ("C-1",))]
    [row] = await processing.rows("derivations")
    assert (row["derived_on"], row["due_on"]) == (date(2026, 1, 14), date(2026, 1, 23))


async def test_many_are_derived_in_groups(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.deriving.CHANGES_PER_STEP", 2)
    recorder = Recorder(days=1)
    ids = [f"C-{n}" for n in range(5)]
    await processing.apply(*(event("order.placed", customer_id=id_, order_id=f"O-{id_}") for id_ in ids))
    seen = await recorder.after(database)
    assert [group for _, group in seen] == [("C-0", "C-4"), ("C-1", "C-3"), ("C-2",)]
    await processing.apply(tick("2026-01-06"))
    assert sorted(id_ for _, group in await recorder.after(database) for id_ in group) == ids
    async with database.unit_of_work() as unit:
        await mark_everybody(unit.connection)
    assert sorted(id_ for _, group in await recorder.after(database) for id_ in group) == ids


async def test_who_has_just_changed_does_not_wait_behind_thousands(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.deriving.CHANGES_PER_STEP", 4)
    recorder = Recorder()
    ids = [f"C-{n:02}" for n in range(20)]
    await processing.apply(*(event("order.placed", customer_id=id_, order_id=f"O-{id_}") for id_ in ids))
    await processing.apply(event("payment.received", customer_id="NOW"))
    deriver = Deriver(database, (recorder,))
    await deriver.step()
    assert recorder.seen == [(JANUARY, ("C-00", "C-01", "C-19", "NOW"))]
    # The old ones get on as well, however many new ones keep coming.
    for n in range(2, 10, 2):
        await processing.apply(
            *(event("payment.received", customer_id=f"N-{n}{k}", payment_id=k) for k in "ABC")
        )
        await deriver.step()
        assert recorder.seen[-1][1] == (f"C-{n:02}", f"C-{n + 1:02}", f"N-{n}B", f"N-{n}C")


async def test_a_customer_that_changes_all_the_time_is_derived_once(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.deriving.CHANGES_PER_STEP", 2)
    for n in range(9):
        await processing.apply(event("order.placed", customer_id=f"C-{n % 2}", order_id=f"O-{n}"))
    assert await Recorder().after(database) == [(JANUARY, ("C-0",)), (JANUARY, ("C-1",))]


async def test_what_came_while_a_month_was_closed_goes_first_when_the_next_one_begins(
    processing: Processing, database: Database
) -> None:
    """Everybody is due then; whoever has ordered in the new month is not to wait among them."""
    ids = [f"C-{n}" for n in range(3)]
    await processing.apply(
        tick("2026-01-31"), *(event("order.placed", customer_id=i, order_id=f"O-{i}") for i in ids)
    )
    await catch_up(database)
    await processing.apply(
        tick("2026-02-01"), event("order.placed", at=27, customer_id="C-1", order_id="new")
    )
    await Deriver(database).catch_up()
    assert await today(database) == date(2026, 1, 31)
    assert await Ranker(database, lambda day: AT).step()
    assert await today(database) == date(2026, 2, 1)
    assert [row["customer_id"] for row in await processing.rows("stale_customers")] == ["C-1"]
    assert sorted(row["due_on"] for row in await processing.rows("derivations")) == [date(2026, 2, 1)] * 3


class Slow:
    """A derivation that copies the number of orders, with a pause in which facts go on changing."""

    def __init__(self) -> None:
        self.orders: dict[str, int] = {}
        self.in_hand: set[str] = set()

    async def __call__(self, deriving: Deriving) -> Mapping[str, date]:
        rows = await deriving.unit.connection.fetch(
            """SELECT customer_id, sum(orders)::int AS orders FROM customer_months
               WHERE customer_id = ANY($1::text[]) GROUP BY customer_id""",
            deriving.customer_ids,
        )
        assert self.in_hand.isdisjoint(deriving.customer_ids)
        self.in_hand.update(deriving.customer_ids)
        await asyncio.sleep(0.01)
        self.in_hand.difference_update(deriving.customer_ids)
        self.orders |= {row["customer_id"]: row["orders"] for row in rows}
        return {}


async def test_replicas_and_batches_side_by_side_lose_no_change(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One customer in the hands of two replicas at once would be written twice, the older perhaps last."""
    monkeypatch.setattr("services.insights.deriving.CHANGES_PER_STEP", 3)
    slow = Slow()
    finished = asyncio.Event()

    async def keep(deriver: Deriver) -> None:
        while not finished.is_set() or await deriver.step():
            await deriver.step()
            await asyncio.sleep(0)

    async def sell() -> None:
        for n in range(40):
            await processing.apply(
                event("order.placed", customer_id=f"C-{n % 4}", order_id=f"O-{n}"),
                event("order.placed", customer_id=f"C-{(n + 1) % 4}", order_id=f"P-{n}"),
            )
        finished.set()

    await asyncio.gather(keep(Deriver(database, (slow,))), keep(Deriver(database, (slow,))), sell())
    assert slow.orders == {f"C-{n}": 20 for n in range(4)}
    assert await processing.rows("stale_customers") == []


async def test_a_derivation_that_fails_leaves_its_customers_stale(
    processing: Processing, database: Database
) -> None:
    async def fail(deriving: Deriving) -> Mapping[str, date]:
        raise ZeroDivisionError

    await processing.apply(event("order.placed"))
    with pytest.raises(ZeroDivisionError):
        await Deriver(database, (fail,)).step()
    assert await Recorder().after(database) == [(JANUARY, ("C-1",))]
