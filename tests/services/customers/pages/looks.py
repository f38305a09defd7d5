"""Looking at the archive's pages, in a role."""

from typing import Any

from playwright.async_api import Browser, expect

from tests.kit.web.browser import Looked, looking
from tests.services.harness import Installation, bearer


def desk(browser: Browser, origin: str, role: str = "manager", **options: Any):  # type: ignore[no-untyped-def]
    """A window of somebody in a role; the other services answer with nothing."""
    return looking(browser, origin, **({"headers": bearer(role), "alone": "customers"} | options))


async def said(looked: Looked, text: str) -> None:
    """Wait for the short message that says what was done."""
    await expect(looked.page.get_by_role("status").last).to_contain_text(text)


async def follow_up(office: Installation, **fields: Any) -> str:
    """Record or plan a follow-up."""
    answer = await office.client.post(
        "/follow-ups", json={"how": "call", "next_step": "send the offer", **fields}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["follow_up_id"])


async def page_of(office: Installation, path: str, role: str) -> tuple[int, str]:
    """What a page answers to a role, without a browser."""
    answer = await office.client.get(path, headers=bearer(role) | {"Accept": "text/html"})
    return answer.status_code, answer.text
