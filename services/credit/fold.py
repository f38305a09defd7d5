"""Folding a stored journal, and the rows its outcome must be in the tables."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg
import msgspec

from services.credit import tables
from services.credit.rules import entries as e
from services.credit.rules.day import wakes_on
from services.credit.rules.evolve import evolve
from services.credit.rules.state import Account
from services.kit.database import Connection

Row = Mapping[str, Any]
DOCUMENTS = ("orders", "cases", "overrides", "items", "credits", "allocations")
BLOCK = 2_000
_KEYS = {
    "orders": "order_id",
    "cases": "order_id",
    "overrides": "order_id",
    "items": "invoice_id",
    "credits": "credit_id",
}
COLUMNS = {
    name: tuple(column.name for column in tables.metadata.tables[name].columns)
    for name in ("accounts", *DOCUMENTS, "journal")
}
_JSON = {("accounts", "thresholds"), ("credits", "intents")}
_FIELDS = {"accounts": {"credit_limit": "limit"}}


@dataclass(slots=True)
class Fold:
    """An account as its journal says, with every document it ever had.

    Attributes:
        partition, account.currency: given when the account was opened; the journal does not repeat them.
        day: of the last entry.
    """

    account: Account
    partition: int
    allocations: list[tuple[int, e.Allocation]] = field(default_factory=list)
    day: date = date.min

    def apply(self, entry: e.AnyEntry, hash_: bytes) -> None:
        """Apply the next entry, whose hash is ``hash_``."""
        evolve(self.account, entry)
        self.account.hash = hash_
        self.day = entry.day
        if isinstance(entry, e.MoneyEntry):
            self.allocations += [(entry.seq, allocation) for allocation in entry.allocations]

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Return what the tables must hold of this customer, by table, in the order of their keys."""
        account = self.account
        return {
            "accounts": [self._account_row()],
            "orders": [_document_row("orders", account, order) for order in account.orders.values()],
            "cases": [
                _document_row("cases", account, order.case, order.order_id)
                for order in account.orders.values()
                if order.case is not None
            ],
            "overrides": [
                _document_row("overrides", account, order.override, order.order_id)
                for order in account.orders.values()
                if order.override is not None
            ],
            "items": [_document_row("items", account, item) for item in account.items.values()],
            "credits": [_document_row("credits", account, credit) for credit in account.credits.values()],
            "allocations": [
                {
                    "customer_id": account.customer_id,
                    "seq": seq,
                    "credit_id": allocation.credit,
                    "invoice_id": allocation.invoice,
                    "amount": allocation.amount,
                }
                for seq, allocation in self.allocations
            ],
        }

    def _account_row(self) -> dict[str, Any]:
        a, thresholds, temporary = self.account, self.account.thresholds, self.account.temporary
        special = {
            "partition": self.partition,
            "credit_limit": a.limit,
            "thresholds": [thresholds.max_amount, thresholds.max_days, thresholds.max_items]
            if thresholds
            else None,
            "temporary_limit": temporary.limit if temporary else None,
            "temporary_from": temporary.from_day if temporary else None,
            "temporary_until": temporary.until_day if temporary else None,
            "wakes_on": wakes_on(a, self.day),
        }
        return {name: special[name] if name in special else getattr(a, name) for name in COLUMNS["accounts"]}


def _document_row(table: str, account: Account, document: Any, order_id: str | None = None) -> dict[str, Any]:
    """Return a document's row; ``order_id``: the document is the part of an order that has a table of its own."""
    given = {"customer_id": account.customer_id} | ({} if order_id is None else {"order_id": order_id})
    return {name: given[name] if name in given else getattr(document, name) for name in COLUMNS[table]}


def row_key(table: str, row: Row) -> Any:
    """Return what identifies a row among those of its customer."""
    return (
        row[_KEYS[table]]
        if table in _KEYS
        else (row["seq"], row["credit_id"], row["invoice_id"], row["amount"])
    )


def stored_row(table: str, record: Any) -> dict[str, Any]:
    """Return a database row in the form of :meth:`Fold.rows`."""
    return {
        name: msgspec.json.decode(value) if (table, name) in _JSON and value is not None else value
        for name, value in record.items()
    }


def copy_record(table: str, row: Row) -> tuple[Any, ...]:
    """Return a row of :meth:`Fold.rows` as COPY takes it."""
    return tuple(
        msgspec.json.encode(row[name]).decode()
        if (table, name) in _JSON and row[name] is not None
        else row[name]
        for name in COLUMNS[table]
    )


