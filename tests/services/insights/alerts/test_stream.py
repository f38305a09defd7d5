"""The inbox live: a snapshot, then every step; after a reconnect what was missed, and a snapshot again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.insights.news import KEPT, AlertNews, news_of
from tests.services.insights.alerts.inbox import overdue, owes
from tests.services.insights.alerts.serving import Served, served, until, watching
from tests.services.insights.events import event, tick

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Served]:
    async with served(postgres_server, tansu_server) as running:
        await running.publish(
            tick("2026-01-05"),
            event("customer.assigned", salesperson_id="S-1"),
            event("customer.assigned", customer_id="C-2", salesperson_id="S-2"),
            overdue(1, 5),
        )
        yield running


async def test_a_snapshot_then_every_step_and_what_was_missed(service: Served) -> None:
    async with service.client("S-1") as client:

        async def arrived() -> bool:
            return bool((await client.get("/insights/alerts")).json()["items"])

        await until(arrived)
        async with watching(client) as stream:
            name, _, snapshot = await stream.next()
            assert (name, snapshot["total"]) == ("snapshot", 1)
            [alert] = snapshot["alerts"]
            # Nobody else's: S-2's comes first and is not seen.
            await service.publish(overdue(1, 5, customer_id="C-2"))
            await service.publish(overdue(2, 40))
            name, seen, change = await stream.next()
            assert (name, change["step"]) == ("change", "changed")
            assert (change["alert"]["alert_id"], change["alert"]["severity"]) == (
                alert["alert_id"],
                "critical",
            )
        await client.post(f"/insights/alerts/{alert['alert_id']}/acknowledgement", json={})
        await service.publish(owes(3))
        await until(lambda: _closed(service, alert["alert_id"]))
        async with watching(client, last_event_id=str(seen)) as stream:
            missed = [await stream.next() for _ in range(2)]
            assert [change["step"] for _, _, change in missed] == ["acknowledged", "resolved"]
            name, number, snapshot = await stream.next()
            assert (name, snapshot) == ("snapshot", {"total": 0, "alerts": []})
            assert number >= missed[-1][1] > seen


async def _closed(service: Served, alert_id: str) -> bool:
    async with service.client() as client:
        return bool((await client.get(f"/insights/alerts/{alert_id}")).json()["state"] == "resolved")


async def test_an_alert_that_is_given_away_leaves_the_page(service: Served) -> None:
    await service.publish(overdue(2, 6, customer_id="C-2"))
    async with service.client("S-2") as seller, service.client() as boss:

        async def mine() -> list[str]:
            items = (await seller.get("/insights/alerts?state=open")).json()["items"]
            return [item["alert_id"] for item in items]

        [alert_id] = await until(mine)
        async with watching(seller) as theirs, watching(boss, {"owner": "S-1"}) as other:
            assert (await theirs.next())[2]["total"] == 1
            assert (await other.next())[2]["total"] == 0
            await boss.post(f"/insights/alerts/{alert_id}/assignment", json={"owner": "S-1"})
            name, _, body = await theirs.next()
            assert (name, body) == ("removed", {"alert_id": alert_id})
            name, _, body = await other.next()
            assert (name, body["step"], body["alert"]["owner_id"]) == ("change", "assigned", "S-1")


async def test_another_process_hears_of_it(service: Served) -> None:
    """Steps are written by whatever process derives or serves: here by nobody this process knows of."""
    news = news_of(service.runtime)
    async with news.watched() as woken:
        before = news.since(0) or []
        async with service.runtime.database.unit_of_work() as unit:
            await unit.connection.execute(
                """INSERT INTO alert_history
                       (alert_id, version, step, at, by, reason, state, severity, owner_id, owner_role)
                   SELECT alert_id, version + 90, 'changed', now(), '', '', state, severity, owner_id, owner_role
                   FROM alerts ORDER BY alert_id LIMIT 1"""
            )
            await unit.connection.execute("SELECT pg_notify('insights_alerts', '')")
        await until(lambda: _is(woken.is_set()))
        assert len(news.since(0) or []) == len(before) + 1


async def _is(value: bool) -> bool:
    return value


async def test_whoever_fell_behind_is_told_to_begin_anew() -> None:
    news = AlertNews()
    for seq in range(1, KEPT + 11):
        news._keep([{"seq": seq}])
    assert news.since(9) is None
    kept = news.since(10)
    assert kept is not None
    assert (len(kept), kept[0]["seq"]) == (KEPT, 11)
    assert news.since(KEPT + 10) == []


async def test_who_may_watch(service: Served) -> None:
    async with service.client("admin") as ops:
        assert (await ops.get("/insights/alerts/stream")).status_code == 403
    async with service.client() as boss:
        assert (await boss.get("/insights/alerts/stream?severity=all")).status_code == 422
