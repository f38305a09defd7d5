"""The shell and its parts: in a browser, and what the server promises about headers, assets, forms and errors."""

import gzip
import re
from collections.abc import AsyncIterator
from typing import Any

import cramjam
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from playwright.async_api import Browser, expect

from tests.kit.web.browser import Look, browsing, every_look, looking
from tests.kit.web.gallery import KEY, gallery_app
from tests.kit.web.serving import served

pytestmark = pytest.mark.asyncio(loop_scope="session")
READER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return gallery_app()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def origin(app: FastAPI) -> AsyncIterator[str]:
    async with served(app) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    headers = READER | {"Accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://tally.test", headers=headers) as made:
        yield made


@every_look
async def test_every_part_is_sound(origin: str, browser: Browser, look: Look) -> None:
    async with looking(browser, origin, **look, headers=READER) as looked:
        await looked.open("/console/gallery")
        await looked.page.locator(".chart canvas").nth(1).wait_for()
        looked.wrong = [wrong for wrong in looked.wrong if "503" not in wrong]  # the part that is to fail
        await expect(
            looked.page.get_by_text(re.compile("Not available at the moment|暂时不可用"))
        ).to_be_visible()
        await looked.check("gallery")


async def test_errors_stand_at_their_fields(origin: str, browser: Browser) -> None:
    async with looking(browser, origin, headers=READER) as looked:
        page = looked.page
        await looked.open("/console/gallery")
        await page.get_by_label("Name").fill("ab")
        await page.get_by_label("Count").fill("0")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        for field in ("Name", "Count"):
            await expect(page.get_by_label(field)).to_have_attribute("aria-invalid", "true")
        await expect(page.get_by_label("Name")).to_have_value("ab")
        await page.get_by_label("Name").fill("taken")
        await page.get_by_label("Count").fill("2")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("is taken", exact=True)).to_be_visible()
        await page.get_by_label("Name").fill("free")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("Saved")).to_be_visible()


async def test_a_list_that_cannot_be_loaded_says_so_where_it_was(
    app: FastAPI, origin: str, browser: Browser
) -> None:
    async with looking(browser, origin, headers=READER) as looked:
        page, found = looked.page, looked.page.locator("#list")
        await looked.open("/console/gallery")
        app.state.broken = True
        await page.get_by_label("Search").fill("tea")
        await expect(found).to_contain_text("Not available at the moment")
        await expect(found.locator("tbody tr")).to_have_count(0)
        app.state.broken = False
        await found.get_by_role("button", name="Try again").click()
        await expect(found.locator("tbody tr")).to_have_count(2)
        app.state.broken = True
        await page.evaluate("htmx.trigger('#list', 'again')")
        await expect(page.locator(".toast")).to_be_visible()
        await expect(found.locator("tbody tr")).to_have_count(2)  # what is there stays when a refresh fails
        app.state.broken = False
        await page.get_by_label("Search").fill("rice")
        await page.wait_for_url("**?q=rice")
        await expect(found.locator("tbody tr")).to_have_count(2)


async def test_the_keys_that_are_written_down_work_and_keep_their_place(
    origin: str, browser: Browser
) -> None:
    async with looking(browser, origin, headers=READER) as looked:
        page = looked.page
        rows, heading = page.locator("#list tbody tr"), page.locator("#list .sorter")
        await looked.open("/console/gallery")
        await page.keyboard.press("?")
        for key in ("/", "f", "j", "k", "Enter", "n", "p", "?", "Esc"):
            await expect(page.locator("#shortcuts kbd").get_by_text(key, exact=True)).to_be_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("f")
        await expect(page.get_by_label("Search")).to_be_focused()
        await heading.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url("**?sort=one")
        await expect(heading).to_be_focused()  # another one, in the list that came
        await page.keyboard.press("j")
        await expect(rows.first).to_be_focused()
        await page.keyboard.press("j")
        await page.evaluate("htmx.trigger('#list', 'again')")
        await looked.settled()
        await expect(rows.nth(1)).to_be_focused()
        await page.keyboard.press("k")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")  # this row has no page of its own: its first link is followed
        await page.wait_for_url(lambda url: url.endswith("/console/gallery"))
        await page.keyboard.press("n")
        await page.wait_for_url("**?cursor=a-cursor")


