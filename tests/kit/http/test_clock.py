"""Business days come as events, each once per partition, whatever the machine's clock does."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.clock import FixedClock, start_of_day
from services.kit.http.app import create_app
from services.kit.runtime import Runtime
from tests.kit.http.conftest import PARTITIONS, fresh_settings, running
from tests.kit.http.demo import Applied, demo_service
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
DAY = timedelta(days=1)


async def reached(runtime: Runtime) -> set[date]:
    rows = await runtime.database.pool.fetch("SELECT partition, day FROM partition_days")
    return {row["day"] for row in rows} if len(rows) == PARTITIONS else set()


async def published(runtime: Runtime) -> list[dict[str, object]]:
    rows = await runtime.database.pool.fetch(
        "SELECT value FROM outbox WHERE topic = 'clock' ORDER BY batch_id, position"
    )
    return [json.loads(row["value"]) for row in rows]


async def test_days_begin(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> None:
    # On a database of its own: services of other tests begin days too.
    applied = Applied()
    app = create_app(demo_service(applied), await fresh_settings(postgres_server, tansu_server))
    began = datetime.now(UTC)
    async with running(app):
        await _days_begin(app.state.runtime, applied, began)


async def _days_begin(runtime: Runtime, applied: Applied, began: datetime) -> None:
    today = datetime.now(runtime.settings.zone).date()

    async def today_reached() -> bool:
        return await reached(runtime) == {today}

    await until(today_reached)
    events = await published(runtime)
    assert [event["id"] for event in events] == [f"day-{today}-p{p}" for p in range(PARTITIONS)]
    # Dated when they were announced, not to the first moment of the day.
    (announced,) = {datetime.fromisoformat(str(event["occurred_at"])) for event in events}
    assert began <= announced <= datetime.now(UTC)
    assert {event["producer"] for event in events} == {"clock"}
    assert {event["key"] for event in events} == {"0", "1"}

    # Five days later, half a minute past midnight in Shanghai, which is the day before in London.
    later = today + 5 * DAY
    runtime.clock = FixedClock(
        datetime(later.year, later.month, later.day, tzinfo=runtime.settings.zone) + 30 * (DAY / 2880)
    )
    assert runtime.clock.now().astimezone(UTC).date() < later

    async def later_reached() -> bool:
        return await reached(runtime) == {later}

    await until(later_reached)
    missed = (await published(runtime))[PARTITIONS:]
    assert [event["id"] for event in missed] == [
        f"day-{today + n * DAY}-p{p}" for n in range(1, 6) for p in range(PARTITIONS)
    ]
    assert {datetime.fromisoformat(str(event["occurred_at"])) for event in missed} == {runtime.clock.now()}
    seen = [
        r.event.data.day
        for r in applied.events
        if r.event.type == "clock.day_started" and r.record.partition == 0
    ]
    assert seen == [today + n * DAY for n in range(6)]

    # A clock that is set back repeats nothing.
    runtime.clock = FixedClock(datetime(2020, 1, 1, tzinfo=UTC))
    before = len(await published(runtime))
    runtime.clock = FixedClock(datetime.combine(later + DAY, datetime.min.time(), runtime.settings.zone))

    async def next_reached() -> bool:
        return await reached(runtime) == {later + DAY}

    await until(next_reached)
    assert len(await published(runtime)) == before + PARTITIONS


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Asia/Shanghai", date(2026, 3, 31), "2026-03-31T00:00:00+08:00"),
        ("Europe/London", date(2026, 3, 29), "2026-03-29T00:00:00+00:00"),
        ("Europe/London", date(2026, 7, 1), "2026-07-01T00:00:00+01:00"),
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T01:00:00-02:00"),
        ("UTC", date(2028, 2, 29), "2028-02-29T00:00:00+00:00"),
    ],
)
async def test_the_first_moment_of_a_day(zone: str, day: date, first: str) -> None:
    moment = start_of_day(day, ZoneInfo(zone))
    assert moment.isoformat() == first
    assert moment.date() == day
    before = moment.astimezone(UTC) - timedelta(microseconds=1)
    assert before.astimezone(ZoneInfo(zone)).date() < day
