"""Loading what a document that came late needs: everything that says which money pays which invoice.

Rare, and the only thing here whose cost grows with a customer's history.
"""

from collections.abc import Sequence

from services.credit.moments import utc_text
from services.credit.rules.entries import CreditReversed, CreditTaken, Invoiced, MoneyEntry, decode_entry
from services.credit.store.naming import Named
from services.credit.working import Working
from services.kit.database import Connection
from services.kit.records import Received

_CREDITS = frozenset(
    {
        "order.returned",
        "payment.received",
        "payment.reversed",
        "payment.transferred_in",
        "receivable.transferred_out",
        "receivable.written_off",
    }
)
_INVOICES = frozenset({"order.invoiced", "payment.transferred_out", "receivable.transferred_in"})
_SELECT = """SELECT customer_id, body FROM journal
WHERE customer_id = ANY($1::text[]) AND kind IN ('invoiced', 'credit', 'reversed', 'reallocated')
ORDER BY customer_id, seq"""


async def load_late(
    connection: Connection, working: Working, events: Sequence[Received], named: Named
) -> None:
    """Load the money entries of accounts to which a document comes late, and name the documents in them."""
    working.late = late_customers(working, events)
    if not working.late:
        return
    logs: dict[str, list[MoneyEntry]] = {customer: [] for customer in working.late}
    for customer, body in await connection.fetch(_SELECT, working.late):
        entry = decode_entry(body)
        assert isinstance(entry, MoneyEntry)
        logs[customer].append(entry)
        if isinstance(entry, Invoiced):
            named.add("invoice_id", entry.invoice, customer)
        elif isinstance(entry, (CreditTaken, CreditReversed)):
            named.add("credit_id", entry.credit, customer)
    for customer, log in logs.items():
        working.accounts[customer].money_log = log


def late_customers(working: Working, events: Sequence[Received]) -> list[str]:
    """Return the customers of invoices that happened before a payment they come after, and the like.

    Two invoices may change places: what money they get depends only on the payments between them.
    """
    latest: dict[str, tuple[str, str]] = {}
    late: dict[str, None] = {}
    for received in events:
        type_ = received.event.type
        if type_ not in _CREDITS and type_ not in _INVOICES:
            continue
        customer = received.event.data.customer_id
        account = working.accounts[customer]
        at = utc_text(received.event.occurred_at)
        invoice_at, credit_at = latest.get(customer) or (account.invoice_at, account.credit_at)
        if type_ in _INVOICES:
            is_late = at < credit_at
            invoice_at = max(invoice_at, at)
        else:
            is_late = at < max(invoice_at, credit_at)
            credit_at = max(credit_at, at)
        latest[customer] = invoice_at, credit_at
        if is_late:
            late[customer] = None
    return list(late)
