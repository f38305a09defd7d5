"""What happens because time passed: items fall overdue, temporary limits begin and end, deadlines pass."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.credit.rules.context import Context
from services.credit.rules.decisions import decide_held_again, escalate
from services.credit.rules.entries import AnyEntry, DayPassed
from services.credit.rules.evolve import is_overdue
from services.credit.rules.state import Account

POLICY_TRIGGER = "policy "
"""How the trigger of a decision begins that a version of the policy brought about."""


def wakes_on(account: Account, day: date) -> date | None:
    """Return the first day after ``day`` on which time alone changes the account, or None if none is in sight."""
    days: list[date] = []
    if account.next_due is not None:
        days.append(account.next_due + timedelta(days=account.grace_days + 1))
    if account.temporary is not None:
        days.append(account.temporary.until_day + timedelta(days=1))
        if account.temporary.from_day > day:
            days.append(account.temporary.from_day)
    if account.case_index:
        days.append(account.case_index[0][0] + timedelta(days=1))
    return min(days, default=None)


def policy_in_force(account: Account, context: Context) -> Iterator[AnyEntry]:
    """Decide held orders again when another version of the policy has come into force."""
    yield from decide_held_again(account, context, f"{POLICY_TRIGGER}{context.policy.version} in force")


def day_passed(account: Account, context: Context) -> Iterator[AnyEntry]:
    """Let a day pass over an account that wakes on it."""
    fallen = 0
    for due_on, _ in account.current_index:
        if not is_overdue(due_on, account.grace_days, context.day):
            break
        fallen += 1
    temporary = account.temporary
    ended = temporary is not None and temporary.until_day < context.day
    if fallen or ended:
        yield DayPassed(
            customer=account.customer_id,
            seq=account.seq + 1,
            event=context.event,
            at=context.at,
            day=context.day,
            fell_overdue=fallen,
            temporary_ended=ended,
        )
    if temporary is not None:
        yield from decide_held_again(account, context, "day started")
    yield from escalate(account, context)
