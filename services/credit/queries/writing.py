"""What a command reads inside its own transaction."""

from datetime import date, datetime
from typing import Any

from services.credit.rules.desk import Desk
from services.credit.rules.entries import AnyEntry, decode_entry
from services.credit.store.policies import Policies
from services.kit.database import Connection


async def lock_account(connection: Connection, customer_id: str, after_entry: int = 0) -> datetime | None:
    """Lock the account's row, if there is one, and return the time of its last entry or of ``after_entry``."""
    seq = await connection.fetchval("SELECT seq FROM accounts WHERE customer_id = $1 FOR UPDATE", customer_id)
    if not seq:
        return None
    latest = await connection.fetchval(
        "SELECT max(body::json ->> 'at') FROM journal WHERE customer_id = $1 AND seq = ANY($2::bigint[])",
        customer_id,
        [seq, after_entry],
    )
    return datetime.fromisoformat(latest) if latest is not None else None


async def lock_accounts(connection: Connection, customers: list[str]) -> set[str]:
    """Lock several accounts in the order of their ids, as everybody does; return which of them there are."""
    found = await connection.fetch(
        "SELECT customer_id FROM accounts WHERE customer_id = ANY($1::text[]) AND seq > 0"
        " ORDER BY customer_id FOR UPDATE",
        customers,
    )
    return {row["customer_id"] for row in found}


async def open_item(connection: Connection, customer_id: str, invoice_id: str) -> Any:
    """Return when a customer's invoice was issued and is due."""
    return await connection.fetchrow(
        "SELECT issued_on, due_on FROM items WHERE invoice_id = $1 AND customer_id = $2",
        invoice_id,
        customer_id,
    )


async def day_reached(connection: Connection, partition: int) -> date | None:
    """Return the business day a partition has reached, None before its first."""
    day: date | None = await connection.fetchval(
        "SELECT day FROM partition_days WHERE partition = $1", partition
    )
    return day


async def order_owner(connection: Connection, order_id: str) -> tuple[str, int] | None:
    """Return an order's customer and the journal entry of its decision."""
    return _pair(
        await connection.fetchrow(
            "SELECT customer_id, decision_seq FROM orders WHERE order_id = $1", order_id
        )
    )


async def credit_owner(connection: Connection, credit_id: str) -> tuple[str, int] | None:
    """Return the customer of a payment or credit note and the journal entry it came with."""
    return _pair(
        await connection.fetchrow("SELECT customer_id, seq FROM credits WHERE credit_id = $1", credit_id)
    )


def _pair(row: Any) -> tuple[str, int] | None:
    return (row[0], row[1]) if row is not None else None


async def event_entries(connection: Connection, customer_id: str, seq: int) -> tuple[bytes, list[AnyEntry]]:
    """Return the digest of the event whose first journal entry is ``seq``, and all its entries."""
    digest = await connection.fetchval(
        "SELECT digest FROM journal WHERE customer_id = $1 AND seq = $2", customer_id, seq
    )
    entries: list[AnyEntry] = []
    async for row in connection.cursor(
        "SELECT body FROM journal WHERE customer_id = $1 AND seq >= $2 ORDER BY seq", customer_id, seq
    ):
        entry = decode_entry(row["body"])
        if entries and entry.event != entries[0].event:
            break
        entries.append(entry)
    return digest, entries


async def reversal_entry(connection: Connection, customer_id: str, credit_id: str, after: int) -> int | None:
    """Return the journal entry that took a payment back."""
    seq: int | None = await connection.fetchval(
        """SELECT seq FROM journal WHERE customer_id = $1 AND seq >= $3 AND kind = 'reversed'
           AND body::json ->> 'credit' = $2 ORDER BY seq LIMIT 1""",
        customer_id,
        credit_id,
        after,
    )
    return seq


async def effective_decision(connection: Connection, order_id: str) -> AnyEntry | None:
    """Return the journal entry of the decision in force on an order."""
    body = await connection.fetchval(
        """SELECT j.body FROM orders o JOIN journal j ON j.customer_id = o.customer_id AND j.seq = o.decision_seq
           WHERE o.order_id = $1""",
        order_id,
    )
    return decode_entry(body) if body is not None else None


def moment_of(entry: AnyEntry) -> datetime:
    """Return the time of the event that caused an entry."""
    return datetime.fromisoformat(entry.at)


async def desk(connection: Connection, partition: int) -> Desk:
    """Return how people work on held orders, by the policy in force on a partition."""
    delivered, partitions = await Policies().to_change(connection)
    found = partitions.get(partition)
    return (delivered if found is None else found.current).desk
