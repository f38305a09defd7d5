"""Salespeople in a browser: the league, one along the months, commission and the documents behind it."""

import csv
import io
from decimal import Decimal

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk
from tests.services.insights.pages.trade import OWNERS

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/salespeople"
COMMISSION = f"{PAGE}/commission"
PAGES = (
    PAGE,
    f"{PAGE}?q=nobody",
    f"{PAGE}/item/S-1",
    COMMISSION,
    f"{COMMISSION}?from=2031-01",
    f"{COMMISSION}/entries",
)


@every_look
async def test_pages_are_sound(shop: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, shop, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)


async def test_the_gap_and_commission_of_the_league_are_those_of_their_lists(shop: Served) -> None:
    async with shop.client() as boss:
        league = (await boss.get("/insights/salespeople")).json()["items"]
        gaps = (await boss.get("/insights/forecasts/gaps?limit=100")).json()["items"]
        months = (await boss.get("/insights/salespeople/S-1/months?from=2025-12")).json()["items"]
        entries = (await boss.get("/insights/commission/entries?limit=100")).json()["items"]
        statements = (await boss.get("/insights/commission/statements")).json()["items"]
        tiers = (await boss.get("/insights/commission/tiers")).json()["items"]
        found = (await boss.get("/insights/salespeople?q=wAnG&sort=-gap")).json()["items"]
    for person in league:
        own = [g for g in gaps if g["salesperson_id"] == person["salesperson_id"] and g["gap_amount"]]
        assert {g["customer_id"] for g in own} <= OWNERS.keys()
        assert Decimal(person["gap"]) == sum(Decimal(g["gap_amount"]) for g in own)
        assert Decimal(person["expected"]) == sum(Decimal(g["expected_amount"]) for g in own)
    mine = [e for e in entries if e["salesperson_id"] == "S-1"]
    taken = {m["month"]: (Decimal(m["commission"]), Decimal(m["clawed_back"])) for m in months}
    for month, (commission, back) in taken.items():
        amounts = [Decimal(e["amount"]) for e in mine if e["month"] == month]
        assert (commission, back) == (sum(amounts), -sum(a for a in amounts if a < 0)), month
    assert any(back for _, back in taken.values())
    assert [m["gap"] for m in months[1:]] == [None] * (len(months) - 1)
    for sums in (tiers, statements):
        assert sum(Decimal(s["commission"]) for s in sums) == sum(Decimal(e["amount"]) for e in entries)
    assert {t["tier"] for t in tiers} == {"high", "low"}
    assert [p["salesperson_id"] for p in found] == ["S-2"]


async def test_from_the_league_down_to_a_document(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        [row] = (await boss.get("/insights/salespeople?q=S-1&month=2026-11")).json()["items"]
    async with desk(browser, shop) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}?month=2026-11")
        first = page.locator("tbody tr").filter(has_text="李娜")
        await expect(first).to_contain_text("Below target")
        await expect(first).to_contain_text(f"{row['active']} of {row['assigned']} customers")
        await expect(page.locator("tbody tr").filter(has_text="Wang Wei")).to_contain_text("Reached")
        gap = first.get_by_role("link", name=f"{Decimal(row['gap']):,.2f}")
        await expect(gap).to_have_attribute("href", "/console/insights/forecasts?salesperson=S-1")
        await page.get_by_label("Name or number").fill("wang")
        await expect(first).to_have_count(0)
        await looked.open(PAGE)
        await first.get_by_role("link", name="李娜").click()
        await page.wait_for_url("**/item/S-1")
        await expect(page.locator(".chart canvas")).to_have_count(3)
        await page.get_by_label("From month").fill("2026-03")
        await page.get_by_label("To month").fill("2026-11")
        november = page.locator("#months tbody tr").filter(has_text="2026-11").first
        earned = november.get_by_role("link", name="¥").last
        await expect(november).to_contain_text("clawed back")
        await earned.click()
        await page.wait_for_url("**/entries?**")
        await expect(main).to_contain_text("Return")
        await expect(main).to_contain_text("I-4")
        await page.get_by_label("Because of").select_option("return")
        await expect(page.locator("tbody tr")).to_have_count(1)


async def test_commission_by_tier(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        tiers = (await boss.get("/insights/commission/tiers")).json()["items"]
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(COMMISSION)
        rows = page.locator("#tiers tbody tr")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text(f"{Decimal(tiers[0]['commission']):,.2f}")
        await page.get_by_label("Salesperson").select_option(label="Wang Wei")
        await expect(page.locator("#statements")).not_to_contain_text("李娜")
        await rows.first.get_by_role("link").first.click()
        await page.wait_for_url("**/entries?salesperson=S-2&tier=high")
        await expect(page.locator("tbody")).to_contain_text("C-7")


async def test_a_salesperson_sees_own_figures_only(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop, "S-1") as looked:
        for path in (PAGE, COMMISSION, f"{COMMISSION}/entries"):
            await looked.open(path)
            await expect(looked.page.locator("tbody").first).to_be_visible()
            await expect(looked.page.get_by_role("main")).not_to_contain_text("Wang Wei")
            await looked.check(path)
    async with shop.client("S-1", Accept="text/html") as client:
        assert (await client.get(f"{PAGE}/item/S-2")).status_code == 404
        assert (await client.get(f"{PAGE}/item/S-2/export.csv")).status_code == 404
        for file in ("export.csv", "commission/export.csv", "commission/entries/export.csv"):
            text = (await client.get(f"{PAGE}/{file}")).text
            rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
            assert {row["salesperson_id"] for row in rows} == {"S-1"}, file
    async with shop.client(Accept="text/html") as boss:
        assert (await boss.get(f"{PAGE}/item/S-404")).status_code == 404
        assert "high" in (await boss.get(f"{COMMISSION}/tiers/export.csv")).text
