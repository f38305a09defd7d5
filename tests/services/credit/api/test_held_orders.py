"""The queue of finance and its rulings, and decisions with their evidence."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def queue(till: Till, customer: str, **query: Any) -> list[dict[str, Any]]:
    page = await till.get("/held-orders", params={"customer": customer, **query})
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_the_queue_has_every_reason_in_words_and_numbers(till: Till) -> None:
    customer = await till.customer(
        "100.00", single_order_max="300.00", overdue={"max_amount": "10.00", "max_days": 5, "max_items": 0}
    )
    invoice = await till.invoice(customer, "60.00", due_on=DAY - timedelta(days=9))
    order = await till.order(customer, "400.00", 3, promised_on=DAY + timedelta(days=2))
    [held] = await queue(till, customer)
    assert (held["order_id"], held["amount"], held["exposure"], held["limit"]) == (
        order,
        "400.00",
        "60.00",
        "100.00",
    )
    assert held["age_days"] == 0
    assert {reason["rule"]: reason for reason in held["reasons"]} == {
        "limit": {
            "rule": "limit",
            "value": "460.00",
            "threshold": "100.00",
            "excess": "360.00",
            "documents": [],
            "text": "the exposure would be 460.00 CNY, the limit is 100.00 CNY: 360.00 CNY too much",
        },
        "single_order_maximum": {
            "rule": "single_order_maximum",
            "value": "400.00",
            "threshold": "300.00",
            "excess": "100.00",
            "documents": [],
            "text": "the order is 400.00 CNY, the largest single order allowed is 300.00 CNY: 100.00 CNY too much",
        },
        "overdue_amount": {
            "rule": "overdue_amount",
            "value": "60.00",
            "threshold": "10.00",
            "excess": "50.00",
            "documents": [invoice],
            "text": "60.00 CNY is overdue, 10.00 CNY is allowed: 50.00 CNY too much",
        },
        "overdue_days": {
            "rule": "overdue_days",
            "value": "9",
            "threshold": "5",
            "excess": "4",
            "documents": [invoice],
            "text": "the oldest overdue invoice is 9 days past its due day, 5 days are allowed",
        },
        "overdue_items": {
            "rule": "overdue_items",
            "value": "1",
            "threshold": "0",
            "excess": "1",
            "documents": [invoice],
            "text": "1 invoice is overdue, 0 are allowed",
        },
    }


async def test_the_queue_filters_and_sorts(till: Till) -> None:
    customer = await till.customer("100.00", single_order_max="500.00")
    oldest = await till.order(customer, "300.00", -2 * 24 * 60)
    middle = await till.order(customer, "900.00", 5)
    newest = await till.order(customer, "200.00", 6)

    async def listed(**query: Any) -> list[str]:
        return [item["order_id"] for item in await queue(till, customer, **query)]

    assert await listed() == [oldest, middle, newest]
    assert await listed(sort="-amount") == [middle, oldest, newest]
    assert await listed(rule="single_order_maximum") == [middle]
    assert await listed(rule="limit") == [oldest, middle, newest]
    assert await listed(min_amount="300") == [oldest, middle]
    assert await listed(min_age_days=1) == [oldest]
    assert await listed(currency="USD") == []
    assert (await queue(till, customer))[0]["age_days"] == 2
    first = await till.get("/held-orders", params={"customer": customer, "limit": 2})
    rest = await till.get("/held-orders", params={"customer": customer, "limit": 2, "cursor": first["next"]})
    assert [item["order_id"] for item in first["items"] + rest["items"]] == [oldest, middle, newest]
    wrong = await till.get("/held-orders", params={"rule": "mood"}, status=422)
    assert wrong["errors"][0]["field"] == "query.rule"


async def test_a_person_releases_and_the_decision_says_who_and_why(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "150.00")
    answer = await till.post(f"/held-orders/{order}/release", {"reason": "paid by phone"}, role="manager")
    assert answer["decision"]["by"] == "manager-person"
    assert answer["decision"]["comment"] == "paid by phone"
    assert answer["decision"]["released"] is True
    assert answer["account"]["balances"]["open_orders"] == "150.00"
    assert await queue(till, customer) == []

    decision = await till.get(f"/decisions/{order}", role="ops")
    assert [version["outcome"] for version in decision["versions"]] == ["held", "approved"]
    assert decision["effective"] == decision["versions"][-1] == answer["decision"]
    held = decision["versions"][0]
    assert (held["exposure"], held["limit"], held["policy_version"], held["by"]) == (
        "0.00",
        "100.00",
        1,
        None,
    )
    assert [reason["rule"] for reason in held["reasons"]] == ["limit"]
    assert held["event"].startswith("pos/")
    assert decision["order"]["status"] == "approved"


async def test_a_person_rejects(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "150.00")
    answer = await till.post(f"/held-orders/{order}/rejection", {"reason": "no security"})
    assert answer["decision"]["outcome"] == "rejected"
    assert answer["decision"]["reasons"][0]["text"] == "rejected by hand: no security"
    assert answer["account"]["standing"]["held_orders"] == 0
    assert await till.outcome(order) == "rejected"


async def test_of_two_rulings_at_once_exactly_one_wins(till: Till) -> None:
    customer = await till.customer("100.00")
    for first, second in (("release", "release"), ("release", "rejection")):
        order = await till.order(customer, "150.00")
        answers = await asyncio.gather(
            till.ask("POST", f"/held-orders/{order}/{first}", {"reason": "one"}),
            till.ask("POST", f"/held-orders/{order}/{second}", {"reason": "two"}, role="manager"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        [refused] = [answer.json() for answer in answers if answer.status_code == 409]
        assert "not held" in refused["errors"][0]["reason"]
        assert refused["errors"][0]["field"] == "path.order_id"
        assert "decision 2:" in refused["detail"]
        assert "-person at" in refused["detail"]


async def test_a_release_against_a_cancellation_leaves_one_of_two_states(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "150.00")
    answer, _ = await asyncio.gather(
        till.ask("POST", f"/held-orders/{order}/release", {"reason": "one"}),
        till.happened("order.cancelled", 9, customer_id=customer, order_id=order),
    )
    assert answer.status_code in (200, 409)
    assert (await till.get(f"/decisions/{order}"))["order"]["status"] == "cancelled"
    account = await till.get(f"/accounts/{customer}")
    assert account["balances"]["exposure"] == "0.00"


async def test_what_is_not_held_cannot_be_ruled_on(till: Till) -> None:
    customer = await till.customer("500.00")
    order = await till.order(customer, "150.00")
    refused = await till.post(f"/held-orders/{order}/release", {"reason": "x"}, status=409)
    assert refused["errors"] == [
        {"field": "path.order_id", "reason": f"order {order!r} is approved, not held"}
    ]
    missing = await till.post("/held-orders/NEVER/release", {"reason": "x"}, status=404)
    assert missing["errors"] == [{"field": "path.order_id", "reason": "is not known"}]
    wrong = await till.post(f"/held-orders/{order}/release", {}, status=422)
    assert wrong["errors"] == [{"field": "reason", "reason": "is missing"}]


async def test_an_order_of_a_blacklisted_customer_cannot_be_released(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "150.00")
    await till.happened("customer.blacklisted", 3, customer_id=customer, reason="fraud")
    refused = await till.post(f"/held-orders/{order}/release", {"reason": "x"}, status=409)
    assert "blacklisted" in refused["detail"]


async def test_an_idempotency_key_rules_once(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "150.00")
    key = {"Idempotency-Key": till.new("key")}
    path, body = f"/held-orders/{order}/release", {"reason": "agreed"}
    answers = [await till.ask("POST", path, body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_a_refusal_is_not_kept_under_its_key(till: Till) -> None:
    customer = await till.customer("500.00")
    order, key = till.new("O"), {"Idempotency-Key": till.new("key")}
    path, body = f"/held-orders/{order}/release", {"reason": "agreed"}
    assert (await till.ask("POST", path, body, headers=key)).status_code == 404
    await till.order(customer, "900.00", order_id=order)
    assert (await till.ask("POST", path, body, headers=key)).status_code == 200


async def test_a_decision_keeps_every_version(till: Till) -> None:
    customer = await till.customer("100.00")
    order = await till.order(customer, "50.00", 1)
    for revision, amount in enumerate(("150.00", "90.00", "95.00"), 1):
        await till.happened(
            "order.amended",
            1 + revision,
            customer_id=customer,
            order_id=order,
            revision=revision,
            amount=amount,
        )
    decision = await till.get(f"/decisions/{order}")
    assert [(v["version"], v["outcome"], v["released"], v["amount"]) for v in decision["versions"]] == [
        (1, "approved", False, "50.00"),
        (2, "held", False, "150.00"),
        (3, "approved", True, "90.00"),
        (4, "approved", False, "95.00"),
    ]
    assert decision["order"]["amount"] == "95.00"


async def test_an_order_that_is_only_announced_has_no_decision(till: Till) -> None:
    customer, order = await till.customer(), till.new("O")
    await till.get(f"/decisions/{order}", status=404)
    await till.happened("order.cancelled", 1, customer_id=customer, order_id=order)
    missing = await till.get(f"/decisions/{order}", status=404)
    assert "only announced" in missing["errors"][0]["reason"]
    await till.order(customer, "10.00", 2, order_id=order)
    decision = await till.get(f"/decisions/{order}")
    assert decision["effective"]["reasons"][0]["text"] == "cancelled before it was placed"
