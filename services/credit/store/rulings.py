"""What persons add to the risk of customers: entered factors, rulings on proposals, versions of the policy.

All are written once; changes are refused by the database.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from services.credit.rules.state import Account
from services.credit.store import rows
from services.kit.database import Connection


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's ruling on a proposal, as stored."""

    number: int
    accepted: bool
    proposal: dict[str, Any]
    event: str | None
    by: str
    reason: str
    at: datetime


_RULING_COLUMNS = "number, accepted, proposal::text, event, by, reason, at"


async def read_account(connection: Connection, customer_id: str) -> Account | None:
    """Return an account without its documents; None where nothing has happened yet."""
    row = await connection.fetchrow(rows.SELECT_ACCOUNTS + " WHERE customer_id = $1 AND seq > 0", customer_id)
    return rows.account_of(row) if row is not None else None


async def write_entered(
    connection: Connection, customer_id: str, entered: str, by: str, reason: str, at: datetime
) -> None:
    """Store a version of what is known of a customer. The caller has locked the account."""
    await connection.execute(
        """INSERT INTO risk_entries (customer_id, version, entered, by, reason, at)
           SELECT $1, coalesce(max(version), 0) + 1, $2::jsonb, $3, $4, $5
           FROM risk_entries WHERE customer_id = $1""",
        customer_id,
        entered,
        by,
        reason,
        at,
    )


async def write_ruling(
    connection: Connection,
    customer_id: str,
    *,
    proposal: str,
    event: str | None,
    by: str,
    reason: str,
    at: datetime,
) -> Ruling:
    """Store a ruling; with an event the proposal was accepted. The caller has locked the account."""
    row = await connection.fetchrow(
        f"""INSERT INTO risk_rulings (customer_id, number, accepted, proposal, event, by, reason, at)
            SELECT $1, coalesce(max(number), 0) + 1, $3::text IS NOT NULL, $2::jsonb, $3::text, $4, $5, $6
            FROM risk_rulings WHERE customer_id = $1 RETURNING {_RULING_COLUMNS}""",  # noqa: S608
        customer_id,
        proposal,
        event,
        by,
        reason,
        at,
    )
    return _ruling(row)


async def last_ruling(connection: Connection, customer_id: str) -> Ruling | None:
    """Return the latest ruling on a customer's proposals."""
    row = await connection.fetchrow(
        f"SELECT {_RULING_COLUMNS} FROM risk_rulings WHERE customer_id = $1 ORDER BY number DESC LIMIT 1",  # noqa: S608
        customer_id,
    )
    return _ruling(row) if row is not None else None


def _ruling(row: Any) -> Ruling:
    number, accepted, proposal, *rest = row
    return Ruling(number, accepted, msgspec.json.decode(proposal), *rest)


async def write_policy(
    connection: Connection, body: str, effective_from: date, by: str, reason: str, at: datetime
) -> int:
    """Store a version of the risk policy; return its number. One at a time, so that numbers have no gaps."""
    await connection.execute("LOCK TABLE risk_policies IN SHARE ROW EXCLUSIVE MODE")
    version: int = await connection.fetchval(
        """INSERT INTO risk_policies (version, body, effective_from, by, reason, at)
           SELECT coalesce(max(version), 0) + 1, $1, $2, $3, $4, $5 FROM risk_policies RETURNING version""",
        body,
        effective_from,
        by,
        reason,
        at,
    )
    return version
