"""What was heard, written in the batch: one statement, and none in a batch that has nothing of the kind."""

from collections.abc import Sequence

from services.insights.rules.alerts.model import spelled
from services.insights.rules.alerts.signals import Signal, newest
from services.kit.database import Connection

# Of two words of one rank and moment the one with the greater spelling holds, so that every order ends alike.
_WRITE = """
INSERT INTO alert_signals AS s (customer_id, kind, subject, rank, at, facts, until)
SELECT customer_id, kind, subject, rank, at, nullif(facts, '')::json, until
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::text[], $7::date[])
    AS n (customer_id, kind, subject, rank, at, facts, until)
ON CONFLICT (customer_id, kind, subject) DO UPDATE
SET rank = excluded.rank, at = excluded.at, facts = excluded.facts, until = excluded.until
WHERE (s.rank, s.at, coalesce(s.facts::text, '') COLLATE "C")
    < (excluded.rank, excluded.at, coalesce(excluded.facts::text, '') COLLATE "C")
"""


async def write_signals(connection: Connection, signals: Sequence[Signal]) -> None:
    """Keep those words that hold against what was heard before, in the order of their subjects."""
    if not signals:
        return
    kept = newest(signals)
    await connection.execute(
        _WRITE,
        [s.customer_id for s in kept],
        [s.kind for s in kept],
        [s.subject for s in kept],
        [s.rank for s in kept],
        [s.at for s in kept],
        [spelled(s.facts) for s in kept],
        [s.until for s in kept],
    )
