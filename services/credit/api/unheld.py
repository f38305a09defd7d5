"""Answers about orders that are not, or no longer, held."""

from services.credit.queries import writing
from services.credit.rules.entries import Decided
from services.kit.database import Connection
from services.kit.http.problems import Problem


def unknown_order(order_id: str) -> Problem:
    """Return the problem of an order that was never decided on."""
    return Problem(404, f"order {order_id!r} is not known", errors=[("path.order_id", "is not known")])


async def not_held(connection: Connection, order_id: str) -> Problem:
    """Return the problem of an order that was decided meanwhile, saying by whom."""
    reason = f"order {order_id!r} is not held"
    return Problem(
        409, reason + await what_happened(connection, order_id), errors=[("path.order_id", "is not held")]
    )


async def what_happened(connection: Connection, order_id: str) -> str:
    """Return who took the decision in force, for the one who came second."""
    entry = await writing.effective_decision(connection, order_id)
    if not isinstance(entry, Decided):
        return ""
    who = f" by {entry.by}" if entry.by is not None else ""
    why = f" ({entry.trigger})" if entry.trigger else ""
    return f"; decision {entry.version}: {entry.outcome}{who} at {entry.at}{why}"
