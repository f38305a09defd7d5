"""What a crash left behind: outbox batches that were committed but never marked as published."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from services.kit.database import Database

log = logging.getLogger(__name__)

StoredRow: TypeAlias = tuple[str, bytes, str, bytes, int | None]
"""Topic, key, event id, value and partition of an event in the outbox."""

BATCHES_AT_ONCE = 50


async def sweep_some(
    database: "Database",
    publish: Callable[[Sequence[StoredRow]], Awaitable[None]],
    older_than_s: float,
    in_hand: Sequence[int],
) -> int | None:
    """Publish the oldest batches that are not marked, and mark them.

    Rows are locked while they are published, so that two processes do not sweep the same batch.

    Args:
        publish: returns once the broker has acknowledged every row.
        in_hand: batches that this process is about to publish itself.

    Returns:
        How many events that were; None when no batch was left.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        batches = await connection.fetch(
            """SELECT batch_id FROM outbox_batches
               WHERE published_at IS NULL AND created_at <= now() - make_interval(secs => $1)
                 AND batch_id <> ALL($2::bigint[])
               ORDER BY batch_id LIMIT $3 FOR UPDATE SKIP LOCKED""",
            older_than_s,
            in_hand,
            BATCHES_AT_ONCE,
        )
        if not batches:
            return None
        ids = [record["batch_id"] for record in batches]
        rows = await connection.fetch(
            """SELECT topic, key, event_id, value, partition FROM outbox
               WHERE batch_id = ANY($1::bigint[]) ORDER BY batch_id, position""",
            ids,
        )
        await publish([(r["topic"], r["key"], r["event_id"], r["value"], r["partition"]) for r in rows])
        await connection.execute(
            "UPDATE outbox_batches SET published_at = now() WHERE batch_id = ANY($1::bigint[])", ids
        )
    log.info("swept %d events of %d batches", len(rows), len(ids))
    return len(rows)


async def unpublished_events(database: "Database") -> int:
    """Return how many committed events are not marked as published."""
    events: int = await database.pool.fetchval(
        "SELECT coalesce(sum(rows), 0) FROM outbox_batches WHERE published_at IS NULL"
    )
    return events
