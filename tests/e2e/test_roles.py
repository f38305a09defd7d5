"""Every page that a role sees, walked over a whole business by somebody in that role, in both languages and widths."""

import pytest

from services.kit.http.auth import Principal
from services.kit.web.navigation import navigation_of
from tests.e2e.shop import ROLES, Shop
from tests.kit.web.browser import SIZES, Looked, browsing

pytestmark = pytest.mark.slow

LOOKS = (("en", "desk", True), ("zh", "phone", True), ("en", "phone", False), ("zh", "desk", False))
"""Language, size, and whether axe is asked."""


def pages_of(role: str) -> list[str]:
    groups = navigation_of(Principal("somebody", role))  # type: ignore[arg-type]
    return [entry.href for group in groups for entry in group.entries]


async def _findings(looked: Looked, path: str, name: str, *, axe: bool, line: bool) -> list[str]:
    """Open a page, and what the first line of its list leads to; return what is wrong with them."""
    found = []
    for step in ("", " first line") if line else ("",):
        if step:
            first = looked.page.locator("tr[data-href]").first
            if not await first.count():
                break
            path = str(await first.get_attribute("data-href"))
        answer = await looked.page.goto(looked.origin + path)
        if answer is None or answer.status != 200:
            found.append(f"{name}{step}: {path} answers {answer and answer.status}")
        await looked.settled()
        try:
            await looked.check(f"{name}{step}", axe=axe, chinese=False)
        except AssertionError as error:
            found.append(str(error))
            looked.wrong.clear()
    return found


@pytest.mark.parametrize("role", ROLES)
async def test_every_page_of_a_role_is_sound(shop: Shop, role: str) -> None:
    """No message in the console, no request to outside, nothing for axe to find, nothing wider than the window.

    The navigation shows what the role may open and nothing else. axe looks at each language and width once, and a
    manager, who sees every kind of page, opens the first line of every list, too.
    """
    pages, wrong = pages_of(role), []
    assert "/console/" in pages
    async with browsing() as browser:
        for language, size, axe in LOOKS:
            async with shop.signed_in(browser, role, language, size=SIZES[size]) as looked:
                links = looked.page.locator("nav.side a")
                assert await links.evaluate_all("all => all.map(a => a.getAttribute('href'))") == pages
                for path in pages:
                    name = f"{path} {role} {language} {size}"
                    wrong += await _findings(looked, path, name, axe=axe, line=axe and role == "manager")
    assert not wrong, "\n".join(wrong)
