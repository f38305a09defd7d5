"""A test message: sent now, with the true result, by whose affair the channel is."""

import pytest

from tests.services.insights.alerts.serving import Served
from tests.services.insights.delivery.outside import Outside, Reply
from tests.services.insights.delivery.test_delivery_api import DINGTALK, TOKEN
from tests.services.insights.delivery.test_delivery_api import server as server
from tests.services.insights.delivery.test_delivery_api import service as service

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_test_message_says_what_really_came_of_it(service: Served, server: Outside) -> None:
    async with service.client("S-1") as mine, service.client("S-2") as other, service.client() as boss:
        night = {"language": "en", "quiet_from": "00:00", "quiet_until": "23:59", "breaks_through": False}
        assert (await mine.put("/insights/recipients/people/S-1", json=night)).status_code == 200
        added = await mine.post("/insights/recipients/people/S-1/channels", json=DINGTALK)
        address = f"/insights/channels/{added.json()['channel_id']}/test"
        tried = (await mine.post(address)).json()
        assert (tried["sent"], tried["error"], tried["wait_seconds"]) == (True, "", None)
        assert server.seen[-1][0].startswith(f"POST /robot/send?access_token={TOKEN}&timestamp=")
        assert "This channel works" in server.seen[-1][1]
        # A robot that answers 200 and refuses has not taken it.
        server.replies = [Reply(body=b'{"errcode":310000,"errmsg":"keywords not in content"}')]
        refused = await mine.post(address)
        assert (refused.status_code, refused.json()["sent"]) == (200, False)
        assert refused.json()["error"] == "answered 200 with code 310000: keywords not in content"
        server.replies = [Reply(status=429, headers={"Retry-After": "90"})]
        waiting = (await boss.post(address)).json()
        assert (waiting["sent"], waiting["wait_seconds"]) == (False, 90.0)
        server.replies, seen = [Reply()], len(server.seen)
        assert (await other.post(address)).status_code == 404
        assert (await mine.delete(address.removesuffix("/test"))).status_code == 200
        assert (await mine.post(address)).status_code == 404
        assert len(server.seen) == seen
        assert TOKEN not in refused.text + str(tried) + str(waiting)
        rows = await service.runtime.database.pool.fetchval("SELECT count(*) FROM deliveries")
        assert rows == 0
