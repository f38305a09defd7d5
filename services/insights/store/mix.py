"""Comparisons of product groups in their versions, and what each customer bought of both groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from services.insights.rules.alerts.model import Facts
from services.insights.rules.mix import Comparison
from services.insights.rules.windows import window_of
from services.insights.store.staleness import mark_everybody
from services.kit.database import Connection

KIND = "mix_below_target"
Key = tuple[str, str, str]
"""Customer, comparison, currency."""

_IN_FORCE = """
SELECT comparison_id, version, body::text FROM (
    SELECT DISTINCT ON (comparison_id) * FROM mix_comparisons ORDER BY comparison_id, version DESC) AS latest
WHERE active ORDER BY comparison_id
"""

# Of each changed customer, what it bought in the longest window and after; product ids go before categories.
_BOUGHT = """
WITH compared AS MATERIALIZED (
    SELECT * FROM unnest($2::text[], $3::date[], $4::int[]) AS c (comparison_id, first, rest)
), members AS MATERIALIZED (
    SELECT * FROM unnest($5::text[], $6::int[], $7::text[], $8::text[])
        AS m (comparison_id, side, product_id, category)
), bought AS MATERIALIZED (
    SELECT m.customer_id, m.currency, m.month, m.product_id, coalesce(p.category, '') AS category,
           m.amount_minor - m.returned_minor AS net
    FROM unnest($1::text[]) AS i (customer_id) JOIN product_months AS m USING (customer_id)
    LEFT JOIN products AS p USING (product_id)
    WHERE m.month >= (SELECT min(first) FROM compared)
), sorted AS (
    SELECT b.customer_id, c.comparison_id, b.currency, b.month, b.net, coalesce(n.side, k.side, c.rest) AS side
    FROM bought AS b JOIN compared AS c ON b.month >= c.first
    LEFT JOIN members AS n ON n.comparison_id = c.comparison_id AND n.product_id = b.product_id
    LEFT JOIN members AS k ON k.comparison_id = c.comparison_id AND k.category = b.category
)
SELECT customer_id, comparison_id, currency,
       coalesce(sum(net) FILTER (WHERE side = 1 AND month <= $9), 0)::bigint AS one,
       coalesce(sum(net) FILTER (WHERE side = 2 AND month <= $9), 0)::bigint AS two,
       min(month) FILTER (WHERE month <= $9) AS earliest, min(month) FILTER (WHERE month > $9) AS ahead
FROM sorted WHERE side IS NOT NULL GROUP BY 1, 2, 3
"""

_WRITE = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::bigint[])
        AS g (customer_id, comparison_id, currency, version, one_minor, two_minor)
), gone AS (
    DELETE FROM customer_mix AS m WHERE m.customer_id = ANY($1::text[]) AND NOT EXISTS (
        SELECT FROM given AS g WHERE (g.customer_id, g.comparison_id, g.currency)
            = (m.customer_id, m.comparison_id, m.currency))
)
INSERT INTO customer_mix AS m (customer_id, comparison_id, currency, version, one_minor, two_minor)
SELECT * FROM given ORDER BY customer_id, comparison_id, currency
ON CONFLICT (customer_id, comparison_id, currency) DO UPDATE
SET version = excluded.version, one_minor = excluded.one_minor, two_minor = excluded.two_minor
WHERE (m.version, m.one_minor, m.two_minor)
    IS DISTINCT FROM (excluded.version, excluded.one_minor, excluded.two_minor)
"""

# About a customer as a whole others may have reported; what is ours names a comparison and a currency.
_SAID = """
SELECT customer_id, subject, facts::text FROM alert_signals
WHERE customer_id = ANY($1::text[]) AND kind = $2 AND facts IS NOT NULL AND subject <> customer_id
"""


@dataclass(frozen=True, slots=True)
class InForce:
    """A comparison and its version."""

    comparison_id: str
    version: int
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer bought of both groups in the window, returns subtracted.

    Attributes:
        earliest: first month in the window of which anything counts.
        ahead: first month after the day's with anything that will count.
    """

    one: int
    two: int
    earliest: date | None
    ahead: date | None


async def comparisons_in_force(connection: Connection) -> list[InForce]:
    """Return the highest version of each comparison, without those that were ended."""
    rows = await connection.fetch(_IN_FORCE)
    return [InForce(row["comparison_id"], row["version"], read_comparison(row["body"])) for row in rows]


def read_comparison(body: str) -> Comparison:
    """Read a stored comparison."""
    return msgspec.json.decode(body, type=Comparison)


async def latest_version(connection: Connection, comparison_id: str) -> int:
    """Return the highest version; 0: there is none."""
    found: int | None = await connection.fetchval(
        "SELECT max(version) FROM mix_comparisons WHERE comparison_id = $1", comparison_id
    )
    return found or 0


async def insert_comparison(
    connection: Connection, given: InForce, *, active: bool, by: str, reason: str, at: datetime
) -> None:
    """Store a version, which is in force from here on: everybody is derived anew.

    Raises:
        asyncpg.UniqueViolationError: when somebody else has stored this version.
    """
    await connection.execute(
        """INSERT INTO mix_comparisons (comparison_id, version, body, active, by, reason, at)
           VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7)""",
        *(given.comparison_id, given.version, msgspec.json.encode(given.comparison).decode()),
        *(active, by, reason, at),
    )
    await mark_everybody(connection)


async def bought(
    connection: Connection, customer_ids: Sequence[str], day: date, compared: Sequence[InForce]
) -> dict[Key, Bought]:
    """Add up both groups of each comparison for these customers."""
    members = [
        (c.comparison_id, side, product_id, category)
        for c in compared
        for side, group in ((1, c.comparison.one), (2, c.comparison.two))
        for product_id, category in (
            *((product_id, None) for product_id in group.product_ids),
            *((None, category) for category in group.categories),
        )
    ]
    rest = [
        1 if c.comparison.one.everything_else else 2 if c.comparison.two.everything_else else None
        for c in compared
    ]
    rows = await connection.fetch(
        _BOUGHT,
        *(customer_ids, [c.comparison_id for c in compared]),
        *([window_of(day, c.comparison.window_months)[0] for c in compared], rest),
        *([member[n] for member in members] for n in range(4)),
        day.replace(day=1),
    )
    return {(row[0], row[1], row[2]): Bought(*tuple(row)[3:]) for row in rows}


async def write_mix(
    connection: Connection, customer_ids: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Store all rows of these customers: customer, comparison, currency, version, both amounts."""
    await connection.execute(_WRITE, customer_ids, *([row[n] for row in rows] for n in range(6)))


async def is_compared(connection: Connection, customer_ids: Sequence[str]) -> bool:
    """Tell whether anything is stored of these customers."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM customer_mix WHERE customer_id = ANY($1::text[]))", customer_ids
    )
    return found


async def said(connection: Connection, customer_ids: Sequence[str]) -> Mapping[tuple[str, str], Facts]:
    """Return what was reported and still holds, by customer and subject."""
    rows = await connection.fetch(_SAID, customer_ids, KIND)
    return {(row["customer_id"], row["subject"]): msgspec.json.decode(row["facts"]) for row in rows}
