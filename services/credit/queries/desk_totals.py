"""How much work waits at the desk of finance, in counts for gauges."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.tables import back_tests, cases
from services.credit.tables_desk import approvals, case_owners


@dataclass(frozen=True, slots=True)
class DeskTotals:
    """Counts.

    Attributes:
        cases: held orders as work, by what they are: open, unclaimed, escalated, late.
        approvals: requests that wait for a second person, the oldest since ``waiting_since``.
        back_tests: by status; statuses without one are left out.
    """

    cases: dict[str, int]
    approvals: int
    waiting_since: datetime | None
    back_tests: dict[str, int]


async def desk_totals(connection: AsyncConnection, today: date) -> DeskTotals:
    """Count, from small tables and partial indexes; ``today`` is the day after which a deadline has passed."""
    owned = and_(case_owners.c.order_id == cases.c.order_id, case_owners.c.opened_seq == cases.c.opened_seq)
    counts = {
        "open": func.count(),
        "unclaimed": func.count().filter(case_owners.c.owner.is_(None)),
        "escalated": func.count().filter(cases.c.level > 0),
        "late": func.count().filter(cases.c.due_on < today),
    }
    statement = select(*(count.label(name) for name, count in counts.items()))
    held = (await connection.execute(statement.select_from(cases.outerjoin(case_owners, owned)))).one()
    waiting = select(func.count(), func.min(approvals.c.requested_at)).where(approvals.c.state == "open")
    number, since = (await connection.execute(waiting)).one()
    tried = select(back_tests.c.status, func.count()).group_by(back_tests.c.status)
    by_status = {row[0]: row[1] for row in (await connection.execute(tried)).all()}
    return DeskTotals(dict(held._mapping), number, since, by_status)
