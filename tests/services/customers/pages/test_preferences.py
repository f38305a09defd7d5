"""How somebody likes to read: kept per person, in force wherever they sign in."""

import re
import uuid

import httpx
import pytest
from playwright.async_api import Browser, expect

from services.kit.web.navigation import NAVIGATION
from tests.kit.web.browser import Look, every_look, looking
from tests.services.customers.helpers import enter
from tests.services.customers.pages.desks import PASSWORD, desk_of, hire
from tests.services.harness import Installation, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNT = "/console/account"


@every_look
async def test_the_account_page_is_sound(
    office: Installation, origin: str, browser: Browser, look: Look
) -> None:
    async with desk_of(browser, origin, await hire(office, "sales"), **look) as looked:
        await looked.open(ACCOUNT)
        await looked.check("account")


async def test_what_somebody_chose_is_there_on_another_device(
    office: Installation, origin: str, browser: Browser
) -> None:
    login = await hire(office, "manager", language="en", theme="light")
    async with desk_of(browser, origin, login) as looked:
        page = looked.page
        await looked.open(ACCOUNT)
        await page.get_by_label("Language").select_option(label="中文")
        await page.get_by_label("Appearance").select_option(label="Dark")
        await page.get_by_label("Begin with").select_option(label="Customers")
        await page.get_by_label("Rows of a list").select_option(label="20")
        await page.get_by_role("button", name="Keep").click()
        await expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()
        assert await page.locator("html").get_attribute("data-theme") == "dark"
        await expect(page.get_by_label("登录后首先显示")).to_have_value("/console/customers/list")
        await looked.check("kept")
    region = f"r{uuid.uuid4().hex[:6]}"
    for _ in range(21):
        await enter(office, region=region)
    async with looking(browser, origin, alone="customers", theme="light") as elsewhere:
        page = elsewhere.page
        await elsewhere.open("/console/login")
        await page.get_by_label("Login name").fill(login)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/console/customers/list")
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        assert await page.locator("html").get_attribute("data-theme") == "dark"
        await elsewhere.open(f"/console/customers/list?region={region}")
        await expect(page.locator("tbody tr")).to_have_count(20)
        await elsewhere.open(f"/console/customers/list?region={region}&limit=5")
        await expect(page.locator("tbody tr")).to_have_count(5)
        # What is chosen in the menu is kept, too.
        await page.get_by_role("button", name=re.compile(login)).click()
        await page.get_by_role("button", name="English").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
    kept = await office.replicas[0].runtime.database.pool.fetchrow(
        "SELECT language, theme, start_page, list_size FROM accounts WHERE login = $1", login
    )
    assert kept is not None
    assert tuple(kept) == ("en", "dark", "/console/customers/list", 20)


async def client_of(origin: str, login: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=origin, trust_env=False)
    answer = await client.post("/sessions", json={"login": login, "password": PASSWORD})
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


async def test_the_api_keeps_and_refuses(office: Installation, origin: str) -> None:
    client = await client_of(origin, await hire(office, "sales", language="zh"))
    try:
        usual = {"language": "zh", "theme": "system", "start_page": "/console/", "list_size": None}
        assert (await client.get("/people/me/preferences")).json() == usual
        for field, value in (
            ("language", "fr"),
            ("theme", "pink"),
            ("start_page", "https://evil.test/"),
            ("start_page", "/console/logout"),
            ("list_size", 7),
        ):
            answer = await client.put("/people/me/preferences", json=usual | {field: value})
            assert field in str(problem(answer, 422)["errors"])
        chosen = usual | {"theme": "dark", "list_size": 100}
        assert (await client.put("/people/me/preferences", json=chosen)).json() == chosen
        assert (await client.get("/people/me/preferences")).json() == chosen
    finally:
        await client.aclose()
    problem(await office.client.get("/people/me/preferences"), 404)


async def test_a_start_page_that_a_role_may_not_open_any_more_is_left_alone(
    office: Installation, origin: str
) -> None:
    login = await hire(office, "sales")
    people = next(e.href for group in NAVIGATION for e in group.entries if e.id == "people")
    await office.replicas[0].runtime.database.pool.execute(
        "UPDATE accounts SET start_page = $2 WHERE login = $1", login, people
    )
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as client:
        form = await client.get("/console/login")
        [csrf] = re.findall(r'name="csrf" value="([^"]+)"', form.text)
        sent = {"login": login, "password": PASSWORD, "csrf": csrf, "next": "/console/"}
        answer = await client.post("/console/login", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
