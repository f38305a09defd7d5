"""A window in which somebody looks at the pages of insights alone."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from playwright.async_api import Browser

from tests.kit.web.browser import Looked, looking
from tests.services.insights.alerts.serving import KEYS, Served


def desk(
    browser: Browser, shop: Served, name: str = "boss", **options: Any
) -> AbstractAsyncContextManager[Looked]:
    """Open a window of one of ``alerts.serving.PEOPLE``."""
    headers = {"Authorization": f"Bearer {KEYS[name]}"}
    return looking(browser, shop.address, headers=headers, alone="insights", **options)
