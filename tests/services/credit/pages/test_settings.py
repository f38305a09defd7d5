"""Settings of credit control in a browser: the calendar of the desk."""

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


PAGES = (f"{PAGE}/calendar", f"{PAGE}/calendar/edit")


@every_look
async def test_pages_are_sound(office: Till, origin: str, browser: Browser, look: Look) -> None:
    async with desk(browser, origin, **look) as looked:
        for path in PAGES:
            await looked.open(path)
            await looked.check(path)


async def test_who_reads_and_who_changes(office: Till) -> None:
    for role, read, change in (("sales", 403, 403), ("ops", 200, 403), ("finance", 200, 200)):
        assert (await office.ask("GET", f"{PAGE}/calendar", role=role)).status_code == read, role
        assert (await office.ask("GET", f"{PAGE}/calendar/edit", role=role)).status_code == change, role
        assert (await office.ask("POST", f"{PAGE}/calendar/edit", role=role)).status_code == 403, role
