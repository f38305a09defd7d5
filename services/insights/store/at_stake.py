"""What a silent customer is worth winning back: what it bought in a year, times the chance that it comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.insights.rules.windows import month_after
from services.kit.database import Connection
from services.kit.packing import text_column, texts_of

# The figures of GET /insights/dormant, whose period is the twelve months before this one if nobody says another.
_AT_STAKE = f"""
SELECT f.customer_id, f.currency, round(m.amount * f.active)::bigint AS at_stake, f.active
FROM order_forecasts AS f CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_minor), 0)::bigint AS amount FROM customer_months AS c
    WHERE c.customer_id = f.customer_id AND c.currency = f.currency AND c.month BETWEEN $2 AND $3) AS m
WHERE f.customer_id = ANY({texts_of(1)}) AND f.active IS NOT NULL
ORDER BY f.customer_id, f.currency
"""  # noqa: S608

_SILENT = f"""
SELECT s.last_order_day, a.* FROM ({_AT_STAKE.rsplit("ORDER BY", 1)[0]}) AS a
JOIN dormant_spells AS s ON s.customer_id = a.customer_id AND s.revived_on IS NULL
    AND least(s.days_on, s.rhythm_on) <= $4
ORDER BY a.customer_id, a.currency
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Stake:
    """Value at stake in one currency; ``chance`` of return is 0 to 1."""

    currency: str
    amount_minor: int
    chance: float


async def at_stake_of(
    connection: Connection, customer_ids: Sequence[str], day: date
) -> dict[str, list[Stake]]:
    """Return what is at stake by customer, where it has been forecast."""
    found: dict[str, list[Stake]] = {}
    ids, months = text_column(customer_ids), (month_after(day, -12), month_after(day, -1))
    rows = await connection.fetch(_AT_STAKE, ids, *months)
    for row in rows:
        found.setdefault(row["customer_id"], []).append(
            Stake(row["currency"], row["at_stake"], row["active"])
        )
    return found


async def silent_stakes_of(
    connection: Connection, customer_ids: Sequence[str], day: date
) -> list[tuple[str, date, Stake]]:
    """Return customers that are dormant on a day, the day of their last order, and what is at stake in a currency."""
    months = month_after(day, -12), month_after(day, -1)
    return [
        (row["customer_id"], row["last_order_day"], Stake(row["currency"], row["at_stake"], row["active"]))
        for row in await connection.fetch(_SILENT, text_column(customer_ids), *months, day)
    ]
