"""Commission: what the documents of these customers earn against the entries that are stored."""

from collections.abc import Mapping
from datetime import date

from services.insights.derivations.derivation import Deriving
from services.insights.earning import wanted_entries
from services.insights.store.commission import append_entries, corrections, stored_entries


async def derive_commission(deriving: Deriving) -> Mapping[str, date]:
    """Append what is missing, so that the entries add up to what the documents say; nothing is ever rewritten."""
    connection, ids = deriving.unit.connection, deriving.customer_ids
    wanted = await wanted_entries(connection, ids)
    await append_entries(connection, corrections(wanted, await stored_entries(connection, ids)))
    return {}
