"""Live news: from a commit to the page, to those pages that show it, and again after a lost connection."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kit.database import Database
from services.kit.web.live import LiveHub, stream
from tests.waiting import until

LONG_AGO = 0.0


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_dsn, "public", 4)
    yield opened
    await opened.close()


@pytest.fixture
async def hub(database_dsn: str) -> AsyncIterator[LiveHub]:
    made = LiveHub(database_dsn)
    yield made
    await made.close()


async def announce(database: Database, *topics: str) -> None:
    async with database.unit_of_work() as unit:
        unit.announce(*topics)


async def announce_and_fail(database: Database) -> None:
    async with database.unit_of_work() as unit:
        unit.announce("a")
        await unit.flush()
        await unit.connection.execute("SELECT 1 / 0")


async def news(watcher_topics: set[str]) -> None:
    await until(lambda: asyncio.sleep(0, bool(watcher_topics)))


async def test_news_reaches_the_pages_that_show_it(hub: LiveHub, database: Database) -> None:
    now = time.time()
    async with hub.watched(["a", "b"], now) as both, hub.watched(["b"], now) as one:
        await news(both.news)
        assert (both.take(), one.take()) == (["a", "b"], ["b"])
        await announce(database, "a")
        await news(both.news)
        assert both.take() == ["a"]
        assert one.take() == []


async def test_nothing_is_told_to_whom_is_not_known_any_more(hub: LiveHub, database: Database) -> None:
    """Also where there is so much news that it never comes to a heartbeat."""
    known = True

    async def valid() -> bool:
        return known

    told = stream(hub, ["a"], time.time(), valid)
    assert (await anext(told)).startswith(b"retry")
    assert b"event: a" in await anext(told), "it begins with everything"
    await announce(database, "a")
    assert b"event: a" in await anext(told)
    known = False
    await announce(database, "a")
    with pytest.raises(StopAsyncIteration):
        await anext(told)


async def test_what_is_rolled_back_is_no_news(hub: LiveHub, database: Database) -> None:
    async with hub.watched(["a", "b"], time.time()) as watcher:
        await news(watcher.news)
        watcher.take()
        with pytest.raises(asyncpg.PostgresError):
            await announce_and_fail(database)
        await announce(database, "b")
        await news(watcher.news)
        assert watcher.take() == ["b"]


async def test_a_page_hears_what_changed_since_it_was_made(hub: LiveHub, database: Database) -> None:
    async with hub.watched(["a"], time.time()) as watcher:
        await news(watcher.news)
        watcher.take()
        made = time.time()
        await announce(database, "a")
        await news(watcher.news)
    async with hub.watched(["a"], made) as late:
        assert late.take() == ["a"]
    async with hub.watched(["a"], time.time()) as later:
        assert later.take() == []


async def test_after_a_lost_connection_every_page_looks_again(hub: LiveHub, database: Database) -> None:
    async with hub.watched(["a"], time.time()) as watcher:
        await news(watcher.news)
        watcher.take()
        ended = await database.pool.fetchval(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tallyman-live' AND datname = current_database()"
        )
        assert ended
        await news(watcher.news)
        assert watcher.take() == ["a"]
        await announce(database, "a")
        await news(watcher.news)


async def test_a_stream_ends_when_the_server_stops(hub: LiveHub) -> None:
    events = stream(hub, ["a"], LONG_AGO)
    assert (await anext(events)).startswith(b"retry: ")
    assert await anext(events) == b"event: a\ndata: news\n\n"
    hub.end_streams()
    rest = [event async for event in events]
    assert hub.watchers == 0
    assert len(rest) <= 1
