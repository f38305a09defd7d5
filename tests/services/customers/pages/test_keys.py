"""API keys in a browser: made and shown once, found, revoked."""

import csv
import io
import re
import uuid

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, every_look
from tests.services.customers.pages.desks import desk_of, hire
from tests.services.customers.pages.looks import page_of, said
from tests.services.harness import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = "/console/customers/people/keys"


async def test_a_key_is_made_used_and_revoked(office: Installation, origin: str, browser: Browser) -> None:
    name = f"till-{uuid.uuid4().hex[:6]}"
    async with desk_of(browser, origin, await hire(office)) as looked:
        page = looked.page
        await looked.open(PAGE)
        await page.get_by_role("main").get_by_role("button", name="Make a key").click()
        dialog = page.locator("dialog[open]")
        await dialog.get_by_label("Name").fill(name)
        await dialog.get_by_label("Role").select_option(label="Finance")
        await dialog.get_by_label("Valid for").select_option(label="90 days")
        await dialog.get_by_role("button", name="Make a key").click()
        secret = dialog.locator("code")
        key = await secret.inner_text()
        await looked.check("once")
        await dialog.get_by_role("button", name="I have kept it").click()
        row = page.get_by_role("row", name=re.compile(name))
        await expect(row).to_contain_text("Finance")
        await expect(row).to_contain_text("Valid")
        await expect(page.locator("dialog code")).to_have_count(0)
        assert key not in await page.content()
        async with httpx.AsyncClient(base_url=origin, trust_env=False, headers={"X-API-Key": key}) as till:
            assert (await till.get("/customers")).status_code == 200
            await row.get_by_role("button", name=f"Revoke {name}").click()
            await expect(dialog).to_contain_text(name)
            await dialog.get_by_role("button", name="Revoke", exact=True).click()
            await said(looked, "Revoked.")
            assert (await till.get("/customers")).status_code == 401
        await expect(row).to_contain_text("Revoked")
        await page.get_by_label("Status").select_option(label="Valid")
        await expect(row).to_have_count(0)
        await page.get_by_role("link", name="Audit of access").click()
        await expect(page.get_by_role("row", name=re.compile("revoked an API key")).first).to_contain_text(
            name
        )
        answer = await page.request.get(f"{origin}{PAGE}.csv?q={name}")
        [line] = csv.DictReader(io.StringIO(await answer.text()))
        assert (line["name"], line["state"]) == (name, "revoked")
        assert key not in str(line)
        await page.goto(f"{origin}{PAGE}")
        await page.get_by_role("main").get_by_role("button", name="Make a key").click()
        await dialog.get_by_label("Name").fill(str(await page.locator(".person-name").inner_text()))
        await dialog.get_by_role("button", name="Make a key").click()
        await expect(dialog.get_by_label("Name")).to_have_attribute("aria-invalid", "true")


@every_look
async def test_the_pages_are_sound(office: Installation, origin: str, browser: Browser, look: Look) -> None:
    async with desk_of(browser, origin, await hire(office), **look) as looked:
        await looked.open(f"{PAGE}?q=nothing-is-called-this")
        await looked.check("empty")
        await looked.open(PAGE)
        await looked.check("list")
        await looked.page.get_by_role("main").locator(".head-actions button").click()
        await expect(looked.page.locator("dialog[open]")).to_be_visible()
        await looked.check("new")


@pytest.mark.parametrize("role", ["sales", "manager", "ops", "system"])
async def test_nobody_but_admins(office: Installation, role: str) -> None:
    for path in (PAGE, f"{PAGE}/list", f"{PAGE}.csv", f"{PAGE}/new", f"{PAGE}/revoke/tmk_x"):
        assert (await page_of(office, path, role))[0] == 403, path
