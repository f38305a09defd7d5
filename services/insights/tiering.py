"""Margins of products kept current beside the stream, by one replica at a time.

A month is summed up over all customers in one statement when something was sold, returned or costed in it, in at most
a tenth of the time. A tier follows from the whole months before a sale, so what is sold today changes no tier today.
"""

import logging

from services.insights.store.commission import mark_buyers
from services.insights.store.product_margins import lead, sum_up, take_stale_months
from services.kit.beside import keep_doing
from services.kit.database import Database
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

SHARE_OF_TIME = 0.1
IDLE_S = 1.0
WORDS_PER_STEP = 10_000


class TierKeeper:
    """Sums up the months that have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(self) -> int:
        """Sum up. Returns how many months were; 0: none, or another replica does so."""
        async with self._database.unit_of_work() as unit:
            if not await lead(unit.connection):
                return 0
            await unit.connection.execute("SET LOCAL enable_hashjoin = on")
            stale = await take_stale_months(unit.connection, WORDS_PER_STEP)
            for currency, month in stale:
                changed = await sum_up(unit.connection, currency, month)
                # Something late: what was sold since may be in another tier, and earn another commission.
                await mark_buyers(unit.connection, currency, month, changed)
        return len(stale)


async def keep_tiers(runtime: Runtime) -> None:
    """Keep margins current until cancelled."""
    keeper = TierKeeper(runtime.database)
    await keep_doing(
        "insights", "margins of products", keeper.step, share=SHARE_OF_TIME, idle_s=IDLE_S, busy_s=IDLE_S
    )
