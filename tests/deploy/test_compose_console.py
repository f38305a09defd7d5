"""The console as the stock compose file runs it: four services in processes of their own behind the gateway.

A company begins with `cp .env.example .env`, and everything a person then does goes through one address.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from deploy.local.kafka import why_unavailable
from services.kit.http.auth import Principal
from services.kit.http.sessions import COOKIE, KNOWN_FOR_S
from services.kit.web.navigation import navigation_of
from tests.deploy.compose import SERVICES
from tests.deploy.installation import Installation, installed, set_aside
from tests.kit.web.browser import Looked, browsing, looking
from tests.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.asyncio]

NAME = "广州恒光照明有限公司"
LOGIN, PASSWORD = "wang.fang", "a sentence is easy to remember"
HELD, LETTERS = "/console/credit/held", "/console/orders/operations/dead-letters"
ASKED = {
    "customers": "/customers",
    "orders": "/orders",
    "credit": "/accounts",
    "insights": "/insights/alerts",
}
"""Something of each service that anybody known may ask for."""
AT_ONCE_MS = 2_000


@pytest.fixture(scope="module")
def installation(compose: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Everything the file starts, in which nobody is known yet."""
    if reason := why_unavailable():
        pytest.skip(reason)
    with installed(compose, tmp_path_factory.mktemp("console")) as started:
        yield started


async def test_a_company_begins_works_and_loses_a_service(installation: Installation) -> None:
    async with browsing() as browser, looking(browser, installation.gateway) as looked:
        await the_first_admin_sets_up(looked, installation)
        await every_page_opens(looked)
        await asyncio.to_thread(a_customer_with_little_credit, installation)
        await a_held_order_appears_at_once(looked, installation)
        await each_service_changes_something(looked)
        await a_colleague_begins(looked, browser, installation)
        await a_list_is_taken_away(looked)
        await a_key_from_the_console_works_everywhere(looked, installation)
        await after_signing_out_every_service_refuses(looked, installation)
        await without_customers_the_others_say_so_and_come_back(looked, installation)


async def the_first_admin_sets_up(looked: Looked, installation: Installation) -> None:
    """From the bare address to Today, with the token from the log."""
    page = looked.page
    await looked.open("/")
    assert page.url == f"{looked.origin}/console/setup"
    sent = {
        "token": installation.setup_token(),
        "name": "王芳",
        "login": LOGIN,
        "password": PASSWORD,
        "again": PASSWORD,
    }
    for name, value in sent.items():
        await page.locator(f"#field-{name}").fill(value)
    await page.get_by_role("button", name="Begin").click()
    await page.wait_for_url("**/console/")
    [cookie] = [c for c in await page.context.cookies() if c["name"] == COOKIE]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    await looked.settled()


async def every_page_opens(looked: Looked) -> None:
    """Every page of the navigation, each drawn by its own process, with all of its parts."""
    entries = [e for group in navigation_of(Principal(LOGIN, "admin")) for e in group.entries]
    links = looked.page.locator("nav.side a")
    assert await links.evaluate_all("all => all.map(a => a.getAttribute('href'))") == [
        e.href for e in entries
    ]
    for entry in entries:
        answer = await looked.page.goto(looked.origin + entry.href)
        assert answer is not None
        assert answer.status == 200, entry.href
        await looked.settled()
        await expect(looked.page.locator(".empty-bad")).to_have_count(0)
        await looked.check(entry.href, axe=False)


def a_customer_with_little_credit(installation: Installation) -> None:
    terms = {"currency": "CNY", "term_days": 30, "limit": "500.00", "reason": "new"}
    for method, path, role, body in (
        ("POST", "/customers", "manager", {"customer_id": "C-1", "name": NAME}),
        ("PUT", "/accounts/C-1/terms", "finance", terms),
    ):
        status, answer = installation.request(method, path, role, body)
        assert status in (200, 201), answer


def place(installation: Installation, order_id: str) -> None:
    """Place an order that is too much, and wait for the decision."""
    order = {"order_id": order_id, "customer_id": "C-1", "currency": "CNY", "amount": "900.00", "lines": []}
    status, answer = installation.request("POST", "/orders?wait=10s", "system", order)
    assert status == 200, answer
    assert answer["status"] == "held", answer


