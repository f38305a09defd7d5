"""The list of documents is read in the order of its indexes: what it costs does not grow with history."""

from datetime import date

import asyncpg
import pytest
from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from services.insights.store.margin_reads import Scope, documents
from services.insights.store.reads import Span, Who
from services.insights.store.segment_reads import known

FOUND = documents(Scope("CNY", Span(first=date(2026, 1, 1)), Who()))
PROFIT, KEY = known(FOUND.c.profit), FOUND.c.key
FIRST = select(FOUND).order_by(PROFIT, KEY).limit(51)
LAST = select(FOUND).order_by(PROFIT.desc(), KEY.desc()).limit(51)
AFTER = FIRST.where(tuple_(PROFIT, KEY) > tuple_(literal(5, PROFIT.type), literal("C", KEY.type)))


@pytest.mark.parametrize("statement", [FIRST, LAST, AFTER], ids=["first page", "downwards", "page after"])
async def test_nothing_is_sorted(insights_dsn: str, statement: Select[tuple[object, ...]]) -> None:
    # As the engine sends it, with parameters.
    compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
    assert compiled.positiontup is not None
    values = [compiled.params[name] for name in compiled.positiontup]
    connection = await asyncpg.connect(insights_dsn, server_settings={"search_path": "insights"})
    try:
        # On empty tables sorting would cost less.
        await connection.execute(
            "SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off"
        )
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {compiled}", *values))
    finally:
        await connection.close()
    assert "Merge Append" in plan
    assert "using orders_by_profit" in plan.replace("Backward ", "")
    assert "using returns_by_profit" in plan.replace("Backward ", "")
    assert "->  Sort" not in plan, plan
    assert "Incremental Sort" not in plan, plan
