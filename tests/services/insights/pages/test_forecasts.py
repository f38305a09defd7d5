"""Forecasts in a browser: gaps of the month, expected orders by day, and why."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/forecasts"


@every_look
async def test_pages_are_sound(shop: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, shop, **look) as looked:
        for path in (PAGE, f"{PAGE}?region=Mars", f"{PAGE}/expected"):
            await looked.open(path)
            await looked.check(path)
        await looked.page.get_by_role("button", name=re.compile("Why|为什么")).first.click()
        await expect(looked.page.get_by_role("dialog")).to_be_visible()
        await looked.check("why")


async def test_the_biggest_gap_comes_first(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        items = (await boss.get("/insights/forecasts/gaps")).json()["items"]
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(PAGE)
        first = page.locator("tbody tr").first
        await expect(first).to_contain_text(items[0]["name"])
        await expect(first).to_contain_text(f"{float(items[0]['gap_amount']):,.2f}")
        await page.get_by_label("Salesperson").select_option(label="Wang Wei")
        await expect(page.locator("tbody")).not_to_contain_text("锦程副食 C-1 ")
        await expect(page.locator("tbody")).to_contain_text("锦程副食 C-7")
        assert "salesperson=S-2" in page.url


async def test_orders_by_day_and_why(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        [why] = (await boss.get("/insights/forecasts/customers/C-7")).json()
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/expected")
        await expect(page.locator(".chart canvas")).to_be_visible()
        await page.get_by_role("button", name="Why? C-7").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("锦程副食 C-7")
        await expect(dialog).to_contain_text(f"{why['why']['usual_gap']:.1f} days")
        await page.keyboard.press("Escape")
        await page.get_by_label("From").fill("2031-01-01")
        await expect(page.get_by_text("No order is expected then")).to_be_visible()
        await page.get_by_role("link", name="Clear filters").click()
        await page.wait_for_url(re.compile("expected$"))
        await expect(page.locator("tbody").last).to_contain_text("锦程副食 C-7")
        await looked.check("by day")


async def test_a_chart_adds_up_what_the_list_shows(shop: Served) -> None:
    async with shop.client() as boss:
        items = (await boss.get("/insights/forecasts/customers")).json()["items"]
        html = (await boss.get(f"{PAGE}/expected", headers={"Accept": "text/html"})).text
    near = [float(i["typical_amount"]) for i in items if i["expected_day"] < "2026-12-20"]
    [values] = re.findall(r'"values": \[([0-9., ]+)\]', html)
    assert near
    assert sum(map(float, values.split(","))) == pytest.approx(sum(near), abs=0.01)


async def test_a_salesperson_sees_own_customers_only(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop, "S-1") as looked:
        main = looked.page.get_by_role("main")
        for path in (PAGE, f"{PAGE}/expected"):
            await looked.open(path)
            await expect(main).to_contain_text("锦程副食 C-1")
            await expect(main).not_to_contain_text("锦程副食 C-7")
            await expect(looked.page.get_by_label("Salesperson")).to_have_count(0)
    async with shop.client("S-1", Accept="text/html") as client:
        for file in ("export.csv", "expected/export.csv", "list", "expected/list", "expected/part"):
            text = (await client.get(f"{PAGE}/{file}")).text
            assert "C-1" in text, file
            assert "C-7" not in text, file
        assert (await client.get(f"{PAGE}/why/C-1")).status_code == 200
        assert (await client.get(f"{PAGE}/why/C-7")).status_code == 404
