"""Up to which amount somebody may grant alone. Every change is a new row; the latest one counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.credit.rules.desk import normal_name
from services.kit.database import Connection
from services.kit.http.auth import Principal

Scope = Literal["people", "roles"]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How much somebody may grant alone, in minor units; None: any amount."""

    amount: int | None

    def covers(self, amount: int | None) -> bool:
        """Return whether an amount (None: unlimited) is within it."""
        return self.amount is None or (amount is not None and amount <= self.amount)


async def ceiling_of(connection: Connection, principal: Principal, currency: str) -> Ceiling:
    """Return a person's own ceiling, otherwise that of their role; without either there is none.

    Whoever has a ceiling in other currencies only may grant nothing in this one.
    """
    rows = await connection.fetch(
        """SELECT DISTINCT ON (scope, currency) scope, currency, amount, removed FROM ceilings
           WHERE (scope = 'people' AND name = $1) OR (scope = 'roles' AND name = $2)
           ORDER BY scope, currency, id DESC""",
        normal_name(principal.name),
        principal.role,
    )
    for scope in ("people", "roles"):
        mine = {
            row["currency"]: row["amount"] for row in rows if row["scope"] == scope and not row["removed"]
        }
        if mine:
            return Ceiling(mine.get(currency, 0))
    return Ceiling(None)


async def set_ceiling(
    connection: Connection,
    scope: Scope,
    name: str,
    currency: str,
    amount: int | None,
    *,
    removed: bool = False,
    reason: str,
    by: str,
    at: datetime,
) -> int:
    """Write a ceiling, or with ``removed`` that there is none of one's own any more; return the row's number."""
    number: int = await connection.fetchval(
        """INSERT INTO ceilings (scope, name, shown, currency, amount, removed, reason, set_by, set_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id""",
        scope,
        normal_name(name),
        name,
        currency,
        amount,
        removed,
        reason,
        by,
        at,
    )
    return number


async def has_ceiling(connection: Connection, scope: Scope, name: str, currency: str) -> bool:
    """Return whether a person or role has a ceiling in a currency."""
    removed = await connection.fetchval(
        "SELECT removed FROM ceilings WHERE scope = $1 AND name = $2 AND currency = $3 ORDER BY id DESC LIMIT 1",
        scope,
        normal_name(name),
        currency,
    )
    return removed is False
