"""Pages in Debian's Chromium: what it says in the console, what it asks of whom, what axe finds, what does not fit."""

import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Route, async_playwright

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
DESK, PHONE = (1280, 800), (390, 844)
SIZES = {"desk": DESK, "phone": PHONE}
BAD = ("error", "warning")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

#: What a page in Chinese must not say: an id of ours, or a sentence in English. What people typed, and code, is theirs.
LEFT = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[A-Za-z]+ [a-z]{2,} [a-z]{2,}\b")
TYPED = (
    *("send the offer", "met at the fair", "is much longer than", "tea beside rice"),
    *("the season begins", "the launch of spring", "Invalid JSON", "tallyman accounts"),
    "agreed with sales",
)
"""What the people of the tests have typed, programs have sent, and commands."""
TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    const theirs = inside.closest("code, pre, textarea, script, style");
    if (text && !theirs && inside.checkVisibility()) texts.push(text);
  }
  return document.documentElement.lang === "zh-CN" ? texts : [];
}"""

Theme = Literal["light", "dark"]
Look = dict[str, Any]

#: Every pair of language, theme and size is seen, in half of the windows that all eight combinations would be.
every_look = pytest.mark.parametrize(
    "look",
    [
        pytest.param(
            {"language": language, "theme": theme, "size": SIZES[size]}, id=f"{language}-{theme}-{size}"
        )
        for language, theme, size in (
            ("en-US", "light", "desk"),
            ("zh-CN", "dark", "desk"),
            ("zh-CN", "light", "phone"),
            ("en-US", "dark", "phone"),
        )
    ],
)


def chromium() -> str:
    """Return the browser of this machine; skips where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium fonts-noto-cjk)")
    return found


@dataclass
class Looked:
    """A page as it was looked at, and what was wrong with it."""

    page: Page
    origin: str
    wrong: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        """Open a page and wait until every part of it is there."""
        answer = await self.page.goto(self.origin + path)
        assert answer is not None
        await self.settled()

    async def settled(self) -> None:
        """Wait until the page has its styles, nothing is asked for and no skeleton is left."""
        await self.page.wait_for_load_state("load")
        await self.page.wait_for_function(
            "() => !document.querySelector('.skeleton') && !document.querySelector('.htmx-request')"
        )

    async def check(self, name: str, *, axe: bool = True, chinese: bool = True) -> None:
        """Hold the page against what is true of all pages.

        Args:
            axe: ask it, too, which takes longer than all the rest.
            chinese: a page in Chinese says nothing in English; not so where people of a business have typed it.

        Raises:
            AssertionError: with everything that is wrong.
        """
        await self.page.wait_for_load_state("load")
        self.wrong += [f"{name}: {finding}" for finding in (await self.axe() if axe else ())]
        left = await self.english() if chinese else ()
        self.wrong += [f"{name}: not in Chinese: {text}" for text in left]
        wide = await self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            self.wrong.append(f"{name}: {wide} pixels wider than the window")
        assert not self.wrong, "\n".join(self.wrong)

    async def english(self) -> list[str]:
        """Return what a page in Chinese says in English, or as the database has it."""
        texts: list[str] = await self.page.evaluate(TEXTS)
        left = (text for text in dict.fromkeys(texts) if LEFT.search(text))
        return [text for text in left if not any(typed in text for typed in TYPED)]

    async def axe(self) -> list[str]:
        """Return what axe finds against WCAG A and AA."""
        await self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", list(RULES)
        )
        return [
            f"{violation['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
            for violation in found["violations"]
            for node in violation["nodes"][:3]
        ]


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A browser for some pages."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


def _is_wrong(message: ConsoleMessage) -> bool:
    """Say whether a page complains. Typing on replaces a search under way, as meant; a failed one says sendError."""
    replaced = message.text.startswith(("htmx:sendAbort,", "htmx:afterRequest,"))
    return message.type in BAD and not replaced


async def _nothing(route: Route) -> None:
    await route.fulfill(status=200, content_type="application/json", body="{}")


@asynccontextmanager
async def looking(
    browser: Browser,
    origin: str,
    *,
    size: tuple[int, int] = DESK,
    language: str = "en-US",
    theme: Theme = "light",
    headers: dict[str, str] | None = None,
    alone: str = "",
) -> AsyncIterator[Looked]:
    """A window of its own.

    Args:
        alone: the only service there is; what pages ask of the others is answered with nothing.
    """
    context: BrowserContext = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme=theme,
        extra_http_headers=headers or {},
        reduced_motion="reduce",
    )
    page = await context.new_page()
    if alone:
        others = "|".join({"customers", "orders", "credit", "insights"} - {alone})
        await page.route(re.compile(rf"/console/({others})/"), _nothing)
    looked = Looked(page, origin)
    host = urlsplit(origin).netloc
    page.on("console", lambda m: looked.wrong.append(f"console: {m.text}") if _is_wrong(m) else None)
    page.on("pageerror", lambda error: looked.wrong.append(f"error: {error}"))
    page.on(
        "request",
        lambda r: (
            looked.wrong.append(f"asked outside: {r.url}")
            if urlsplit(r.url).scheme.startswith("http") and urlsplit(r.url).netloc != host
            else None
        ),
    )
    try:
        yield looked
    finally:
        with contextlib.suppress(Exception):
            await context.close()
