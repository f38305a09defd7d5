"""Classes kept current: one replica ranks at a time, and only when a value has changed."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from contracts.codec import encode, new_event
from contracts.events.insights import DimensionMoved, SegmentClassChanged
from services.insights.classing import VALUES, Company, accept, rank
from services.insights.conditions import Reported, report
from services.insights.rules.abc import DIMENSIONS, passed_boundary
from services.insights.rules.alerts.model import Facts
from services.insights.rules.numbers import value_text
from services.insights.store.alerts.signals import spoken_of
from services.insights.store.changes import owners_on, write_changes
from services.insights.store.closing import Closing, close_month
from services.insights.store.policies import InForce, policy_in_force
from services.insights.store.ranking import (
    anything_unranked,
    keep_up,
    lead,
    note_ranking,
    numbers_of_rankings,
    read_company,
    take_unranked,
    write_ranking,
)
from services.insights.store.staleness import company_day
from services.kit.beside import keep_doing
from services.kit.clock import start_of_day
from services.kit.database import Connection, Database, UnitOfWork
from services.kit.outbox import OutboxRow
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

PRODUCER = "insights"
SHARE_OF_TIME = 0.3
RANK_EVERY_S = 1.0
PATIENCE_S = 10.0
CHANGES_AT_ONCE = 200
"""Changes told in one go: a new policy may move everybody, and batches must not wait for that."""

Moment = Callable[[date], datetime]
"""The time of what is found out on a day: in a replay of the past it is that day's."""


class Ranker:
    """Ranks the customers of every currency in which a value has changed.

    It keeps all of them in memory, about 300 bytes each, reads those that have changed, and everybody only when it
    begins, another replica has ranked since, or a transaction has failed.

    Args:
        patience_s: how long something must wait to be ranked before this replica takes over from the one that ranked
            last, which has everybody in memory.
    """

    def __init__(self, database: Database, moment: Moment, patience_s: float = 0.0) -> None:
        self._database = database
        self._moment = moment
        self._closing = Closing()
        self._patience_s = patience_s
        self._companies: dict[str, Company] = {}
        self._numbers: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._since = 0.0

    async def step(self) -> bool:
        """Rank what is to be ranked, and close a month that is over. False: nothing was done, by this replica."""
        before = dict(self._numbers)
        try:
            async with self._database.unit_of_work() as unit:
                if not await lead(unit.connection):
                    return False
                numbers = await numbers_of_rankings(unit.connection)
                if await self._leave_it(unit, numbers):
                    return False
                day = await company_day(unit.connection)
                if day is None:
                    return False
                changed = await take_unranked(unit.connection)
                in_force = await policy_in_force(unit.connection)
                for currency, customer_ids in changed.items():
                    company = await self._company(unit, currency, customer_ids, numbers)
                    await self._rank(unit, currency, company, day, in_force)
                closed = await close_month(unit.connection, self._closing, self._moment(day))
        except BaseException:
            # What was not committed must not be taken for stored.
            self._companies.clear()
            self._numbers = before
            raise
        return bool(changed) or closed

    async def _leave_it(self, unit: UnitOfWork, numbers: dict[str, int]) -> bool:
        """Tell whether another replica ranks, and is not late with it."""
        if not self._patience_s or numbers == self._numbers:
            return False
        if numbers != self._seen or not await anything_unranked(unit.connection):
            self._seen, self._since = numbers, time.monotonic()
        return time.monotonic() - self._since < self._patience_s

    async def _company(
        self, unit: UnitOfWork, currency: str, changed: set[str] | None, numbers: Mapping[str, int]
    ) -> Company:
        company = self._companies.get(currency)
        if company is None or changed is None or numbers.get(currency) != self._numbers.get(currency):
            company = self._companies[currency] = await read_company(unit.connection, currency)
        else:
            await keep_up(unit.connection, currency, company, changed)
        return company

    async def _rank(
        self, unit: UnitOfWork, currency: str, company: Company, day: date, in_force: InForce
    ) -> None:
        version, policy = in_force
        ranking = await asyncio.to_thread(rank, company, policy)
        await write_ranking(unit.connection, currency, company, ranking)
        accept(company, ranking)
        self._numbers[currency] = await note_ranking(unit.connection, currency)
        rows = ranking.moved
        at = self._moment(day)
        for first in range(0, len(rows), CHANGES_AT_ONCE):
            some = rows[first : first + CHANGES_AT_ONCE]
            owners = await owners_on(unit.connection, day, [row["customer_id"] for row in some])
            events = [_change(row, currency, day, in_force, owners) for row in some]
            numbers = await write_changes(unit.connection, events)
            await _report(unit.connection, currency, [_fell(e, numbers[e.customer_id], at) for e in events])
            unit.publish_all([_outbox_row(event, at) for event in events])
        log.info("%d customers changed class in %s by policy %d", len(rows), currency, version)


