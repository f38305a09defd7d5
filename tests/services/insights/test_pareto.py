"""A ranking that looks at the greatest alone ranks them as the whole one does; a curve's points are those of all."""

from datetime import date
from itertools import accumulate
from typing import Any

import pytest
from sqlalchemy import select

from services.insights.rules.segment_policy import Abc
from services.insights.store.pareto import POINTS, pareto
from services.insights.store.segment_reads import Filter, ranking
from services.kit.database import Database
from tests.services.insights.events import event
from tests.services.insights.processing import Processing

WANTED = Filter("CNY", date(2026, 5, 20))
VALUES = """
    INSERT INTO customer_values (customer_id, currency, orders, amount_minor, products, quantity_milli,
                                 collections_minor, total_minor, recent_minor, before_minor)
    SELECT 'C-' || n, 'CNY', 1, 100 * (n / 3), 1, 1, 0, 0, 0, 0 FROM generate_series(1, $1) AS n"""
"""Three of each amount, and two with nothing, who are not ranked."""


async def rows_of(database: Database, statement: Any) -> list[dict[str, Any]]:
    async with database.engine.connect() as connection:
        return [dict(row._mapping) for row in await connection.execute(statement)]


async def test_the_greatest_are_ranked_as_among_all(processing: Processing, database: Database) -> None:
    await processing.apply(*(event("customer.created", customer_id=f"C-{n}") for n in range(1, 31)))
    await database.pool.execute(VALUES, 30)
    whole = ranking(WANTED, "amount", Abc())
    every = await rows_of(database, select(whole).order_by(whole.c.rank, whole.c.customer_id))
    assert [row["rank"] for row in every[:5]] == [1, 2, 2, 2, 5]
    assert {row["class"] for row in every} == {"A", "B", "C"}
    for first in (1, 3, 5, 28, 100):
        found = ranking(WANTED, "amount", Abc(), first)
        greatest = select(found).order_by(found.c.rank, found.c.customer_id)
        assert await rows_of(database, greatest) == every[:first]


@pytest.mark.parametrize("customers", [0, 3, 51, 52, 53, 120, 251])
async def test_a_point_is_the_last_of_its_share(
    processing: Processing, database: Database, customers: int
) -> None:
    await database.pool.execute(VALUES, customers)
    amounts = sorted((100 * (n // 3) for n in range(3, customers + 1)), reverse=True)
    makes, each, over = list(accumulate(amounts)), *divmod(len(amounts), POINTS)
    ends = accumulate(each + (point < over) for point in range(POINTS))
    assert await rows_of(database, pareto(WANTED, "amount")) == [
        {"customers": end, "makes": makes[end - 1], "ranked": len(amounts), "total": makes[-1]}
        for end in sorted(set(ends) - {0})
    ]
