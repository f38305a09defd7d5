"""Loading what a batch touches: rows locked in key order, and the process's own copies where they are current."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from services.credit.rules.evolve import index_items
from services.credit.rules.policy import Policy
from services.credit.rules.receivables import payment_credit
from services.credit.rules.state import Account
from services.credit.store import rows
from services.credit.store.naming import Named, document_of, named_documents
from services.credit.working import Working
from services.kit.database import Connection
from services.kit.records import Received

NEED_ITEMS = frozenset(
    {
        "order.invoiced",
        "order.returned",
        "payment.received",
        "payment.reversed",
        "terms.set",
        "clock.day_started",
    }
)

DocumentT = TypeVar("DocumentT")


class Ledger:
    """Loads working sets, keeping accounts in memory between batches.

    A kept account is used only where its sequence number equals that of the locked row, so another writer (a replica,
    the API) merely makes it stale. A kept account always holds its held orders and, once ``items_loaded``, its open
    items.
    """

    def __init__(self, partition_of: Callable[[str], int], currency: str, keep: int = 100_000) -> None:
        self._policies: dict[int, Policy] = {}
        self._partition_of = partition_of
        self._currency = currency
        self._keep = keep
        self._kept: dict[str, Account] = {}

    def forget(self, customers: Sequence[str] | set[str]) -> None:
        """Drop copies that a rolled back transaction has changed."""
        for customer in customers:
            self._kept.pop(customer, None)

    async def load(self, connection: Connection, events: Sequence[Received]) -> Working:
        """Lock and load everything ``events`` touch."""
        working = Working(await self._policy(connection))
        named = {r.event.data.customer_id for r in events if r.event.type != "clock.day_started"}
        ticks = {r.record.partition: r.day for r in events if r.event.type == "clock.day_started"}
        customers = sorted(named | await _waking(connection, ticks)) if ticks else sorted(named)
        if not customers:
            return working
        sequences = await self._lock(connection, customers)
        await self._take_accounts(connection, working, sequences)
        await _load_held(connection, working)
        await _load_documents(connection, working, events)
        await _load_items(connection, working, events, bool(ticks))
        return working

    async def _policy(self, connection: Connection) -> Policy:
        """Return the newest policy, read in the batch's own transaction so that every replica decides by the same."""
        row = await connection.fetchrow("SELECT version, body FROM policies ORDER BY version DESC LIMIT 1")
        assert row is not None
        version, body = row
        if version not in self._policies:
            self._policies[version] = rows.policy_of(version, body)
        return self._policies[version]

    def settle(self, working: Working) -> None:
        """Let go of documents that are closed, once the batch is committed."""
        for order_id, customer in working.orders.items():
            orders = working.accounts[customer].orders
            order = orders[order_id]
            order.stored = True
            if order.status in ("cancelled", "rejected", "invoiced"):
                del orders[order_id]
        for invoice_id, customer in working.items.items():
            items = working.accounts[customer].items
            item = items[invoice_id]
            item.stored = True
            if item.open == 0:
                del items[invoice_id]
        for credit_id, customer in working.credits.items():
            kept = working.accounts[customer].credits
            credit = kept[credit_id]
            credit.stored = True
            if credit.remaining == 0:
                del kept[credit_id]

    async def _lock(self, connection: Connection, customers: list[str]) -> dict[str, int]:
        locked = await _lock_rows(connection, customers)
        missing = [customer for customer in customers if customer not in locked]
        if missing:
            # Another writer may be opening the same account: whoever comes second waits here and finds the row.
            await connection.execute(
                f"""INSERT INTO accounts ({rows.ACCOUNT_COLUMNS})
                    SELECT customer_id, partition, $3, 0, $4, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                           0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL
                    FROM unnest($1::text[], $2::int[]) AS n (customer_id, partition) ORDER BY customer_id
                    ON CONFLICT DO NOTHING""",  # noqa: S608
                missing,
                [self._partition_of(customer) for customer in missing],
                self._currency,
                bytes(32),
            )
            locked |= await _lock_rows(connection, missing)
        return locked

    async def _take_accounts(
        self, connection: Connection, working: Working, sequences: dict[str, int]
    ) -> None:
        stale: list[str] = []
        for customer, seq in sequences.items():
            working.partitions[customer] = self._partition_of(customer)
            account = self._kept.get(customer)
            if account is not None and account.seq == seq:
                working.accounts[customer] = account
            else:
                stale.append(customer)
        if stale:
            for row in await connection.fetch(
                rows.SELECT_ACCOUNTS + " WHERE customer_id = ANY($1::text[])", stale
            ):
                working.accounts[row["customer_id"]] = rows.account_of(row)
        if len(self._kept) > self._keep:
            for customer in list(self._kept)[: self._keep // 2]:
                del self._kept[customer]
        self._kept.update(working.accounts)


async def _lock_rows(connection: Connection, customers: list[str]) -> dict[str, int]:
    found = await connection.fetch(
        "SELECT customer_id, seq FROM accounts WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE",
        customers,
    )
    return {row["customer_id"]: row["seq"] for row in found}


async def _waking(connection: Connection, ticks: dict[int, date]) -> set[str]:
    found = await connection.fetch(
        """SELECT a.customer_id FROM accounts a
           JOIN unnest($1::int[], $2::date[]) AS t (partition, day)
             ON a.partition = t.partition AND a.wakes_on <= t.day""",
        list(ticks),
        list(ticks.values()),
    )
    return {row["customer_id"] for row in found}


async def _load_held(connection: Connection, working: Working) -> None:
    wanted = [
        customer
        for customer, account in working.accounts.items()
        if account.held_orders and not any(order.status == "held" for order in account.orders.values())
    ]
    if not wanted:
        return
    for row in await connection.fetch(
        rows.SELECT_ORDERS + " WHERE customer_id = ANY($1::text[]) AND status = 'held'", wanted
    ):
        order = rows.order_of(row)
        working.accounts[row["customer_id"]].orders[order.order_id] = order


async def _load_documents(connection: Connection, working: Working, events: Sequence[Received]) -> None:
    """Load the documents the batch names, closed ones too, and note whose they are where that is in doubt."""
    named = named_documents(events)
    await _load_named(
        connection,
        working,
        named,
        "order_id",
        rows.SELECT_ORDERS,
        rows.order_of,
        lambda account: account.orders,
    )
    await _load_credits(connection, working, events, named)
    await _load_named(
        connection,
        working,
        named,
        "invoice_id",
        rows.SELECT_ITEMS,
        rows.item_of,
        lambda account: account.items,
    )
    for field, document_id in named.shared:
        # Stored for nobody yet: it belongs to the first of them whose event is accepted.
        working.owners.setdefault(document_of(field, document_id), None)


async def _load_named(
    connection: Connection,
    working: Working,
    named: Named,
    field: str,
    select: str,
    read: Callable[[Any], DocumentT],
    documents_of: Callable[[Account], dict[str, DocumentT]],
) -> None:
    """Load the documents named by ``field`` that their owners do not have in memory."""
    accounts = working.accounts
    missing = named.missing(field, lambda customer: documents_of(accounts[customer]))
    if not missing:
        return
    for row in await connection.fetch(f"{select} WHERE {field} = ANY($1::text[])", missing):
        owner, document_id = row["customer_id"], row[field]
        # The owner of a document that another customer's event names need not be part of this batch.
        if named.by_owner(working, field, document_id, owner):
            documents_of(accounts[owner]).setdefault(document_id, read(row))


async def _load_credits(
    connection: Connection, working: Working, events: Sequence[Received], named: Named
) -> None:
    await _load_named(
        connection,
        working,
        named,
        "credit_id",
        rows.SELECT_CREDITS,
        rows.credit_of,
        lambda account: account.credits,
    )
    reversed_ = [
        payment_credit(r.event.data.payment_id) for r in events if r.event.type == "payment.reversed"
    ]
    if not reversed_:
        return
    for row in await connection.fetch(
        """SELECT customer_id, credit_id, invoice_id, sum(amount)::bigint AS amount FROM allocations
           WHERE credit_id = ANY($1::text[]) GROUP BY customer_id, credit_id, invoice_id""",
        reversed_,
    ):
        customer = row["customer_id"]
        account = working.accounts.get(customer)
        credit = account.credits.get(row["credit_id"]) if account is not None else None
        if credit is not None:
            credit.applied[row["invoice_id"]] = row["amount"]
            named.add("invoice_id", row["invoice_id"], customer)


async def _load_items(
    connection: Connection, working: Working, events: Sequence[Received], every_account: bool
) -> None:
    """Load the open items and remaining credits of the accounts that need them and do not have them."""
    if every_account:
        needing = set(working.accounts)
    else:
        needing = {r.event.data.customer_id for r in events if r.event.type in NEED_ITEMS}
        needing |= {customer for customer, account in working.accounts.items() if account.overdue_items}
    wanted = [customer for customer in needing if not working.accounts[customer].items_loaded]
    if not wanted:
        return
    accounts = working.accounts
    for row in await connection.fetch(
        rows.SELECT_ITEMS + " WHERE customer_id = ANY($1::text[]) AND open > 0", wanted
    ):
        accounts[row["customer_id"]].items[row["invoice_id"]] = rows.item_of(row)
    for row in await connection.fetch(
        rows.SELECT_CREDITS + " WHERE customer_id = ANY($1::text[]) AND remaining > 0 ORDER BY credit_id",
        wanted,
    ):
        accounts[row["customer_id"]].credits.setdefault(row["credit_id"], rows.credit_of(row))
    for customer in wanted:
        index_items(accounts[customer])
        accounts[customer].items_loaded = True
