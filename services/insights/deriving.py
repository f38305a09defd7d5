"""What is derived from the facts, kept current beside the stream: seconds behind, and never in the way of a batch."""

import logging
from collections.abc import Sequence
from datetime import date

from services.insights.derivations import DERIVATIONS
from services.insights.derivations.derivation import Derivation, Deriving
from services.insights.store.staleness import (
    Taken,
    company_day,
    note_derived,
    take_due,
    take_stale,
    wait_for_a_day,
)
from services.kit import metrics
from services.kit.beside import keep_doing
from services.kit.database import Database, UnitOfWork
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

CHANGES_PER_STEP = 400
"""A change waits for the step that is under way and for the rest after it: the fewer at once, the sooner it is seen."""
SHARE_OF_TIME = 0.5
IDLE_S = 0.5


class Deriver:
    """Derives whoever is behind. Any number of replicas may do so side by side."""

    def __init__(self, database: Database, derivations: Sequence[Derivation] = DERIVATIONS) -> None:
        self._database = database
        self._derivations = derivations

    async def step(self) -> int:
        """Derive some customers whose facts have changed, and some that are due. Returns how many; 0: nobody is."""
        return await self._stale() + await self._due()

    async def catch_up(self) -> None:
        """Derive everybody who is behind now."""
        while await self.step():
            pass

    async def _stale(self) -> int:
        async with self._database.unit_of_work() as unit:
            taken = await take_stale(unit.connection, CHANGES_PER_STEP)
            metrics.DERIVATION_BEHIND.set(taken.behind_s)
            if taken.customer_ids:
                day = await company_day(unit.connection)
                await self._derive(unit, day, taken)
        return len(taken.customer_ids)

    async def _due(self) -> int:
        async with self._database.unit_of_work() as unit:
            day = await company_day(unit.connection)
            if day is None:
                return 0
            taken = await take_due(unit.connection, day, CHANGES_PER_STEP)
            if taken.customer_ids:
                await self._derive(unit, day, taken)
        return len(taken.customer_ids)

    async def _derive(self, unit: UnitOfWork, day: date | None, taken: Taken) -> None:
        if day is None:
            await wait_for_a_day(unit.connection, taken.customer_ids)
            return
        # The pool plans every statement by key; derivations join what they read of hundreds of customers.
        await unit.connection.execute("SET LOCAL enable_hashjoin = on")
        due: dict[str, date] = {}
        for derive in self._derivations:
            for customer_id, on in (await derive(Deriving(unit, day, taken.customer_ids))).items():
                assert on > day, "a derivation of today holds for today"
                due[customer_id] = min(due.get(customer_id, on), on)
        await note_derived(unit.connection, day, taken.customer_ids, due)
        metrics.DERIVED_CUSTOMERS.inc(len(taken.customer_ids))


async def keep_derived(runtime: Runtime) -> None:
    """Keep what is derived current until cancelled, in at most half of the time."""
    deriver = Deriver(runtime.database)
    await keep_doing(
        "insights", "what follows for customers", deriver.step, share=SHARE_OF_TIME, idle_s=IDLE_S
    )
