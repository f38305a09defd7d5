"""What each customer bought of the two product groups of every comparison, and who is below the target."""

from collections.abc import Mapping
from datetime import date

from services.insights.conditions import Reported, report
from services.insights.derivations.derivation import Deriving
from services.insights.rules.alerts.model import Facts
from services.insights.rules.mix import below_target
from services.insights.rules.windows import month_after
from services.insights.store.lateness import moment
from services.insights.store.mix import KIND, bought, comparisons_in_force, is_compared, said, write_mix


async def derive_mix(deriving: Deriving) -> Mapping[str, date]:
    """Add up both groups in the rolling window of each comparison, and report who buys too little of the second.

    It reads the months of the window alone, so the cost does not grow with history.
    """
    connection, ids, day = deriving.unit.connection, deriving.customer_ids, deriving.day
    compared = {c.comparison_id: c for c in await comparisons_in_force(connection)}
    if not compared and not await is_compared(connection, ids):
        return {}
    rows, now = [], {}
    due: dict[str, date] = {}
    for key, of in (await bought(connection, ids, day, list(compared.values()))).items():
        customer_id, comparison_id, currency = key
        in_force = compared[comparison_id]
        # The window moves when a month begins: its first one leaves, or one enters that documents are ahead with.
        turns = [of.ahead] if of.ahead is not None else []
        if of.earliest is not None:
            turns.append(month_after(of.earliest, in_force.comparison.window_months))
        due[customer_id] = min(turns + ([due[customer_id]] if customer_id in due else []))
        if (of.one, of.two) != (0, 0):
            rows.append((*key, in_force.version, of.one, of.two))
        facts = below_target(in_force.comparison, currency, of.one, of.two)
        if facts is not None:
            now[customer_id, f"{comparison_id}:{currency}"] = facts
    await write_mix(connection, ids, rows)
    await _tell(deriving, now)
    return due


async def _tell(deriving: Deriving, now: Mapping[tuple[str, str], Facts]) -> None:
    """Report what has changed; what holds no more is taken back, also of a comparison that was ended."""
    connection, day = deriving.unit.connection, deriving.day
    before = await said(connection, deriving.customer_ids)
    changed = [key for key in {**before, **now} if before.get(key) != now.get(key)]
    if not changed:
        return
    at = await moment(connection)
    found = [Reported(KIND, key[0], at, day.toordinal(), now.get(key), key[1]) for key in sorted(changed)]
    await report(connection, found, deriving=True)
