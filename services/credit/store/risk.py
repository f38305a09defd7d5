"""The SQL behind risk: paying history brought up to date from the journal, a customer's facts, and its standing.

Everything here is derived and may be a moment behind the journal; no event waits for it. Work per customer is for what
is new in its journal, and for its documents within the policy's window.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.credit.rules.habits import REMEMBERED
from services.kit.database import Connection

_OPEN_STANDINGS = """
INSERT INTO risk_standings (customer_id, seq, currency, policy_version, population_version, score, risk_class,
                            exposure, call_amount, call_value, overdue_days, body)
SELECT customer_id, 0, '', 0, 0, 0, '', 0, 0, 0, 0, '' FROM unnest($1::text[]) AS n (customer_id)
WHERE NOT EXISTS (SELECT FROM risk_standings s WHERE s.customer_id = n.customer_id)
ORDER BY customer_id ON CONFLICT DO NOTHING"""

_LOCK = "SELECT customer_id FROM risk_standings WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE"

# An invoice counts as settled by money when nothing is open on it and payments, less what was taken back, paid part of
# it: on the day of the last of them. One that credit notes alone settled says nothing about how the customer pays.
_CATCH_UP = """
WITH touched AS (
    SELECT DISTINCT found.invoice_id
    FROM risk_standings s
    JOIN journal j ON j.customer_id = s.customer_id AND j.seq > s.seq AND j.kind <> 'decision'
    CROSS JOIN LATERAL (
        SELECT j.body::jsonb ->> 'invoice' WHERE j.kind = 'invoiced'
        UNION ALL
        SELECT part ->> 1 FROM jsonb_array_elements(j.body::jsonb -> 'allocations') AS part
    ) AS found (invoice_id)
    WHERE s.customer_id = ANY($1::text[])
), written AS (
    INSERT INTO invoice_history (invoice_id, customer_id, issued_on, due_on, amount, open, settled_seq, settled_on)
    SELECT i.invoice_id, i.customer_id, i.issued_on, i.due_on, i.amount, i.open, paid.seq,
           (SELECT j.day FROM journal j WHERE j.customer_id = i.customer_id AND j.seq = paid.seq)
    FROM touched t
    JOIN items i ON i.invoice_id = t.invoice_id AND NOT i.passes_on
    LEFT JOIN LATERAL (
        SELECT max(a.seq) FILTER (WHERE a.amount > 0) AS seq FROM allocations a
        WHERE a.invoice_id = i.invoice_id AND i.open = 0 AND starts_with(a.credit_id, 'payment:')
        HAVING sum(a.amount) > 0
    ) AS paid ON true
    ON CONFLICT (invoice_id) DO UPDATE SET
        issued_on = excluded.issued_on, due_on = excluded.due_on, amount = excluded.amount, open = excluded.open,
        settled_seq = excluded.settled_seq, settled_on = excluded.settled_on
)
SELECT customer_id, seq FROM accounts WHERE customer_id = ANY($1::text[])"""

# $2: today, for partitions that have reached no business day yet.
_FACTS = f"""
SELECT a.*, place.day AS reached, policy.version AS policy_version, policy.body AS policy_body,
       sales.count AS sales_count, sales.amount AS sales_amount, first.issued_on AS first_issued,
       due.amount AS due_amount, due.collected AS collected_amount, trade.day AS traded, entered.entered,
       habit.late, open.invoices
FROM accounts a
LEFT JOIN partition_days d ON d.partition = a.partition
CROSS JOIN LATERAL (SELECT coalesce(d.day, $2::date) AS day) AS place
CROSS JOIN LATERAL (
    SELECT version, body FROM risk_policies WHERE effective_from <= place.day
    ORDER BY effective_from DESC, version DESC LIMIT 1
) AS policy
CROSS JOIN LATERAL (
    SELECT place.day - (policy.body::jsonb ->> 'window_days')::int AS start
) AS before
CROSS JOIN LATERAL (
    SELECT count(*), coalesce(sum(amount), 0)::bigint AS amount FROM invoice_history h
    WHERE h.customer_id = a.customer_id AND h.issued_on > before.start AND h.issued_on <= place.day
) AS sales
LEFT JOIN LATERAL (
    SELECT issued_on FROM invoice_history h WHERE h.customer_id = a.customer_id ORDER BY issued_on LIMIT 1
) AS first ON true
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0)::bigint AS amount, coalesce(sum(amount - h.open), 0)::bigint AS collected
    FROM invoice_history h
    WHERE h.customer_id = a.customer_id AND h.due_on > before.start AND h.due_on <= place.day
) AS due
LEFT JOIN LATERAL (
    SELECT j.day FROM journal j
    WHERE j.customer_id = a.customer_id
      AND (j.kind IN ('invoiced', 'shipped') OR (j.kind = 'decision' AND NOT j.body::jsonb ? 'previous'))
    ORDER BY j.seq DESC LIMIT 1
) AS trade ON true
LEFT JOIN LATERAL (
    SELECT e.entered FROM risk_entries e WHERE e.customer_id = a.customer_id ORDER BY version DESC LIMIT 1
) AS entered ON true
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(late ORDER BY settled_seq, due_on, invoice_id), '{{}}') AS late FROM (
        SELECT settled_on - due_on AS late, settled_seq, due_on, invoice_id FROM invoice_history h
        WHERE h.customer_id = a.customer_id AND settled_seq IS NOT NULL
        ORDER BY settled_seq DESC, due_on DESC, invoice_id DESC LIMIT {REMEMBERED}
    ) AS latest
) AS habit
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg((h.invoice_id, h.due_on, h.open) ORDER BY h.due_on, h.invoice_id), '{{}}') AS invoices
    FROM invoice_history h WHERE h.customer_id = a.customer_id AND h.open > 0
) AS open
WHERE a.customer_id = ANY($1::text[])"""  # noqa: S608

_WRITE = """
UPDATE risk_standings s SET
    seq = n.seq, day = n.day, currency = n.currency, policy_version = n.policy_version,
    population_version = n.population_version, score = n.score, risk_class = n.risk_class, exposure = n.exposure,
    call_amount = n.call_amount, call_value = n.call_value, overdue_days = n.overdue_days, body = n.body
