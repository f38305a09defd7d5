"""Settings in versions in a browser: read, changed with errors at their fields, and who changed what."""

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.kit.web.browser import Look, every_look
from tests.services.insights.alerts.serving import Served
from tests.services.insights.pages.desk import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/insights/settings/rules"
SETTINGS = ("thresholds", "segments", "targets", "commission")


def entry(main: Locator, name: str) -> Locator:
    return main.locator(f'[name="{name}"]')


async def test_thresholds_are_changed_and_refused_at_their_fields(own_shop: Served, browser: Browser) -> None:
    async with desk(browser, own_shop) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/thresholds")
        await expect(main).to_contain_text("As delivered.")
        await page.get_by_role("link", name="Change").click()
        await page.wait_for_url("**/edit")
        await entry(main, "overdue.warning_days").fill("many")
        await entry(main, "overdue.critical_amount").fill("CNY")
        await page.get_by_label("Reason").fill("the season begins")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad")).to_have_count(2)
        await expect(main).to_contain_text("must be a whole number")
        await entry(main, "overdue.warning_days").fill("45")
        await entry(main, "overdue.critical_amount").fill("CNY 5000\nUSD 700.50")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(
            main.locator(".field-bad").filter(has_text="must not be below warning_days")
        ).to_be_visible()
        looked.wrong.clear()  # Chromium notes the 422s, which are wanted here.
        await looked.check("refused")
        await entry(main, "overdue.critical_days").fill("60")
        await page.get_by_role("checkbox", name="Second person asked").check()
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/thresholds")
        steps = main.locator(".steps > li")
        await expect(steps).to_have_count(2)
        for said in (
            "Version 1",
            "Holds now",
            "the season begins",
            re.compile("Overdue · Warning from day *1 → 45"),
            re.compile("Urgent from day *30 → 60"),
            re.compile("nothing → CNY 5000"),
            re.compile("boss, "),
        ):
            await expect(steps.first).to_contain_text(said)
        await expect(main).to_contain_text("Second person asked")
    async with own_shop.client() as boss:
        stored = (await boss.get("/insights/alerts/settings")).json()
        assert stored["version"] == 1
        assert stored["thresholds"]["overdue"] == {
            "warning_days": 45,
            "critical_days": 60,
            "critical_amount": {"CNY": "5000", "USD": "700.50"},
        }
        assert stored["thresholds"]["off"] == ["approval_requested"]
        assert stored["thresholds"]["dormant_valuable"]["value"]["CNY"] == "10000"


async def test_what_is_refused_is_said_in_the_readers_language(own_shop: Served, browser: Browser) -> None:
    async with desk(browser, own_shop, language="zh-CN") as looked:
        main = looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/thresholds/edit")
        await entry(main, "overdue.warning_days").fill("many")
        await looked.page.get_by_label("修改原因").fill("旺季")
        await looked.page.get_by_role("button", name="保存并生效").click()
        await expect(main.locator(".field-bad")).to_contain_text("应为整数")
        await entry(main, "overdue.warning_days").fill("900")
        await looked.page.get_by_role("button", name="保存并生效").click()
        await expect(main.locator(".field-bad")).to_contain_text("不能小于警告界限 900")
        looked.wrong.clear()  # Chromium notes the 422s, which are wanted here.
        await looked.check("refused")
    async with own_shop.client(Accept="text/html") as boss:
        for language, said in (("zh", "不是可选的值（填写值：nonsense）"), ("en", "Input should be")):
            page = await boss.get(
                "/console/insights/alerts?severity=nonsense", headers={"Accept-Language": language}
            )
            assert page.status_code == 422
            assert said in page.text


async def test_who_has_not_read_the_latest_version_is_told(own_shop: Served, browser: Browser) -> None:
    async with desk(browser, own_shop) as looked, own_shop.client() as boss:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/thresholds/edit")
        now = (await boss.get("/insights/alerts/settings")).json()
        body = {"version": now["version"], "thresholds": now["thresholds"], "reason": "meanwhile"}
        assert (await boss.put("/insights/alerts/settings", json=body)).status_code == 200
        await page.get_by_label("Reason").fill("too late")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.get_by_role("alert")).to_contain_text("is in force; read it again")


