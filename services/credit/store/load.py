"""Loading what a batch touches: rows locked in key order, and the process's own copies where they are current."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from services.credit.rules.state import Account
from services.credit.store import rows
from services.credit.store.documents import load_documents
from services.credit.store.policies import STAMP, Policies
from services.credit.working import BROADCAST, Working
from services.kit.database import Connection
from services.kit.records import Received


class Ledger:
    """Loads working sets, keeping accounts in memory between batches.

    A kept account is used only where its sequence number equals that of the locked row, so another writer (a replica,
    the API) merely makes it stale. A kept account always holds its held orders and, once ``items_loaded``, its open
    items.
    """

    def __init__(self, partition_of: Callable[[str], int], currency: str, keep: int = 100_000) -> None:
        self._policies = Policies()
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
        named = {r.event.data.customer_id for r in events if r.event.type not in BROADCAST}
        ticks = {r.record.partition: r.day for r in events if r.event.type == "clock.day_started"}
        activated = {r.record.partition for r in events if r.event.type == "policy.activated"}
        if not ticks and not activated:
            locked = await self._lock(connection, sorted(named))
            working = Working(*await self._policies.of_stamp(connection, locked.policy_stamp))
        else:
            # Whatever held orders such an event decides again may belong to any account of its partition.
            working = Working(*await self._policies.to_change(connection))
            activated |= {p for p, day in ticks.items() if _awaited(working, p, day)}
            named |= await _waking(connection, ticks) | await _holding(connection, activated)
            locked = await self._lock(connection, sorted(named))
        await self._take_accounts(connection, working, locked.sequences)
        await load_documents(connection, working, events, every_account=bool(ticks))
        return working

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
        if not customers:
            return _Locked(0, {})
        locked = await _lock_rows(connection, customers)
        missing = [customer for customer in customers if customer not in locked.sequences]
        if missing:
            # Another writer may be opening the same account: whoever comes second waits here and finds the row.
            await connection.execute(
                f"""INSERT INTO accounts ({rows.ACCOUNT_COLUMNS})
                    SELECT customer_id, partition, $3, 0, $4, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                           0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, '', '', NULL, NULL, NULL, NULL, 0, 0
                    FROM unnest($1::text[], $2::int[]) AS n (customer_id, partition) ORDER BY customer_id
                    ON CONFLICT DO NOTHING""",  # noqa: S608
                missing,
                [self._partition_of(customer) for customer in missing],
                self._currency,
                bytes(32),
            )
            opened = await _lock_rows(connection, missing)
            locked = _Locked(opened.policy_stamp, locked.sequences | opened.sequences)
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


_LOCK = f"""SELECT customer_id, seq, {STAMP} AS policy_stamp
           FROM accounts WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Locked:
    """Locked accounts: the number of each one's last journal entry, and the stamp of the policies in force."""

    policy_stamp: int
    sequences: dict[str, int]


async def _lock_rows(connection: Connection, customers: list[str]) -> _Locked:
    """Lock accounts in the order of their ids, reading the stamp of the policies in the same transaction."""
    found = await connection.fetch(_LOCK, customers)
    stamp = found[0]["policy_stamp"] if found else 0
    return _Locked(stamp, {row["customer_id"]: row["seq"] for row in found})


async def _waking(connection: Connection, ticks: dict[int, date]) -> set[str]:
    found = await connection.fetch(
        """SELECT a.customer_id FROM accounts a
           JOIN unnest($1::int[], $2::date[]) AS t (partition, day)
             ON a.partition = t.partition AND a.wakes_on <= t.day""",
        list(ticks),
        list(ticks.values()),
    )
    return {row["customer_id"] for row in found}


def _awaited(working: Working, partition: int, day: date) -> bool:
    """Return whether a version of the policy waits for the day on the partition."""
    known = working.policies.get(partition)
    return known is not None and any(waiting.from_day <= day for waiting in known.waiting)


async def _holding(connection: Connection, partitions: set[int]) -> set[str]:
    """Return the accounts of the partitions that have held orders, found through those orders."""
    if not partitions:
        return set()
    found = await connection.fetch(
        """SELECT DISTINCT customer_id FROM orders JOIN accounts AS a USING (customer_id)
           WHERE status = 'held' AND a.partition = ANY($1::int[])""",
        sorted(partitions),
    )
    return {row["customer_id"] for row in found}
