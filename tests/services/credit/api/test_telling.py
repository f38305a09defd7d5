"""Whoever follows topic `credit` hears at once of a hold, a claim, a request for approval, and a release."""

from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import decode
from tests.services.credit.api.conftest import Till
from tests.services.credit.api.test_approvals import ceiling, limit_of
from tests.services.credit.events import DAY, partition
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_alert_has_what_it_needs_as_soon_as_it_happens(till: Till) -> None:
    await ceiling(till, "clerk", "100.00")
    customer = await till.customer("100.00")
    order = await till.order(customer, "500.00")
    settings = till.runtime.settings
    place = TopicPartition(settings.topic("credit"), partition(customer))
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_end(place)
        path, why = f"/held-orders/{order}", {"reason": "good customer"}
        await till.post(f"{path}/claim", None, role="clerk")
        request = await till.post(f"{path}/release", why, role="clerk", status=202)
        await till.post(f"/credit/approvals/{request['approval_id']}/approval", why, role="manager")
        await till.post(f"/accounts/{customer}/temporary-limit", limit_of("900.00"), role="clerk", status=202)
        heard: dict[str, Any] = {}
        while "temporary_limit" not in heard:
            record = await consumer.getone()
            event = decode(record.value)
            if event.key == customer:
                kind = getattr(event.data, "kind", None)
                heard[kind if kind == "temporary_limit" else event.type] = event.data
    finally:
        await consumer.stop()
    assigned, asked = heard["credit.case_assigned"], heard["credit.approval_requested"]
    released, limit = heard["credit.order_released"], heard["temporary_limit"]
    assert (assigned.order_id, assigned.owner, assigned.amount) == (order, "clerk", "500.00")
    assert (asked.order_id, asked.amount, asked.requested_by) == (order, "500.00", "clerk")
    assert asked.due_on is not None
    assert (released.by, released.approved_by, released.comment) == (
        "clerk",
        "manager-person",
        "good customer",
    )
    assert (limit.customer_id, limit.amount, limit.order_id) == (customer, "900.00", None)


async def test_a_risk_class_that_gets_worse_is_heard_of(till: Till) -> None:
    customer = await till.customer("100000.00")
    settings = till.runtime.settings
    place = TopicPartition(settings.topic("credit"), partition(customer))
    pool = till.runtime.database.pool
    told = "SELECT told_class FROM risk_standings WHERE customer_id = $1"
    await till.get(f"/accounts/{customer}/risk")

    async def noted() -> bool:
        return await pool.fetchval(told, customer) is not None

    await until(noted)
    before = await pool.fetchval(told, customer)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_end(place)
        for _ in range(5):
            await till.invoice(customer, "90000.00", due_on=DAY - timedelta(days=150), issued_on=DAY)
        while True:
            event = decode((await consumer.getone()).value)
            if event.key == customer and event.type == "credit.risk_class_changed":
                break
    finally:
        await consumer.stop()
    risk = await till.get(f"/accounts/{customer}/risk")
    assert event.data.worse
    assert event.data.previous_class == before < event.data.risk_class
    assert event.data.factors[0].name in {factor["name"] for factor in risk["factors"]}
