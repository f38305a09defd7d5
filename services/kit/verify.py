"""Invariants that hold in every service's schema, and what a check reports.

Everything is checked on one snapshot (REPEATABLE READ, READ ONLY), so it takes no locks and may run on a live system.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from sqlalchemy import make_url

from services.kit.database import BY_KEY, Connection, Database

Log = Callable[[str], None]

KEPT_PROBLEMS = 1_000
"""Problems kept per invariant: one cause often breaks it for every customer, and memory must stay bounded."""

BACKLOG_LIMIT_S = 300.0
"""How long a committed event may stay unpublished: sweeps run every few seconds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One place where an invariant does not hold.

    Attributes:
        invariant: which, in words.
        subject: what it does not hold for, such as ``"order O-1"``.
        customer: whose, where it belongs to a customer.
    """

    invariant: str
    subject: str
    expected: str
    found: str
    customer: str | None = None

    def __str__(self) -> str:
        where = f"customer {self.customer}: {self.subject}" if self.customer is not None else self.subject
        return f"{where}: expected {self.expected}, found {self.found}"


class Report(dict[str, list[Problem]]):
    """Invariant, in words, to the places where it does not hold; an empty list where it does everywhere."""

    def __init__(self, invariants: Iterable[str] = ()) -> None:
        super().__init__({invariant: [] for invariant in invariants})
        self.facts: dict[str, int] = {}
        self.left_out = 0

    def add(self, problem: Problem) -> None:
        """Note a problem; beyond a limit per invariant only their number is kept."""
        problems = self.setdefault(problem.invariant, [])
        if len(problems) < KEPT_PROBLEMS:
            problems.append(problem)
        else:
            self.left_out += 1

    @property
    def holds(self) -> bool:
        """Whether there is nothing to report."""
        return not self.problems

    @property
    def problems(self) -> list[Problem]:
        """All problems kept."""
        return [problem for problems in self.values() for problem in problems]


FENCE = "K1 what is set aside lies below the stored offset"
OUTBOX = "K2 every outbox batch is whole, and its rows belong to it"
EVENT_IDS = "K3 an event id in the outbox stands for one content"
BACKLOG = "K4 committed events are published soon"
GUARDS = "K5 the database's own guards are in force"

INVARIANTS = (FENCE, OUTBOX, EVENT_IDS, BACKLOG, GUARDS)

_QUERIES: dict[str, str] = {
    # A row without an offset row is one whose effect and fence were not one commit.
    FENCE: """
        SELECT format('dead letter %s of %s-%s in log %s', d."offset", d.topic, d.partition, left(d.log_id, 8))
                   AS subject, 'a stored offset above it' AS expected, coalesce(o.next_offset::text, 'none') AS found
        FROM dead_letters d LEFT JOIN consumer_offsets o USING (log_id, topic, partition)
        WHERE o.next_offset IS NULL OR d."offset" >= o.next_offset""",
    OUTBOX: """
        SELECT format('batch %s', coalesce(b.batch_id, o.batch_id)) AS subject,
               coalesce(b.rows || ' rows at 0 to ' || b.rows - 1, 'a batch') AS expected,
               coalesce(format('%s rows at %s to %s', o.rows, o.first, o.last), 'no rows') AS found
        FROM outbox_batches b
        FULL JOIN (SELECT batch_id, count(*) AS rows, min(position) AS first, max(position) AS last
                   FROM outbox GROUP BY batch_id) o ON o.batch_id = b.batch_id
        WHERE b.rows IS DISTINCT FROM o.rows OR o.first <> 0 OR o.last <> b.rows - 1""",
    # Keyed by producer too: some services put another's event of a command into their own outbox.
    EVENT_IDS: """
        SELECT format('event %s on %s', event_id, topic) AS subject, 'one content' AS expected,
               count(DISTINCT value) || ' contents' AS found
        FROM outbox GROUP BY topic, key, event_id HAVING count(*) > 1 AND count(DISTINCT value) > 1""",
    GUARDS: """
        SELECT format('index %s of %s', i.indexrelid::regclass, i.indrelid::regclass) AS subject,
               'valid' AS expected, 'not valid' AS found
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND NOT (i.indisvalid AND i.indisready)
        UNION ALL
        SELECT format('trigger %s of %s', t.tgname, t.tgrelid::regclass), 'enabled', 'disabled'
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled = 'D'
        UNION ALL
        SELECT format('table %s', t.name), 'a primary key', 'none'
        FROM unnest(ARRAY['receipts', 'consumer_offsets', 'outbox', 'outbox_batches', 'dead_letters']) AS t (name)
        WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = to_regclass(t.name) AND i.indisprimary)""",
}


async def verify(
    target: Database | str, schema: str | None = None, backlog_limit_s: float = BACKLOG_LIMIT_S
) -> Report:
    """Check what must hold in any service's schema.

    Args:
        target: the service's database, or the address of one with ``schema``.
    """
    async with snapshot(target, schema) as connection:
        report = Report(INVARIANTS)
        await check(connection, report, backlog_limit_s)
        return report


async def check(connection: Connection, report: Report, backlog_limit_s: float = BACKLOG_LIMIT_S) -> None:
    """Check the kit's tables on a connection that stands in the service's schema."""
    for invariant, query in _QUERIES.items():
        await add_found(connection, report, invariant, query)
    await _check_backlog(connection, report, backlog_limit_s)


async def add_found(
    connection: Connection, report: Report, invariant: str, query: str, *arguments: Any
) -> None:
    """Add a problem per row of ``query``: its columns are subject, expected, found and perhaps customer_id."""
    report.setdefault(invariant, [])
    async for row in connection.cursor(query, *arguments, prefetch=500):
        report.add(Problem(invariant, row["subject"], row["expected"], row["found"], row.get("customer_id")))


async def _check_backlog(connection: Connection, report: Report, backlog_limit_s: float) -> None:
    row = await connection.fetchrow(
        """SELECT coalesce(sum(rows), 0)::bigint AS events,
                  coalesce(extract(epoch FROM now() - min(created_at)), 0)::float AS age_s
           FROM outbox_batches WHERE published_at IS NULL"""
    )
    assert row is not None
    report.facts["unpublished events"] = row["events"]
    report.facts["age of the oldest unpublished event in seconds"] = int(row["age_s"])
    if row["age_s"] > backlog_limit_s:
        expected = f"published within {backlog_limit_s:.0f} s"
        found = f"{row['events']} unpublished, the oldest for {row['age_s']:.0f} s"
        report.add(Problem(BACKLOG, "the outbox", expected, found))


@asynccontextmanager
async def snapshot(
    target: Database | str, schema: str | None = None, *, writing: bool = False
) -> AsyncIterator[Connection]:
    """Give a connection inside a REPEATABLE READ transaction, standing in the service's schema.

    Args:
        target: an open database, or an address; then ``schema`` is needed.
        writing: allow writes (of a rebuild); they are committed at the end.
    """
    if isinstance(target, Database):
        async with (
            target.pool.acquire() as pooled,
            pooled.transaction(isolation="repeatable_read", readonly=not writing),
        ):
            # A check reads whole tables, which the pool's statements must not.
            await pooled.execute(
                "; ".join(f"SET LOCAL {name} = on" for name in BY_KEY if name != "plan_cache_mode")
            )
            yield pooled  # type: ignore[misc]
        return
    assert schema is not None
    address = make_url(target).set(drivername="postgresql").render_as_string(hide_password=False)
    connection: Connection = await asyncpg.connect(address, server_settings={"search_path": schema})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=not writing):
            yield connection
    finally:
        await connection.close()
