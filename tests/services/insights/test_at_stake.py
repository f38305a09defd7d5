"""What is stored of silent customers is what follows from their orders and forecasts, and ranks them alike."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Subquery, select

from services.insights.rules.windows import month_after
from services.insights.store.dormancy_reads import Dormancy, behind, dormant, most_at_stake
from services.insights.store.segment_reads import Filter
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up
from tests.services.insights.test_expecting import expect

GAPS = (2, 3, 5, 7, 9, 11, 14, 20, 30, 45)
"""Of each customer, in days. From the fifth of January on; some have fallen silent by May, by rhythm or by days."""
HISTORY = [
    tick("2026-05-20"),
    *(event("customer.created", at=-9, customer_id=f"C-{gap}") for gap in (*GAPS, 99)),
    *(
        event(
            "order.placed",
            at=d,
            customer_id=f"C-{gap}",
            order_id=f"C-{gap}-{d}",
            amount=f"{gap * 10 + d}.00",
            currency=currency,
        )
        for gap in GAPS
        for currency in (("CNY", "KWD") if gap in (9, 45) else ("CNY",))
        for d in range(0, 20 + 2 * gap, gap)
    ),
    event("order.placed", at=120, customer_id="C-5", order_id="late", amount="5.00", currency="KWD"),
    event(
        "follow_up.recorded",
        at=100,
        customer_id="C-7",
        follow_up_id="F-1",
        salesperson_id="S-1",
        how="call",
        happened_at="2026-04-15T09:00:00+08:00",
    ),
]


def asked(day: date) -> tuple[Filter, Dormancy]:
    return Filter("CNY", day), Dormancy(90, 3, month_after(day, -12), month_after(day, -1))


async def rows_of(database: Database, found: Subquery) -> list[dict[str, Any]]:
    statement = select(found).order_by(
        found.c.at_stake.desc().nulls_last(), found.c.customer_id.desc(), found.c.known_since
    )
    async with database.engine.connect() as connection:
        return [dict(row._mapping) for row in await connection.execute(statement)]


async def is_behind(database: Database, wanted: Filter) -> bool:
    async with database.engine.connect() as connection:
        return bool(await connection.scalar(select(behind(wanted))))


async def compare(database: Database, day: date) -> list[str]:
    """Return whom the list has, after comparing what is stored with what is worked out from months and forecasts."""
    wanted, rule = asked(day)
    computed = await rows_of(database, dormant(wanted, rule, stored=False))
    assert [{**row, "usual_gap": pytest.approx(row["usual_gap"])} for row in computed] == await rows_of(
        database, dormant(wanted, rule, stored=True)
    )
    ranked = await rows_of(database, most_at_stake(wanted, rule))
    known = [row for row in computed if row["at_stake"] is not None]
    assert [{**row, "usual_gap": pytest.approx(row["usual_gap"])} for row in known] == ranked
    return [row["customer_id"] for row in ranked]


async def test_what_is_stored_is_what_follows(processing: Processing, database: Database) -> None:
    await processing.apply(*HISTORY)
    forecaster = await expect(database)
    silent = await compare(database, date(2026, 5, 20))
    assert len(silent) > 5
    assert "C-5" not in silent, "it has ordered in another currency"
    assert not await is_behind(database, asked(date(2026, 5, 20))[0])
    # Less was ordered after all: what is at stake follows at once, with the chance as last forecast.
    await processing.apply(event("order.cancelled", at=134, customer_id="C-7", order_id="C-7-0"))
    await processing.apply(
        event("order.placed", at=134, customer_id="C-9", order_id="again", amount="1.00", currency="KWD")
    )
    await catch_up(database)
    assert "C-9" not in await compare(database, date(2026, 5, 20))
    while await forecaster.step():
        pass
    await compare(database, date(2026, 5, 20))
    assert (await verify(database)).problems == []


async def test_a_month_that_begins_is_another_window(processing: Processing, database: Database) -> None:
    await processing.apply(*HISTORY)
    forecaster = await expect(database)
    wanted, _ = asked(date(2027, 2, 1))
    await processing.apply(tick("2027-02-01"))
    assert await is_behind(database, wanted), "until everybody is forecast again, the list is worked out"
    await catch_up(database)
    while await forecaster.step():
        pass
    assert not await is_behind(database, wanted)
    assert len(await compare(database, date(2027, 2, 1))) > 5
    assert (await verify(database)).problems == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE order_forecasts SET at_stake = at_stake + 1",
        "UPDATE order_forecasts SET usual_gap = usual_gap * 1.01",
        "UPDATE order_forecasts SET silent_since = silent_since - 1",
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str) -> None:
    await processing.apply(*HISTORY)
    await expect(database)
    assert (await verify(database)).problems == []
    await database.pool.execute(tampering)
    assert (await verify(database))[INVARIANTS["order_forecasts"]]
