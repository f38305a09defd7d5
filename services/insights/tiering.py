"""Margins of products kept current beside the stream, by one replica at a time.

A month is summed up over all customers in one statement when something was sold, returned or costed in it, in at most
a tenth of the time. A tier follows from the whole months before a sale, so what is sold today changes no tier today:
the month of today is summed up every ten seconds at most, and when it is over.
"""

import logging
import time
from collections.abc import Mapping
from datetime import date

from services.insights.rules.margin_tiers import tier_of
from services.insights.rules.windows import month_after
from services.insights.store.commission import mark_buyers, rules_of
from services.insights.store.product_margins import (
    Margin,
    ProductMonth,
    lead,
    sum_up,
    take_stale_months,
    windows,
)
from services.insights.store.staleness import company_day
from services.kit.beside import keep_doing
from services.kit.database import Connection, Database
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

SHARE_OF_TIME = 0.1
IDLE_S = 1.0
WORDS_PER_STEP = 10_000
THIS_MONTH_EVERY_S = 10.0
"""Nothing depends on the month of today before it is over, and all customers who bought in it are gone through."""


class TierKeeper:
    """Sums up the months that have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._this_month_at = float("-inf")

    async def step(self) -> int:
        """Sum up. Returns how many months were; 0: none, or another replica does so."""
        now = time.monotonic()
        all_of_them = now - self._this_month_at >= THIS_MONTH_EVERY_S
        async with self._database.unit_of_work() as unit:
            if not await lead(unit.connection):
                return 0
            await unit.connection.execute("SET LOCAL enable_hashjoin = on")
            day = await company_day(unit.connection)
            before = None if all_of_them or day is None else month_after(day, 0)
            stale = await take_stale_months(unit.connection, WORDS_PER_STEP, before)
            for currency, month in stale:
                changed = await sum_up(unit.connection, currency, month)
                # Something late: what was sold since may be in another tier, and earn another commission.
                sales = await in_another_tier(unit.connection, currency, month, changed)
                await mark_buyers(unit.connection, currency, sales)
        if all_of_them:
            self._this_month_at = now
        return len(stale)


async def in_another_tier(
    connection: Connection, currency: str, month: date, changed: Mapping[str, Margin]
) -> set[ProductMonth]:
    """Return the products, and the months of their sale, whose tier is another one since a month has changed.

    Most changes move no tier, and everybody who bought the product would be derived for nothing.
    """
    policies = {policy for _, policy in (await rules_of(connection)).tiers}
    found: set[ProductMonth] = set()
    for length in {policy.window_months for policy in policies}:
        wanted = [(product, month_after(month, n + 1)) for product in changed for n in range(length)]
        for key, now in (await windows(connection, currency, wanted, length)).items():
            moved = changed[key[0]]
            was = Margin(now.costed_minor - moved.costed_minor, now.cost_minor - moved.cost_minor)
            if any(tier_of(p, *was) != tier_of(p, *now) for p in policies if p.window_months == length):
                found.add(key)
    return found


async def keep_tiers(runtime: Runtime) -> None:
    """Keep margins current until cancelled."""
    keeper = TierKeeper(runtime.database)
    await keep_doing(
        "insights", "margins of products", keeper.step, share=SHARE_OF_TIME, idle_s=IDLE_S, busy_s=IDLE_S
    )
