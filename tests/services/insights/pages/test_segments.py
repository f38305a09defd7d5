"""Segments in a browser: ABC with its curve, groups, changes, and why a customer has its class."""

import json
import re
from decimal import Decimal
from html import unescape

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from contracts.events.insights import SegmentClassChanged
from services.insights.store.changes import write_changes
from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/segments"
CHANGES = [
    SegmentClassChanged.model_validate(
        {
            "customer_id": customer,
            "currency": "CNY",
            "day": "2026-11-19",
            "previous": previous,
            "current": current,
            "moved": [{"previous": previous, "current": current, **moved}],
            "policy_version": 0,
        },
        strict=False,
    )
    for customer, previous, current, moved in (
        ("C-1", "B", "A", {"dimension": "orders"}),
        ("C-7", "A", "B", {"dimension": "profit", "value": "900.00", "boundary": "1200.00"}),
    )
]
PAGES = (
    PAGE,
    f"{PAGE}?search=nobody",
    f"{PAGE}/customers",
    f"{PAGE}/groups?dimension=rfm_group",
    f"{PAGE}/groups?by=salesperson",
    f"{PAGE}/changes",
    f"{PAGE}/why/C-3",
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def changed(shop: Served) -> Served:
    """Two customers have changed their class since; the first class of a customer is no change."""
    async with shop.runtime.database.unit_of_work() as unit:
        await write_changes(unit.connection, CHANGES)
    return shop


@every_look
async def test_pages_are_sound(changed: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, changed, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)


async def test_from_a_rank_to_its_why(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        items = (await boss.get("/insights/segments/ranking?dimension=profit")).json()["items"]
        why = (await boss.get(f"/insights/segments/customers/{items[1]['customer_id']}/why")).json()
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(PAGE)
        await expect(page.locator(".chart canvas")).to_be_visible()
        await page.get_by_label("Dimension").select_option("profit")
        rows = page.locator("#ranking tbody tr")
        await expect(rows.nth(1)).to_contain_text(f"{float(items[1]['value']):,.2f}")
        await expect(rows).to_have_count(len(items))
        await page.get_by_label("Name or number").fill(items[1]["customer_id"])
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text(items[1]["name"])
        await rows.first.get_by_role("link", name="Why?").click()
        await page.wait_for_url("**/why/**")
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_have_text(f"Why is {items[1]['name']} class {why['overall']}?")
        main = page.get_by_role("main")
        await expect(main).to_contain_text(f"{why['points']:,} of {why['weight'] * 100:,}")
        [profit] = [d for d in why["dimensions"] if d["dimension"] == "profit"]
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Gross profit"))
        await expect(row).to_contain_text(f"{float(profit['value']):,.2f}")
        await expect(row).to_contain_text(f"of {profit['ranked']}")
        least = profit["a_from"] if profit["abc_class"] != "C" else profit["b_from"]
        await expect(row).to_contain_text(f"{float(least):,.2f}")
        await looked.check("why")


async def test_the_curve_ends_with_everybody(shop: Served) -> None:
    async with shop.client() as boss:
        items = (await boss.get("/insights/segments/ranking?sort=rank")).json()["items"]
        html = (await boss.get(PAGE, headers={"Accept": "text/html"})).text
    [drawn] = re.findall(r'<div hidden id="pareto-data">(.*?)</div>', html, re.DOTALL)
    points = json.loads(unescape(drawn))
    values = [Decimal(item["value"]) for item in items]
    whole = sum(values)
    expected = [float(sum(values[:n]) / whole) for n in range(len(values) + 1)]
    assert len(values) > 5
    assert points["series"][0]["values"] == pytest.approx(expected, abs=1e-9)
    assert points["x"][0] == "0%"
    assert points["x"][-1] == "100%"


async def test_a_number_leads_to_exactly_its_customers(shop: Served) -> None:
    """Whatever a distribution is split by, behind each number are as many customers."""
    async with shop.client(Accept="text/html") as boss:
        for asked in (
            "",
            "?dimension=profit&by=region",
            "?dimension=rfm_group",
            "?dimension=tier&by=salesperson",
        ):
            html = (await boss.get(f"{PAGE}/groups/list{asked}")).text
            links = re.findall(r'<span class="figure"><a href="([^"]+)">(\d+)</a>', html)
            assert links, asked
            for href, count in links:
                shown = (await boss.get(unescape(href).replace("/customers?", "/customers/list?"))).text
                assert shown.count("data-href=") == int(count), (asked, href)


async def test_changes_by_dimension_and_way(changed: Served, browser: Browser) -> None:
    async with desk(browser, changed) as looked:
        page = looked.page
        rows = page.locator("#changes tbody tr")
        await looked.open(f"{PAGE}/changes")
        await expect(rows).to_have_count(2)
        await page.get_by_label("Overall class").select_option("down")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("C-7")
        await expect(rows.first).to_contain_text("A → B")
        await expect(rows.first).to_contain_text("Gross profit A → B")
        await expect(rows.first).to_contain_text("CN¥900.00; boundary CN¥1,200.00")
        await page.get_by_label("Overall class").select_option("")
        await page.get_by_label("Moved in").select_option("orders")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("C-1")
        await looked.check("changes")


async def test_a_salesperson_sees_own_customers_only(changed: Served, browser: Browser) -> None:
    async with desk(browser, changed, "S-1") as looked:
        main = looked.page.get_by_role("main")
        for path in (PAGE, f"{PAGE}/customers"):
            await looked.open(path)
            await expect(main).to_contain_text("锦程副食 C-1")
            await expect(main).not_to_contain_text("锦程副食 C-7")
            await expect(looked.page.get_by_label("Salesperson")).to_have_count(0)
    async with changed.client("S-1", Accept="text/html") as client:
        for file in ("export.csv", "customers/export.csv", "list", "part", "customers/list", "changes/list"):
            text = (await client.get(f"{PAGE}/{file}")).text
            assert "C-1" in text, file
            assert "C-7" not in text, file
        assert (await client.get(f"{PAGE}/why/C-1")).status_code == 200
        assert (await client.get(f"{PAGE}/why/C-7")).status_code == 404
        for file in ("changes/export.csv", "groups/export.csv"):
            assert (await client.get(f"{PAGE}/{file}")).headers["content-type"].startswith("text/csv")
