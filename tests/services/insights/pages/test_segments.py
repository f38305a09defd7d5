"""Segments in a browser: ABC with its curve, groups, changes, and why a customer has its class."""

import json
import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from contracts.events.insights import SegmentClassChanged
from services.insights.store.changes import write_changes
from services.insights.store.closing import COUNT_GROWTH
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
KEPT = (
    "amount_minor, profit_minor, overall, rfm_group, tier, grade, grade_percent, profit_class, amount_class"
)
ENDED = (
    f"""INSERT INTO segment_months (month, customer_id, currency, {KEPT})
        SELECT $1, customer_id, currency, {KEPT}
        FROM customer_values JOIN customer_classes USING (customer_id, currency)""",
    "INSERT INTO stage_months (month, customer_id, stage) SELECT $1, customer_id, stage FROM customer_stages",
)
"""What the end of a month keeps, here of today."""
PAGES = (
    PAGE,
    f"{PAGE}?search=nobody",
    f"{PAGE}/customers",
    f"{PAGE}/groups?dimension=rfm_group",
    f"{PAGE}/groups?by=salesperson",
    f"{PAGE}/changes",
    f"{PAGE}/why/C-3",
    f"{PAGE}/migration",
    f"{PAGE}/migration/customers?from=2026-09&to=2026-10",
    f"{PAGE}/growth",
    f"{PAGE}/growth/customers?month=2026-10&what=lost",
    f"{PAGE}/grading",
)

MOVED, GREW = "from=2026-09&to=2026-10", "month=2026-10&what=lost"
OF_ALL = (
    *(f"migration{way}" for way in ("", "/part", "/export.csv")),
    *(f"migration/customers{way}?{MOVED}" for way in ("", "/list", "/export.csv")),
    *(f"growth{way}" for way in ("", "/part", "/list", "/export.csv")),
    *(f"growth/customers{way}?{GREW}" for way in ("", "/list", "/export.csv")),
    *(f"grading{way}" for way in ("", "/part")),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def changed(shop: Served) -> Served:
    """Two customers have changed their class since, and two months have ended in which C-3 rose and C-2 was lost."""
    async with shop.runtime.database.unit_of_work() as unit:
        await write_changes(unit.connection, CHANGES)
        for statement in ENDED:
            for month in (date(2026, 9, 1), date(2026, 10, 1)):
                await unit.connection.execute(statement, month)
        await unit.connection.execute("INSERT INTO closed_months VALUES ('2026-09-01', now())")
        await unit.connection.execute(
            """UPDATE segment_months SET overall = 'B', profit_class = 'C', grade = 'C'
               WHERE customer_id = 'C-3' AND month = '2026-09-01'"""
        )
        await unit.connection.execute(
            "UPDATE stage_months SET stage = 'established' WHERE customer_id = 'C-2' AND month = '2026-09-01'"
        )
        for month in (date(2026, 9, 1), date(2026, 10, 1)):
            await unit.connection.execute(COUNT_GROWTH, month)
    return shop


@every_look
async def test_pages_are_sound(changed: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, changed, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)
            for tab in await looked.page.locator(".tabs [aria-current]").all():
                await expect(tab).to_be_in_viewport(ratio=0.9)


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


async def test_from_the_matrix_to_who_moved_in_what(changed: Served, browser: Browser) -> None:
    async with desk(browser, changed) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/migration")
        await page.get_by_role("link", name="B → A").click()
        await page.wait_for_url("**/migration/customers?**")
        rows = page.locator("#movers tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("锦程副食 C-3")
        await expect(rows.first).to_contain_text("Overall class B → A")
        await expect(rows.first).to_contain_text("Gross profit C → A")
        await expect(rows.first).not_to_contain_text("Amount")
        await page.get_by_role("link", name="Clear filters").click()
        await expect(rows).to_have_count(9)


async def test_from_net_growth_to_who_was_lost(changed: Served, browser: Browser) -> None:
    async with desk(browser, changed) as looked:
        page = looked.page
        await looked.open(f"{PAGE}/growth")
        row = page.locator("#growth tbody tr").filter(has_text="2026-10")
        await expect(row).to_contain_text("-1")
        await row.locator("td[data-label=Lost] a").click()
        await page.wait_for_url("**/growth/customers?**")
        rows = page.locator("#grown tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows.first).to_contain_text("锦程副食 C-2")
        await page.get_by_label("Name or number").fill("nobody")
        await expect(page.get_by_text("No customer to show")).to_be_visible()
        await page.get_by_role("link", name="Clear filters").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Active: 2026-11")
        await looked.open(f"{PAGE}/growth?limit=1")
        months = page.locator("#growth tbody tr")
        for key, month in (("", "2026-11"), ("n", "2026-10"), ("n", "2026-09"), ("p", "2026-11")):
            if key:
                await page.keyboard.press(key)
            await expect(months.first).to_contain_text(month)
            await expect(months).to_have_count(1)


async def test_grades_are_judged(changed: Served, browser: Browser) -> None:
    async with changed.client() as boss:
        judged = (await boss.get("/insights/segments/grading/judgement")).json()
    assert judged["grades"]
    async with desk(browser, changed) as looked:
        main = looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/grading")
        await expect(main).to_contain_text("Judged by the profit of 2026-10")
        await expect(main).to_contain_text(f"{float(judged['rank_correlation']):.2f}")
        for grade in judged["grades"]:
            row = main.get_by_role("row").filter(has_text=f"CN¥{float(grade['profit']):,.2f}")
            await expect(row.first).to_contain_text(f"{float(grade['lift']):.2f}")
            href = await row.first.locator("td[data-label=Customers] a").get_attribute("href")
            graded = (await looked.page.request.get(changed.address + str(href))).text
            assert (await graded()).count("data-href=") == grade["customers"]
        await looked.page.get_by_label("Month").fill("2031-01")
        await expect(main).to_contain_text("There is nothing to compare yet.")


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
        for path in OF_ALL:
            assert (await client.get(f"{PAGE}/{path}")).status_code == 403, path
        for file in ("changes/export.csv", "groups/export.csv"):
            assert (await client.get(f"{PAGE}/{file}")).headers["content-type"].startswith("text/csv")
