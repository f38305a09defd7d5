"""Prospects as batches heard of them, put together the same in any order; who changed is looked at anew."""

from collections.abc import Collection

from services.insights.rules.prospects import Prospect
from services.insights.store.sql import columns_of, row_of, unnested
from services.insights.tables_alerts import prospects
from services.kit.database import Connection

_CARD = ("revision", "changed_at", "name", "salesperson_id", "next_visit")
_GRADE = ("graded_revision", "policy_version", "graded_at", "grade", "visit_days")
_FIRST = ("entered_on", "visited_on", "closed_on")


def _card(row: str) -> str:
    return (
        f'({row}.revision, {row}.changed_at, {row}.name COLLATE "C", {row}.salesperson_id COLLATE "C", '
        f"coalesce({row}.next_visit, 'infinity'))"
    )


def _grade(row: str) -> str:
    return (
        f'({row}.graded_revision, {row}.policy_version, {row}.graded_at, {row}.grade COLLATE "C", '
        f"coalesce({row}.visit_days, 0))"
    )


_NEWER_CARD = f"(p.revision IS NULL OR {_card('excluded')} > {_card('p')})"
_NEWER_GRADE = f"(p.graded_revision IS NULL OR {_grade('excluded')} > {_grade('p')})"
_SETS = (
    *(f"{c} = CASE WHEN {_NEWER_CARD} THEN excluded.{c} ELSE p.{c} END" for c in _CARD),
    *(f"{c} = CASE WHEN {_NEWER_GRADE} THEN excluded.{c} ELSE p.{c} END" for c in _GRADE),
    *(f"{c} = least(p.{c}, excluded.{c})" for c in _FIRST),
)
_EARLIER = " OR ".join(f"excluded.{c} < coalesce(p.{c}, 'infinity')" for c in _FIRST)

# What was not heard is null, and compares as neither newer nor earlier. What changes nothing has nobody derived.
_WRITE = f"""
WITH written AS (
    INSERT INTO prospects AS p ({", ".join(columns_of(Prospect))})
    SELECT * FROM {unnested(prospects)} ORDER BY prospect_id
    ON CONFLICT (prospect_id) DO UPDATE SET {", ".join(_SETS)}
    WHERE (excluded.revision IS NOT NULL AND {_NEWER_CARD})
       OR (excluded.graded_revision IS NOT NULL AND {_NEWER_GRADE}) OR {_EARLIER}
    RETURNING prospect_id
)
INSERT INTO stale_customers (customer_id) SELECT prospect_id FROM written ORDER BY prospect_id
"""  # noqa: S608


async def write_prospects(connection: Connection, heard: Collection[Prospect]) -> None:
    """Store what was heard of prospects."""
    if heard:
        await connection.execute(_WRITE, *zip(*map(row_of(Prospect), heard), strict=True))
