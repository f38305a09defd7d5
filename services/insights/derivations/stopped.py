"""Products that a customer usually bought, and has not for longer than its own rhythm explains."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.rules.windows import window_of
from services.insights.store.policies import policy_in_force
from services.insights.store.stopped import write_stopped


async def derive_stopped(deriving: Deriving) -> Mapping[str, date]:
    """Find the stopped products of each customer from the lines of its orders in the window alone.

    It follows from the day: a product stops when the first day comes that is more than so many of its usual gaps after
    the last purchase, however little happens.
    """
    connection, day = deriving.unit.connection, deriving.day
    rule = (await policy_in_force(connection)).policy.stopped
    first, _ = window_of(day, rule.window_months)
    return await write_stopped(connection, deriving.customer_ids, day, first, rule)
