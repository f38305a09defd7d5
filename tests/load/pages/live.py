"""Pages that are open: how soon they show a held order, and what they cost while nothing happens."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from uuid import uuid4

import asyncpg
import httpx

from contracts.codec import encode, new_event
from contracts.envelope import Event
from contracts.events import EventData
from contracts.events.orders import OrderLine, OrderPlaced
from contracts.topics import partition_of
from deploy.cli.settings import settings
from deploy.feed.target import target_from
from tests.load.pages.seed import END
from tests.load.pages.visit import BROWSER, Server, Visitor

HELD = "/console/credit/held"
APPEARS_TIMEOUT_S = 30.0
SETTLE_S = 3.0


def browser(server: Server, visitor: Visitor) -> httpx.AsyncClient:
    """Return a browser that may keep many streams open."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(
        base_url=server.address,
        cookies={"tallyman_session": visitor.token},
        headers=BROWSER,
        timeout=httpx.Timeout(60, read=None),
        limits=limits,
        trust_env=False,
    )


def stream_of(html: str) -> str:
    """Return the address of a page's live news."""
    found = re.search(r'sse-connect="([^"]+)"', html)
    assert found, "the page has no stream"
    return found[1].replace("&amp;", "&")


async def held_within(server: Server, visitor: Visitor, dsn: str, times: int) -> list[float]:
    """Return, for each of some orders, the seconds from its event at the broker to its row on an open page.

    The page is the list of held orders of one customer; it does what the console does: it waits for news, and then
    asks for its list again.
    """
    connection = await asyncpg.connect(dsn)
    blocked = await connection.fetchrow(_BLOCKED)
    assert blocked, "nobody has a limit"
    customer, currency = blocked
    await connection.close()
    target = target_from(settings())
    producer = target.producer()
    await producer.start()
    try:
        seconds = []
        async with browser(server, visitor) as client:
            for _ in range(times):
                page = (await client.get(HELD, params={"customer": customer})).text
                async with client.stream("GET", stream_of(page)) as stream:
                    news = stream.aiter_lines()
                    await _until_quiet(news)
                    order_id, order = _order(customer, currency)
                    began = time.perf_counter()
                    key = customer.encode()
                    await producer.send_and_wait(
                        target.topic("orders"),
                        encode(order),
                        key=key,
                        partition=partition_of(key, target.partitions),
                    )
                    async with asyncio.timeout(APPEARS_TIMEOUT_S):
                        while order_id not in await _after_news(client, news, customer):
                            pass
                    seconds.append(time.perf_counter() - began)
    finally:
        await producer.stop()
    return seconds


async def _until_quiet(news: AsyncIterator[str]) -> None:
    """Read until the stream has told nothing for a moment: what it tells at first is of before."""
    await anext(news)
    await asyncio.sleep(SETTLE_S)


async def _after_news(client: httpx.AsyncClient, news: AsyncIterator[str], customer: str) -> str:
    """Wait for news of held orders, and return the list as it is then."""
    while await anext(news) != "event: credit.held":
        pass
    answer = await client.get(f"{HELD}/list", params={"customer": customer}, headers={"HX-Request": "true"})
    return answer.text


def _order(customer: str, currency: str) -> tuple[str, Event[EventData]]:
    """Return an order that is far above everybody's limit."""
    order_id = f"BENCH-{uuid4().hex[:12]}"
    line = OrderLine(product_id="S1-001", quantity="1", unit_price="99999999", amount="99999999.00")
    data = OrderPlaced(
        order_id=order_id, customer_id=customer, currency=currency, amount="99999999.00", lines=[line]
    )
    at = datetime.combine(END - timedelta(days=1), time_of_day(15), UTC)
    return order_id, new_event(data, id=f"{order_id}-placed", occurred_at=at, key=customer, producer="load")


_BLOCKED = """
    SELECT customer_id, currency FROM credit.accounts
    WHERE credit_limit > 0 AND blacklist IS NULL AND customer_id NOT LIKE '%~%' ORDER BY customer_id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Idle:
    """CPU seconds per second, of the server and of PostgreSQL, without open pages and with them."""

    pages: int
    server_before: float
    server: float
    database_before: float
    database: float

    @property
    def cost(self) -> float:
        """What the pages cost the server: its share of a core."""
        return self.server - self.server_before


async def open_pages(server: Server, visitor: Visitor, pages: int, seconds: float) -> Idle:
    """Open many pages that follow live news, let nothing happen, and say what they cost."""
    async with browser(server, visitor) as client, AsyncExitStack() as open_streams:
        before = await _spent(server, seconds)
        address = stream_of((await client.get("/console/")).text)
        for _ in range(pages):
            stream = await open_streams.enter_async_context(client.stream("GET", address))
            assert stream.status_code == 200, f"{address} answers {stream.status_code}"
            await anext(stream.aiter_raw())
        await asyncio.sleep(SETTLE_S)
        after = await _spent(server, seconds)
    return Idle(pages, before[0], after[0], before[1], after[1])


async def _spent(server: Server, seconds: float) -> tuple[float, float]:
    began, before = time.perf_counter(), (server.server_s(), server.database_s())
    await asyncio.sleep(seconds)
    took = time.perf_counter() - began
    return (server.server_s() - before[0]) / took, (server.database_s() - before[1]) / took
