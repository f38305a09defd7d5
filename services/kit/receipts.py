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
    """Receipts in the kit's own table, for services that keep no journal.

    An event of a broadcast topic lies on every partition, so two replicas may apply it at once. The later one finds
    the receipt written under its hands; that is no fault of the event: done again, it finds it applied and drops it.
    """

    async def known(self, connection: "asyncpg.Connection[Any]", keys: list[bytes]) -> dict[bytes, bytes]:
        """Return the digests of those ``keys`` that have been applied."""
        rows = await connection.fetch(
            "SELECT event_key, digest FROM receipts WHERE event_key = ANY($1::bytea[])", keys
        )
        return {row["event_key"]: row["digest"] for row in rows}

    async def write(self, connection: "asyncpg.Connection[Any]", applied: Sequence[Received]) -> None:
        """Store receipts of what this transaction applied.

        Raises:
            asyncpg.SerializationError: when another transaction applied one of these events at the same moment;
                transient.
        """
        try:
            await connection.copy_records_to_table(
                "receipts",
                records=[(r.key, r.event.digest) for r in applied],
                columns=("event_key", "digest"),
            )
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError(
                f"applied by another replica at the same moment: {error}"
            ) from error
