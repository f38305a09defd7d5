"""Receipts where several replicas may be handed the same event at the same moment."""

from collections.abc import Sequence

import asyncpg

from services.kit.database import Connection
from services.kit.receipts import ReceiptTable
from services.kit.records import Received


class SharedReceipts(ReceiptTable):
    """Receipts of a service that reads broadcast topics.

    A product's event lies on every partition, so two replicas may apply it at once. The later one finds the receipt
    written under its hands; that is no fault of the event: done again, it finds it applied and drops it.
    """

    async def write(self, connection: Connection, applied: Sequence[Received]) -> None:
        """Store receipts of what this transaction applied.

        Raises:
            asyncpg.SerializationError: when another transaction applied one of these events at the same moment;
                transient.
        """
        try:
            await super().write(connection, applied)
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError(
                f"applied by another replica at the same moment: {error}"
            ) from error