async def a_held_order_appears_at_once(looked: Looked, installation: Installation) -> None:
    """News of another service's process reach the page through the gateway without waiting for more of them."""
    for path, order_id in ((HELD, "SO-1"), ("/console/", "SO-2")):
        await looked.open(path)
        await expect(looked.page.get_by_text("Live", exact=True)).to_be_visible()
        await asyncio.to_thread(place, installation, order_id)
        link = looked.page.get_by_role("link", name=order_id, exact=True)
        await expect(link).to_be_visible(timeout=AT_ONCE_MS)
        await expect(looked.page.get_by_role("main")).to_contain_text(NAME)
        await looked.settled()


async def each_service_changes_something(looked: Looked) -> None:
    """A form of each process with pages of its own, with the token that goes with the one session."""
    page, main, dialog = looked.page, looked.page.get_by_role("main"), looked.page.locator("dialog[open]")
    await looked.open(f"{HELD}/order/SO-1")
    await page.get_by_role("button", name="Claim").click()
    await expect(page.get_by_role("status").last).to_contain_text("SO-1 is yours")
    await looked.open("/console/insights/settings")
    await main.get_by_role("button", name="Change", exact=True).click()
    await dialog.get_by_label("Quiet from").fill("22:00")
    await dialog.get_by_label("Quiet until").fill("07:30")
    await dialog.get_by_role("button", name="Save").click()
    await expect(main).to_contain_text("22:00 to 07:30")
    await looked.settled()
    await looked.check("changes", axe=False)


async def a_colleague_begins(looked: Looked, browser: Browser, installation: Installation) -> None:
    """Entered by the admin, with a first password; what operations does with a dead letter is done in orders."""
    page, dialog = looked.page, looked.page.locator("dialog[open]")
    await looked.open("/console/customers/people")
    await page.get_by_role("button", name="Add a person").click()
    await dialog.get_by_label("Name (required)", exact=True).fill("Han Mei")
    await dialog.get_by_label("Login name").fill("han.mei")
    await dialog.get_by_label("Role").select_option(label="Operations")
    await dialog.get_by_role("button", name="Add").click()
    first = await page.locator("code").inner_text()
    async with looking(browser, installation.gateway) as hers:
        await hers.open(LETTERS)
        await _sign_in(hers, "han.mei", first)
        await hers.open(LETTERS)
        assert hers.page.url == f"{hers.origin}/console/account", "a password of her own comes first"
        for name, value in {"old": first, "new": PASSWORD, "again": PASSWORD}.items():
            await hers.page.locator(f"#field-{name}").fill(value)
        await hers.page.get_by_role("button", name="修改", exact=True).click()  # New people begin in Chinese.
        await hers.page.wait_for_url("**/console/account?changed=1")
        await set_aside(installation, "orders", b"no event")
        await until(lambda: _has_a_letter(hers), every_s=0.5)
        await hers.page.locator("tr[data-href] a").first.click()
        await hers.page.get_by_role("button", name="丢弃").click()
        await hers.page.locator("dialog[open]").get_by_role("button", name="丢弃").click()
        await expect(hers.page.get_by_role("main")).to_contain_text("已丢弃")
        await hers.settled()
        await hers.check("a dead letter", axe=False)


async def _sign_in(looked: Looked, login: str, password: str) -> None:
    await looked.page.get_by_label("Login name").fill(login)
    await looked.page.get_by_label("Password").fill(password)
    await looked.page.get_by_role("button", name="Sign in").click()
    await looked.page.wait_for_function("() => location.pathname !== '/console/login'")
    await looked.settled()


async def _has_a_letter(looked: Looked) -> bool:
    await looked.open(LETTERS)
    return bool(await looked.page.locator("tr[data-href]").count())


async def a_list_is_taken_away(looked: Looked) -> None:
    await looked.open(HELD)
    async with looked.page.expect_download() as caught:
        await looked.page.get_by_role("link", name="CSV").click()
    download = await caught.value
    assert download.suggested_filename.endswith(".csv")
    text = (await download.path()).read_text("utf-8-sig")
    assert {"SO-1", "SO-2"} <= set(re.findall(r"SO-\d", text))


async def _cookies(page: Page) -> dict[str, str]:
    return {str(c["name"]): str(c["value"]) for c in await page.context.cookies() if c["name"] == COOKIE}


