"""``make screenshots``: the console on a simulated business, as pictures.

    python -m deploy.screenshots [--origin http://127.0.0.1:8000] [--every-look] [--into FOLDER] [PATH ...]

Without ``--origin`` it starts a demo, which takes some two minutes, and ends it. Needs Chromium on this machine.
Every page of the navigation goes to ``docs/screenshots/`` and into the gallery ``docs/screenshots.md``. With
``--every-look`` the pages, and the first line of each list, go to ``var/screenshots/`` in both languages and themes,
for desk and phone, for looking at while one works on them.
"""

import argparse
import asyncio
import base64
import contextlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deploy.local.demo import demo
from services.kit.web.kit_texts import KIT_TEXTS
from services.kit.web.navigation import NAVIGATION

SIZES = {"desk": (1280, 800), "phone": (390, 844)}
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
THEMES = ("light", "dark")
TALLEST = {"desk": 2300, "phone": 1700}
TALLEST_LIST = 1500
"""Pages that are longer are shown as far as this; nobody needs all lines of a list."""
SCALE = 0.7
LARGEST_BYTES = 100_000
NAMES_TIMEOUT_MS = 3_000
QUALITIES = (82, 70, 58, 46, 34, 26)
GALLERY = Path("docs/screenshots.md")
HEAD = """# The console in pictures · 控制台截图

Taken by `make screenshots` on the business of `make demo`, whose names are made up.
由 `make screenshots` 在 `make demo` 的模拟业务上截取，名称均为虚构。
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    language: str = "en"
    size: str = "desk"
    theme: str = "light"

    @property
    def name(self) -> str:
        """What tells it from the usual look; empty for that."""
        usual = Look()
        parts = (self.language, self.size, self.theme)
        return ".".join(
            part
            for part, other in zip(parts, (usual.language, usual.size, usual.theme), strict=True)
            if part != other
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the gallery.

    Attributes:
        page: id in the navigation.
        path: address of the page.
        line: the page is the one that the first line of this list leads to.
    """

    page: str
    path: str
    look: Look = Look()
    line: bool = False

    @property
    def file(self) -> str:
        """Its file's name."""
        return (
            ".".join(part for part in (self.page, "line" if self.line else "", self.look.name) if part)
            + ".webp"
        )

    @property
    def caption(self) -> str:
        """What it shows, for who reads and for who hears the page."""
        text = KIT_TEXTS[f"nav.{self.page}"]
        words = f"{text.en} · {text.zh}"
        said = (
            "one of them · 明细" if self.line else "",
            "中文" if self.look.language == "zh" else "",
            "on a phone · 手机" if self.look.size == "phone" else "",
            "dark · 深色" if self.look.theme == "dark" else "",
        )
        return ", ".join(part for part in (words, *said) if part)


KEY_PAGES = ("today", "held", "receivables")
"""Pages that are also shown in the other looks."""
LINES = ("held", "customers")
"""Lists of which the first line is opened, too."""


def gallery_of(groups: Any = NAVIGATION) -> list[Picture]:
    """Return the pictures of the gallery: every page that is built, and more looks at some."""
    pictures = []
    for entry in (entry for group in groups for entry in group.entries if entry.built):
        page = Picture(entry.id, entry.href)
        pictures.append(page)
        if entry.id in KEY_PAGES:
            looks = (Look(theme="dark"), Look(size="phone"), Look(language="zh"))
            pictures += [replace(page, look=look) for look in looks]
        if entry.id in LINES:
            pictures += [
                replace(page, line=True),
                replace(page, line=True, look=Look("zh", "phone", "dark")),
            ]
    return pictures


def gallery_text(pictures: Sequence[Picture]) -> str:
    """Return the gallery's page."""
    parts, last = [HEAD], ""
    for picture in pictures:
        if picture.page != last:
            last = picture.page
            text = KIT_TEXTS[f"nav.{last}"]
            parts.append(f"## {text.en} · {text.zh}\n")
        width = 260 if picture.look.size == "phone" else 800
        parts.append(f'<img src="screenshots/{picture.file}" width="{width}" alt="{picture.caption}">\n')
    return "\n".join(parts)


def every_look(named: Sequence[str]) -> list[Picture]:
    """Return all pages (or those named) and the first lines of their lists, in every look."""
    paths = named or [e.href for group in NAVIGATION for e in group.entries if e.built]
    return [
        Picture(_name(path), path, Look(language, size, theme), line)
        for language in LANGUAGES
        for size in SIZES
        for theme in THEMES
        for path in paths
        for line in (False, True)
    ]


