"""What was heard, written in the batch: one statement, and none in a batch that has nothing of the kind."""

from collections.abc import Sequence

from services.insights.rules.alerts.model import spelled
from services.insights.rules.alerts.signals import Signal, newest
from services.kit.database import Connection
from services.kit.packing import number_array, text_column, texts_of

# Of two words of one rank and moment the one with the greater spelling holds, so that every order ends alike.
_WRITE = f"""
INSERT INTO alert_signals AS s (customer_id, kind, subject, rank, at, facts, until)
SELECT customer_id, kind, subject, rank, at, nullif(facts, '')::json, date '0001-12-31 BC' + until
FROM unnest({texts_of(1)}, {texts_of(2)}, {texts_of(3)}, $4::text::bigint[], $5::timestamptz[], {texts_of(6)},
            $7::text::int[])
    AS n (customer_id, kind, subject, rank, at, facts, until)
ON CONFLICT (customer_id, kind, subject) DO UPDATE
SET rank = excluded.rank, at = excluded.at, facts = excluded.facts, until = excluded.until
WHERE (s.rank, s.at, coalesce(s.facts::text, '') COLLATE "C")
    < (excluded.rank, excluded.at, coalesce(excluded.facts::text, '') COLLATE "C")
"""  # noqa: S608

_SPOKEN = """
SELECT customer_id FROM alert_signals
WHERE customer_id = ANY($1::text[]) AND kind = $2 AND subject = $3 AND facts IS NOT NULL
"""


async def write_signals(connection: Connection, signals: Sequence[Signal]) -> None:
    """Keep those words that hold against what was heard before, in the order of their subjects."""
    if not signals:
        return
    kept = newest(signals)
    await connection.execute(
        _WRITE,
        *(text_column([getattr(s, name) for s in kept]) for name in ("customer_id", "kind", "subject")),
        number_array([s.rank for s in kept]),
        [s.at for s in kept],
        text_column([spelled(s.facts) for s in kept]),
        number_array([s.until.toordinal() for s in kept]),
    )


async def spoken_of(
    connection: Connection, kind: str, subject: str, customer_ids: Sequence[str]
) -> frozenset[str]:
    """Return of which of these customers something of the kind was said, and not taken back."""
    rows = await connection.fetch(_SPOKEN, customer_ids, kind, subject) if customer_ids else []
    return frozenset(row["customer_id"] for row in rows)
