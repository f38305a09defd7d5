"""What has been applied: one receipt per event, so that a repetition is dropped and an impostor refused."""

from collections.abc import Sequence
from typing import Any, Protocol

import asyncpg

from services.kit.records import Received


class ReceiptStore(Protocol):
    """Where receipts are kept."""

    async def known(self, connection: "asyncpg.Connection[Any]", keys: list[bytes]) -> dict[bytes, bytes]:
        """Return the digests of those ``keys`` that have been applied."""

    async def write(self, connection: "asyncpg.Connection[Any]", applied: Sequence[Received]) -> None:
        """Store receipts of what this transaction applied."""


class ReceiptTable:
    """Receipts in the kit's own table, for services that keep no journal."""

    async def known(self, connection: "asyncpg.Connection[Any]", keys: list[bytes]) -> dict[bytes, bytes]:
        rows = await connection.fetch(
            "SELECT event_key, digest FROM receipts WHERE event_key = ANY($1::bytea[])", keys
        )
        return {row["event_key"]: row["digest"] for row in rows}

    async def write(self, connection: "asyncpg.Connection[Any]", applied: Sequence[Received]) -> None:
        await connection.copy_records_to_table(
            "receipts", records=[(r.key, r.event.digest) for r in applied], columns=("event_key", "digest")
        )
