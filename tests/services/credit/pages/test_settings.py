"""Settings of credit control in a browser: the calendar of the desk, the risk policy, ceilings."""

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.kit.web.browser import Look, every_look
from tests.services.credit.api.conftest import Till
from tests.services.credit.pages.test_policy import desk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/credit/settings"


def entry(main: Locator, name: str) -> Locator:
    return main.locator(f'[name="{name}"]')


async def test_the_calendar_is_drafted_refused_at_its_fields_and_activated(
    office: Till, origin: str, browser: Browser
) -> None:
    async with desk(browser, origin) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/calendar")
        await expect(main).to_contain_text("Saturday, Sunday")
        await page.get_by_role("link", name="Change").click()
        await page.wait_for_url("**/edit")
        await page.get_by_role("checkbox", name="Saturday").uncheck()
        await entry(main, "holidays").fill("2026-10-01\nsoon")
        await entry(main, "deadline_days").fill("400")
        await entry(main, "reason").fill("open on Saturdays")
        await page.get_by_role("button", name="Save as a draft").click()
        await expect(main.locator(".field-bad")).to_have_count(2)
        await expect(main.locator(".field-bad [name='holidays']")).to_have_value("2026-10-01\nsoon")
        looked.wrong.clear()  # Chromium notes the 422, which is wanted here.
        await entry(main, "holidays").fill("2026-10-01\n2026-10-02")
        await entry(main, "deadline_days").fill("")
        await page.get_by_role("button", name="Save as a draft").click()
        await page.wait_for_url(re.compile(r"/policy/version/\d+$"))
        version = int(page.url.rpartition("/")[2])
        await looked.open(f"{PAGE}/calendar")
        await expect(main).to_contain_text("waits for activation: open on Saturdays")
        await page.get_by_role("link", name=f"Version {version}").click()
        await page.get_by_role("button", name="Activate").click()
        await page.get_by_role("dialog").get_by_label("Reason").fill("open on Saturdays")
        await page.get_by_role("dialog").get_by_role("button", name="Activate").click()
        await expect(main).to_contain_text(re.compile("Scheduled|In force"))
        await looked.open(f"{PAGE}/calendar")
        step = main.locator(".steps > li").first
        await expect(step).to_contain_text(re.compile("Days of rest *Saturday, Sunday → Sunday"))
        await expect(step).to_contain_text("2026-10-02")
        await expect(step).to_contain_text("manager-person")
    shown = await office.get(f"/credit/policies/{version}")
    assert shown["policy"]["desk"] == {
        "deadline_days": None,
        "rest_days": [7],
        "holidays": ["2026-10-01", "2026-10-02"],
    }


async def test_the_risk_policy_is_changed_from_a_day_on(office: Till, origin: str, browser: Browser) -> None:
    before = await office.get("/credit/risk-policy")
    async with desk(browser, origin) as looked:
        page, main = looked.page, looked.page.get_by_role("main")
        await looked.open(f"{PAGE}/risk")
        await expect(main).to_contain_text("Overdue, days")
        await page.get_by_role("link", name="Change").click()
        await page.wait_for_url("**/edit")
        day = await entry(main, "effective_from").input_value()
        await entry(main, "effective_from").fill("2001-01-01")
        await entry(main, "factors.0.weight").fill("7")
        await entry(main, "factors.1.bands").fill("10 100\n5 50\n* 0")
        await entry(main, "reason").fill("the winter")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad [name='factors.1.bands']")).to_be_visible()
        await entry(main, "factors.1.bands").fill("5 100\n10.5 50\n* 0")
        await entry(main, "classes.1.from_score").fill("99.5")
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad [name='classes.1.from_score']")).to_be_visible()
        await entry(main, "classes.1.from_score").fill(before["policy"]["classes"][1]["from_score"])
        await page.get_by_role("button", name="Bring into force").click()
        await expect(main.locator(".field-bad")).to_contain_text("is over: the business day is")
        looked.wrong.clear()  # Chromium notes the 422s, which are wanted here.
        await entry(main, "effective_from").fill(day)
        await page.get_by_role("button", name="Bring into force").click()
        await page.wait_for_url("**/risk")
        step = main.locator(".steps > li").first
        weight = before["policy"]["factors"][0]["weight"]
        for said in ("To come", "the winter", re.compile(f"Factors of the score 1 · Weight *{weight} → 7")):
            await expect(step).to_contain_text(said)
    [after] = (await office.get("/credit/risk-policy/versions?limit=1"))["items"]
    wanted = before["policy"] | {"factors": [dict(f) for f in before["policy"]["factors"]]}
    wanted["factors"][0]["weight"] = 7
    wanted["factors"][1]["bands"] = [
        {"up_to": "5", "points": 100},
        {"up_to": "10.5", "points": 50},
        {"up_to": None, "points": 0},
    ]
    assert (after["policy"], after["effective_from"]) == (wanted, day)


