"""What is kept of customers' order days, and the forecasts that follow, as rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np

from services.insights.forecasting import Population, State, States
from services.insights.forecasting.population import FORMAT
from services.insights.forecasting.products import Repeating
from services.insights.store.silence import BOUGHT, PRIORS, USUAL_GAP
from services.kit.database import Connection
from services.kit.packing import number_array, text_column, texts_of

STATE = ("days", "first", "last", "log_gaps", "log_gaps_squared", "fast", "slow", "amount", "log_amounts")
DAYS = ("first", "last")
_STATE_TYPES = (
    *("bigint", "date", "date", "float8", "float8"),
    *("float8", "float8", "bigint", "float8"),
)
NUMBERS = (
    *("month_orders", "month_amount", "orders_30", "median_30", "amount_30"),
    *("orders_90", "median_90", "amount_90", "active", "expected_day", "earliest", "latest"),
    *("order_amount", "typical_amount"),
)
_NUMBER_TYPES = (
    *("float8", "bigint", "float8", "int", "bigint", "float8", "int", "bigint", "float8"),
    *("int", "int", "int", "bigint", "bigint"),
)
_NUMBER_DAYS = ("expected_day", "earliest", "latest")
_FROM_ORDINAL = "date '0001-12-31 BC' + "
SAMPLE = 5_000
FITTING_LOCK = 7_208_406

ORDER_DAYS = """
SELECT o.customer_id, o.currency, o.placed_day, sum(o.counted_minor)::bigint AS amount
FROM orders AS o
WHERE o.customer_id = ANY($1::text[]) AND o.counts_as = 'order' AND o.placed_day <= $2
GROUP BY o.customer_id, o.currency, o.placed_day
"""
"""Days with at least one order that counts, and what they are worth, as a query."""

_AHEAD = """
SELECT o.customer_id, min(o.placed_day) AS due_on FROM orders AS o
WHERE o.customer_id = ANY($1::text[]) AND o.counts_as = 'order' AND o.placed_day > $2 GROUP BY o.customer_id
"""

_WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(
        $2::text[], $3::text[], {", ".join(f"${i}::text::{t}[]" for i, t in enumerate(_STATE_TYPES, 4))}
    ) AS g (customer_id, currency, {", ".join(STATE)})
), gone AS (
    DELETE FROM order_forecasts AS f WHERE f.customer_id = ANY($1::text[])
      AND NOT EXISTS (SELECT FROM given AS g WHERE g.customer_id = f.customer_id AND g.currency = f.currency)
)
INSERT INTO order_forecasts AS f (customer_id, currency, {", ".join(STATE)})
SELECT * FROM given ORDER BY customer_id, currency
ON CONFLICT (customer_id, currency) DO UPDATE
SET forecast_on = NULL, {", ".join(f"{name} = excluded.{name}" for name in STATE)}
WHERE ({", ".join(f"f.{name}" for name in STATE)}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in STATE)})
"""  # noqa: S608

