"""Saving what the desk of finance works on: only batches that hold, release or escalate something get here."""

from collections.abc import Sequence
from typing import Any

from services.credit.outgoing_desk import approval_closed_row
from services.credit.working import Working
from services.kit.database import UnitOfWork


async def save_cases(unit: UnitOfWork, working: Working) -> None:
    """Write cases and overrides as the journal left them; what was asked about orders decided since has expired."""
    held: list[tuple[Any, ...]] = []
    by_hand: list[tuple[Any, ...]] = []
    decided = {entry.order for entry in working.decisions}
    closed, ended, settled = [], [], []
    for order_id, customer in working.cases.items():
        order = working.accounts[customer].orders[order_id]
        case, override = order.case, order.override
        if case is not None:
            held.append((order_id, customer, case.opened_seq, case.opened_on, case.due_on, case.level))
        else:
            closed.append(order_id)
        if override is not None:
            by_hand.append((order_id, customer, override.amount, override.day, override.by))
        else:
            ended.append(order_id)
        if case is None or order_id in decided:
            settled.append((order_id, working.touched[customer].event.occurred_at))
    expired = await unit.connection.fetch(
        _SAVE, *_columns(held, 6), *_columns(by_hand, 5), closed, ended, *_columns(settled, 2)
    )
    working.rows += [approval_closed_row(dict(row), "expired") for row in expired]


_SAVE = """
WITH held AS (
    INSERT INTO cases (order_id, customer_id, opened_seq, opened_on, due_on, level)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::date[], $5::date[], $6::int[])
    ON CONFLICT (order_id) DO UPDATE SET
        opened_seq = excluded.opened_seq, opened_on = excluded.opened_on, due_on = excluded.due_on,
        level = excluded.level
), by_hand AS (
    INSERT INTO overrides (order_id, customer_id, amount, day, by)
    SELECT * FROM unnest($7::text[], $8::text[], $9::bigint[], $10::date[], $11::text[])
    ON CONFLICT (order_id) DO UPDATE SET amount = excluded.amount, day = excluded.day, by = excluded.by
), closed AS (
    DELETE FROM cases WHERE order_id = ANY($12::text[])
), given_up AS (
    DELETE FROM case_owners WHERE order_id = ANY($12::text[])
), ended AS (
    DELETE FROM overrides WHERE order_id = ANY($13::text[])
)
UPDATE approvals AS a SET state = 'expired', closed_at = n.at
FROM unnest($14::text[], $15::timestamptz[]) AS n (order_id, at)
WHERE a.order_id = n.order_id AND a.state = 'open' AND a.kind = 'release'
RETURNING a.*"""


def _columns(records: Sequence[Sequence[Any]], width: int) -> Sequence[Sequence[Any]]:
    """Turn rows into one array per column."""
    return list(zip(*records, strict=True)) if records else [()] * width
