"""Customers gone quiet in a browser: the ranked list, who came back, rates, and what follow-ups bring."""

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/dormant"
PAGES = (
    PAGE,
    f"{PAGE}?customer=nobody",
    f"{PAGE}/spells",
    f"{PAGE}/rates?from=2026-05&to=2026-11",
    f"{PAGE}/effect",
)


@every_look
async def test_pages_are_sound(shop: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, shop, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)


async def test_who_has_gone_quiet_and_what_is_at_stake(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        items = (await boss.get("/insights/dormant")).json()["items"]
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(PAGE)
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(len(items))
        first = next(item for item in items if item["at_stake"] is not None)
        await expect(rows.first).to_contain_text(first["name"])
        await expect(rows.first).to_contain_text(f"{float(first['at_stake']):,.2f}")
        link = rows.first.get_by_role("link")
        await expect(link).to_have_attribute("href", f"/console/customers/card/{first['customer_id']}")
        await page.get_by_label("Quiet by").select_option("never")
        # Others may be known of, and never have bought, by what further tests publish.
        await expect(rows).to_have_count(sum(item["never_bought"] for item in items))
        await expect(rows.filter(has_text="锦程副食 C-10")).to_have_count(1)
        assert page.url.endswith(f"{PAGE}?kind=never")
        await looked.check("filtered")


async def test_who_came_back_and_whether_follow_ups_help(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(PAGE)
        await page.get_by_role("link", name="Came back").click()
        await page.wait_for_url("**/spells")
        await page.wait_for_load_state("load")
        await page.get_by_role("combobox", name="Came back").select_option("true")
        row = page.locator("tbody tr").filter(has_text="C-4")
        await expect(row.first).to_contain_text("李娜")
        await expect(page.locator("tbody")).not_to_contain_text("C-2")
        await looked.open(f"{PAGE}/rates?from=2026-10&to=2026-10")
        await expect(main).to_contain_text("Wang Wei")
        await page.get_by_role("link", name="Do follow-ups help?").click()
        await expect(main).to_contain_text("this is a comparison and no experiment")


async def test_a_salesperson_sees_own_customers_only(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop, "S-1") as looked:
        main = looked.page.get_by_role("main")
        await looked.open(PAGE)
        await expect(main).to_contain_text("锦程副食 C-2")
        await expect(main).not_to_contain_text("锦程副食 C-8")
        await expect(looked.page.get_by_label("Salesperson")).to_have_count(0)
        await expect(looked.page.get_by_role("link", name="Do follow-ups help?")).to_have_count(0)
        await looked.open(f"{PAGE}/spells")
        await expect(main).not_to_contain_text("锦程副食 C-8")
        await looked.open(f"{PAGE}/rates?from=2026-10&to=2026-10")
        await expect(main).not_to_contain_text("Wang Wei")
    async with shop.client("S-1", Accept="text/html") as client:
        for file in ("export.csv", "spells/export.csv", "list", "spells/list"):
            text = (await client.get(f"{PAGE}/{file}")).text
            assert "C-2" in text, file
            assert "C-8" not in text, file
        for path in ("effect", "effect/part"):
            assert (await client.get(f"{PAGE}/{path}")).status_code == 403
