"""Recipients, channels and deliveries over HTTP: whose affair they are, and that secrets never come out."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.insights.alerts.inbox import overdue
from tests.services.insights.alerts.serving import Served, served, until
from tests.services.insights.delivery.outside import Outside, Reply, outside
from tests.services.insights.events import event, tick

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "0123456789abcdef" * 4
DINGTALK = {
    "kind": "dingtalk",
    "address": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "secret": f"SEC{TOKEN}",
}


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with outside() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, server: Outside
) -> AsyncIterator[Served]:
    settings = {"delivery_origins": server.stand_ins, "delivery_networks": "127.0.0.0/8"}
    async with served(postgres_server, tansu_server, **settings) as running:
        await running.publish(tick("2026-01-05"), event("customer.assigned", at=-1))
        yield running


async def test_from_an_event_to_a_phone(service: Served, server: Outside) -> None:
    async with service.client("S-1") as seller, service.client("admin") as ops, service.client() as boss:
        preferences = {"language": "zh", "digest_minutes": 0}
        answer = await seller.put("/insights/recipients/people/S-1", json=preferences)
        assert (answer.status_code, answer.json()["timezone"]) == (200, "Asia/Shanghai")
        added = await seller.post("/insights/recipients/people/S-1/channels", json=DINGTALK)
        assert added.status_code == 201, added.text
        channel = added.json()
        server.replies = [Reply(body=b'{"errcode":310000,"errmsg":"keywords not in content"}')]
        await service.publish(overdue(1, 5))

        async def tried() -> list[dict[str, Any]]:
            found = (await ops.get("/insights/deliveries?state=pending")).json()["items"]
            return [item for item in found if item["attempts"]]

        [delivery] = await until(tried)
        assert delivery["last_error"] == "answered 200 with code 310000: keywords not in content"
        server.replies = [Reply()]
        retried = await seller.post(f"/insights/channels/{channel['channel_id']}/retry")
        assert retried.json() == {"channel_id": channel["channel_id"], "deliveries": 0}

        async def sent() -> list[dict[str, Any]]:
            items: list[dict[str, Any]] = (await seller.get("/insights/deliveries?state=sent")).json()[
                "items"
            ]
            return items

        await until(sent)
        assert server.seen[-1][0].startswith(f"POST /robot/send?access_token={TOKEN}&timestamp=")
        assert "已逾期" in server.seen[-1][1].encode().decode("unicode_escape")
        shown = ""
        for client in (seller, boss):
            for address in ("recipients", "channels", "deliveries"):
                shown += (await client.get(f"/insights/{address}")).text
        shown += (await seller.get("/metrics")).text + added.text + retried.text
        assert TOKEN not in shown
        assert channel["place"] == "oapi.dingtalk.com"


async def test_whose_affair_it_is(service: Served) -> None:
    async with service.client("S-2") as other, service.client() as boss:
        assert (await other.put("/insights/recipients/people/S-1", json={})).status_code == 403
        assert (
            await other.post("/insights/recipients/people/S-1/channels", json=DINGTALK)
        ).status_code == 403
        assert (await other.put("/insights/recipients/roles/sales", json={})).status_code == 403
        assert (await boss.put("/insights/recipients/roles/finance", json={})).status_code == 200
        assert (await boss.put("/insights/recipients/roles/tills", json={})).status_code == 422
        theirs = await boss.post("/insights/recipients/roles/finance/channels", json=DINGTALK)
        channel_id = theirs.json()["channel_id"]
        assert (await other.delete(f"/insights/channels/{channel_id}")).status_code == 404
        assert (await other.get("/insights/channels")).json()["items"] == []
        assert (await boss.delete(f"/insights/channels/{channel_id}")).status_code == 200
        assert (await boss.delete(f"/insights/channels/{channel_id}")).status_code == 404
        gone = await service.runtime.database.pool.fetchrow(
            "SELECT address, secret FROM channels WHERE channel_id = $1", channel_id
        )
        assert gone is not None
        assert tuple(gone) == ("", "")


async def test_a_channel_is_changed_and_switched_off_and_on(service: Served, server: Outside) -> None:
    server.replies = [Reply()]
    async with service.client("S-2") as other, service.client() as boss:
        added = await boss.post("/insights/recipients/people/S-9/channels", json=DINGTALK)
        path = f"/insights/channels/{added.json()['channel_id']}"
        await boss.put("/insights/recipients/people/S-9", json={"digest_minutes": 0})
        assert (await other.patch(path, json={"enabled": False})).status_code == 404
        off = (await boss.patch(path, json={"enabled": False})).json()
        assert (off["enabled"], off["fingerprint"]) == (False, added.json()["fingerprint"])
        assert (await boss.post(f"{path}/retry")).status_code == 409
        await service.publish(event("customer.assigned", at=-1, customer_id="C-9", salesperson_id="S-9"))
        await service.publish(overdue(1, 9, customer_id="C-9"))

        async def raised() -> bool:
            return bool((await boss.get("/insights/alerts?customer=C-9")).json()["items"])

        await until(raised)
        theirs = f"/insights/deliveries?channel={added.json()['channel_id']}"
        assert (await boss.get(theirs)).json()["items"] == []
        moved = {"address": f"https://oapi.dingtalk.com/robot/send?access_token=f{TOKEN}", "enabled": True}
        on = await boss.patch(path, json=moved | {"min_severity": "warning"})
        assert (on.json()["enabled"], on.json()["min_severity"]) == (True, "warning")
        assert on.json()["fingerprint"] != added.json()["fingerprint"]
        # The secret stayed: the message is signed.
        assert (await boss.post(f"{path}/test")).json()["sent"]
        assert server.seen[-1][0].startswith(f"POST /robot/send?access_token=f{TOKEN}&timestamp=")
        refused = await boss.patch(path, json={"address": f"https://evil.example/{TOKEN}"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "address")
        await service.publish(overdue(2, 40, customer_id="C-9"))

        async def sent() -> bool:
            return bool((await boss.get(f"{theirs}&state=sent")).json()["items"])

        await until(sent)
        assert TOKEN not in on.text + refused.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "22:00+08:00", "quiet_until": "07:00"}, "quiet_from"),
        ({"quiet_from": "late", "quiet_until": "07:00"}, "quiet_from"),
        ({"digest_minutes": -1}, "digest_minutes"),
        ({"loud": True}, "loud"),
    ],
)
async def test_preferences_that_are_refused(service: Served, body: dict[str, Any], field: str) -> None:
    async with service.client("S-1") as client:
        answer = await client.put("/insights/recipients/people/S-1", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "dingtalk", "address": f"https://evil.example/{TOKEN}"}, "address"),
        ({"kind": "dingtalk", "address": [TOKEN]}, "address"),
        ({"kind": "webhook", "address": f"https://169.254.169.254/{TOKEN}"}, "address"),
        ({"kind": "webhook", "address": f"https://user:{TOKEN}@example.com/"}, "address"),
        ({"kind": "mail", "address": "li.na@example.com"}, "kind"),
        ({"kind": "pager", "address": TOKEN}, "kind"),
        ({**DINGTALK, "secret": 5}, "secret"),
        ({**DINGTALK, "other": TOKEN}, "other"),
    ],
)
async def test_channels_that_are_refused_without_repeating_them(
    service: Served, body: dict[str, Any], field: str
) -> None:
    async with service.client("S-1") as client:
        answer = await client.post("/insights/recipients/people/S-1/channels", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert TOKEN not in answer.text