async def a_key_from_the_console_works_everywhere(looked: Looked, installation: Installation) -> None:
    """What an admin makes in one process the others take, too."""
    async with httpx.AsyncClient(
        base_url=installation.gateway, cookies=await _cookies(looked.page), trust_env=False
    ) as admin:
        token = (await admin.get("/sessions/current")).json()["csrf_token"]
        refused = await admin.post("/api-keys", json={"name": "erp", "role": "manager"})
        assert refused.status_code == 403, "a change without the token"
        made = await admin.post(
            "/api-keys", json={"name": "erp", "role": "manager"}, headers={"X-CSRF-Token": token}
        )
        assert made.status_code == 201, made.text
    assert await _statuses(installation, {"X-API-Key": made.json()["key"]}) == dict.fromkeys(SERVICES, 200)
    assert await _statuses(installation, {"X-API-Key": made.json()["key"] + "x"}) == dict.fromkeys(
        SERVICES, 401
    )


async def _statuses(installation: Installation, headers: dict[str, str]) -> dict[str, int]:
    async with httpx.AsyncClient(base_url=installation.gateway, headers=headers, trust_env=False) as client:
        return {name: (await client.get(path)).status_code for name, path in ASKED.items()}


async def after_signing_out_every_service_refuses(looked: Looked, installation: Installation) -> None:
    [token] = (await _cookies(looked.page)).values()
    stolen = {"Cookie": f"{COOKIE}={token}"}
    assert await _statuses(installation, stolen) == dict.fromkeys(SERVICES, 200)
    await looked.page.locator("button.person").click()
    await looked.page.get_by_role("button", name="Sign out").click()
    await looked.page.wait_for_url("**/console/login")
    assert (await _statuses(installation, stolen))["customers"] == 401
    gone = dict.fromkeys(SERVICES, 401)

    async def refused() -> bool:
        return await _statuses(installation, stolen) == gone

    await until(refused, KNOWN_FOR_S + 1, every_s=0.2)
    await looked.open(HELD)
    assert looked.page.url == f"{looked.origin}/console/login?next=%2Fconsole%2Fcredit%2Fheld"


async def without_customers_the_others_say_so_and_come_back(
    looked: Looked, installation: Installation
) -> None:
    """People wait, and are told so; machines with keys of the settings go on; nothing inside is shown."""
    page, customers = looked.page, installation.services["customers"]
    await _sign_in(looked, LOGIN, PASSWORD)
    assert page.url == looked.origin + HELD
    await asyncio.to_thread(customers.kill)
    await until(lambda: _answers(looked, HELD, 503), KNOWN_FOR_S + 2, every_s=0.3)
    await _is_a_decent_error(looked, "held")
    assert await _answers(looked, "/console/", 502)
    await _is_a_decent_error(looked, "today")
    await asyncio.to_thread(place, installation, "SO-3")
    status, problem = await asyncio.to_thread(installation.request, "GET", "/customers", "manager")
    assert (status, problem["title"]) == (502, "Bad Gateway")
    await asyncio.to_thread(customers.start)
    await page.goto(looked.origin + HELD)
    await expect(page.get_by_role("link", name="SO-3", exact=True)).to_be_visible()
    looked.wrong.clear()
    await looked.open("/console/")
    await looked.check("back again", axe=False)
    assert all(process.running for process in installation.services.values())
    for process in installation.services.values():
        assert '"critical"' not in process.log_text()


async def _answers(looked: Looked, path: str, status: int) -> bool:
    answer = await looked.page.goto(looked.origin + path)
    return answer is not None and answer.status == status


async def _is_a_decent_error(looked: Looked, name: str) -> None:
    """Says what is the matter in the console's style, and neither addresses nor names of the inside."""
    page = looked.page
    looked.wrong.clear()  # What was open before lost its stream.
    await page.reload()
    await expect(page.get_by_role("heading", name="Not available at the moment")).to_be_visible()
    await expect(page.get_by_role("link", name="Try again")).to_be_visible()
    font = await page.evaluate("getComputedStyle(document.body).fontFamily")
    assert font.startswith("system-ui"), "its styles did not come"
    assert not re.search(r"127\.0\.0\.1|TALLYMAN|Error|Traceback|Caddy", await page.content())
    looked.wrong = [wrong for wrong in looked.wrong if not re.search("status of 50[23]", wrong)]
    await looked.check(name)
