"""From an alert to a message: whom it reaches, when, once, and what happens when the other side fails."""

import asyncio
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest

from services.insights.delivery.courier import measure
from services.kit import metrics
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox, overdue, owes
from tests.services.insights.delivery.outside import Outside, Reply, outside
from tests.services.insights.delivery.post import Post
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing

HOUR = 3_600


@pytest.fixture
def server() -> Iterator[Outside]:
    with outside() as running:
        yield running


@pytest.fixture
async def post(database: Database, server: Outside) -> Post:
    return Post(database, server)


@pytest.fixture
async def inbox(processing: Processing, database: Database) -> Inbox:
    opened = Inbox(processing, database)
    await opened.after(tick("2026-01-05"), event("customer.created", name="锦程"), event("customer.assigned"))
    return opened


async def test_an_alert_reaches_its_owner_once(inbox: Inbox, post: Post) -> None:
    await post.add("S-1", language="zh")
    await post.add("S-2")
    await inbox.after(overdue(1, 5))
    await inbox.after(overdue(2, 6))
    await post.serve()
    await post.serve(later_s=HOUR)
    [message] = post.messages()
    assert (message["title"], message["message"]) == (
        "[警告] 锦程 已逾期 6 天",
        "¥80.00，共 1 张发票\n建议：催收并约定付款日。",
    )
    [delivery] = await post.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["channel_id"]) == ("sent", 1, "channel-S-1")


async def test_again_when_it_becomes_worse_and_only_what_is_serious_enough(inbox: Inbox, post: Post) -> None:
    await post.add("S-1", min_rank=2)
    await inbox.after(overdue(1, 5))
    assert await post.deliveries() == []
    await inbox.after(overdue(2, 40))
    await inbox.after(owes(3))
    await post.serve()
    [message] = post.messages()
    assert message["title"] == "[CRITICAL] 锦程 is overdue for 40 days (settled meanwhile)"


async def test_everybody_of_a_role(inbox: Inbox, post: Post) -> None:
    await post.add("finance", scope="roles")
    await post.add("finance-person")
    await inbox.after(
        event(
            "credit.approval_requested",
            approval_id="A-1",
            kind="release",
            currency="CNY",
            amount="5.00",
            requested_by="li.na",
            reason="",
        )
    )
    await post.serve()
    assert [line.split(" ")[1] for line, _ in post.server.seen] == ["/finance"]


async def test_quiet_hours_put_off_and_nothing_is_lost(inbox: Inbox, post: Post) -> None:
    quiet: dict[str, Any] = {"timezone": "UTC", "quiet_from": time(0), "quiet_until": time(0)}
    await post.add("S-1", breaks_through=False, **quiet)
    await inbox.after(overdue(1, 40))
    await post.serve()
    assert (post.messages(), await post.states()) == ([], ["pending"])
    [delivery] = await post.deliveries()
    assert delivery["not_before"] > post.now
    async with post.database.unit_of_work() as unit:
        await unit.connection.execute("UPDATE recipients SET quiet_from = NULL, quiet_until = NULL")
    await post.serve(later_s=24 * HOUR)
    assert (len(post.messages()), await post.states()) == (1, ["sent"])


async def test_a_digest_in_place_of_many(inbox: Inbox, post: Post) -> None:
    await post.add("S-1", digest_minutes=10, digest_count=1_000)
    customers = [f"C-{n:02}" for n in range(30)]
    await inbox.after(*(event("customer.assigned", customer_id=c) for c in customers))
    await inbox.after(*(overdue(1, 5, customer_id=c) for c in customers))
    await post.serve()
    assert post.messages() == []
    await post.serve(later_s=11 * 60)
    [message] = post.messages()
    assert message["title"] == "30 alerts: 30 warning"
    assert message["message"].split("\n")[-1] == "... and 10 more in the inbox"
    assert set(await post.states()) == {"sent"}


async def test_an_hour_of_outage_loses_nothing(inbox: Inbox, post: Post) -> None:
    post.server.replies = [Reply(500)]
    await post.add("S-1")
    await inbox.after(overdue(1, 5))
    for minutes in range(61):
        await post.serve(later_s=60 if minutes else 0)
    assert await post.states() == ["pending"]
    [failing] = await post.deliveries()
    assert 6 <= failing["attempts"] <= 9
    assert failing["last_error"] == "answered 500"
    post.server.replies = [Reply()]
    await post.serve(later_s=HOUR)
    assert await post.states() == ["sent"]


async def test_what_never_arrives_is_given_up_and_shown(inbox: Inbox, post: Post) -> None:
    post.server.replies = [Reply(404)]
    await post.add("S-1")
    await inbox.after(overdue(1, 5))
    for _ in range(14):
        await post.serve(later_s=2 * HOUR)
    [failed] = await post.deliveries()
    assert (failed["state"], failed["attempts"]) == ("failed", 12)
    assert len(post.server.seen) == 12
    await measure(post.database, post.now)
    assert metrics.DELIVERIES_FAILED._value.get() == 1


async def test_too_many_messages_rest_as_long_as_asked(inbox: Inbox, post: Post) -> None:
    post.server.replies = [Reply(429, headers={"Retry-After": "1800"}), Reply()]
    await post.add("S-1")
    await inbox.after(overdue(1, 5))
    await post.serve()
    await post.serve(later_s=1_700)
    assert await post.states() == ["pending"]
    await post.serve(later_s=120)
    assert await post.states() == ["sent"]


async def test_a_channel_that_hangs_holds_up_no_other(inbox: Inbox, post: Post) -> None:
    post.deadline_s = 1.0
    await post.add("S-1")
    await post.add("S-2")
    await inbox.after(event("customer.assigned", customer_id="C-2", salesperson_id="S-2"))
    post.server.replies = [Reply(drip_s=0.1), Reply()]
    await inbox.after(overdue(1, 5), overdue(1, 5, customer_id="C-2"))
    await post.serve()
    assert sorted(await post.states()) == ["pending", "sent"]


async def test_a_crash_between_sending_and_marking_repeats_one_message(inbox: Inbox, post: Post) -> None:
    await post.add("S-1")
    await inbox.after(overdue(1, 5))
    post.now += timedelta(seconds=5)
    courier = post.courier()

    async def crashed(*arguments: object) -> None:
        raise asyncio.CancelledError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("services.insights.delivery.courier.mark", crashed)
        await asyncio.gather(courier.step(), return_exceptions=True)
    courier.close()
    assert (len(post.messages()), await post.states()) == (1, ["pending"])
    await post.serve()
    assert len(post.messages()) == 1, "the lease of the one that died still holds"
    await post.serve(later_s=120)
    assert (len(post.messages()), await post.states()) == (2, ["sent"])


async def test_several_processes_send_each_once(inbox: Inbox, post: Post) -> None:
    customers = [f"C-{n:02}" for n in range(20)]
    for n, customer in enumerate(customers):
        await post.add(f"P-{n:02}")
        await inbox.processing.apply(
            event("customer.assigned", customer_id=customer, salesperson_id=f"P-{n:02}"),
            overdue(1, 5, customer_id=customer),
        )
    await inbox.derive()
    post.now += timedelta(seconds=5)
    couriers = [post.courier() for _ in range(3)]
    for _ in range(5):
        await asyncio.gather(*(courier.step() for courier in couriers))
    for courier in couriers:
        courier.close()
    assert set(await post.states()) == {"sent"}
    assert len(post.messages()) == len(customers)
    assert len({line for line, _ in post.server.seen}) == len(customers)
