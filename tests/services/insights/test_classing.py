"""Everybody ranked in arrays: exact for any numbers, and the same whoever has ranked before."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insights.classing import NOTHING
from services.insights.classing.ranking import classed, ends_of
from services.insights.ranking import Ranker
from services.insights.rules.abc import class_of
from services.insights.rules.segment_policy import Abc
from services.kit.database import Database
from tests.services.insights.processing import Processing
from tests.services.insights.segments import AT, COLUMNS, expected_class, expected_overall

BIG = st.none() | st.integers(-5, 60) | st.integers(2**62, 2**63 - 1)


@given(st.lists(st.tuples(BIG, st.integers(-1, 2)), min_size=1, max_size=30))
def test_sums_are_exact_for_any_amounts(rows: list[tuple[int | None, int]]) -> None:
    """Eight customers of 2**62 make more than 64 bits hold."""
    rule = Abc()
    value = np.array([NOTHING if v is None else v for v, _ in rows], np.int64)
    before = np.array([code for _, code in rows], np.int16)
    found = classed(value, before, ends_of(value, value, rule)).tolist()
    everybody = [max(v or 0, 0) for v, _ in rows]
    for (mine, code), class_ in zip(rows, found, strict=True):
        above = sum(v for v in everybody if v > (mine or 0))
        expected = class_of(mine, above, sum(everybody), None if code < 0 else "ABC"[code], rule)
        assert (None if class_ < 0 else "ABC"[class_]) == expected


_PUT = """
INSERT INTO customer_values VALUES ($1, 'CNY', $2, $3, $4, $5, $6, $7, $8, NULL, $3, 0, 0, NULL, NULL)
ON CONFLICT (customer_id, currency) DO UPDATE
SET orders = $2, amount_minor = $3, products = $4, profit_minor = $5, margin_ppm = $6, quantity_milli = $7,
    collections_minor = $8
"""


async def _change(database: Database, chance: random.Random) -> None:
    """Change, add or remove a few customers, as a derivation does."""
    async with database.pool.acquire() as connection, connection.transaction():
        for id_ in {f"C-{chance.randrange(40)}" for _ in range(chance.randrange(1, 6))}:
            if chance.random() < 0.15:
                await connection.execute("DELETE FROM customer_values WHERE customer_id = $1", id_)
            else:
                profit = chance.choice([None, chance.randrange(-50, 900)])
                amount = int(10 * chance.paretovariate(0.6)) % 90_000
                margin = None if profit is None else profit * 3
                await connection.execute(
                    _PUT,
                    *(id_, chance.randrange(6), amount, chance.randrange(9), profit, margin, amount % 70, 3),
                )
            await connection.execute(
                "INSERT INTO unranked_currencies (currency, customer_id) VALUES ('CNY', $1)", id_
            )


async def test_whoever_ranks_everybody_is_classed_as_the_rule_says(
    processing: Processing, database: Database
) -> None:
    """Replicas take turns, one begins anew now and then, and one fails in the middle: nothing is missed."""
    await database.pool.execute("INSERT INTO document_day (day) VALUES ('2026-01-01')")
    chance = random.Random(19)
    rankers = [Ranker(database, lambda day: AT) for _ in range(2)]
    previous: dict[str, dict[str, Any]] = {}
    for turn in range(60):
        await _change(database, chance)
        if turn % 11 == 5:
            rankers[0] = Ranker(database, lambda day: AT)
        ranker = rankers[turn // 7 % 2]
        if turn % 5 == 3:
            await _fail(ranker)
        assert await ranker.step()
        values = await processing.rows("customer_values")
        expected: dict[str, dict[str, Any]] = {}
        for row in values:
            before = previous.get(row["customer_id"], {})
            mine = {d: expected_class(d, row, values, before.get(d)) for d in COLUMNS}
            expected[row["customer_id"]] = mine | {"overall": expected_overall(mine)}
        stored = await processing.rows("customer_classes")
        found = {
            r["customer_id"]: {d: r[f"{d}_class"] for d in COLUMNS} | {"overall": r["overall"]}
            for r in stored
        }
        assert found == expected
        previous = expected


async def _fail(ranker: Ranker) -> None:
    """Rank, and have the commit fail after everything was written."""

    def moment(day: object) -> Any:
        raise ConnectionError("lost")

    held, ranker._moment = ranker._moment, moment
    with pytest.raises(ConnectionError):
        await ranker.step()
    ranker._moment = held


async def test_the_replica_that_has_everybody_in_memory_goes_on_ranking(
    processing: Processing, database: Database
) -> None:
    await database.pool.execute("INSERT INTO document_day (day) VALUES ('2026-01-01')")
    chance = random.Random(3)
    ranks, waits = Ranker(database, lambda day: AT, 60.0), Ranker(database, lambda day: AT, 60.0)
    await _change(database, chance)
    assert await ranks.step()
    await _change(database, chance)
    assert not await waits.step()
    assert await ranks.step()
    await _change(database, chance)
    assert not await waits.step()
    waits._patience_s = 0.000_001
    assert await waits.step()
