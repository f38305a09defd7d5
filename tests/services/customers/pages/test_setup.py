"""The first admin in a browser: from the sign-in page of an empty installation to Today."""

import pytest
from playwright.async_api import Browser, expect

from services.customers.setup import new_token
from tests.kit.web.browser import Look, every_look, looking
from tests.services.harness import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")
PASSWORD = "correct horse battery"


@every_look
async def test_setting_up(office: Installation, origin: str, browser: Browser, look: Look) -> None:
    chinese = look["language"] == "zh-CN"
    runtime = office.replicas[0].runtime
    await runtime.database.pool.execute("TRUNCATE accounts")
    async with runtime.database.unit_of_work() as unit:
        token = await new_token(unit.connection, runtime.clock.now())
    assert token is not None
    async with looking(browser, origin, alone="customers", **look) as window:
        page = window.page
        await window.open("/console/")
        await page.wait_for_url("**/console/setup")
        await window.check("setup")
        begin = page.get_by_role("button", name="开始使用" if chinese else "Begin")
        for sent in ("not the token", token):
            for field, value in (
                ("token", sent),
                ("name", "王芳"),
                ("login", "wang.fang"),
                ("password", PASSWORD),
                ("again", PASSWORD),
            ):
                await page.locator(f"#field-{field}").fill(value)
            await begin.click()
            if sent != token:
                await expect(page.locator("#field-token")).to_have_attribute("aria-invalid", "true")
                await expect(page.locator("#field-name")).to_have_value("王芳")
                assert PASSWORD not in await page.content()
                window.wrong.clear()  # The browser itself notes a 422 in its console.
                await window.check("refused")
        await page.wait_for_url("**/console/")
        await window.settled()
        await window.check("today")
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN" if chinese else "en")
        await window.open("/console/setup")
        await expect(page.locator("#field-token")).to_have_count(0)
