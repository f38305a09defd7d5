"""Product mix in a browser: the plane of two groups, its list, and products that were stopped."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk
from tests.services.insights.pages.trade import MINE

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/mix"
STOPPED = f"{PAGE}/stopped"
API = "/insights/mix/comparisons/tea"


@every_look
async def test_pages_are_sound(shop: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, shop, **look) as looked:
        for path in (PAGE, f"{PAGE}?region=Mars", STOPPED, f"{STOPPED}?product=none", f"{STOPPED}/totals"):
            await looked.open(path)
            await looked.check(path)


async def test_the_plane_has_everybody_on_the_right_side_of_the_line(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        scatter = (await boss.get(f"{API}/scatter")).json()
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(PAGE)
        await expect(page.locator(".chart canvas")).to_be_visible()
        drawn: dict[str, Any] = json.loads(await page.locator("#plane-data").text_content() or "")
        target, reached, below = (series["values"] for series in drawn["series"])
        found = {}
        for at, label in enumerate(drawn["labels"]):
            y = below[at] if reached[at] is None else reached[at]
            if label:
                found[label.split()[-1]] = (drawn["x"][at], y, below[at] is not None)
                assert (below[at] is not None) == (y < target[at]), label
        assert found == {
            p["customer_id"]: (float(p["x"]), float(p["y"]), p["below"]) for p in scatter["points"]
        }
        assert len(found) == scatter["customers"]
        assert 0 < scatter["below"] < scatter["customers"]
        await expect(page.locator(".tiles")).to_contain_text(f"of {scatter['customers']} that buy either")


async def test_a_point_is_named_and_leads_to_its_customer(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(PAGE)
        over = page.locator("#plane .u-over")
        box = await over.bounding_box()
        assert box is not None
        # The customer with the most of group one stands at the right end.
        drawn = json.loads(await page.locator("#plane-data").text_content() or "")
        at = max((a for a, label in enumerate(drawn["labels"]) if label), key=lambda a: drawn["x"][a])
        for step in range(0, int(box["height"]), 12):
            await page.mouse.move(box["x"] + box["width"] - 4, box["y"] + step)
            if await page.locator(".chart-tip").is_visible():
                break
        await expect(page.locator(".chart-tip")).to_contain_text(drawn["labels"][at])
        await page.mouse.down()
        await page.mouse.up()
        await page.wait_for_url(f"**{drawn['hrefs'][at]}")


async def test_the_list_and_its_filters(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        items = (await boss.get(f"{API}/customers")).json()["items"]
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(PAGE)
        rows = page.locator("#mix tbody tr")
        await expect(rows).to_have_count(len(items))
        await expect(rows.first).to_contain_text(items[0]["name"])
        await expect(rows.first).to_contain_text(f"{Decimal(items[0]['missing_amount']):,.2f}")
        await page.get_by_label("Target").select_option("false")
        await expect(rows).to_have_count(sum(item["missing_amount"] == "0.00" for item in items))
        await expect(page.locator("#mix")).not_to_contain_text("Below target")
        assert page.url.endswith(f"{PAGE}?below=false")


async def test_stopped_products_one_by_one_and_summed(shop: Served, browser: Browser) -> None:
    async with shop.client() as boss:
        items = (await boss.get("/insights/stopped-products?product=RICE")).json()["items"]
    async with desk(browser, shop) as looked:
        page = looked.page
        await looked.open(f"{STOPPED}/totals")
        rice = page.locator("tbody tr").filter(has_text="RICE")
        await expect(rice).to_contain_text(f"{sum(Decimal(i['at_stake']) for i in items):,.2f}")
        await rice.get_by_role("link").first.click()
        await page.wait_for_url("**/stopped?product=RICE")
        await expect(page.locator("tbody tr")).to_have_count(len(items))
        await page.get_by_label("Since then").select_option("false")
        await expect(page.locator("tbody tr")).to_have_count(sum(i["ordered_since"] == 0 for i in items))


async def test_a_salesperson_sees_own_customers_only(shop: Served, browser: Browser) -> None:
    async with desk(browser, shop, "S-1") as looked:
        main = looked.page.get_by_role("main")
        for path in (PAGE, STOPPED, f"{STOPPED}/totals?by=customer"):
            await looked.open(path)
            await expect(main).to_contain_text("锦程副食 C-2")
            await expect(main).not_to_contain_text("锦程副食 C-8")
            await expect(looked.page.get_by_label("Salesperson")).to_have_count(0)
        await looked.open(PAGE)
        labels = json.loads(await looked.page.locator("#plane-data").text_content() or "")["labels"]
        assert {label.split()[-1] for label in labels if label} <= set(MINE)
    async with shop.client("S-1", Accept="text/html") as client:
        for file in ("export.csv", "stopped/export.csv"):
            text = (await client.get(f"{PAGE}/{file}")).text
            found = {row["customer_id"] for row in csv.DictReader(io.StringIO(text.lstrip("\ufeff")))}
            assert found, file
            assert found <= set(MINE), file
        text = (await client.get(f"{STOPPED}/totals/export.csv?by=customer")).text
        assert "C-2" in text
        assert "C-8" not in text
        assert (await client.get(f"{PAGE}?comparison=nothing")).status_code == 404
