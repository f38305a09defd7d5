"""One simulated business for all walks through the console, and the people who work there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.async_api import Browser

from deploy.local.demo import demo
from tests.kit.web.browser import Looked, looking

ROLES = ("sales", "finance", "manager", "ops", "admin")
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
PASSWORD = "a sentence is easy to remember"
SIGN_IN = {"en": ("Login name", "Password", "Sign in"), "zh": ("登录名", "密码", "登录")}


@dataclass(frozen=True)
class Shop:
    """Where the business is, whose quarter is over and which stands still."""

    origin: str

    def ask(self, path: str, **params: Any) -> Any:
        """Return what the API answers to somebody who may see everything."""
        answer = httpx.get(self.origin + path, params=params, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def name(self, customer_id: str) -> str:
        """Return what a customer is called on pages."""
        return str(self.ask(f"/customers/{customer_id}")["name"])

    @asynccontextmanager
    async def signed_in(
        self, browser: Browser, role: str, language: str = "en", **options: Any
    ) -> AsyncIterator[Looked]:
        """A window of somebody who has just come in by the form."""
        login, password, submit = SIGN_IN[language]
        async with looking(browser, self.origin, language=LANGUAGES[language], **options) as looked:
            page = looked.page
            await looked.open("/console/login")
            await page.get_by_label(login).fill(_login(role, language))
            await page.get_by_label(password).fill(PASSWORD)
            await page.get_by_role("button", name=submit).click()
            await page.wait_for_url(f"{self.origin}/console/")
            await looked.settled()
            yield looked


def _login(role: str, language: str) -> str:
    return f"{role}.{language}"


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Start the demo and give every role an account in each language."""
    with demo() as origin:
        shop = Shop(origin)
        seller = _busiest(shop)
        for role in ROLES:
            for language in LANGUAGES:
                _hire(origin, role, language, seller if role == "sales" else None)
        yield shop


def _busiest(shop: Shop) -> str:
    """Return the salesperson with whom most is due: an own day full of work."""
    due = shop.ask("/follow-ups", due=True, limit=200)["items"]
    sellers = [str(item["salesperson_id"]) for item in due]
    return max(sorted(set(sellers)), key=sellers.count)


def _hire(origin: str, role: str, language: str, salesperson_id: str | None) -> None:
    """Enter an account, and change its first password as its owner would."""
    login, first = _login(role, language), "the first one, from an admin"
    entry = {
        "login": login,
        "name": login,
        "role": role,
        "salesperson_id": salesperson_id,
        "language": language,
        "theme": "light",
        "password": first,
    }
    with httpx.Client(base_url=origin, timeout=30) as client:
        client.post("/people", json=entry).raise_for_status()
        session = client.post("/sessions", json={"login": login, "password": first}).raise_for_status()
        client.put(
            "/people/me/password",
            json={"old": first, "new": PASSWORD},
            headers={"X-CSRF-Token": session.json()["csrf_token"]},
        ).raise_for_status()