class ByCustomer:
    """The rows of one query, ordered by customer, handed out customer by customer from a server-side cursor."""

    def __init__(self, cursor: "asyncpg.cursor.Cursor[asyncpg.Record]", block: int) -> None:
        self._cursor = cursor
        self._size = block
        self._block: list[asyncpg.Record] = []
        self._at = 0

    @classmethod
    async def open(
        cls, connection: Connection, query: str, *arguments: Any, block: int = BLOCK
    ) -> "ByCustomer":
        """Open the cursor; it lives as long as the connection's transaction."""
        return cls(await connection.cursor(query, *arguments), block)

    async def some(self, customer: str) -> list[asyncpg.Record]:
        """Return the next rows of ``customer``, at most a block; none when there are no more."""
        if self._at == len(self._block):
            self._block, self._at = await self._cursor.fetch(self._size), 0
        end = self._at
        while end < len(self._block) and self._block[end]["customer_id"] == customer:
            end += 1
        taken, self._at = self._block[self._at : end], end
        return taken

    async def all(self, customer: str) -> list[asyncpg.Record]:
        """Return all rows of ``customer``."""
        rows: list[asyncpg.Record] = []
        while some := await self.some(customer):
            rows += some
        return rows


# Every query goes over the same customers in the same order, so that they can be read side by side. Rows of customers
# without an account would block the others; a query of their own finds them.
_ACCOUNTS = "SELECT {columns} FROM accounts WHERE {which} ORDER BY customer_id"
_OTHERS = "SELECT {columns} FROM {table} t JOIN accounts USING (customer_id) WHERE {which} ORDER BY customer_id{then}"


@dataclass(slots=True)
class StoredCustomer:
    """One customer as read: the account's row, then the journal in blocks, then the documents."""

    row: asyncpg.Record
    journal: ByCustomer
    documents: dict[str, ByCustomer]

    @property
    def customer_id(self) -> str:
        """The customer's id."""
        customer_id: str = self.row["customer_id"]
        return customer_id

    def opening(self) -> Fold:
        """Return the account as it was opened, before its first entry."""
        return Fold(Account(self.customer_id, self.row["currency"]), self.row["partition"])

    async def entries(self) -> AsyncIterator[list[asyncpg.Record]]:
        """Give the journal in blocks, in order."""
        while some := await self.journal.some(self.customer_id):
            yield some

    async def stored_documents(self) -> dict[str, list[dict[str, Any]]]:
        """Return the stored documents by table."""
        return {
            table: [stored_row(table, record) for record in await rows.all(self.customer_id)]
            for table, rows in self.documents.items()
        }


async def documents_of(connection: Connection, fold: Fold) -> dict[str, list[dict[str, Any]]]:
    """Return the stored documents a fold names, found by their ids, so that no whole table is read."""
    account = fold.account
    ids = {"orders": list(account.orders), "items": list(account.items), "credits": list(account.credits)}
    ids["cases"] = ids["overrides"] = ids["orders"]
    ids["allocations"] = ids["credits"]
    stored = {}
    for table, wanted in ids.items():
        key = _KEYS.get(table, "credit_id")
        query = f"SELECT {', '.join(COLUMNS[table])} FROM {table} WHERE {key} = ANY($1::text[])"  # noqa: S608
        stored[table] = [stored_row(table, record) for record in await connection.fetch(query, wanted)]
    return stored


async def stored_customers(
    connection: Connection, *, customers: list[str] | None = None, documents: bool = True, block: int = BLOCK
) -> AsyncIterator[StoredCustomer]:
    """Give every customer (or those named) in a fixed order. Whoever asks must read each journal to its end.

    Args:
        connection: in a transaction that sees one snapshot.
        documents: whether documents are read too; then they must be taken as well.
        block: rows read at once.
    """
    which, arguments = ("true", []) if customers is None else ("customer_id = ANY($1::text[])", [customers])

    async def by_customer(table: str, columns: str, then: str) -> ByCustomer:
        query = _OTHERS.format(columns=columns, table=table, which=which, then=then)
        return await ByCustomer.open(connection, query, *arguments, block=block)

    journal = await by_customer(
        "journal", ", ".join(f"t.{c}" if c != "customer_id" else c for c in COLUMNS["journal"]), ", t.seq"
    )
    others: dict[str, ByCustomer] = {}
    for table in DOCUMENTS if documents else ():
        columns = ", ".join(f"t.{c}" if c != "customer_id" else c for c in COLUMNS[table])
        others[table] = await by_customer(table, columns, "")
    query = _ACCOUNTS.format(columns=", ".join(COLUMNS["accounts"]), which=which)
    async for row in connection.cursor(query, *arguments, prefetch=500):
        yield StoredCustomer(row, journal, others)
