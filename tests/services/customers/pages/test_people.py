"""People and the audit of access in a browser: added, edited, shut out, a new password; nobody but admins."""

import csv
import io
import re
import uuid

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from services.kit.http.sessions import COOKIE, SessionVerifier
from tests.kit.web.browser import Look, every_look
from tests.services.customers import helpers
from tests.services.customers.pages.desks import PASSWORD, desk_of, hire, session_of
from tests.services.customers.pages.looks import page_of, said
from tests.services.harness import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE, AUDIT = "/console/customers/people", "/console/customers/people/audit"


@every_look
async def test_the_pages_are_sound(office: Installation, origin: str, browser: Browser, look: Look) -> None:
    admin = await hire(office)
    long = "Somebody whose name is much longer than a name usually is, 欧阳上官诸葛司马"
    other = await hire(office, "sales", name=long, salesperson_id="S-77", must_change=True)
    await hire(office, "finance", disabled=True)
    await session_of(origin, other, "wrong")
    async with desk_of(browser, origin, admin, **look) as looked:
        for path in (PEOPLE, f"{PEOPLE}?q=nobody-has-this", f"{PEOPLE}/item/{other}", AUDIT):
            await looked.open(path)
            await looked.check(path)
        for act in ("new", f"dialog/edit/{other}", f"dialog/disable/{other}"):
            await looked.open(f"{PEOPLE}/item/{other}")
            await looked.page.evaluate(
                "path => htmx.ajax('GET', path, {target: '#dialog-place', swap: 'innerHTML'})",
                f"{PEOPLE}/{act}",
            )
            await expect(looked.page.locator("dialog[open]")).to_be_visible()
            await looked.check(act)


async def test_somebody_is_added_and_chooses_a_password(
    office: Installation, origin: str, browser: Browser
) -> None:
    seller = await helpers.hire(office, name="Zhao Min")
    login = f"zhao.{uuid.uuid4().hex[:6]}"
    async with desk_of(browser, origin, await hire(office)) as looked:
        page = looked.page
        await looked.open(PEOPLE)
        await page.get_by_role("button", name="Add a person").click()
        dialog = page.locator("dialog[open]")
        await dialog.get_by_label("Name (required)", exact=True).fill("Zhao Min")
        await dialog.get_by_label("Login name").fill("Not A Login")
        await dialog.get_by_role("button", name="Add").click()
        await expect(dialog.get_by_label("Login name")).to_have_attribute("aria-invalid", "true")
        looked.wrong.clear()  # The browser itself notes a 422 in its console.
        await dialog.get_by_label("Login name").fill(login)
        await dialog.get_by_label("Is this salesperson").select_option(label=f"Zhao Min ({seller})")
        await dialog.get_by_role("button", name="Add").click()
        secret = page.locator("code")
        password = await secret.inner_text()
        await looked.check("password")
        await dialog.get_by_role("button", name="I have passed it on").click()
        await expect(page.get_by_role("row", name=re.compile(login))).to_contain_text("First password")
        await expect(secret).to_have_count(0)
        assert password not in await page.content(), "shown once"
    first = await session_of(origin, login, password)
    assert first.json() | {"csrf_token": ""} == {
        "session_id": first.json()["session_id"], "login": login, "role": "sales", "salesperson_id": seller,
        "must_change": True, "csrf_token": "",
    }  # fmt: skip


async def act(page: Page, name: str, confirm: str = "") -> None:
    await page.get_by_role("main").get_by_role("button", name=name, exact=True).click()
    dialog = page.locator("dialog[open]")
    if name == "Edit":
        await dialog.get_by_label("Role").select_option(label="Finance")
        await dialog.get_by_label("Name (required)", exact=True).fill("Han Mei")
    await dialog.get_by_role("button", name=confirm or name, exact=True).click()


async def test_somebody_is_edited_logged_out_shut_out_and_let_in(
    office: Installation, origin: str, browser: Browser
) -> None:
    login = await hire(office, "ops", language="zh", theme="dark")

    async def session_ended(token: str) -> bool:
        sessions: SessionVerifier = office.replicas[0].app.state.sessions
        return await sessions.verify(token) is None

    async with desk_of(browser, origin, await hire(office)) as looked:
        page = looked.page
        for name, confirm, told in (
            ("Edit", "Save", "Saved."),
            ("Sign out everywhere", "", "Signed out everywhere."),
            ("Disable", "", "Disabled."),
            ("Enable", "", "Enabled."),
        ):
            token = (await session_of(origin, login)).cookies.get(COOKIE)
            await looked.open(f"{PEOPLE}/item/{login}")
            await act(page, name, confirm)
            await said(looked, told)
            assert token is None or await session_ended(token), name
        facts = page.locator("#state")
        await expect(facts).to_contain_text("Finance")
        await expect(page.get_by_role("heading", name="Han Mei")).to_be_visible()
        await expect(facts.locator(".steps")).to_contain_text("Operations → Finance")
        await act(page, "New password")
        password = await page.locator("dialog[open] code").inner_text()
        assert (await session_of(origin, login)).status_code == 401, "the old one"
        assert (await session_of(origin, login, password)).json()["must_change"] is True
        await looked.check("done")
    kept = await office.replicas[0].runtime.database.pool.fetchrow(
        "SELECT language, theme, role FROM accounts WHERE login = $1", login
    )
    assert kept is not None
    assert tuple(kept) == ("zh", "dark", "finance"), "how somebody likes to read is theirs"


