"""What needs a second person, and what became of it. The customer's account is locked before a request is."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import uuid4

import msgspec

from contracts.events.credit import ApprovalKind, ApprovalOutcome
from services.credit.outgoing_desk import approval_closed_row, approval_requested_row
from services.credit.rules.desk import normal_name
from services.kit.database import Connection, UnitOfWork
from services.kit.http.auth import Principal

Approval = Mapping[str, Any]
"""A row of ``approvals``."""

State = Literal["open", "approved", "refused", "withdrawn", "expired"]


async def open_request(
    connection: Connection, kind: ApprovalKind, customer_id: str, order_id: str | None
) -> Approval | None:
    """Return the request that is open for an order, or for a customer's limit or terms."""
    row = await connection.fetchrow(
        """SELECT * FROM approvals
           WHERE kind = $1 AND customer_id = $2 AND order_id IS NOT DISTINCT FROM $3 AND state = 'open'""",
        kind,
        customer_id,
        order_id,
    )
    return _read(row)


async def write_request(
    unit: UnitOfWork,
    principal: Principal,
    kind: ApprovalKind,
    customer_id: str,
    *,
    order_id: str | None,
    currency: str,
    amount: int | None,
    request: Mapping[str, Any],
    reason: str,
    by: str,
    at: datetime,
    until_day: date | None = None,
    due_on: date | None = None,
) -> Approval:
    """Write a request and tell the world of it. ``request`` is what the second person will agree to, as JSON."""
    row = await unit.connection.fetchrow(
        """INSERT INTO approvals (approval_id, kind, state, customer_id, order_id, currency, amount, request, reason,
                                  requested_by, requester, requested_at, until_day)
           VALUES ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *""",
        uuid4().hex,
        kind,
        customer_id,
        order_id,
        currency,
        amount,
        msgspec.json.encode(request).decode(),
        reason,
        by,
        normal_name(principal.name),
        at,
        until_day,
    )
    approval = _read(row)
    assert approval is not None
    unit.publish(approval_requested_row(approval, due_on))
    unit.announce("credit.held")
    return approval


async def lock_request(connection: Connection, approval_id: str) -> Approval | None:
    """Lock the account a request is about, then the request, and return it."""
    customer_id = await connection.fetchval(
        "SELECT customer_id FROM approvals WHERE approval_id = $1", approval_id
    )
    if customer_id is None:
        return None
    await connection.fetchval("SELECT seq FROM accounts WHERE customer_id = $1 FOR UPDATE", customer_id)
    row = await connection.fetchrow("SELECT * FROM approvals WHERE approval_id = $1 FOR UPDATE", approval_id)
    return _read(row)


async def close_request(
    unit: UnitOfWork,
    approval_id: str,
    outcome: ApprovalOutcome,
    *,
    by: str | None,
    comment: str,
    at: datetime,
) -> Approval:
    """Close an open request and tell the world of it."""
    row = await unit.connection.fetchrow(
        """UPDATE approvals SET state = $2, closed_by = $3, comment = $4, closed_at = $5
           WHERE approval_id = $1 RETURNING *""",
        approval_id,
        outcome,
        by,
        comment,
        at,
    )
    approval = _read(row)
    assert approval is not None
    unit.publish(approval_closed_row(approval, outcome))
    unit.announce("credit.held")
    return approval


async def expire_limits(unit: UnitOfWork, days: Mapping[int, tuple[date, datetime]]) -> None:
    """Expire requests for limits whose last day is over on the days that have begun, per partition."""
    rows = await unit.connection.fetch(
        """UPDATE approvals AS r SET state = 'expired', closed_at = n.at
           FROM unnest($1::int[], $2::date[], $3::timestamptz[]) AS n (partition, day, at), accounts a
           WHERE r.state = 'open' AND r.kind = 'temporary_limit' AND r.until_day < n.day
             AND a.customer_id = r.customer_id AND a.partition = n.partition
           RETURNING r.*""",
        list(days),
        [day for day, _ in days.values()],
        [at for _, at in days.values()],
    )
    unit.publish_all([approval_closed_row(dict(row), "expired") for row in rows])


def _read(row: Any) -> Approval | None:
    return None if row is None else {**row, "request": msgspec.json.decode(row["request"])}