async def test_weights_and_grades_are_changed(own_shop: Served, browser: Browser) -> None:
    async with desk(browser, own_shop) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/segments")
        before = await main.locator(".steps > li").count()
        await page.get_by_role("link", name="Change").click()
        await page.wait_for_url("**/edit")
        await entry(main, "abc.a_percent").fill("96")
        await entry(main, "grading.grades.1.from_percent").fill("80")
        await page.get_by_label("Reason").fill("profit counts more")
        await page.get_by_role("button", name="Bring into force").click()
        # One is at a field, the other about all rows: at their group.
        await expect(main.locator(".field-bad").filter(has_text="a_percent < b_percent")).to_be_visible()
        await expect(main.get_by_text("each from fewer percent on than the one before")).to_be_visible()
        await entry(main, "abc.a_percent").fill("75")
        await entry(main, "grading.grades.1.from_percent").fill("1000")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad [name='grading.grades.1.from_percent']")).to_be_visible()
        looked.wrong.clear()
        # A grade more, and one less.
        for row, values in ((4, ("E", "0", "cash", "5", "365")), (3, ("", "", "", "", "")), (1, ("B", "50"))):
            for field, value in zip(
                ("grade", "from_percent", "price", "priority", "visit_every_days"), values, strict=False
            ):
                await entry(main, f"grading.grades.{row}.{field}").fill(value)
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/segments")
        steps = main.locator(".steps > li")
        await expect(steps).to_have_count(before + 1)
        await expect(steps.first).to_contain_text(re.compile("Class A up to *80 → 75"))
        await expect(steps.first).to_contain_text(re.compile("Grades 4 · Grade *D → E"))
    async with own_shop.client() as boss:
        policy = (await boss.get("/insights/segments/policies")).json()[0]["policy"]
        assert (policy["abc"]["a_percent"], policy["abc"]["weights"]["profit"]) == (75, 3)
        assert [(g["grade"], g["from_percent"]) for g in policy["grading"]["grades"]] == [
            *(("A", 75), ("B", 50)),
            *(("C", 25), ("E", 0)),
        ]


async def test_targets_and_commission_hold_from_a_day_on(own_shop: Served, browser: Browser) -> None:
    async with desk(browser, own_shop) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/targets/edit")
        await expect(page.get_by_label("Holds from")).to_have_value("2026-12-01")
        await page.get_by_label("Holds from").fill("2026-12-05")
        await entry(main, "active_rate_percent").fill("60")
        await entry(main, "people").fill("S-1 80\nS-2 *")
        await page.get_by_label("Reason").fill("the plan of the year")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad")).to_contain_text("must be the first of a month")
        looked.wrong.clear()
        await page.get_by_label("Holds from").fill("2026-12-01")
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/targets")
        step = main.locator(".steps > li").first
        for said in ("from 1 Dec 2026 on", "To come", "S-1 80", "the plan of the year"):
            await expect(step).to_contain_text(said)
        # What holds is still what was delivered.
        await expect(main.locator(".as-set")).not_to_contain_text("60")
        await looked.open(f"{PAGE}/commission/edit")
        await page.get_by_label("Holds from").fill("2026-12-01")
        await entry(main, "tiers.0.commission_percent").fill("5.5")
        await entry(main, "tiers.1.from_percent").fill("40")
        await page.get_by_label("Reason").fill("agreed with sales")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad [name='tiers.1.from_percent']")).to_be_visible()
        looked.wrong.clear()
        await entry(main, "tiers.1.from_percent").fill("")
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/commission")
        step = main.locator(".steps > li").first
        await expect(step).to_contain_text("To come")
        await expect(step).to_contain_text(re.compile("Tiers 1 · Commission, % *5 → 5.5"))
        await expect(main.locator(".as-set")).not_to_contain_text("5.5")
    async with own_shop.client() as boss:
        targets = (await boss.get("/insights/salespeople/policies")).json()[0]
        assert (targets["from_day"], targets["by"]) == ("2026-12-01", "boss")
        assert targets["policy"]["people"] == {"S-1": 80, "S-2": None}
        tiers = (await boss.get("/insights/margin-tiers/policies")).json()[0]["policy"]["tiers"]
        assert [t["commission_percent"] for t in tiers] == ["5.5", "1"]


@every_look
async def test_pages_are_sound(own_shop: Served, browser: Browser, look: Look) -> None:
    async with desk(browser, own_shop, **look) as looked:
        for setting in ("thresholds", "commission"):
            for path in (f"{PAGE}/{setting}", f"{PAGE}/{setting}/edit"):
                await looked.open(path)
                await looked.check(path)


@pytest.mark.parametrize("setting", SETTINGS)
async def test_everybody_in_trade_reads_and_managers_change(own_shop: Served, setting: str) -> None:
    for who, read, change in (
        ("S-1", 200, 403),
        ("li.na", 200, 403),
        ("admin", 403, 403),
        ("boss", 200, 200),
    ):
        async with own_shop.client(who, Accept="text/html") as client:
            answer = await client.get(f"{PAGE}/{setting}")
            assert (answer.status_code, f"{setting}/edit" in answer.text) == (read, change == 200), who
            assert (await client.get(f"{PAGE}/{setting}/edit")).status_code == change, who
            assert (await client.post(f"{PAGE}/{setting}/edit")).status_code == 403, who  # no form of ours
