"""Loading what a batch touches: rows locked in key order, and the process's own copies where they are current."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.credit.rules.policy import Policy
from services.credit.rules.state import Account
from services.credit.store import rows
from services.credit.store.documents import load_documents
from services.credit.working import Working
from services.kit.database import Connection
from services.kit.records import Received


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
        named = {r.event.data.customer_id for r in events if r.event.type != "clock.day_started"}
        ticks = {r.record.partition: r.day for r in events if r.event.type == "clock.day_started"}
        customers = sorted(named | await _waking(connection, ticks)) if ticks else sorted(named)
        if not customers:
            return Working(Policy())
        locked = await self._lock(connection, customers)
        working = Working(await self._policy(connection, locked.policy))
        await self._take_accounts(connection, working, locked.sequences)
        await load_documents(connection, working, events, every_account=bool(ticks))
        return working

    async def _policy(self, connection: Connection, version: int) -> Policy:
        if version not in self._policies:
            body = await connection.fetchval("SELECT body FROM policies WHERE version = $1", version)
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
        for customer in working.late:
            _let_go_of_history(working.accounts[customer])

    async def _lock(self, connection: Connection, customers: list[str]) -> "_Locked":
        locked = await _lock_rows(connection, customers)
        missing = [customer for customer in customers if customer not in locked.sequences]
        if missing:
            # Another writer may be opening the same account: whoever comes second waits here and finds the row.
            await connection.execute(
                f"""INSERT INTO accounts ({rows.ACCOUNT_COLUMNS})
                    SELECT customer_id, partition, $3, 0, $4, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                           0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, '', '', NULL, NULL, NULL
                    FROM unnest($1::text[], $2::int[]) AS n (customer_id, partition) ORDER BY customer_id
                    ON CONFLICT DO NOTHING""",  # noqa: S608
                missing,
                [self._partition_of(customer) for customer in missing],
                self._currency,
                bytes(32),
            )
            opened = await _lock_rows(connection, missing)
            locked = _Locked(opened.policy, locked.sequences | opened.sequences)
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


def _let_go_of_history(account: Account) -> None:
    """Drop what a document that came late needed: closed documents, and the log."""
    account.money_log = None
    account.items = {i: item for i, item in account.items.items() if item.open}
    account.credits = {i: credit for i, credit in account.credits.items() if credit.remaining}


_LOCK = """SELECT customer_id, seq, (SELECT max(version) FROM policies) AS policy
           FROM accounts WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE"""


@dataclass(frozen=True, slots=True)
class _Locked:
    """Locked accounts: the number of each one's last journal entry, and the policy in force."""

    policy: int
    sequences: dict[str, int]


async def _lock_rows(connection: Connection, customers: list[str]) -> _Locked:
    """Lock accounts in the order of their ids, reading the newest policy in the same transaction.

    So that every replica decides by the same policy. With no account there is none to decide by.
    """
    found = await connection.fetch(_LOCK, customers)
    policy = found[0]["policy"] if found else 0
    return _Locked(policy, {row["customer_id"]: row["seq"] for row in found})


async def _waking(connection: Connection, ticks: dict[int, date]) -> set[str]:
    found = await connection.fetch(
        """SELECT a.customer_id FROM accounts a
           JOIN unnest($1::int[], $2::date[]) AS t (partition, day)
             ON a.partition = t.partition AND a.wakes_on <= t.day""",
        list(ticks),
        list(ticks.values()),
    )
    return {row["customer_id"] for row in found}
