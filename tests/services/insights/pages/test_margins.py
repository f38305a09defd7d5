"""Margins in a browser: their sums and trend, the documents and lines behind them, and the tiers of products."""

import csv
import io
from decimal import Decimal

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk
from tests.services.insights.pages.trade import MINE

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/margins"
PAGES = (PAGE, f"{PAGE}?region=Mars", f"{PAGE}?by=month", f"{PAGE}/documents", f"{PAGE}/tiers")


@every_look
async def test_pages_are_sound(shop: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, shop, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)
        for place in ("documents", "tiers"):
            await looked.open(f"{PAGE}/{place}")
            await looked.page.locator("tbody button").first.click()
            await expect(looked.page.get_by_role("dialog")).to_be_visible()
            await looked.check(f"{place}: why")


async def test_from_a_margin_down_to_the_lines(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        asked = {"from": "2026-09", "to": "2026-11", "customer": ["C-1", "C-7"]}
        items = (await boss.get("/insights/margins", params=asked)).json()["items"]
        papers = (await boss.get("/insights/margins/documents", params={**asked, "customer": "C-1"})).json()
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(f"{PAGE}?from=2026-09&to=2026-11")
        await page.get_by_label("Customers’ numbers").fill("C-1, C-7")
        rows = page.locator("#margins tbody tr")
        await expect(rows).to_have_count(2)
        for item in items:
            row = rows.filter(has_text=item["name"])
            await expect(row).to_contain_text(f"{Decimal(item['profit']):,.2f}")
            await expect(row).to_contain_text(f"{item['margin_percent']:.1f}%")
        profit = sum(Decimal(item["profit"]) for item in items)
        await expect(page.locator(".tiles")).to_contain_text(f"{round(profit):,}")
        await expect(page.locator(".chart canvas")).to_have_count(2)
        await page.get_by_label("By", exact=True).select_option("product")
        await expect(rows.filter(has_text="TEA")).to_have_count(1)
        await page.get_by_label("By", exact=True).select_option("")
        one = rows.filter(has_text="C-1")
        await one.get_by_role("link", name=f"{Decimal(items[0]['profit']):,.2f}").click()
        await page.wait_for_url("**/documents?**customers=C-1")
        found = page.locator("#documents tbody tr")
        await expect(found).to_have_count(len(papers["items"]))
        await expect(found.first).to_contain_text("Return")
        await page.get_by_role("button", name="Lines of R-1").click()
        await expect(page.get_by_role("dialog")).to_contain_text("TEA")
        await expect(page.get_by_role("dialog")).to_contain_text("600.00")


async def test_products_are_not_split_by_salesperson(shop: Served) -> None:
    async with shop.client(Accept="text/html") as boss:
        refused = await boss.get(f"{PAGE}?by=product&salesperson=S-1")
    assert refused.status_code == 422
    assert "not split by salesperson" in refused.text


async def test_tiers_of_products_and_why(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        why = (await boss.get("/insights/margin-tiers/products/TEA")).json()
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/tiers")
        await page.get_by_label("Margin tier").select_option("high")
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("TEA")
        await page.get_by_role("button", name="Why? TEA").click()
        dialog = page.get_by_role("dialog")
        for month in why["months"]:
            await expect(dialog).to_contain_text(f"{Decimal(month['profit']):,.2f}")
        await expect(dialog).to_contain_text("from 30.0%")


async def test_a_salesperson_sees_own_customers_only(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop, "S-1") as looked:
        main = looked.page.get_by_role("main")
        for path in (PAGE, f"{PAGE}/documents"):
            await looked.open(path)
            await expect(main).to_contain_text("C-1")
            await expect(main).not_to_contain_text("C-7")
            await expect(looked.page.get_by_role("link", name="Product tiers")).to_have_count(0)
    async with shop.client("S-1", Accept="text/html") as client:
        for file, key in (("export.csv", "key"), ("documents/export.csv", "customer_id")):
            text = (await client.get(f"{PAGE}/{file}")).text
            found = {row[key] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))}
            assert found, file
            assert found <= set(MINE), file
        for path in ("tiers", "tiers/export.csv", "tiers/why/TEA"):
            assert (await client.get(f"{PAGE}/{path}")).status_code == 403
        assert (await client.get(f"{PAGE}/lines/order/C-7/P-1")).status_code == 404
    async with shop.client(Accept="text/html") as boss:
        assert (await boss.get(f"{PAGE}/lines/order/C-7/P-1")).status_code == 200
