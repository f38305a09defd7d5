"""One number for a journal, one for the state: equal numbers mean equal contents, row by row."""

from hashlib import sha256
from typing import TYPE_CHECKING

from services.kit.database import Connection, Database
from services.kit.verify import snapshot

if TYPE_CHECKING:
    from hashlib import _Hash

BLOCK = 5_000

# Ordered byte by byte, so that databases of different collations agree. A row's text is that of PostgreSQL: it depends
# on nothing but the values, once the formats below are set.
_STATE = {
    # An account without an entry is only a row to lock: somebody named the customer in an event that was refused.
    "accounts": """SELECT t::text FROM accounts t WHERE seq > 0 ORDER BY customer_id COLLATE "C" """,
    "orders": """SELECT t::text FROM orders t ORDER BY order_id COLLATE "C" """,
    "cases": """SELECT t::text FROM cases t ORDER BY order_id COLLATE "C" """,
    "overrides": """SELECT t::text FROM overrides t ORDER BY order_id COLLATE "C" """,
    "items": """SELECT t::text FROM items t ORDER BY invoice_id COLLATE "C" """,
    "credits": """SELECT t::text FROM credits t ORDER BY credit_id COLLATE "C" """,
    "allocations": """SELECT t::text FROM allocations t
        ORDER BY customer_id COLLATE "C", seq, credit_id COLLATE "C", invoice_id COLLATE "C", amount""",
}
_JOURNAL = """SELECT customer_id, seq, hash FROM journal ORDER BY customer_id COLLATE "C", seq"""


async def journal_hash(target: Database | str, schema: str = "credit") -> str:
    """Return the sha256, in hex, over the ordered (customer, number, hash) of every journal entry."""
    async with snapshot(target, schema) as connection:
        return await hash_of_journal(connection)


async def state_hash(target: Database | str, schema: str = "credit") -> str:
    """Return the sha256, in hex, over the ordered rows of accounts, orders, items, credits and allocations."""
    async with snapshot(target, schema) as connection:
        return combined(await hashes_of_state(connection))


async def hash_of_journal(connection: Connection) -> str:
    """Return :func:`journal_hash` of the schema the connection stands in."""
    digest = sha256()
    cursor = await connection.cursor(_JOURNAL)
    while rows := await cursor.fetch(BLOCK):
        for row in rows:
            _add(digest, f"{row['customer_id']}\0{row['seq']}\0".encode() + row["hash"])
    return digest.hexdigest()


async def hashes_of_state(connection: Connection) -> dict[str, str]:
    """Return a sha256 in hex per state table of the schema the connection stands in."""
    await connection.execute("SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL bytea_output = 'hex'")
    hashes = {}
    for table, query in _STATE.items():
        digest = sha256()
        cursor = await connection.cursor(query)
        while rows := await cursor.fetch(BLOCK):
            for row in rows:
                _add(digest, row[0].encode())
        hashes[table] = digest.hexdigest()
    return hashes


def combined(hashes: dict[str, str]) -> str:
    """Return one hash over those of all tables."""
    return sha256(
        "\n".join(f"{table} {hash_}" for table, hash_ in sorted(hashes.items())).encode()
    ).hexdigest()


def _add(digest: "_Hash", row: bytes) -> None:
    # With its length in front, so that no two sequences of rows run together into the same bytes.
    digest.update(len(row).to_bytes(4, "big"))
    digest.update(row)
