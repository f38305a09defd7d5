"""Signing in and out in a browser, a first password, and forms that no page of ours sent."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from playwright.async_api import Browser, expect

from services.customers import pages
from services.customers.accounts import create
from services.kit.web import home, live
from tests.kit.web.browser import PHONE, browsing, looking
from tests.kit.web.serving import served
from tests.services.harness import Installation

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "correct horse battery"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def origin(running: Installation) -> AsyncIterator[str]:
    async with served(running.replicas[0].app) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as opened:
        yield opened


async def hire(running: Installation, login: str, **changes: Any) -> None:
    fields = {"login": login, "name": "李雷", "role": "manager", "salesperson_id": None, "disabled": False,
              "must_change": False, "language": "en", "theme": "dark"} | changes  # fmt: skip
    async with running.replicas[0].runtime.database.unit_of_work() as unit:
        await create(unit.connection, fields, PASSWORD, "test", datetime.now(UTC))


async def test_in_and_out(running: Installation, origin: str, browser: Browser) -> None:
    await hire(running, "li.lei")
    async with looking(browser, origin, alone="customers") as window:
        page = window.page
        await window.open("/console/search?q=tea")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await window.check("sign in")
        await page.get_by_label("Login name").fill("li.lei")
        await page.get_by_label("Password").fill("wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text(
            "This login name and password do not belong together."
        )
        await expect(page.get_by_label("Login name")).to_have_value("li.lei")
        window.wrong.clear()  # The browser itself notes a 401 in its console.
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/console/search?q=tea")
        assert await page.locator("html").get_attribute("data-theme") == "dark", "the account's"
        await page.get_by_role("button", name="li.lei").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await window.open("/console/")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await window.check("signed out")


async def test_a_first_password_is_changed_before_anything_else(
    running: Installation, origin: str, browser: Browser
) -> None:
    await hire(running, "han.meimei", must_change=True, language="zh", theme="light")
    async with looking(browser, origin, size=PHONE, language="zh-CN", alone="customers") as window:
        page = window.page
        await window.open("/console/login")
        await page.get_by_label("登录名").fill("han.meimei")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("alert")).to_contain_text("请先设置您自己的密码")
        await window.open("/console/")
        await page.wait_for_url("**/console/account")
        await page.get_by_label("当前密码").fill(PASSWORD)
        await page.get_by_label("新密码", exact=False).first.fill("a sentence of my own ")
        await page.get_by_label("再次输入新密码").fill("another")
        await page.get_by_role("button", name="修改").click()
        await expect(page.get_by_text("与新密码不一致")).to_be_visible()
        window.wrong.clear()  # The 422 of that.
        await window.check("account")
        await page.get_by_label("当前密码").fill(PASSWORD)
        await page.get_by_label("新密码", exact=False).first.fill("a sentence of my own ")
        await page.get_by_label("再次输入新密码").fill("a sentence of my own ")
        await page.get_by_role("button", name="修改").click()
        await expect(page.get_by_role("status").filter(has_text="密码已修改")).to_be_visible()
        await expect(page.get_by_text("本设备")).to_be_visible()
        window.wrong.clear()
        await window.check("changed")


async def signed_in(running: Installation, origin: str, login: str) -> httpx.AsyncClient:
    await hire(running, login)
    client = httpx.AsyncClient(base_url=origin, headers={"Accept": "text/html"}, trust_env=False)
    sent = await client.post("/sessions", json={"login": login, "password": PASSWORD})
    assert sent.status_code == 201
    return client


async def test_no_form_of_the_console_is_taken_without_its_token(running: Installation, origin: str) -> None:
    routes = [
        route for of in (*pages.routers, home.router) for route in of.routes if isinstance(route, APIRoute)
    ]
    forms = [r.path for r in routes if "POST" in (r.methods or ()) and r.path.startswith("/console/")]
    assert {"/console/logout", "/console/account", "/console/login", "/console/preferences"} <= set(forms)
    client = await signed_in(running, origin, "mallory")
    try:
        for path in forms:
            address = path.replace("{session_id}", "x")
            for csrf in ({}, {"csrf": "guessed"}):
                answer = await client.post(address, data={"login": "mallory", "password": PASSWORD} | csrf)
                assert answer.status_code == 403, (address, answer.status_code)
        assert (await client.get("/sessions/current")).status_code == 200, "still signed in"
    finally:
        await client.aclose()


@pytest.mark.parametrize(
    "back",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "/console/login?next=/console/", "javascript:x"],
)
async def test_signing_in_leads_to_a_page_of_ours(running: Installation, origin: str, back: str) -> None:
    await hire(running, f"p-{uuid.uuid4().hex[:8]}")  # Without anybody there is nothing to sign in to.
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as client:
        page = await client.get("/console/login", params={"next": back}, headers={"Accept-Language": "en"})
    assert '<input type="hidden" name="next" value="/console/">' in page.text


async def test_the_live_stream_of_a_page_ends_with_the_session(
    running: Installation, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.2)
    client = await signed_in(running, origin, "watcher")
    try:
        async with client.stream("GET", "/console/live", params={"topic": "x", "since": time.time()}) as news:
            lines = news.aiter_lines()
            while not (await anext(lines)).startswith(": nothing new"):
                pass
            token = (await client.get("/sessions/current")).json()["csrf_token"]
            ended = await client.delete("/sessions/current", headers={"X-CSRF-Token": token})
            assert ended.status_code == 204
            async with asyncio.timeout(20):
                assert [line async for line in lines if line.startswith("event:")] == []
    finally:
        await client.aclose()
