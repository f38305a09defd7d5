"""The simulated business hears through Kafka what was decided on its orders."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from contracts.codec import decode, encode, new_event
from contracts.envelope import Event
from contracts.events.credit import OrderApproved, OrderHeld
from deploy.feed.decisions import CreditDecisions, DecisionsMissing
from deploy.feed.replay import ReplayOptions, replay
from deploy.feed.target import Target
from tests.feed.brokers import PARTITIONS, everything, small_feed


def decision(model: type[OrderApproved] | type[OrderHeld], order: Event[Any], version: int = 1) -> Event[Any]:
    data = order.data
    body = model(
        order_id=data.order_id,
        customer_id=data.customer_id,
        currency=data.currency,
        amount=data.amount,
        outcome="approved" if model is OrderApproved else "held",
        decision_version=version,
        reasons=[],
        policy_version=1,
        exposure="0",
        limit=None,
        journal_seq=version,
        order_occurred_at=order.occurred_at,
    )
    name = f"{data.order_id}-{version}"
    return new_event(body, id=name, occurred_at=order.occurred_at, key=data.customer_id, producer="credit")


class SmallCreditService:
    """Holds every third order for two of its looks, approves the others: enough to close the loop."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.held: set[str] = set()

    async def run(self) -> None:
        consumer, producer = self._target.consumer(), self._target.producer()
        await consumer.start()
        await producer.start()
        try:
            places = [TopicPartition(self._target.topic("orders"), number) for number in range(PARTITIONS)]
            consumer.assign(places)
            await consumer.seek_to_beginning()
            while True:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    for record in records:
                        await self._decide(producer, decode(record.value))
        finally:
            await consumer.stop()
            await producer.stop()

    async def _decide(self, producer: Any, event: Event[Any]) -> None:
        if event.type != "order.placed":
            return
        hold = int(event.data.order_id[-6:]) % 3 == 0
        if hold:
            self.held.add(event.data.order_id)
        answer = encode(decision(OrderHeld if hold else OrderApproved, event))
        topic = self._target.topic("credit")
        await producer.send_and_wait(topic, answer, key=event.key.encode(), headers=[("id", b"x")])


async def test_the_loop_closes_through_the_credit_topic(embedded: Target, tmp_path: Path) -> None:
    state = tmp_path / "feed.json"
    record = tmp_path / "feed.decisions"
    service = SmallCreditService(embedded)
    task = asyncio.create_task(service.run())
    try:
        for limit in (400, None):
            options = ReplayOptions(state_file=state, max_events=limit)
            async with CreditDecisions(embedded, timeout_s=30, record=record) as decisions:
                summary = await replay(
                    small_feed(30, 12, decisions=decisions), embedded, options, decisions=decisions
                )
        assert summary.finished
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    shipped = set()
    for place, records in (await everything(embedded)).items():
        if place.topic == embedded.topic("orders"):
            events = [decode(record.value) for record in records]
            shipped |= {event.data.order_id for event in events if event.type == "order.shipped"}
    assert len(service.held) > 5
    assert shipped
    assert not shipped & service.held
    answers = dict(line.split(" ") for line in record.read_text().splitlines())
    assert {answers[order_id] for order_id in shipped if order_id in answers} == {"approved"}


async def test_a_silent_credit_service_is_named(embedded: Target) -> None:
    async with CreditDecisions(embedded, timeout_s=0.3) as decisions:
        feed = small_feed(decisions=decisions)
        with pytest.raises(DecisionsMissing, match="is the credit service running"):
            await replay(feed, embedded, decisions=decisions)


async def test_later_decisions_replace_earlier_ones_whatever_their_order(embedded: Target) -> None:
    order = next(event for event in small_feed().events if event.type == "order.placed")
    producer = embedded.producer()
    await producer.start()
    for event in (decision(OrderApproved, order, 2), decision(OrderHeld, order, 1)):
        await producer.send_and_wait(embedded.topic("credit"), encode(event), partition=0)
    await producer.send_and_wait(embedded.topic("credit"), b"no json", partition=0)
    await producer.stop()
    async with CreditDecisions(embedded, timeout_s=10) as decisions:
        decisions.expect(order.data.order_id)
        await decisions.settled()
        assert decisions(order.data.order_id) == "approved"
        assert decisions("unknown") is None
