"""The pages of the customer archive in a browser, on a running service."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.customers.app import service
from tests.kit.web.browser import browsing
from tests.kit.web.serving import served
from tests.services.harness import Installation, installation


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    """An installation of its own."""
    async with installation(service, postgres_server, tansu_server) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def origin(office: Installation) -> AsyncIterator[str]:
    """Where it is served."""
    async with served(office.replicas[0].app) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as opened_browser:
        yield opened_browser