async def test_language_and_appearance_are_kept(origin: str, browser: Browser) -> None:
    async with looking(browser, origin, headers=READER) as looked:
        page = looked.page
        await looked.open("/console/gallery")
        await page.get_by_role("button", name="You and how you read").click()
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("示例0")
        await page.get_by_role("button", name="个人与显示").click()
        await page.get_by_role("button", name="深色").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


async def test_assets_are_kept_for_good_and_small(client: httpx.AsyncClient) -> None:
    html = (await client.get("/console/gallery")).text
    addresses = set(re.findall(r'/console/assets/[^"#]+', html))
    assert len(addresses) > 6
    total = len(gzip.compress(html.encode()))
    for address in addresses:
        answer = await client.get(address, headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        total += int(answer.headers["content-length"])
    assert total < 100_000
    assert (await client.get("/console/assets/console.000000000000.css")).status_code == 404


@pytest.mark.parametrize("accepted", ["br, gzip", "gzip"])
async def test_a_page_is_compressed_for_our_own_pages_alone(client: httpx.AsyncClient, accepted: str) -> None:
    """What another site makes a browser ask for must not tell by its length what is on the page (BREACH)."""
    plain = await client.get("/console/gallery", headers={"Accept-Encoding": accepted})
    assert "content-encoding" not in plain.headers  # nobody says who asks
    for site in ("cross-site", "same-site"):
        headers = {"Accept-Encoding": accepted, "Sec-Fetch-Site": site}
        assert "content-encoding" not in (await client.get("/console/gallery", headers=headers)).headers
    for site in ("same-origin", "none"):
        headers = {"Accept-Encoding": accepted, "Sec-Fetch-Site": site}
        async with client.stream("GET", "/console/gallery", headers=headers) as answer:
            body = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == accepted.partition(",")[0]
        assert int(answer.headers["content-length"]) == len(body) < len(plain.content) / 3
        assert "Sec-Fetch-Site" in answer.headers["vary"]
        unpack: Any = cramjam
        unpacked = (unpack.brotli if accepted.startswith("br") else unpack.gzip).decompress(body)
        assert bytes(unpacked).startswith(plain.content[:200])


async def test_a_page_has_a_strict_policy_and_is_not_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/console/gallery")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"


async def test_a_form_of_another_site_is_refused(client: httpx.AsyncClient) -> None:
    html = (await client.get("/console/gallery")).text
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None
    form = {"name": "free", "count": "1", "csrf": found[1]}
    assert (await client.post("/console/gallery/form", data=form)).status_code == 200
    for data, headers in (
        (form | {"csrf": ""}, {}),
        (form | {"csrf": "x" * 32}, {}),
        (form, {"Sec-Fetch-Site": "cross-site"}),
        (form, {"Sec-Fetch-Site": "same-site"}),
        (form, {"Origin": "https://evil.test"}),
    ):
        answer = await client.post("/console/gallery/form", data=data, headers=headers)
        assert answer.status_code == 403, (data, headers)
    client.cookies.clear()
    assert (await client.post("/console/gallery/form", data=form)).status_code == 403


async def test_only_pages_take_forms(client: httpx.AsyncClient) -> None:
    assert (await client.post("/elsewhere", data={"a": "b"})).status_code == 415


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test", "/\\evil.test", "/console/\\x", ""])
async def test_preferences_lead_back_to_the_console_only(client: httpx.AsyncClient, back: str) -> None:
    html = (await client.get("/console/gallery")).text
    token = re.search(r'name="csrf" value="([^"]+)"', html)
    assert token is not None
    data = {"csrf": token[1], "theme": "dark", "back": back}
    answer = await client.post("/console/preferences", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")


async def test_an_error_is_a_page_for_people_and_a_problem_for_programs(client: httpx.AsyncClient) -> None:
    page = await client.get("/console/nothing")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Not found" in page.text
    part = await client.get("/console/nothing", headers={"HX-Request": "true", "Accept": "*/*"})
    assert "<html" not in part.text
    problem = await client.get("/console/nothing", headers={"Accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    stranger = await client.get("/console/gallery", headers={"Authorization": "Bearer unknown-key-00000"})
    assert (stranger.status_code, stranger.headers["location"]) == (
        303,
        "/console/login?next=%2Fconsole%2Fgallery",
    )


async def test_the_navigation_is_that_of_the_role(client: httpx.AsyncClient) -> None:
    html = (await client.get("/console/gallery")).text
    assert "/console/credit/held" not in html
