"""``make screenshots``: every page of the console on a simulated business, for looking at.

    python -m deploy.screenshots [--origin http://127.0.0.1:8000] [--into var/screenshots] [PATH ...]

Without ``--origin`` it starts a demo, which takes some two minutes, and ends it. Needs Chromium on this machine.
"""

import argparse
import asyncio
import contextlib
import shutil
import sys
from pathlib import Path

from deploy.local.demo import demo
from services.kit.web.navigation import NAVIGATION

SIZES = {"desk": (1280, 800), "phone": (390, 844)}
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}


def paths_of(named: list[str]) -> list[str]:
    """Return the addresses to look at: those named, or every page of the navigation."""
    return named or [e.href for group in NAVIGATION for e in group.entries if e.built]


def file_name(path: str) -> str:
    """Return a file's name for an address."""
    inside = path.removeprefix("/console").strip("/")
    return "".join(c if c.isalnum() else "-" for c in inside) or "today"


async def take(origin: str, paths: list[str], into: Path) -> None:
    """Take the pictures: both languages and themes, desk and phone; the first row of a list is opened, too."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for language, locale in LANGUAGES.items():
            for size, (width, height) in SIZES.items():
                for theme in ("light", "dark"):
                    context = await browser.new_context(
                        viewport={"width": width, "height": height},
                        locale=locale,
                        color_scheme="dark" if theme == "dark" else "light",
                        reduced_motion="reduce",
                    )
                    page = await context.new_page()
                    wanted = list(paths)
                    while wanted:
                        path = wanted.pop(0)
                        await page.goto(origin + path)
                        await page.wait_for_function("() => !document.querySelector('.skeleton')")
                        # As high as the page is, so that what sticks to an edge of the window is at the page's.
                        tall = await page.evaluate("document.documentElement.scrollHeight")
                        await page.set_viewport_size({"width": width, "height": max(height, tall)})
                        await page.wait_for_timeout(300)
                        target = into / f"{file_name(path)}.{language}.{size}.{theme}.png"
                        await page.screenshot(path=target)
                        await page.set_viewport_size({"width": width, "height": height})
                        first = page.locator("tr[data-href]").first
                        if path in paths and await first.count():
                            wanted.append(str(await first.get_attribute("data-href")))
                    await context.close()
        await browser.close()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("--origin", help="of a running installation; without it a demo is started")
    parser.add_argument("--into", type=Path, default=Path("var/screenshots"))
    parser.add_argument("paths", nargs="*", help="addresses; without any: all pages of the navigation")
    asked = parser.parse_args()
    if shutil.which("chromium") is None:
        sys.exit(
            "screenshots: there is no chromium on this machine (Debian: apt install chromium fonts-noto-cjk)"
        )
    asked.into.mkdir(parents=True, exist_ok=True)
    with contextlib.nullcontext(asked.origin) if asked.origin else demo() as origin:
        asyncio.run(take(origin, paths_of(asked.paths), asked.into))
    sys.stdout.write(f"{len(list(asked.into.glob('*.png')))} pictures in {asked.into}\n")


if __name__ == "__main__":
    main()