FROM unnest($1::text[], $2::bigint[], $3::date[], $4::text[], $5::int[], $6::int[], $7::int[], $8::text[],
            $9::bigint[], $10::bigint[], $11::bigint[], $12::int[], $13::text[])
     AS n (customer_id, seq, day, currency, policy_version, population_version, score, risk_class, exposure,
           call_amount, call_value, overdue_days, body)
WHERE s.customer_id = n.customer_id"""

_HISTORIES = f"""
SELECT habit.late
FROM (
    SELECT customer_id FROM (
        SELECT DISTINCT customer_id FROM invoice_history WHERE settled_seq IS NOT NULL
    ) AS known ORDER BY md5(customer_id) LIMIT $1
) AS c
CROSS JOIN LATERAL (
    SELECT array_agg(late ORDER BY settled_seq, due_on, invoice_id) AS late FROM (
        SELECT settled_on - due_on AS late, settled_seq, due_on, invoice_id FROM invoice_history h
        WHERE h.customer_id = c.customer_id AND settled_seq IS NOT NULL
        ORDER BY settled_seq DESC, due_on DESC, invoice_id DESC LIMIT {REMEMBERED}
    ) AS latest
) AS habit
ORDER BY md5(c.customer_id)"""  # noqa: S608


async def lock_standings(connection: Connection, customers: Sequence[str], *, wait: bool) -> list[str]:
    """Lock the standings of customers, making those that are missing.

    Args:
        wait: False leaves out what somebody else has locked.
    """
    await connection.execute(_OPEN_STANDINGS, customers)
    found = await connection.fetch(_LOCK + ("" if wait else " SKIP LOCKED"), customers)
    return [row["customer_id"] for row in found]


async def catch_up(connection: Connection, customers: Sequence[str]) -> dict[str, int]:
    """Bring the paying history of customers up to date; return the journal entry of each that it now reaches."""
    return {row["customer_id"]: row["seq"] for row in await connection.fetch(_CATCH_UP, customers)}


async def read_facts(connection: Connection, customers: Sequence[str], today: date) -> list[Any]:
    """Return an account each with what its score and its calls are made of."""
    return await connection.fetch(_FACTS, customers, today)


async def write_standings(connection: Connection, standings: Sequence[tuple[Any, ...]]) -> None:
    """Store standings, given in the order of the columns."""
    await connection.execute(_WRITE, *(list(column) for column in zip(*standings, strict=True)))


async def read_population(connection: Connection) -> tuple[int, str, int] | None:
    """Return version, body and size of the population in force."""
    row = await connection.fetchrow(
        "SELECT version, body::text, settled FROM payment_populations ORDER BY version DESC LIMIT 1"
    )
    return tuple(row) if row is not None else None


async def count_settled(connection: Connection) -> int:
    """Return how many invoices have been settled with money."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM invoice_history WHERE settled_seq IS NOT NULL"
    )
    return count


async def read_histories(connection: Connection, customers: int) -> list[list[int]]:
    """Return the days late of so many customers, picked by the digest of their ids, in the order of settlement."""
    return [list(row["late"]) for row in await connection.fetch(_HISTORIES, customers)]


async def write_population(connection: Connection, version: int, body: str, settled: int) -> None:
    """Store a population, unless somebody else was first with this version."""
    await connection.execute(
        "INSERT INTO payment_populations (version, body, settled) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        version,
        body,
        settled,
    )


# The first class of a customer is no change. The index has only what is to be told.
_CLASSES_CHANGED = """
UPDATE risk_standings s SET told_class = s.risk_class
FROM (
    SELECT customer_id, told_class FROM risk_standings WHERE told_class IS DISTINCT FROM risk_class AND seq > 0
    ORDER BY customer_id LIMIT $1 FOR UPDATE SKIP LOCKED
) AS before
WHERE s.customer_id = before.customer_id
RETURNING before.told_class, s.body"""


async def take_changed_classes(connection: Connection, limit: int) -> list[tuple[str | None, str]]:
    """Note the classes of standings as told; return what was told before (None: nothing yet) and the standing."""
    return [tuple(row) for row in await connection.fetch(_CLASSES_CHANGED, limit)]


_STALE = """
SELECT a.customer_id FROM accounts a
LEFT JOIN risk_standings s ON s.customer_id = a.customer_id
LEFT JOIN partition_days d ON d.partition = a.partition
WHERE a.customer_id > $1 AND a.seq > 0
  AND (s.seq IS DISTINCT FROM a.seq OR s.day IS DISTINCT FROM coalesce(d.day, $2::date)
       OR s.population_version IS DISTINCT FROM coalesce((SELECT max(version) FROM payment_populations), 0)
       OR s.policy_version IS DISTINCT FROM (
           SELECT version FROM risk_policies WHERE effective_from <= coalesce(d.day, $2::date)
           ORDER BY effective_from DESC, version DESC LIMIT 1))
ORDER BY a.customer_id LIMIT $3"""


async def stale_customers(connection: Connection, after: str, today: date, limit: int) -> list[str]:
    """Return customers after a place whose standing is behind their journal, day, policy or population."""
    return [row["customer_id"] for row in await connection.fetch(_STALE, after, today, limit)]