async def test_a_ceiling_is_set_and_removed_by_a_manager(office: Till, origin: str, browser: Browser) -> None:
    async with desk(browser, origin) as looked:
        page, main, dialog = looked.page, looked.page.get_by_role("main"), looked.page.get_by_role("dialog")
        await looked.open(f"{PAGE}/ceilings")
        await expect(main).to_contain_text("Nobody has a ceiling")
        await page.get_by_role("button", name="Set a ceiling").click()
        await dialog.get_by_label("Reason").fill("new here")
        for name, amount, said in (
            # Each says something else than the one before, so that its own answer is waited for.
            ("", "500", "is missing"),
            ("li na", "5.005", "decimal"),
            ("li na", "", "is missing"),
            ("manager-person", "500", "is your own"),
        ):
            await dialog.get_by_label("Name of the person").fill(name)
            await dialog.get_by_label("Amount").fill(amount)
            await dialog.get_by_role("button", name="Save").click()
            await expect(dialog.locator(".field-bad")).to_contain_text(said)
        looked.wrong.clear()  # Chromium notes the refusals, which are wanted here.
        await looked.check("refused")
        await dialog.get_by_label("Name of the person").fill("li na")
        await dialog.get_by_role("button", name="Save").click()
        await expect(main.locator(".lines")).to_contain_text("CN¥500.00")
        await page.get_by_role("button", name="Set a ceiling").click()
        await dialog.get_by_label("Whose").select_option(label="Finance")
        await dialog.get_by_label("How much").select_option("any")
        await dialog.get_by_label("Reason").fill("as before")
        await dialog.get_by_role("button", name="Save").click()
        await expect(main.locator(".lines")).to_contain_text("Any amount (CNY)")
        await looked.check("set")
        await page.get_by_role("button", name="Remove li na CNY").click()
        await dialog.get_by_label("Reason").fill("has left")
        await dialog.get_by_role("button", name="Remove").click()
        await expect(main.locator(".lines")).not_to_contain_text("li na")
        step = main.locator(".steps > li").first
        for said in ("li na", "CN¥500.00 → removed", "has left", "manager-person"):
            await expect(step).to_contain_text(said)
    found = await office.get("/credit/ceilings/history")
    assert [(c["name"], c["amount"], c["removed"]) for c in found["items"]] == [
        ("li na", None, True),
        ("finance", None, False),
        ("li na", "500.00", False),
    ]
    for role, read, change in (("sales", 403, 403), ("ops", 200, 403), ("finance", 200, 403)):
        assert (await office.ask("GET", f"{PAGE}/ceilings", role=role)).status_code == read, role
        for path in ("set", "remove/people/CNY/li"):
            assert (await office.ask("GET", f"{PAGE}/ceilings/{path}", role=role)).status_code == change, role


PAGES = (f"{PAGE}/ceilings", f"{PAGE}/calendar", f"{PAGE}/calendar/edit", f"{PAGE}/risk", f"{PAGE}/risk/edit")


@every_look
async def test_pages_are_sound(office: Till, origin: str, browser: Browser, look: Look) -> None:
    async with desk(browser, origin, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)


async def test_who_reads_and_who_changes(office: Till) -> None:
    for role, read, change in (("sales", 403, 403), ("ops", 200, 403), ("finance", 200, 200)):
        for path in (f"{PAGE}/calendar", f"{PAGE}/risk"):
            assert (await office.ask("GET", path, role=role)).status_code == read, (role, path)
            assert (await office.ask("GET", f"{path}/edit", role=role)).status_code == change, (role, path)
            assert (await office.ask("POST", f"{path}/edit", role=role)).status_code == 403, (role, path)
