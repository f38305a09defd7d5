"""Which pages are measured: whatever the console leads to, so that a new page cannot be forgotten.

A page is in the navigation, or a tab of such a page, or at an address of its own that takes no id. The first are asked
of the navigation, the second of the pages as they are opened, the rest of the routes: of whatever can be asked for
without saying of what, each that answers with a whole document is a page.
"""

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from importlib import import_module
from urllib.parse import urlsplit

import httpx
from fastapi.routing import APIRoute

from services.kit.http.auth import Principal
from services.kit.web.navigation import navigation_of
from services.kit.web.settings_pages import PAGES

ROLES = ("manager", "admin", "sales")
"""Who opens pages. An admin opens those that a manager may not: the others are the same for both."""
SERVICES = ("customers", "orders", "credit", "insights")
NO_PAGES = ("/console/login", "/console/logout", "/console/setup", "/console/oidc")
"""What begins so is for who is not signed in, or leads away."""


def in_navigation(role: str) -> list[str]:
    """Return the addresses of the navigation for a role."""
    principal = Principal(role, role)  # type: ignore[arg-type]
    return [entry.href for group in navigation_of(principal) for entry in group.entries]


def askable() -> list[str]:
    """Return all addresses of the console that can be asked for without an id: pages, their parts, and forms.

    The pages of settings are among them, of which several are one route.
    """
    routes = [r for name in SERVICES for r in _routes(import_module(f"services.{name}.app").app.routes)]
    found = {route.path for route in routes if "GET" in (route.methods or ())}
    return sorted(
        path
        for path in found | {page.href for page in PAGES}
        if path.startswith("/console/") and "{" not in path and not path.startswith(NO_PAGES)
    )


def _routes(routes: Iterable[object]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _routes(included.routes)


class _Tabs(HTMLParser):
    """Finds the links of rows of tabs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "nav":
            self._inside = "tabs" in given.get("class", "").split()
        elif tag == "a" and self._inside:
            self.hrefs.append(given.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "nav":
            self._inside = False


def tabs_of(html: str) -> Iterator[str]:
    """Yield the other pages that a page has tabs for; a tab that shows the same address otherwise is none."""
    for href in _Tabs(html).hrefs:
        if (path := urlsplit(href).path).startswith("/console/"):
            yield path


def is_a_page(client: httpx.Client, path: str) -> bool:
    """Whether an address answers this visitor with a whole document."""
    plain = {"Sec-Fetch-Site": "none", "Accept-Encoding": "identity"}
    with client.stream("GET", path, headers=plain) as response:
        # Live news never ends, and is not read.
        if response.status_code != 200 or not response.headers["content-type"].startswith("text/html"):
            return False
        return response.read().lstrip().lower().startswith(b"<!doctype html")
