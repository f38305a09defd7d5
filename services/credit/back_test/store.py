"""Back-tests in the database: asked for over HTTP, claimed by a worker, carried out and written by its process."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from services.credit.back_test.run import CustomerResult, Totals
from services.kit.database import Connection, Database

FIGURES = ("decisions", "blocked", "passed", "restated", "sales_blocked", "sales_passed", "overdue_avoided")
LOST_AFTER_S = 60.0
"""A back-test whose process has not been heard of for so long is begun again."""

_CUSTOMERS = ("back_test_id", "number", "customer_id", "currency", *FIGURES)
_FLIPS = (
    "back_test_id",
    "number",
    "customer_id",
    "journal_seq",
    "order_id",
    "day",
    "recorded",
    "candidate",
    "amount",
    "currency",
    "reasons",
)


async def ask_for(
    connection: Connection, back_test_id: str, policy: str, first: date, last: date, at: datetime, by: str
) -> None:
    """Put a back-test into the queue."""
    await connection.execute(
        """INSERT INTO back_tests (back_test_id, policy, from_day, to_day, status, created_at, created_by)
           VALUES ($1, $2::jsonb, $3, $4, 'queued', $5, $6)""",
        back_test_id,
        policy,
        first,
        last,
        at,
        by,
    )


async def claim(database: Database) -> str | None:
    """Take the oldest back-test that waits, or whose process was lost; None: there is none."""
    async with database.unit_of_work() as unit:
        found: str | None = await unit.connection.fetchval(
            """UPDATE back_tests SET status = 'running', seen_at = now(), done = 0 WHERE back_test_id = (
                   SELECT back_test_id FROM back_tests
                   WHERE status = 'queued' OR (status = 'running' AND seen_at < now() - make_interval(secs => $1))
                   ORDER BY created_at, back_test_id LIMIT 1 FOR UPDATE SKIP LOCKED)
               RETURNING back_test_id""",
            LOST_AFTER_S,
        )
    return found


async def note_progress(database: Database, back_test_id: str, done: int, total: int) -> None:
    """Say how far a back-test is, and that its process lives."""
    async with database.unit_of_work() as unit:
        await unit.connection.execute(
            "UPDATE back_tests SET done = $2, total = $3, seen_at = now() WHERE back_test_id = $1",
            back_test_id,
            done,
            total,
        )


async def fail(database: Database, back_test_id: str, error: str) -> None:
    """Note that a back-test came to nothing, and why."""
    async with database.unit_of_work() as unit:
        await unit.connection.execute(
            "UPDATE back_tests SET status = 'failed', error = $2 WHERE back_test_id = $1", back_test_id, error
        )


async def forget_results(database: Database, back_test_id: str) -> None:
    """Delete what a lost process had written."""
    async with database.unit_of_work() as unit:
        for table in ("back_test_customers", "back_test_flips"):
            await unit.connection.execute(f"DELETE FROM {table} WHERE back_test_id = $1", back_test_id)  # noqa: S608


async def finish(database: Database, back_test_id: str, totals: Totals) -> None:
    """Write the totals; the result is there."""
    body = {currency: figures(outcome) for currency, outcome in totals.outcomes.items()}
    async with database.unit_of_work() as unit:
        await unit.connection.execute(
            """UPDATE back_tests SET status = 'done', totals = $2::jsonb, done = $3, total = $3, seen_at = now()
               WHERE back_test_id = $1""",
            back_test_id,
            msgspec.json.encode(body).decode(),
            totals.entries,
        )


def figures(outcome: Any) -> dict[str, int]:
    """Return the figures of an outcome by name."""
    return {name: getattr(outcome, name) for name in FIGURES}


class Results:
    """Writes customers and flips a few thousand at a time, numbered in the order in which they come."""

    def __init__(self, database: Database, back_test_id: str, rows_per_copy: int = 5_000) -> None:
        self._database = database
        self._id = back_test_id
        self._most = rows_per_copy
        self._customers: list[Sequence[Any]] = []
        self._flips: list[Sequence[Any]] = []
        self._numbers = [0, 0]

    async def add(self, result: CustomerResult) -> None:
        """Take a customer's result; one without a flip is in the totals only."""
        if not result.flips:
            return
        customer = result.customer_id
        for currency, outcome in result.outcomes.items():
            self._numbers[0] += 1
            self._customers.append(
                (self._id, self._numbers[0], customer, currency, *figures(outcome).values())
            )
        for flip in result.flips:
            self._numbers[1] += 1
            reasons = msgspec.json.encode(flip.reasons).decode()
            answer = (flip.day, flip.recorded, flip.candidate, flip.amount, flip.currency, reasons)
            self._flips.append((self._id, self._numbers[1], customer, flip.seq, flip.order, *answer))
        if len(self._customers) + len(self._flips) >= self._most:
            await self.write()

    async def write(self) -> None:
        """Write what is left."""
        async with self._database.unit_of_work() as unit:
            await unit.connection.copy_records_to_table(
                "back_test_customers", records=self._customers, columns=_CUSTOMERS
            )
            await unit.connection.copy_records_to_table(
                "back_test_flips", records=self._flips, columns=_FLIPS
            )
        self._customers, self._flips = [], []
