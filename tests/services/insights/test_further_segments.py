"""RFM, profit tiers, grades and stages are what their rules say, and are kept when a month ends."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.insights.ranking import Ranker
from services.insights.rules.abc import POINTS
from services.insights.rules.grading import grade_of, prospects_points, standing_points
from services.insights.rules.life_cycle import Trade, standing
from services.insights.rules.rfm import group_of, score
from services.insights.rules.segment_policy import Grading, LifeCycle, SegmentPolicy, problems_of
from services.kit.database import Database
from tests.services.insights.events import START, event, line, tick
from tests.services.insights.processing import Processing, empty
from tests.services.insights.segments import AT, catch_up

DAY = date(2026, 1, 31)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(-50, 200),
        st.none() | st.integers(-20, 40),
        st.integers(0, 9),
        st.integers(-10, 500),
        st.sampled_from([None, 0, 50, 100]),
        st.sampled_from([None, 0, 50, 100]),
    ),
    min_size=1,
    max_size=14,
)


def surpassing(values: list[Any], mine: Any) -> int:
    return sum(value > mine for value in values)


def expected_tier(profits: list[int], mine: int | None) -> str | None:
    if mine is None or mine < 0:
        return None if mine is None else "loss"
    share = 100 * surpassing(profits, mine) / len(profits)
    return "platinum" if share < 1 else "gold" if share < 5 else "iron" if share < 20 else "lead"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
async def test_scores_tiers_and_grades_are_what_the_rules_say(database: Database, rows: Any) -> None:
    await empty(database)
    await database.pool.execute("INSERT INTO document_day (day) VALUES ('2026-01-31')")
    await database.pool.executemany(
        """INSERT INTO customer_values VALUES ($1, 'CNY', $2, $3, 1, $4, $5, 0, 0, $6, $7, 0, 0, $8, $9)""",
        [
            (f"C-{n}", orders, amount, profit, profit, DAY - timedelta(days=days), total, credit, trend)
            for n, (orders, amount, profit, days, total, credit, trend) in enumerate(rows)
        ],
    )
    await database.pool.execute("INSERT INTO unranked_currencies (currency) VALUES ('CNY')")
    await Ranker(database, lambda day: AT).step()
    processing = Processing(database, None)  # type: ignore[arg-type]
    values = await processing.rows("customer_values")
    ordering = [row for row in values if row["orders"] > 0]
    profits = [row["profit_minor"] for row in values if row["profit_minor"] is not None]
    for value, found in zip(values, await processing.rows("customer_classes"), strict=True):
        scores: list[int | None] = [None, None, None]
        if value["orders"] > 0:
            scores = [
                score(surpassing([row[name] for row in ordering], value[name]), len(ordering))
                for name in ("last_order_day", "orders", "amount_minor")
            ]
            assert found["rfm_group"] == group_of(*scores)  # type: ignore[arg-type]
        assert [found["recency"], found["frequency"], found["monetary"]] == scores
        assert found["tier"] == expected_tier(profits, value["profit_minor"])
        sales = 25 * (
            score(surpassing([r["total_minor"] for r in values], value["total_minor"]), len(values)) - 1
        )
        points = {
            "standing": value["standing_points"],
            "sales": sales,
            "margin": POINTS.get(found["margin_class"]),
            "prospects": value["prospects_points"],
            "profit": POINTS.get(found["profit_class"]),
        }
        assert (found["grade"], found["grade_percent"]) == grade_of(points, Grading())


TRADES = st.lists(st.integers(0, 900), max_size=12).map(sorted)


@given(days=TRADES, today=st.integers(0, 1_000))
@example(days=[0, 91], today=100)
def test_a_stage_is_true_until_the_day_it_names(days: list[int], today: int) -> None:
    """Day by day until then it is the same, and it is what the words of the rule say."""
    rule, start = LifeCycle(), date(2024, 1, 1)
    moments = [start + timedelta(days=n) for n in days]

    def trade_on(day: date) -> Trade:
        past = sorted({moment for moment in moments if moment <= day})
        window = day - timedelta(days=rule.revived_days)
        recent = [m for m in past if m <= window][-1:] + [m for m in past if m > window]
        ahead = min((m for m in moments if m > day), default=None)
        return Trade(min(moments, default=None), sum(m <= day for m in moments), recent, ahead)

    day = start + timedelta(days=today)
    found = standing(trade_on(day), day, rule)
    until = min(found.until or day + timedelta(days=400), day + timedelta(days=400))
    following = day
    while following < until:
        assert standing(trade_on(following), following, rule).stage == found.stage
        following += timedelta(days=1)
    past = [m for m in moments if m <= day]
    if not past:
        assert found.stage == "prospect"
    elif (day - past[-1]).days > 90:
        assert found.stage == "dormant"
    elif any((b - a).days > 90 and (day - b).days < 60 for a, b in pairwise(past)):
        assert found.stage == "revived"
    elif len(past) >= 12 and (day - past[0]).days >= 365:
        assert found.stage == "established"
    else:
        assert found.stage == ("familiar" if len(past) >= 3 and (day - past[0]).days >= 90 else "new")


def test_points_of_standing_and_prospects() -> None:
    rule = Grading()
    fine: dict[str, Any] = {"blacklisted": False, "on_hold": False, "overdue_minor": 0, "overdue_days": 0}
    assert standing_points(**fine, rule=rule) == 100
    assert standing_points(**fine | {"overdue_minor": 1, "overdue_days": 30}, rule=rule) == 50
    assert standing_points(**fine | {"overdue_minor": 1, "overdue_days": 31}, rule=rule) == 0
    assert standing_points(**fine | {"on_hold": True}, rule=rule) == 0
    changes = [
        (0, 0),
        (-5, 0),
        (5, 0),
        (109, 100),
        (110, 100),
        (91, 100),
        (90, 100),
        (0, 100),
        (5, -5),
        (-5, 5),
    ]
    points = [prospects_points(recent, before, rule) for recent, before in changes]
    assert points == [None, None, 100, 50, 100, 50, 0, 0, 100, 0]


async def test_standing_and_prospects_as_they_are_stored(processing: Processing, database: Database) -> None:
    held: dict[str, Any] = {"overdue_amount": "5.00", "overdue_items": 1}
    await processing.apply(tick("2026-01-31"))
    cases = [(110, 100, {}), (109, 100, held | {"overdue_days": 9}), (90, 100, held | {"overdue_days": 31})]
    for n, (recent, before, snapshot) in enumerate(cases):
        for at, amount in ((-60, recent), (-130, before)):
            order = event(
                "order.placed", at=at, customer_id=f"C-{n}", order_id=f"O-{n}{at}", amount=str(amount)
            )
            await processing.apply(order)
        await processing.apply(event("credit.exposure_changed", customer_id=f"C-{n}", **snapshot))
    await catch_up(database)
    found = [
        (row["standing_points"], row["prospects_points"]) for row in await processing.rows("customer_values")
    ]
    assert found == [(100, 100), (50, 50), (0, 0)]


async def stages(processing: Processing) -> dict[str, str]:
    return {row["customer_id"]: row["stage"] for row in await processing.rows("customer_stages")}


async def test_stages_follow_orders_and_the_day(processing: Processing, database: Database) -> None:
    async def on(day: str, *events: Any) -> str:
        await processing.apply(tick(day), *events)
        await catch_up(database)
        return (await stages(processing))["C-1"]

    def order(day: str) -> Any:
        at = (date.fromisoformat(day) - START.date()).days
        return event("order.placed", at=at, order_id=f"O-{day}")

    assert await on("2026-01-05", event("customer.created")) == "prospect"
    assert await on("2026-01-06", order("2026-01-06")) == "new"
    assert await on("2026-04-06") == "new"
    assert await on("2026-04-07") == "dormant"
    assert await on("2026-05-01", order("2026-05-01")) == "revived"
    assert await on("2026-06-29", order("2026-06-20")) == "revived"
    assert await on("2026-06-30") == "familiar"
    assert await on("2026-07-01", event("order.cancelled", at=178, order_id="O-2026-06-20")) == "new"


async def test_what_a_month_ends_with_is_kept_before_the_next_begins(
    processing: Processing, database: Database
) -> None:
    await processing.apply(
        tick("2026-01-10"),
        event("product.created", at=-400, unit_cost="10"),
        event("order.placed", lines=[line("TEA", "5", "100.00")]),
    )
    await catch_up(database)
    await processing.apply(
        tick("2026-03-01"), event("order.placed", at=40, order_id="O-2", customer_id="C-2")
    )
    await catch_up(database)
    assert [str(row["month"]) for row in await processing.rows("closed_months")] == [
        "2025-12-01",
        "2026-01-01",
        "2026-02-01",
    ]
    kept = {
        (str(r["month"]), r["customer_id"]): r["overall"] for r in await processing.rows("segment_months")
    }
    assert kept == {("2026-01-01", "C-1"): "A", ("2026-02-01", "C-1"): "A", ("2026-02-01", "C-2"): "B"}
    lives = {(str(r["month"]), r["customer_id"]): r["stage"] for r in await processing.rows("stage_months")}
    assert lives == {
        ("2026-01-01", "C-1"): "new",
        ("2026-01-01", "C-2"): "prospect",
        ("2026-02-01", "C-1"): "new",
        ("2026-02-01", "C-2"): "new",
    }


def test_the_policy_the_service_comes_with_holds() -> None:
    assert problems_of(SegmentPolicy()) == []
