"""Reports active rates below their targets, and takes it back when they recover: ``active_rate_low`` per salesperson.

Counting reads the customers of a salesperson, whatever their history, and is done beside the stream for those of whose
customers something has changed; for everybody when a day begins or targets change.
"""

import logging
from collections.abc import Sequence
from datetime import date

import msgspec

from services.insights.conditions import Reported, report
from services.insights.rules.lateness import month_end
from services.insights.rules.performance import Counted, Performance, active_rate_low, says_more
from services.insights.store.active_rates import KIND, all_salespeople, counted, said, take_stale_salespeople
from services.insights.store.dated_policies import in_force
from services.insights.store.lateness import moment
from services.insights.store.staleness import company_day
from services.kit.beside import keep_doing
from services.kit.database import Connection, Database
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

SHARE_OF_TIME = 0.1
IDLE_S = 1.0
WORDS_PER_STEP = 10_000


class RateCounter:
    """Counts active rates. Any number of replicas may do so side by side: of two words the later one holds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._done: tuple[date, int] | None = None

    async def step(self) -> int:
        """Count salespeople whose rate may be another one. Returns how many; 0: there is nobody."""
        async with self._database.unit_of_work() as unit:
            stale = await take_stale_salespeople(unit.connection, WORDS_PER_STEP)
            day = await company_day(unit.connection)
            if day is None:
                return 0
            version, body = await in_force(unit.connection, "performance", day)
            ids = stale if self._done == (day, version) else await all_salespeople(unit.connection)
            if ids:
                rule = msgspec.json.decode(body, type=Performance)
                await _report(unit.connection, ids, rule, day)
        self._done = day, version
        return len(ids)


async def _report(connection: Connection, ids: Sequence[str], rule: Performance, day: date) -> None:
    before = await said(connection, ids, day)
    # Without a target there is nothing to fall short of, and nobody to count.
    ids = [id_ for id_ in ids if rule.target_of(id_) or id_ in before]
    counts = await counted(connection, ids, day) if ids else {}
    at, found = await moment(connection), []
    for salesperson_id in ids:
        of = counts.get(salesperson_id, Counted())
        facts = active_rate_low(of, rule.target_of(salesperson_id), day)
        if says_more(before.get(salesperson_id), facts):
            found.append(Reported(KIND, salesperson_id, at, day.toordinal(), facts, until=month_end(day)))
    if found:
        await report(connection, found)


async def keep_active_rates(runtime: Runtime) -> None:
    """Keep active rates watched until cancelled, in at most a tenth of the time."""
    counter = RateCounter(runtime.database)
    await keep_doing(
        "insights", "active rates", counter.step, share=SHARE_OF_TIME, idle_s=IDLE_S, busy_s=IDLE_S
    )
