"""Applying one batch: the fence, the receipts, the service's own work and the new offsets, in one transaction."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from contracts.errors import ContractError
from services.kit import metrics
from services.kit.database import Connection, Database, UnitOfWork
from services.kit.dead_letters import DeadLetter, check_limit, write_dead_letters
from services.kit.errors import FATAL_DATABASE_ERRORS, FatalError
from services.kit.failpoints import failpoint
from services.kit.offsets import Claim, claim, store_days
from services.kit.receipts import ReceiptStore, ReceiptTable
from services.kit.records import Received, Record, Refused, event_key

log = logging.getLogger(__name__)


class Processor(Protocol):
    """What a service does with a batch of events, inside the transaction that the kit opened."""

    async def apply(self, unit: UnitOfWork, events: Sequence[Received]) -> list[Refused]:
        """Apply ``events`` in order; return those refused, which must have left no trace."""

    def rolled_back(self) -> None:
        """Forget everything kept in memory that the last :meth:`apply` changed: it was not committed."""

    def committed(self, events: Sequence[Received]) -> None:
        """The last :meth:`apply` is durable."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch. ``fenced``: some record was below the stored offset, another owner was here."""

    applied: int
    fenced: bool


class BatchApplier:
    """Applies batches for one service."""

    def __init__(
        self,
        service: str,
        database: Database,
        processor: Processor,
        *,
        log_id: str,
        zone: ZoneInfo,
        retry_attempts: int,
        dead_letter_limit: int,
        receipts: ReceiptStore | None = None,
    ) -> None:
        self._service = service
        self._database = database
        self._processor = processor
        self._log_id = log_id
        self._zone = zone
        self._retry_attempts = retry_attempts
        self._dead_letter_limit = dead_letter_limit
        self._receipts = receipts or ReceiptTable()

    async def apply(self, records: list[Record]) -> Outcome:
        """Apply ``records`` in order, exactly once.

        A transient error is retried. An unexpected one is narrowed down by halving until the event that causes it
        stands alone; if that one fails once more, it is dead-lettered and the rest goes on.

        Raises:
            FatalError: when retrying does not help, the deployment is broken or too much was dead-lettered.
        """
        try:
            return await self._attempt(records, None)
        except FatalError:
            raise
        except Exception:
            log.exception("a batch of %d failed; narrowing it down", len(records))
            if len(records) == 1:
                return await self._alone(records)
            middle = len(records) // 2
            first = await self.apply(records[:middle])
            second = await self.apply(records[middle:])
            return Outcome(first.applied + second.applied, first.fenced or second.fenced)

    async def _alone(self, record: list[Record]) -> Outcome:
        """Give an event that failed a second chance: what fails once may have been anything, its dead letter is its."""
        try:
            return await self._attempt(record, None)
        except FatalError:
            raise
        except Exception as error:
            return await self._attempt(record, ContractError("", f"the handler failed: {error!r}"))

    async def _attempt(self, records: list[Record], condemned: ContractError | None) -> Outcome:
        async def once() -> Outcome:
            try:
                return await self._transaction(records, condemned)
            except BaseException:
                self._processor.rolled_back()
                raise

        try:
            return await self._database.retrying(
                f"{self._service}: applying a batch", once, self._retry_attempts
            )
        except FATAL_DATABASE_ERRORS as error:
            raise FatalError(
                f"{self._service}: the database is not as this version expects: {error}"
            ) from error

    async def _transaction(self, records: list[Record], condemned: ContractError | None) -> Outcome:
        started = time.perf_counter()
        failpoint("consumer.before_transaction")
        async with self._database.unit_of_work() as unit:
            claimed = await claim(unit.connection, self._log_id, records)
            fresh = claimed.fresh
            failpoint("consumer.after_lock")
            letters: list[DeadLetter] = []
            applied: list[Received] = []
            if fresh:
                candidates = await self._candidates(unit.connection, claimed, letters, condemned)
                refused = await self._processor.apply(unit, candidates) if candidates else []
                letters += [DeadLetter(r.received.record, r.error) for r in refused]
                turned_away = {id(r.received) for r in refused}
                applied = [c for c in candidates if id(c) not in turned_away]
                if applied:
                    await self._receipts.write(unit.connection, applied)
                if letters:
                    await write_dead_letters(unit, self._service, self._log_id, letters)
                    await check_limit(unit.connection, self._service, self._dead_letter_limit)
            failpoint("consumer.before_commit")
        failpoint("consumer.after_commit")
        self._processor.committed(applied)
        self._measure(records, fresh, applied, started)
        return Outcome(len(applied), claimed.fenced > 0)

    def _measure(
        self, records: list[Record], fresh: list[Record], applied: list[Received], started: float
    ) -> None:
        metrics.BATCH_SECONDS.labels(self._service).observe(time.perf_counter() - started)
        metrics.BATCH_EVENTS.labels(self._service).observe(len(records))
        if len(fresh) < len(records):
            metrics.FENCED_RECORDS.labels(self._service).inc(len(records) - len(fresh))
        counts: dict[str, int] = {}
        for received in applied:
            counts[received.record.topic] = counts.get(received.record.topic, 0) + 1
        for topic, count in counts.items():
            metrics.APPLIED_EVENTS.labels(self._service, topic).inc(count)

    async def _candidates(
        self,
        connection: Connection,
        claimed: Claim,
        letters: list[DeadLetter],
        condemned: ContractError | None,
    ) -> list[Received]:
        """Return the events to apply: decodable, and not applied before."""
        fresh, days = claimed.fresh, claimed.days
        if condemned is not None:
            letters += [DeadLetter(record, condemned) for record in fresh]
            return []
        candidates: list[Received] = []
        for record in fresh:
            if record.event is None:
                assert record.error is not None
                letters.append(DeadLetter(record, record.error))
                continue
            event = record.event
            if event.type == "clock.day_started":
                day = max(days.get(record.partition, date.min), event.data.day)
                days[record.partition] = day
            else:
                day = days.get(record.partition) or business_day(event.occurred_at, self._zone)
            candidates.append(Received(event, record, event_key(event.producer, event.id), day))
        await store_days(connection, days, fresh)
        return await self._unseen(connection, candidates, letters)

    async def _unseen(
        self, connection: Connection, candidates: list[Received], letters: list[DeadLetter]
    ) -> list[Received]:
        if not candidates:
            return []
        known = await self._receipts.known(connection, [c.key for c in candidates])
        unseen: list[Received] = []
        duplicates = 0
        for candidate in candidates:
            digest = known.get(candidate.key)
            if digest is None:
                known[candidate.key] = candidate.event.digest
                unseen.append(candidate)
            elif digest == candidate.event.digest or candidate.event.type == "clock.day_started":
                # Replicas announce the same day, each at its own time.
                duplicates += 1
            else:
                reason = f"event {candidate.event.id!r} of {candidate.event.producer!r} was applied with another body"
                letters.append(DeadLetter(candidate.record, ContractError("id", reason)))
        if duplicates:
            metrics.DUPLICATE_EVENTS.labels(self._service).inc(duplicates)
        return unseen


def business_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the business day a moment falls on."""
    return moment.astimezone(zone).date()


def now_utc() -> datetime:
    """Return the wall-clock time: for measuring and for stamping commands of people, never for rules."""
    return datetime.now(UTC)