async def test_the_last_admin_stays_one(office: Installation, origin: str, browser: Browser) -> None:
    database = office.replicas[0].runtime.database
    admin = await hire(office)
    others = "UPDATE accounts SET disabled = true WHERE role = 'admin' AND login <> $1 AND NOT disabled RETURNING login"
    shut_out = [row["login"] for row in await database.pool.fetch(others, admin)]
    try:
        async with desk_of(browser, origin, admin) as looked:
            await looked.open(f"{PEOPLE}/item/{admin}")
            await act(looked.page, "Disable")
            await expect(looked.page.locator("dialog[open] [role=alert]")).to_contain_text("last admin")
    finally:
        await database.pool.execute(
            "UPDATE accounts SET disabled = false WHERE login = ANY($1::text[])", shut_out
        )


async def client_of(origin: str, login: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=origin, trust_env=False, headers={"Accept-Language": "en"})
    answer = await client.post("/sessions", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 201
    return client


async def test_filters_pages_and_the_file(office: Installation, origin: str) -> None:
    mark = uuid.uuid4().hex[:6]
    found = {await hire(office, "ops", name=f"=cmd {mark} {number}") for number in range(5)}
    await hire(office, "finance", name=f"{mark} other", disabled=True)
    client = await client_of(origin, await hire(office))
    try:
        asked = f"{PEOPLE}?q={mark}&role=ops&disabled=false&sort=-name&limit=3"
        first = (await client.get(asked)).text
        [after] = re.findall(r'rel="next" href="([^"]+)"', first)
        second = (await client.get(after.replace("&amp;", "&"))).text
        on = [{login for login in found if login in text} for text in (first, second)]
        assert [len(some) for some in on] == [3, 2]
        assert on[0] | on[1] == found
        lines = list(csv.DictReader(io.StringIO((await client.get(f"{PEOPLE}.csv?q={mark}")).text)))
        assert len(lines) == 6
        assert {line["name"][:5] for line in lines if line["role"] == "ops"} == {"'=cmd"}
        assert "password" not in lines[0]
        assert (await client.get(f"{PEOPLE}/item/nobody-here")).status_code == 404
        assert (await client.get(f"{PEOPLE}?sort=password_hash")).status_code == 422
    finally:
        await client.aclose()


async def test_the_audit_is_found_and_a_change_of_it_is_told(
    office: Installation, origin: str, browser: Browser
) -> None:
    login = await hire(office, "ops")
    await session_of(origin, login, "wrong")
    database = office.replicas[0].runtime.database
    change = "UPDATE access_audit SET by = $2 WHERE subject = $1 AND action = 'login.failed'"
    async with desk_of(browser, origin, await hire(office)) as looked:
        page = looked.page
        await looked.open(f"{AUDIT}?subject={login}")
        await expect(page.get_by_text("Unchanged since it was written")).to_be_visible()
        await expect(page.get_by_role("row", name=re.compile("failed to sign in"))).to_contain_text(
            "127.0.0.1"
        )
        await page.get_by_label("What", exact=True).select_option(label="added")
        await expect(page.get_by_role("row", name=re.compile("failed to sign in"))).to_have_count(0)
        await expect(page.get_by_role("row", name=re.compile("added"))).to_contain_text("role: Operations")
        await database.pool.execute(change, login, "somebody else")
        try:
            await page.get_by_role("button", name="Check again").click()
            await expect(page.get_by_text(re.compile("is not as it was written"))).to_be_visible()
            await looked.check("broken")
        finally:
            await database.pool.execute(change, login, login)
    client = await client_of(origin, await hire(office))
    try:
        chain = (await client.get("/people/audit/chain")).json()
        assert chain["intact"] is True
        assert chain["entries"] == await database.pool.fetchval("SELECT count(*) FROM access_audit")
        last = await database.pool.fetchval("SELECT hash FROM access_audit ORDER BY seq DESC LIMIT 1")
        assert chain["head"] == last.hex()
        lines = list(csv.DictReader(io.StringIO((await client.get(f"{AUDIT}.csv?subject={login}")).text)))
        assert [line["action"] for line in lines] == ["login.failed", "account.created"]
        none = await client.get("/people/audit", params={"subject": login, "to_day": "2020-01-01"})
        assert none.json()["items"] == []
    finally:
        await client.aclose()


@pytest.mark.parametrize("role", ["sales", "finance", "manager", "ops", "system"])
async def test_nobody_but_admins(office: Installation, role: str) -> None:
    for path in (PEOPLE, AUDIT, f"{AUDIT}/chain", f"{PEOPLE}.csv", f"{AUDIT}.csv", f"{PEOPLE}/new"):
        assert (await page_of(office, path, role))[0] == 403, path
    assert PEOPLE not in (await page_of(office, "/console/", role))[1]
