"""The console over all four services: what one page shows of each, and what a stranger finds by what is written."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.web.navigation import NAVIGATION
from tests.e2e.system import System
from tests.kit.web.browser import SIZES, browsing, looking

NAME = "广州恒光照明有限公司"
CARD = {"customer_id": "C-1", "name": NAME, "region": "Guangzhou", "category": "retail"}
TERMS = {"currency": "CNY", "term_days": 30, "limit": "500.00", "reason": "new"}


@asynccontextmanager
async def console(postgres: LocalPostgres, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Four services in one process, with a customer that has a limit."""
    with TansuBroker(log_path=folder / "tansu.log") as broker:
        system = System(postgres, broker, "console", folder)
        await system.prepare()
        async with _serving(system) as client:
            yield client


@asynccontextmanager
async def _serving(system: System) -> AsyncIterator[httpx.AsyncClient]:
    with system.serving() as process:
        origin = f"http://127.0.0.1:{process.spec.argv[-1]}"
        async with httpx.AsyncClient(base_url=origin, timeout=20) as client:
            await send(client, "POST", "/customers", CARD)
            await send(client, "PUT", "/accounts/C-1/terms", TERMS)
            yield client


async def send(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> Any:
    answer = await client.request(method, path, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def order(client: httpx.AsyncClient, order_id: str, amount: str) -> None:
    """Place one and wait for the decision."""
    body = {"order_id": order_id, "customer_id": "C-1", "currency": "CNY", "amount": amount, "lines": []}
    await send(client, "POST", "/orders?wait=10s", body)


@pytest.mark.browser
async def test_one_page_of_four_services(postgres_server: LocalPostgres, tmp_path: Path) -> None:
    async with console(postgres_server, tmp_path) as client, browsing() as browser:
        origin = str(client.base_url).rstrip("/")
        await order(client, "SO-1", "900.00")
        await its_parts_are_sound(browser, origin)
        await a_stranger_finds_what_is_on_hold(browser, origin)
        await a_customer_is_found_by_name(browser, origin)
        await today_is_live(browser, origin, client)


async def its_parts_are_sound(browser: Browser, origin: str) -> None:
    """Every page of the navigation, in both languages, at both widths."""
    pages = [entry.href for group in NAVIGATION for entry in group.entries if entry.built]
    for language in ("en-US", "zh-CN"):
        for size in SIZES.values():
            async with looking(browser, origin, size=size, language=language) as looked:
                for path in pages:
                    await looked.open(path)
                    await looked.check(f"{path} {language}")


async def a_stranger_finds_what_is_on_hold(browser: Browser, origin: str) -> None:
    """Which orders are on hold, and why: by visible text only."""
    async with looking(browser, origin) as looked:
        page = looked.page
        await looked.open("/console/")
        await page.get_by_role("link", name=re.compile("^Held orders")).first.click()
        await expect(
            page.get_by_role("row", name=re.compile(f"SO-1.*{NAME}.*Over the limit"))
        ).to_be_visible()
        await page.get_by_text("Over the limit").first.click()
        await expect(page.get_by_text("That is CN¥400.00 too much").first).to_be_visible()


async def a_customer_is_found_by_name(browser: Browser, origin: str) -> None:
    async with looking(browser, origin) as looked:
        page = looked.page
        await looked.open("/console/")
        await page.keyboard.press("/")
        await page.keyboard.type("恒光")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("main").get_by_role("link", name=NAME)).to_be_visible()
        await looked.settled()
        await looked.check("search")


async def today_is_live(browser: Browser, origin: str, client: httpx.AsyncClient) -> None:
    """A stream of one page hears of all services."""
    async with looking(browser, origin) as looked:
        await looked.open("/console/")
        await expect(looked.page.get_by_text("Live", exact=True)).to_be_visible()
        placing = asyncio.create_task(order(client, "SO-2", "800.00"))
        await looked.page.get_by_role("link", name="SO-2", exact=True).wait_for(timeout=10_000)
        await placing
        await expect(looked.page.get_by_role("main")).to_contain_text(NAME)
        await looked.settled()
        await looked.check("today, live")


@pytest.mark.parametrize("address", ["/console/", "/console/credit/held"])
def test_entries_are_where_their_service_is(address: str) -> None:
    hrefs = [entry.href for group in NAVIGATION for entry in group.entries]
    assert address in hrefs
    assert len(hrefs) == len(set(hrefs))