def _name(path: str) -> str:
    inside = path.removeprefix("/console").strip("/")
    return "".join(c if c.isalnum() else "-" for c in inside) or "today"


async def take(origin: str, pictures: Sequence[Picture], into: Path) -> None:
    """Take the pictures; a list without lines has no picture of its first one."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for look in dict.fromkeys(picture.look for picture in pictures):
            width, height = SIZES[look.size]
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                locale=LANGUAGES[look.language],
                color_scheme="dark" if look.theme == "dark" else "light",
                reduced_motion="reduce",
            )
            page = await context.new_page()
            for picture in (picture for picture in pictures if picture.look == look):
                if await _open(page, origin, picture):
                    target = into / picture.file
                    await asyncio.to_thread(target.write_bytes, await _shoot(page, look))
                await page.set_viewport_size({"width": width, "height": height})
            await context.close()
        await browser.close()


async def _open(page: Any, origin: str, picture: Picture) -> bool:
    await page.goto(origin + picture.path)
    await _settled(page)
    if picture.line:
        first = page.locator("tr[data-href]").first
        if not await first.count():
            return False
        await page.goto(origin + str(await first.get_attribute("data-href")))
        await _settled(page)
    return True


async def _settled(page: Any) -> None:
    await page.wait_for_function(
        "() => !document.querySelector('.skeleton') && !document.querySelector('.htmx-request')"
    )
    # Names are put in last; a customer without one keeps its number.
    from playwright.async_api import TimeoutError as TimeoutOfPage

    with contextlib.suppress(TimeoutOfPage):
        await page.wait_for_function(
            "() => [...document.querySelectorAll('[data-name-of]')].every(e => e.textContent !== e.dataset.nameOf)",
            timeout=NAMES_TIMEOUT_MS,
        )


async def _shoot(page: Any, look: Look) -> bytes:
    """Return a WebP of the page, as good as its size allows."""
    width, height = SIZES[look.size]
    # As high as the page is, so that what sticks to an edge of the window is at the page's.
    tall = await page.evaluate("document.documentElement.scrollHeight")
    tallest = TALLEST_LIST if await page.locator("tr[data-href]").count() else TALLEST[look.size]
    await page.set_viewport_size({"width": width, "height": max(height, min(tall, tallest))})
    await page.wait_for_timeout(400)  # Charts are drawn anew when the window changes.
    session = await page.context.new_cdp_session(page)
    try:
        shown = await page.evaluate("innerHeight")
        clip = {"x": 0, "y": 0, "width": width, "height": shown, "scale": SCALE}
        for quality in QUALITIES:
            asked = {"format": "webp", "quality": quality, "clip": clip}
            answer = await session.send("Page.captureScreenshot", asked)
            picture = base64.b64decode(answer["data"])
            if len(picture) < LARGEST_BYTES:
                break
    finally:
        await session.detach()
    return picture


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("--origin", help="of a running installation; without it a demo is started")
    parser.add_argument("--every-look", action="store_true", help="both languages and themes, desk and phone")
    parser.add_argument(
        "--into", type=Path, help="default: docs/screenshots, with every look var/screenshots"
    )
    parser.add_argument("paths", nargs="*", help="addresses, with --every-look; without any: all pages")
    asked = parser.parse_args()
    if shutil.which("chromium") is None:
        sys.exit(
            "screenshots: there is no chromium on this machine (Debian: apt install chromium fonts-noto-cjk)"
        )
    looks = asked.every_look or bool(asked.paths)
    into: Path = asked.into or Path("var/screenshots" if looks else "docs/screenshots")
    pictures = every_look(asked.paths) if looks else gallery_of()
    into.mkdir(parents=True, exist_ok=True)
    with contextlib.nullcontext(asked.origin) if asked.origin else demo() as origin:
        asyncio.run(take(origin, pictures, into))
    if not looks and not asked.into:
        for gone in {path.name for path in into.glob("*.webp")} - {picture.file for picture in pictures}:
            (into / gone).unlink()
        GALLERY.write_text(gallery_text(pictures), "utf-8")
    sys.stdout.write(f"{len(list(into.glob('*.webp')))} pictures in {into}\n")


if __name__ == "__main__":
    main()
