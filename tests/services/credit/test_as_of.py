"""What the books say of a past day is what they said on that day, whatever came after."""

import asyncio
import copy
import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from deploy.local.postgres import LocalPostgres
from services.credit.api.account_answers import account_out
from services.credit.queries.exposure import exposures_at
from services.credit.queries.history import books_at, books_now
from services.credit.queries.past import count_documents, documents, read_past_account
from services.credit.rules.state import Account
from services.kit.database import Database
from tests.rules.credit.histories import STEPS, Calendar, step
from tests.services.credit.events import DAY
from tests.services.credit.live import Live
from tests.services.credit.memory import Memory
from tests.services.credit.plain_books import expected, found, trading
from tests.services.credit.streams import stream

_MONEY = ("order.invoiced", "payment.received", "payment.reversed", "order.returned", "clock.day_started")


@st.composite
def _happening(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Money that comes, goes and comes back over many days is what most of these histories are about."""
    if draw(st.integers(0, 3)) == 0:
        return draw(step())
    type_ = draw(st.sampled_from(_MONEY))
    return type_, draw(STEPS[type_]())


HISTORIES = st.lists(_happening(), min_size=12, max_size=40)


def by_day(events: Iterable[Event[Any]]) -> list[tuple[date, list[Event[Any]]]]:
    """Events by the business day they are applied on; those that start a day belong to it."""
    days: list[tuple[date, list[Event[Any]]]] = [(DAY, [])]
    for event in events:
        if event.type == "clock.day_started" and event.data.day != days[-1][0]:
            days.append((event.data.day, []))
        days[-1][1].append(event)
    return days


async def live_and_looked_back(database: Database, days: list[tuple[date, list[Event[Any]]]]) -> None:
    """Apply day by day, keeping what was true at the end of each; then ask for each day again."""
    live, memory = Live(database), Memory()
    kept: list[tuple[date, dict[str, Account]]] = []
    for day, events in days:
        await live.apply_events(*events)
        memory.apply(*events)
        kept.append((day, copy.deepcopy(memory.accounts)))
        today = {customer: expected(account, day) for customer, account in memory.accounts.items()}
        assert await found(database, books_now(day)) == trading(today)
    for number, (day, accounts) in enumerate(kept):
        end = kept[number + 1][0] if number + 1 < len(kept) else day + timedelta(days=2)
        # Days that were never announced are like the last one that was, only later.
        for asked in {day, end - timedelta(days=1)}:
            then = {customer: expected(account, asked) for customer, account in accounts.items()}
            assert await found(database, books_at(asked)) == trading(then), asked
            for customer, figures in then.items():
                mine = await found(database, books_at(asked, customer))
                assert mine == trading({customer: figures}), (asked, customer)
        await _accounts_are_as_they_were(database, day, accounts)
        await _exposures_are_as_they_were(database, day, accounts)
    assert await found(database, books_at(DAY - timedelta(days=1))) == {}


async def _exposures_are_as_they_were(database: Database, day: date, accounts: dict[str, Account]) -> None:
    async with database.engine.connect() as connection:
        rows = (await connection.execute(exposures_at(day))).all()
    found = {
        row.customer_id: (
            row.open_orders,
            row.shipped,
            row.invoiced,
            row.unapplied,
            row.exposure,
            row.credit_limit,
        )
        for row in rows
    }
    for customer, a in accounts.items():
        if a.seq:
            amounts = (a.open_orders, a.shipped, a.invoiced, a.unapplied, a.exposure)
            assert found.pop(customer) == (*amounts, a.limit_on(day)), (customer, day)
    assert not any(any(amounts[:5]) for amounts in found.values())


async def _accounts_are_as_they_were(database: Database, day: date, accounts: dict[str, Account]) -> None:
    async with database.engine.connect() as connection:
        for customer, then in accounts.items():
            past = await read_past_account(connection, customer, "CNY", day)
            if past is None:
                assert then.seq == 0
                continue
            assert account_out(past, day).model_dump() == account_out(then, day).model_dump()
            for category, count in count_documents(past).items():
                rows = (await connection.execute(documents(past, category).select())).mappings().all()  # type: ignore[arg-type]
                amount = {"invoiced": "open", "unapplied": "remaining", "open_orders": "open"}.get(
                    category, "shipped"
                )
                assert sum(row[amount] for row in rows) == getattr(then, category), (category, day)
                assert len(rows) == count


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
def test_any_past_day_is_as_it_was_lived(
    postgres_server: LocalPostgres, credit_template: str, history: list[tuple[str, dict[str, Any]]]
) -> None:
    calendar = Calendar()
    events = [event for what in history for event in calendar.events(*what)]

    async def check() -> None:
        name = f"as_of_{uuid.uuid4().hex}"
        database = await Database.open(
            await asyncio.to_thread(postgres_server.create_database, name, template=credit_template),
            "credit",
            2,
        )
        try:
            await live_and_looked_back(database, by_day(events))
        finally:
            await database.close()
            await asyncio.to_thread(postgres_server.drop_database, name)

    asyncio.run(check())


async def test_several_customers_and_everything_that_goes_wrong(database: Database) -> None:
    days = by_day(stream(31, 600, strangers=False))
    assert len(days) > 25
    await live_and_looked_back(database, days)
