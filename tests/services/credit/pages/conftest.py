"""The pages of credit control in a browser, on a service with real books."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.kit.web.browser import browsing
from tests.kit.web.serving import served
from tests.services.credit.api.conftest import Till, installed, opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str
) -> AsyncIterator[Till]:
    """An installation of its own."""
    async with opened(await installed(postgres_server, tansu_server, credit_template)) as till:
        yield till


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def origin(office: Till) -> AsyncIterator[str]:
    """Where it is served."""
    async with served(office.client._transport.app) as address:  # type: ignore[attr-defined]
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as opened_browser:
        yield opened_browser
