"""Writes of the API, through the handlers that consumed events go through."""

from datetime import datetime, timedelta

from services.customers import store
from services.customers.handlers import HANDLERS
from services.customers.handlers_people import grade_prospect
from services.customers.rules.archive import Archive
from services.customers.rules.grading import GradingPolicy
from services.kit.commands import Commands
from services.kit.database import UnitOfWork
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

FURTHEST_AHEAD = timedelta(days=1)

_commands = Commands(HANDLERS, store.load, store.save)
carry_out, carry_out_all = _commands.carry_out, _commands.carry_out_all


async def regrade_all(unit: UnitOfWork, version: int, policy: GradingPolicy, at: datetime) -> int:
    """Grade every prospect by a new version of the policy, and tell the grades. Returns how many there are."""
    archive = Archive(policy=(version, policy))
    await store.load_prospects(unit.connection, archive)
    for prospect_id in archive.prospects:
        grade_prospect(archive, prospect_id, at)
    await store.save(unit, archive)
    return len(archive.prospects)


def moment_after(runtime: Runtime, known_at: datetime | None) -> datetime:
    """Return the time of a change: now, but never before what it changes, whatever the clocks say.

    What a person does, is done knowing it.

    Raises:
        Problem: 409 when ``known_at`` lies so far ahead that the clock that told it must be wrong.
    """
    now = runtime.clock.now()
    if known_at is None or known_at < now:
        return now
    if known_at > now + FURTHEST_AHEAD:
        raise Problem(
            409,
            f"what is to be changed carries the time {known_at.isoformat()}; wait, or correct it at its source",
        )
    return known_at + timedelta(microseconds=1)