def _change(
    row: Mapping[str, Any],
    currency: str,
    day: date,
    in_force: InForce,
    owners: Mapping[str, str | None],
) -> SegmentClassChanged:
    moved = [
        _moved(row, dimension, currency, in_force)
        for dimension in DIMENSIONS
        if row[f"{dimension}_was"] != row[f"{dimension}_class"]
    ]
    fell = _order(row["overall"]) > _order(row["was"])
    down = [m.dimension for m in moved if _order(m.current) > _order(m.previous)]
    return SegmentClassChanged(
        customer_id=row["customer_id"],
        currency=currency,
        day=day,
        previous=row["was"],
        current=row["overall"],
        moved=moved,
        policy_version=in_force.version,
        owner_id=owners[row["customer_id"]],
        follow_up=fell,
        suggested_step=f"Ask why it buys less: down in {', '.join(down)}" if fell else "",
    )


async def _report(connection: Connection, currency: str, found: Sequence[Reported]) -> None:
    """Say who fell, and take back what was said of others; most rose of whom nothing was said."""
    fell = await spoken_of(
        connection, "class_fell", currency, [r.customer_id for r in found if r.facts is None]
    )
    await report(connection, [r for r in found if r.facts is not None or r.customer_id in fell])


def _fell(changed: SegmentClassChanged, number: int, at: datetime) -> Reported:
    """Return the word on whether a customer's last change of class was a fall, for the alert."""
    facts: Facts | None = None
    if changed.follow_up:
        facts = {
            "from_class": _order(changed.previous),
            "to_class": _order(changed.current),
            "dimension": ", ".join(
                m.dimension for m in changed.moved if _order(m.current) > _order(m.previous)
            ),
            "currency": changed.currency,
            "owner_id": changed.owner_id,
        }
    return Reported(
        "class_fell",
        changed.customer_id,
        at,
        number,
        facts,
        subject=changed.currency,
    )


def _order(class_: str | None) -> str:
    return class_ or "D"


def _moved(row: Mapping[str, Any], dimension: Any, currency: str, in_force: InForce) -> DimensionMoved:
    value, previous, current = row[VALUES[dimension]], row[f"{dimension}_was"], row[f"{dimension}_class"]
    rule, bound = in_force.policy.abc, row[f"{dimension}_bound"]
    return DimensionMoved(
        dimension=dimension,
        previous=previous,
        current=current,
        value=None if value is None else value_text(dimension, value, currency),
        boundary=None if bound is None else value_text(dimension, bound, currency),
        boundary_percent=passed_boundary(previous, current, rule),
        keep_percent=rule.keep_percent,
    )


def _outbox_row(data: SegmentClassChanged, at: datetime) -> OutboxRow:
    event = new_event(data, id=f"x-{uuid4().hex}", occurred_at=at, key=data.customer_id, producer=PRODUCER)
    return OutboxRow(data.TOPIC, data.customer_id.encode(), event.id, encode(event))


def moments(runtime: Runtime) -> Moment:
    """Return what gives events their time."""
    if runtime.settings.clock == "events":
        return lambda day: start_of_day(day, runtime.settings.zone).astimezone(UTC)
    return lambda day: runtime.clock.now()


async def keep_ranked(runtime: Runtime) -> None:
    """Keep classes current until cancelled, in at most three tenths of the time."""
    ranker = Ranker(runtime.database, moments(runtime), PATIENCE_S)
    await keep_doing(
        "insights", "classes", ranker.step, share=SHARE_OF_TIME, idle_s=RANK_EVERY_S, busy_s=RANK_EVERY_S
    )