# None that know of a later day: between asking for the day and for the states another one may have begun.
_STATES = f"""
SELECT customer_id, {", ".join(f"{n} - date '0001-12-31 BC'" if n in DAYS else n for n in STATE)}
FROM order_forecasts WHERE currency = $1 AND last <= $2
"""  # noqa: S608
_TAKE_CHANGED = f"""
{_STATES} AND forecast_on IS NULL ORDER BY customer_id, currency LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_IS_BEHIND = "(forecast_on < $2 OR (forecast_on IS NOT NULL AND population < $3))"
# From a customer on, so that those who are done are not gone through again for every few of the others.
_TAKE_BEHIND = f"""
{_STATES} AND {_IS_BEHIND} AND customer_id > $4
ORDER BY customer_id, currency LIMIT $5 FOR UPDATE SKIP LOCKED
"""
_ANY_BEHIND = f"SELECT EXISTS ({_STATES} AND {_IS_BEHIND})"

_YEAR = BOUGHT.format(
    first="(date_trunc('month', $1::date) - interval '1 year')::date",
    last="(date_trunc('month', $1::date) - interval '1 month')::date",
)

# What is expected of a whole month is kept as it was first said in the month: what was there already, and the
# rest. Orders are days with an order in both.
_NOTE = f"""
UPDATE order_forecasts AS f SET forecast_on = $1, population = $2,
    {", ".join(f"{n} = {_FROM_ORDINAL if n in _NUMBER_DAYS else ''}g.{n}" for n in NUMBERS)},
    month = date_trunc('month', $1::date)::date,
    whole_orders = CASE WHEN f.month = date_trunc('month', $1::date)::date THEN f.whole_orders
        ELSE g.month_orders + (SELECT count(DISTINCT o.placed_day) FROM orders AS o
            WHERE o.customer_id = f.customer_id AND o.currency = $3 AND o.counts_as = 'order'
              AND o.placed_day BETWEEN date_trunc('month', $1::date)::date AND $1) END,
    whole_amount = CASE WHEN f.month = date_trunc('month', $1::date)::date THEN f.whole_amount
        ELSE g.month_amount + (SELECT coalesce(sum(o.counted_minor), 0)::bigint FROM orders AS o
            WHERE o.customer_id = f.customer_id AND o.currency = $3 AND o.counts_as = 'order'
              AND o.placed_day BETWEEN date_trunc('month', $1::date)::date AND $1) END,
    usual_gap = {USUAL_GAP}, stake_month = date_trunc('month', $1::date)::date,
    at_stake = round({_YEAR} * g.active)::bigint
FROM unnest({texts_of(4)}, {", ".join(f"${i}::text::{t}[]" for i, t in enumerate(_NUMBER_TYPES, 5))})
    AS g (customer_id, {", ".join(NUMBERS)})
