"""What is kept of each customer's order days, from which its orders are forecast."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.forecasting import state_of
from services.insights.lateness import withdraw
from services.insights.store.order_days import order_ahead, order_days, write_states
from services.insights.store.silence import note_silence


async def derive_order_days(deriving: Deriving) -> Mapping[str, date]:
    """Sum up the order days of customers, per currency.

    The forecast itself is not made here (``expecting.py``): it differs every day, without anything being derived anew.
    """
    connection, ids, day = deriving.unit.connection, deriving.customer_ids, deriving.day
    found = await order_days(connection, ids, day)
    states = {key: state for key, days in found.items() if (state := state_of(days)) is not None}
    await write_states(connection, ids, states)
    await note_silence(connection, ids, day)
    ordering = {customer_id for customer_id, _ in states}
    await withdraw(connection, day, [customer_id for customer_id in ids if customer_id not in ordering])
    return await order_ahead(connection, ids, day)
