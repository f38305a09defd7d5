"""The pages of insights in a browser, on a service with a year of trade."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest_asyncio
from playwright.async_api import Browser

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.kit.web.browser import browsing
from tests.services.insights.alerts.serving import Served, served, until
from tests.services.insights.pages.trade import BUYS, MIX, POLICIES, history


@asynccontextmanager
async def settled_shop(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Served]:
    """An installation in which everything has been derived."""
    async with served(postgres_server, tansu_server, clock="events") as running:
        await running.publish(*history())
        async with running.client() as boss:
            for of, policy in POLICIES.items():
                body = {"from_day": "2025-01-01", "policy": policy, "reason": "as agreed"}
                stored = await boss.post(
                    f"/insights/{of}/policies", json=body, headers={"Idempotency-Key": f"set-{of}"}
                )
                assert stored.status_code == 201, stored.text
            stored = await boss.put(
                "/insights/mix/comparisons/tea",
                json={"comparison": MIX, "reason": "more tea"},
                headers={"Idempotency-Key": "set-tea"},
            )
            assert stored.status_code == 200, stored.text

        async def there() -> bool:
            async with running.client() as boss:
                forecasts = (await boss.get("/insights/forecasts/customers")).json()["items"]
                classes = (await boss.get("/insights/segments/customers")).json()["items"]
                alerts = (await boss.get("/insights/alerts?kind=overdue")).json()["items"]
                spells = (await boss.get("/insights/dormant/spells")).json()["items"]
                tiers = (await boss.get("/insights/commission/tiers")).json()["items"]
                mixed = (await boss.get("/insights/mix/comparisons/tea/customers")).json()["items"]
            ranked = [item["overall"] for item in classes]
            kept = any(tier["clawed_back"] != "0.00" for tier in tiers)
            return (
                len(forecasts) == len(BUYS)
                and len(alerts) == 10
                and bool(spells)
                and any(ranked)
                and kept
                and bool(mixed)
            )

        await until(there)
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Served]:
    """One for all tests that leave its settings alone; what changes them takes ``own_shop``."""
    async with settled_shop(postgres_server, tansu_server) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_shop(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Served]:
    """One for a file alone."""
    async with settled_shop(postgres_server, tansu_server) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as opened_browser:
        yield opened_browser
