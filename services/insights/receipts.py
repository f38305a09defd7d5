"""Receipts where two replicas may be handed the same event at the same moment."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from services.kit.receipts import ReceiptTable
from services.kit.records import Received


class SharedReceipts(ReceiptTable):
    """Receipts of a service that reads a broadcast topic.

    A product's event lies on every partition, so two replicas may apply it at once. Both got the same result; the
    later one finds the receipt written under its hands, and done again it finds the event applied and drops it.
    """

    async def write(self, connection: "asyncpg.Connection[Any]", applied: Sequence[Received]) -> None:
        """Store receipts of what this transaction applied.

        Raises:
            asyncpg.SerializationError: when another transaction applied one of these events at the same moment;
                transient.
        """
        try:
            await super().write(connection, applied)
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError(f"another replica was faster: {error}") from error
