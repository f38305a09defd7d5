"""Writes of the API: an event of our own, applied as if it had been consumed, and published with the same commit.

Everybody else sees it on its topic, and consuming the topics again into an empty database applies it again. Our own
consumer drops it when it comes back: its receipt is in the journal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import asyncpg

from contracts.codec import encode, new_event
from contracts.errors import ContractError
from contracts.events import EventData
from contracts.topics import partition_of
from services.credit.processor import count_decisions, fold
from services.credit.queries.writing import day_reached, lock_account
from services.credit.rules.entries import AnyEntry, Decided, decode_entry
from services.credit.rules.state import Account
from services.credit.store import Ledger, save
from services.credit.working import Working
from services.kit.batch import business_day
from services.kit.commands import decoded_body, outbox_rows, own_event
from services.kit.database import UnitOfWork
from services.kit.http.auth import person as person
from services.kit.http.problems import Problem
from services.kit.records import Received
from services.kit.runtime import Runtime

PRODUCER = "credit-api"
AFTER = timedelta(microseconds=1)
FURTHEST_AHEAD = timedelta(days=1)


@dataclass(slots=True)
class Applied:
    """What a command did.

    Attributes:
        entries: its journal entries; none: it was known already, and nothing was written or published.
        account: as it stands now.
    """

    received: Received
    account: Account
    entries: list[AnyEntry] = field(default_factory=list)
    _working: Working | None = None

    @property
    def decisions(self) -> list[Decided]:
        """The decisions it brought about, such as releases of held orders."""
        return [entry for entry in self.entries if isinstance(entry, Decided)]

    def committed(self) -> None:
        """Count the decisions, once they are durable."""
        if self._working is not None:
            count_decisions(self._working)


class Refusal(Problem):
    """A rule refuses a command as things stand."""

    def __init__(self, error: ContractError, in_path: Sequence[str]) -> None:
        name = error.field.removeprefix("data.")
        super().__init__(
            409, error.reason, errors=[(f"path.{name}" if name in in_path else name, error.reason)]
        )


async def carry_out(
    runtime: Runtime,
    unit: UnitOfWork,
    data: Any,
    *,
    after_entry: int = 0,
    in_path: Sequence[str] = (),
    check: Callable[[Account, date], None] | None = None,
) -> Applied:
    """Apply an event of our own and publish it.

    Args:
        data: a body with a ``customer_id``.
        after_entry: a journal entry of the customer that must come before this one when topics are consumed again.
        in_path: fields of the body that the caller gave in the address, for problems.
        check: looks at the locked account before the rules do, and raises what should be answered instead.

    Raises:
        Refusal: when a rule refuses it as things stand.
        ContractError: when the body breaks the contract.
    """
    customer_id: str = data.customer_id
    partition = partition_of(customer_id.encode(), runtime.settings.partitions)
    latest = await lock_account(unit.connection, customer_id, after_entry)
    reached = await day_reached(unit.connection, partition)
    moment = command_time(runtime, reached, latest)
    day = reached or business_day(moment, runtime.settings.zone)
    received = own_event(runtime, data, customer_id, moment=moment, day=day, producer=PRODUCER)
    working = await Ledger(lambda _: partition, runtime.settings.currency).load(unit.connection, [received])
    account = working.accounts[customer_id]
    if check is not None:
        check(account, day)
    refused = fold(working, [received])
    if refused:
        raise Refusal(refused[0].error, in_path)
    if not working.journal:
        return Applied(received, account)
    unit.publish_all(outbox_rows(runtime, received))
    try:
        await save(unit, working)
    except asyncpg.UniqueViolationError as error:
        # The account is locked, so another customer's transaction was first with this id.
        name = "transfer_id" if hasattr(data, "transfer_id") else "payment_id"
        taken = ContractError(name, "was reported for another customer at the same moment")
        raise Refusal(taken, in_path) from error
    return Applied(received, account, [decode_entry(row[6]) for row in working.journal], working)


def command_time(runtime: Runtime, reached: date | None, latest: datetime | None) -> datetime:
    """Return when a command happens: now, but after what the account has seen already.

    Whoever consumes the topics again applies events in the order of their times, so a release must not seem older than
    the order it releases, although the till's clock was ahead of ours. During a replay of the past (clock "events")
    it is the business day that was reached.
    """
    settings = runtime.settings
    now = runtime.clock.now().astimezone(UTC)
    if settings.clock == "events" and reached is not None:
        now = datetime.combine(reached, time.min, settings.zone).astimezone(UTC)
    elif settings.clock == "events" and latest is not None:
        now = latest
    # A clock that is a day ahead or more is wrong, and must not set the time of everything that follows.
    if latest is not None and now <= latest < now + FURTHEST_AHEAD:
        return latest + AFTER
    return now


def digest_at(data: EventData, moment: datetime) -> bytes:
    """Return the digest of an event with this body and time: equal digests mean equal bodies."""
    key = data.customer_id  # type: ignore[attr-defined]
    return decoded_body(
        encode(new_event(data, id="-", occurred_at=moment, key=key, producer=PRODUCER))
    ).digest