CROSS JOIN ({PRIORS} WHERE version = $2 OFFSET 0) AS p
WHERE f.currency = $3 AND f.customer_id = g.customer_id
"""  # noqa: S608

# Those of another format cannot be read: without one that can, a population is fitted anew.
_POPULATIONS = """
SELECT DISTINCT ON (currency) currency, version, day, customers, body FROM order_populations
WHERE (body ->> 'format')::int = $1 ORDER BY currency, version DESC
"""

# The customers of a sample are the same each time, and do not depend on who they are.
_SAMPLE = """
WITH sampled AS MATERIALIZED (
    SELECT customer_id FROM order_forecasts WHERE currency = $1 ORDER BY md5(customer_id) LIMIT $3
)
SELECT dense_rank() OVER (ORDER BY o.customer_id), o.placed_day, sum(o.counted_minor)::bigint
FROM sampled JOIN orders AS o USING (customer_id)
WHERE o.currency = $1 AND o.counts_as = 'order' AND o.placed_day <= $2
GROUP BY o.customer_id, o.placed_day
"""


async def order_days(
    connection: Connection, customer_ids: Sequence[str], day: date
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return the order days up to ``day`` of customers, by customer and currency."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for id_, currency, placed, amount in await connection.fetch(ORDER_DAYS, customer_ids, day):
        found.setdefault((id_, currency), []).append((placed.toordinal(), amount))
    return found


async def order_ahead(connection: Connection, customer_ids: Sequence[str], day: date) -> dict[str, date]:
    """Return the first order day after ``day`` of those who have one."""
    return {row["customer_id"]: row["due_on"] for row in await connection.fetch(_AHEAD, customer_ids, day)}


async def write_states(
    connection: Connection, customer_ids: Sequence[str], states: dict[tuple[str, str], State]
) -> None:
    """Store all states of these customers; where one has changed, its forecast is to be made anew."""
    rows = sorted(states.items())
    columns: list[list[Any]] = [[getattr(state, name) for _, state in rows] for name in STATE]
    for at in (1, 2):
        columns[at] = [date.fromordinal(day) for day in columns[at]]
    await connection.execute(
        _WRITE, customer_ids, *([key[i] for key, _ in rows] for i in (0, 1)), *map(number_array, columns)
    )


async def take_changed(
    connection: Connection, currency: str, day: date, most: int
) -> tuple[list[str], States]:
    """Take states that have changed since their forecast was made, locked until the end of the transaction.

    Those that another replica has taken are left out.
    """
    return _taken(await connection.fetch(_TAKE_CHANGED, currency, day, most))


async def take_behind(
    connection: Connection, currency: str, day: date, version: int, after: str, most: int
) -> tuple[list[str], States]:
    """Take states of customers after one, whose day is over or whose population is not the latest, likewise."""
    return _taken(await connection.fetch(_TAKE_BEHIND, currency, day, version, after, most))


async def anybody_behind(connection: Connection, currency: str, day: date, version: int) -> bool:
    """Tell whether there is anybody whose day is over or whose population is not the latest, taken or not."""
    found: bool = await connection.fetchval(_ANY_BEHIND, currency, day, version)
    return found


def _taken(rows: Sequence[Any]) -> tuple[list[str], States]:
    ids, *columns = zip(*rows, strict=True) if rows else [()] * (1 + len(STATE))
    whole = ("days", *DAYS)
    arrays: dict[str, Any] = {
        name: np.array(column, np.int64 if name in whole else np.float64)
        for name, column in zip(STATE, columns, strict=True)
    }
    return list(ids), States(**arrays)


async def write_forecasts(
    connection: Connection,
    day: date,
    version: int,
    currency: str,
    customer_ids: Sequence[str],
    columns: dict[str, Sequence[Any]],
) -> None:
    """Store forecasts; columns are those of :data:`NUMBERS`, days as ordinals."""
    await connection.execute(
        *(_NOTE, day, version, currency, text_column(customer_ids)),
        *(number_array(columns[name]) for name in NUMBERS),
    )


async def populations(connection: Connection) -> dict[str, tuple[Population, int]]:
    """Return the population in force per currency, and how many customers had ordered when it was fitted."""
    return {
        row["currency"]: (
            Population.from_json(msgspec.json.decode(row["body"]) | {"version": row["version"]}),
            row["customers"],
        )
        for row in await connection.fetch(_POPULATIONS, FORMAT)
    }


async def populations_of(connection: Connection, versions: Sequence[int]) -> dict[int, Population]:
    """Return populations by version."""
    rows = await connection.fetch(
        "SELECT version, body FROM order_populations WHERE version = ANY($1::bigint[])", versions
    )
    return {
        row["version"]: Population.from_json(msgspec.json.decode(row["body"]) | {"version": row["version"]})
        for row in rows
    }


async def lock_populations(connection: Connection) -> None:
    """Become the only one who writes populations, until the end of the transaction."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", FITTING_LOCK)


async def customers_by_currency(connection: Connection) -> dict[str, int]:
    """Return how many customers have ordered, per currency."""
    rows = await connection.fetch("SELECT currency, count(*) FROM order_forecasts GROUP BY currency")
    return {row["currency"]: row["count"] for row in rows}


async def sample(connection: Connection, currency: str, day: date) -> list[tuple[int, int, int]]:
    """Return (customer, day, amount) of a sample of customers."""
    rows = await connection.fetch(_SAMPLE, currency, day, SAMPLE)
    return [(customer, placed.toordinal(), amount) for customer, placed, amount in rows]


async def write_population(
    connection: Connection,
    currency: str,
    day: date,
    customers: int,
    population: Population,
    repeating: Repeating,
) -> None:
    """Store a population as the latest version, with how customers repeat products."""
    await connection.execute(
        """INSERT INTO order_populations (currency, day, customers, body, repeat_chance, repeat_worth, fitted_at)
           VALUES ($1, $2, $3, $4::text::jsonb, $5, $6, clock_timestamp())""",
        *(currency, day, customers, msgspec.json.encode(population.to_json()).decode()),
        *(repeating.chance, repeating.worth),
    )
