"""Settings of product mix in a browser: added, refused at its fields, changed, ended."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk
from tests.services.insights.pages.test_rules import entry

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/settings/comparisons"
BODY = {
    "reason": "the launch of spring",
    "comparison": {
        "name": "Looked at",
        "one": {"name": "all else", "everything_else": True},
        "two": {"name": "teas", "categories": ["spring teas"]},
        "target_percent": 20,
    },
}


async def test_a_comparison_is_added_changed_and_ended(own_shop: Served, browser: Browser) -> None:
    async with desk(browser, own_shop) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(PAGE)
        await page.get_by_role("link", name="New comparison").click()
        await page.wait_for_url("**/new")
        for name, value in (
            *(("comparison_id", "spring"), ("name", "Spring launch"), ("target_percent", "0")),
            *(
                ("one.name", "the rest"),
                ("two.name", "spring teas"),
                ("two.categories", "spring teas\ngreen"),
            ),
            *(("two.product_ids", "TEA"), ("alert_from", "CNY 5000"), ("reason", "the launch")),
        ):
            await entry(main, name).fill(value)
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad [name='target_percent']")).to_be_visible()
        await entry(main, "target_percent").fill("20")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad")).to_contain_text("a group needs categories")
        await expect(entry(main, "two.categories")).to_have_value("spring teas\ngreen")
        looked.wrong.clear()  # Chromium notes the 422s, which are wanted here.
        await entry(main, "one.everything_else").select_option("true")
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/item/spring")
        await page.get_by_role("link", name="Change").click()
        await page.wait_for_url("**/edit")
        await entry(main, "target_percent").fill("25")
        await entry(main, "reason").fill("it sells well")
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/item/spring")
        step = main.locator(".steps > li").first
        await expect(step).to_contain_text(re.compile("Target share, % *20 → 25"))
        await expect(step).to_contain_text("it sells well")
        await looked.open(f"{PAGE}/item/spring/edit")
        await page.get_by_label("In use").select_option("false")
        await entry(main, "reason").fill("spring is over")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main).to_contain_text("It was ended")
        await expect(main.locator(".steps > li").first).to_contain_text("Ended")
        await looked.open(f"{PAGE}/new")
        await entry(main, "comparison_id").fill("spring")
        await entry(main, "reason").fill("again")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad")).to_contain_text("is taken")
    async with own_shop.client() as boss:
        found = (await boss.get("/insights/mix/comparisons/spring/versions")).json()["items"]
        assert [v["active"] for v in found] == [False, True, True]
        assert found[0]["comparison"]["two"] == {
            "name": "spring teas",
            "categories": ["spring teas", "green"],
            "product_ids": ["TEA"],
            "everything_else": False,
        }


@every_look
async def test_pages_are_sound(own_shop: Served, browser: Browser, look: Look) -> None:
    async with own_shop.client() as boss:
        assert (await boss.put("/insights/mix/comparisons/looked", json=BODY)).status_code == 200
    async with desk(browser, own_shop, **look) as looked:
        for path in (PAGE, f"{PAGE}/item/looked", f"{PAGE}/item/looked/edit"):
            await looked.open(path)
            await looked.check(path)


async def test_managers_change_and_others_read(own_shop: Served) -> None:
    async with own_shop.client() as boss:
        await boss.put("/insights/mix/comparisons/looked", json=BODY)
    for who, read, change in (
        ("S-1", 200, 403),
        ("li.na", 200, 403),
        ("admin", 403, 403),
        ("boss", 200, 200),
    ):
        async with own_shop.client(who, Accept="text/html") as client:
            assert (await client.get(f"{PAGE}/item/looked")).status_code == read, who
            for path in ("new", "item/looked/edit"):
                assert (await client.get(f"{PAGE}/{path}")).status_code == change, who
    async with own_shop.client(Accept="text/html") as boss:
        assert (await boss.get(f"{PAGE}/item/nothing")).status_code == 404
