"""Values in the rolling window, classes with hysteresis, and what is told when a class changes."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.codec import decode
from services.insights.deriving import Deriver
from services.insights.ranking import Ranker
from services.insights.rules.abc import class_of
from services.insights.rules.segment_policy import Abc
from services.insights.store.ranking import RANKING_LOCK
from services.kit.database import Database
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing, empty
from tests.services.insights.segments import (
    AT,
    COLUMNS,
    catch_up,
    classes,
    expected_class,
    expected_overall,
    orders,
)


async def values(processing: Processing) -> list[dict[str, Any]]:
    return await processing.rows("customer_values")


async def test_values_are_those_of_the_window_with_returns_subtracted(
    processing: Processing, database: Database
) -> None:
    await processing.apply(
        tick("2026-01-05"),
        event("product.created", at=-400, unit_cost="10"),
        event("order.placed", at=-370, order_id="O-0", amount="1.00", lines=[line("OLD", "9", "1.00")]),
        event("order.placed", at=-100, lines=[line("TEA", "5", "100.00"), line("CUP", "1", "5.00")]),
        event("order.placed", at=-1, order_id="O-2", lines=[line("TEA", "5", "100.00")]),
        event("order.placed", at=-1, order_id="O-3", amount="9999.00"),
        event("credit.order_held", order_id="O-3"),
        event("order.returned", amount="40.00", lines=[line("TEA", "2", "40.00")]),
        event("payment.received", at=-3, amount="70.00"),
        event("payment.received", at=-3, payment_id="P-2", amount="30.00"),
        event("payment.reversed", payment_id="P-2"),
    )
    await catch_up(database)
    [found] = await values(processing)
    expected = {
        "customer_id": "C-1",
        "currency": "CNY",
        "orders": 2,
        "amount_minor": 160_00,
        "products": 2,
        "profit_minor": 80_00,
        "margin_ppm": 500_000,
        "quantity_milli": 9_000,
        "collections_minor": 70_00,
        "total_minor": 161_00,
        "recent_minor": 0,
        "before_minor": 100_00,
        "standing_points": None,
        "prospects_points": 0,
    }
    assert {name: found[name] for name in expected} == expected
    assert str(found["last_order_day"]) == "2026-01-04"


async def test_the_window_moves_with_the_day_and_nobody_else_is_touched(
    processing: Processing, database: Database
) -> None:
    await processing.apply(
        tick("2026-01-05"),
        event("order.placed", at=0),
        event("order.placed", at=40, order_id="O-2", customer_id="C-2"),
        event("order.placed", at=-300, order_id="O-3", customer_id="C-3"),
    )
    await catch_up(database)
    assert [row["customer_id"] for row in await values(processing)] == ["C-1", "C-3"]
    await processing.apply(tick("2026-02-01"))
    await catch_up(database)
    assert [row["customer_id"] for row in await values(processing)] == ["C-1", "C-2", "C-3"]
    derived = {
        row["customer_id"]: row["derived_on"].isoformat() for row in await processing.rows("derivations")
    }
    assert derived == {"C-1": "2026-02-01", "C-2": "2026-02-01", "C-3": "2026-01-05"}
    await processing.apply(tick("2026-12-31"))
    await catch_up(database)
    assert len(await values(processing)) == 2
    await processing.apply(tick("2027-01-01"))
    await catch_up(database)
    assert [row["customer_id"] for row in await values(processing)] == ["C-2"]
    assert set(await classes(processing)) == {"C-2"}
    await processing.apply(tick("2029-01-01"))
    await catch_up(database)
    assert await values(processing) == []
    assert await classes(processing) == {}


async def test_currencies_are_ranked_apart(processing: Processing, database: Database) -> None:
    await processing.apply(
        *orders(8000, 1000, 1500),
        event("order.placed", customer_id="C-1", order_id="O-9", amount="5", currency="KWD"),
    )
    await catch_up(database)
    assert {c: row["amount"] for c, row in (await classes(processing)).items()} == {
        "C-0": "A",
        "C-2": "A",
        "C-1": "B",
    }
    assert {c: row["amount"] for c, row in (await classes(processing, "KWD")).items()} == {"C-1": "A"}


async def test_a_class_is_kept_until_the_customer_is_clearly_past_the_boundary(
    processing: Processing, database: Database
) -> None:
    async def is_now(customer: str = "C-1") -> str:
        await catch_up(database)
        return str((await classes(processing))[customer]["amount"])

    def more(amount: int, n: int) -> Any:
        return event("order.placed", customer_id="C-0", order_id=f"M-{n}", amount=str(amount))

    await processing.apply(*orders(790, 150, 60))
    assert await is_now() == "A"  # 79.0 % are above it
    await processing.apply(more(80, 1))
    assert await is_now() == "A"  # 80.6 %
    await processing.apply(more(130, 2))
    assert await is_now() == "B"  # 82.6 %
    await processing.apply(event("order.returned", customer_id="C-0", amount="150"))
    assert await is_now() == "B"  # 80.2 %
    await processing.apply(event("order.returned", customer_id="C-0", return_id="R-2", amount="100"))
    assert await is_now() == "B"  # 78.1 %
    await processing.apply(event("order.returned", customer_id="C-0", return_id="R-3", amount="20"))
    assert await is_now() == "A"  # 77.7 %


async def test_a_change_is_stored_and_published_with_the_dimension_that_moved(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-01-10"), event("customer.assigned", customer_id="C-1"))
    await processing.apply(*orders(790, 150, 60))
    await catch_up(database)
    assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 0  # a first class is no change
    await processing.apply(event("order.placed", customer_id="C-0", order_id="M-1", amount="300"))
    await catch_up(database)
    [row] = await database.pool.fetch("SELECT topic, key, value FROM outbox WHERE topic <> 'alerts'")
    assert (row["topic"], row["key"]) == ("insights", b"C-1")
    told = decode(row["value"])
    assert (told.type, told.occurred_at) == ("segment.class_changed", AT)
    data = told.data
    assert (data.customer_id, data.previous, data.current, data.owner_id) == ("C-1", "A", "B", "S-1")
    assert data.follow_up
    assert data.suggested_step == "Ask why it buys less: down in amount"
    [moved] = data.moved
    told_of_amount = {
        "dimension": "amount",
        "previous": "A",
        "current": "B",
        "value": "150.00",
        "boundary": "1090.00",
        "boundary_percent": 80,
        "keep_percent": 2,
    }
    assert {name: getattr(moved, name) for name in told_of_amount} == told_of_amount
    [stored] = await processing.rows("class_changes")
    assert json.loads(stored["moved"]) == [told_of_amount]
    assert (stored["previous"], stored["current"], str(stored["day"])) == ("A", "B", "2026-01-10")


async def test_who_leaves_the_window_has_no_class_any_more(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-01-10"), event("order.placed"))
    await catch_up(database)
    await processing.apply(tick("2027-01-01"))
    await catch_up(database)
    rows = await database.pool.fetch("SELECT value FROM outbox WHERE topic = 'insights'")
    [data] = [e.data for row in rows if (e := decode(row["value"])).type == "segment.class_changed"]
    assert (data.previous, data.current, data.follow_up) == ("A", None, True)
    assert {m.dimension for m in data.moved} == {"orders", "amount"}


async def test_only_one_replica_ranks_and_nothing_is_forgotten(
    processing: Processing, database: Database
) -> None:
    await processing.apply(event("order.placed"))
    await Deriver(database).catch_up()
    ranker = Ranker(database, lambda day: AT)
    async with database.unit_of_work() as unit:
        await unit.connection.execute("SELECT pg_advisory_xact_lock($1)", RANKING_LOCK)
        assert not await ranker.step()
    assert await ranker.step()
    assert not await ranker.step()
    assert set(await classes(processing)) == {"C-1"}


ROWS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(-50, 200),
        st.integers(0, 4),
        st.none() | st.integers(-50, 200),
        st.integers(-5, 20),
        st.integers(0, 60),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, after=ROWS)
async def test_classes_are_what_the_rule_says(database: Database, before: Any, after: Any) -> None:
    """Two rankings in a row: with no class before, then with the classes of the first."""
    await empty(database)
    await database.pool.execute("INSERT INTO document_day (day) VALUES ('2026-01-01')")
    processing = Processing(database, None)  # type: ignore[arg-type]
    previous: dict[str, dict[str, Any]] = {}
    for rows in (before, after):
        await database.pool.execute("DELETE FROM customer_values")
        await database.pool.executemany(
            "INSERT INTO customer_values VALUES ($1, 'CNY', $2, $3, $4, $5, $6, $7, $8)",
            [
                (
                    f"C-{n}",
                    number,
                    amount,
                    products,
                    profit,
                    None if profit is None else profit * 7,
                    quantity,
                    paid,
                )
                for n, (number, amount, products, profit, quantity, paid) in enumerate(rows)
            ],
        )
        await database.pool.execute("INSERT INTO unranked_currencies (currency) VALUES ('CNY')")
        await Ranker(database, lambda day: AT).step()
        stored = await values(processing)
        expected = {}
        for row in stored:
            mine = {
                d: expected_class(d, row, stored, previous.get(row["customer_id"], {}).get(d))
                for d in COLUMNS
            }
            expected[row["customer_id"]] = mine | {"overall": expected_overall(mine)}
        assert await classes(processing) == expected
        previous = expected


@given(
    value=st.none() | st.integers(-5, 50),
    above=st.integers(0, 100),
    rest=st.integers(0, 100),
    previous=st.sampled_from([None, "A", "B", "C"]),
)
def test_the_rule_keeps_a_class_between_its_boundaries(
    value: int | None, above: int, rest: int, previous: str | None
) -> None:
    rule = Abc()
    total = above + max(value or 0, 0) + rest
    new = class_of(value, above, total, previous, rule)
    assert class_of(value, above, total, new, rule) == new  # it does not go on moving by itself
    plain = class_of(value, above, total, None, Abc(keep_percent=0))
    if value is not None and value > 0 and new != plain:
        # It is held back on the way from the class it had, also where it passes two boundaries at once.
        assert sorted([str(previous), str(new), str(plain)])[1] == new


def test_nothing_is_class_c_and_where_nobody_has_anything_there_is_no_class() -> None:
    assert class_of(0, 5, 5, None, Abc()) == "C"
    assert class_of(-1, 5, 5, "A", Abc()) == "C"
    assert class_of(0, 0, 0, None, Abc()) is None
    assert class_of(None, 0, 5, "A", Abc()) is None
