"""Reading the audit of access from its first entry: is each entry what was written, after the one before it?"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.customers.rules.access import link

AT_ONCE = 5_000
"""Entries read at once; hashing them takes some 20 ms, beside the event loop."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What the audit was found to be.

    Attributes:
        entries: how many are as they were written, from the first one on.
        head: hash of the last of these. Kept elsewhere, it shows a later removal of entries from the end.
        broken_at: number of the first entry that is not; None: all are.
        expected, found: the hash it should have and the one it has, while there is such an entry.
    """

    entries: int
    head: bytes
    broken_at: int | None = None
    expected: bytes = b""
    found: bytes = b""


async def read_chain(connection: Any) -> Chain:
    """Compute the chain again from its first entry to the first that is not as it was written, or the last."""
    chain = Chain(0, b"")
    while chain.broken_at is None:
        rows = await connection.fetch(
            "SELECT * FROM access_audit WHERE seq > $1 ORDER BY seq LIMIT $2", chain.entries, AT_ONCE
        )
        if not rows:
            break
        chain = await asyncio.to_thread(_follow, chain, rows)
    return chain


def _follow(chain: Chain, rows: Sequence[asyncpg.Record]) -> Chain:
    number, previous = chain.entries, chain.head
    for row in rows:
        texts = (row["by"], row["action"], row["subject"], row["before"], row["after"])
        expected = link(previous, number + 1, row["at"], *texts)
        if row["seq"] != number + 1 or row["hash"] != expected:
            return Chain(number, previous, row["seq"], expected, row["hash"])
        number, previous = number + 1, expected
    return Chain(number, previous)
