"""Somebody who is signed in, in a window."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from playwright.async_api import Browser

from services.customers.accounts import create
from services.kit.http.sessions import COOKIE
from tests.kit.web.browser import Looked, looking
from tests.services.harness import Installation

PASSWORD = "correct horse battery"


async def hire(office: Installation, role: str = "admin", **changes: Any) -> str:
    """Make an account; return its login name."""
    login = f"p-{uuid.uuid4().hex[:8]}"
    fields = {"login": login, "name": "李雷", "role": role, "salesperson_id": None, "disabled": False,
              "must_change": False, "language": "en", "theme": "system"} | changes  # fmt: skip
    async with office.replicas[0].runtime.database.unit_of_work() as unit:
        await create(unit.connection, fields, PASSWORD, "test", datetime.now(UTC))
    return str(fields["login"])


async def session_of(origin: str, login: str, password: str = PASSWORD) -> httpx.Response:
    """Log in as a program would."""
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as client:
        return await client.post("/sessions", json={"login": login, "password": password})


@asynccontextmanager
async def desk_of(browser: Browser, origin: str, login: str, **options: Any) -> AsyncIterator[Looked]:
    """A window in which somebody is signed in."""
    answer = await session_of(origin, login)
    assert answer.status_code == 201, answer.text
    async with looking(browser, origin, alone="customers", **options) as looked:
        cookie = {"name": COOKIE, "value": answer.cookies[COOKIE], "url": origin}
        await looked.page.context.add_cookies([cookie])  # type: ignore[list-item]
        yield looked
