"""Held orders as work: deadlines, escalation, claims, notes, history."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Monday; the policy delivered gives two working days.
DUE = DAY + timedelta(days=2)


async def held(till: Till, customer: str, order: str) -> dict[str, Any]:
    page = await till.get("/held-orders", params={"customer": customer})
    [found] = [item for item in page["items"] if item["order_id"] == order]
    return dict(found)


async def published(till: Till, customer: str, *types: str) -> list[dict[str, Any]]:
    """Bodies of the events of these types about a customer, in the order of their commits."""
    rows = await till.runtime.database.pool.fetch(
        "SELECT value FROM outbox WHERE topic = 'credit' AND key = $1 ORDER BY batch_id, position",
        customer.encode(),
    )
    events = [json.loads(row["value"]) for row in rows]
    return [{"type": e["type"], **e["data"]} for e in events if e["type"] in types]


async def a_held_order(till: Till, amount: str = "150.00", **fields: Any) -> tuple[str, str]:
    customer = await till.customer("100.00")
    return customer, await till.order(customer, amount, **fields)


async def test_a_held_order_has_a_deadline_that_the_event_names_too(till: Till) -> None:
    customer, order = await a_held_order(till)
    found = await held(till, customer, order)
    assert (found["due_on"], found["escalated"], found["owner"]) == (DUE.isoformat(), 0, None)
    [event] = await published(till, customer, "credit.order_held")
    assert (event["due_on"], event["order_id"], event["amount"]) == (DUE.isoformat(), order, "150.00")
    assert [reason["rule"] for reason in event["reasons"]] == ["limit"]


async def test_of_two_claims_at_once_one_wins_and_the_other_hears_whose_it_is(till: Till) -> None:
    customer, order = await a_held_order(till)
    path = f"/held-orders/{order}/claim"
    pool = till.runtime.database.pool
    async with pool.acquire() as connection, connection.transaction():
        # Nobody can become the owner yet, so that every claim has seen that the order is nobody's.
        await connection.execute("LOCK TABLE case_owners IN SHARE MODE")
        asked = [
            asyncio.create_task(till.ask("POST", path, role=role))
            for role in ("finance", "manager", "finance", "manager")
        ]

        async def all_wait() -> bool:
            waiting = await pool.fetchval(
                """SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'"""
            )
            return bool(waiting >= len(asked))

        await until(all_wait)
    answers = await asyncio.gather(*asked)
    winner = (await held(till, customer, order))["owner"]
    loser = ({"finance-person", "manager-person"} - {winner}).pop()
    assert winner in ("finance-person", "manager-person")
    for answer in answers:
        if answer.status_code == 200:
            assert answer.json()["owner"] == winner
        else:
            assert answer.status_code == 409
            assert f"is claimed by {winner!r}" in answer.json()["errors"][0]["reason"]
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [409] * 2
    events = await published(till, customer, "credit.case_assigned")
    assert [(e["owner"], e["by"], e["due_on"]) for e in events] == [(winner, winner, DUE.isoformat())]

    role = loser.removesuffix("-person")
    mine = await till.ask("DELETE", path, role=role)
    assert mine.status_code == (200 if role == "manager" else 409)


async def test_a_claim_is_given_back_and_a_manager_assigns(till: Till) -> None:
    customer, order = await a_held_order(till)
    path = f"/held-orders/{order}"
    nobodys = await till.ask("DELETE", f"{path}/claim")
    assert nobodys.json()["errors"] == [{"field": "path.order_id", "reason": "is not claimed"}]
    await till.post(f"{path}/claim", None)
    assigned = await till.post(f"{path}/assignment", {"owner": "li.na"}, role="manager")
    assert assigned["owner"] == "li.na"
    await till.post(f"{path}/assignment", {"owner": "li.na"}, role="finance", status=403)
    taken = await till.ask("DELETE", f"{path}/claim")
    assert taken.status_code == 409
    back = await till.ask("DELETE", f"{path}/claim", role="manager")
    assert back.json()["owner"] is None
    events = await published(till, customer, "credit.case_assigned")
    assert [(e["previous_owner"], e["owner"], e["by"]) for e in events] == [
        (None, "finance-person", "finance-person"),
        ("finance-person", "li.na", "manager-person"),
        ("li.na", None, "manager-person"),
    ]


async def test_the_queue_is_filtered_by_owner_and_deadline(till: Till) -> None:
    customer = await till.customer("100.00")
    first = await till.order(customer, "150.00", 1)
    second = await till.order(customer, "160.00", 2)
    await till.post(f"/held-orders/{first}/claim", None)

    async def listed(**query: Any) -> list[str]:
        page = await till.get("/held-orders", params={"customer": customer, **query})
        return [item["order_id"] for item in page["items"]]

    assert await listed(owner="finance-person") == [first]
    assert await listed(owner="li.na") == []
    assert await listed(unclaimed=True) == [second]
    assert await listed(unclaimed=False) == [first]
    assert await listed(escalated=True) == []
    # Both are due on one day, and then go by their ids.
    assert await listed(escalated=False, sort="due_on") == sorted([first, second])
    assert await listed(due_before=DUE.isoformat()) == []
    assert await listed(due_before=(DUE + timedelta(days=1)).isoformat()) == [first, second]


async def test_a_case_ends_with_a_ruling_and_its_history_stays(till: Till) -> None:
    customer, order = await a_held_order(till)
    path = f"/held-orders/{order}"
    await till.post(f"{path}/claim", None)
    note = await till.post(f"{path}/notes", {"text": "promised to pay on Friday"}, status=201)
    assert (note["by"], note["text"]) == ("finance-person", "promised to pay on Friday")
    await till.post(f"{path}/notes", {"text": "did not"}, status=201, role="manager")
    await till.post(f"{path}/rejection", {"reason": "did not pay"}, role="manager")
    notes = await till.get(f"{path}/notes", params={"sort": "-number"}, role="ops")
    assert [(n["by"], n["text"]) for n in notes["items"]] == [
        ("manager-person", "did not"),
        ("finance-person", "promised to pay on Friday"),
    ]
    await till.get("/held-orders/NEVER/notes", status=404)
    for again in ("claim", "notes"):
        body = {"text": "x"} if again == "notes" else None
        refused = await till.post(f"{path}/{again}", body, status=409)
        assert refused["errors"] == [{"field": "path.order_id", "reason": "is not held"}]
        assert "rejected by manager-person" in refused["detail"]
    history = await till.get(f"{path}/history")
    assert history["status"] == "rejected"
    assert {(s["what"], s["by"], s["text"]) for s in history["steps"]} == {
        ("held", None, ""),
        ("claimed", "finance-person", "finance-person"),
        ("note", "finance-person", "promised to pay on Friday"),
        ("note", "manager-person", "did not"),
        ("rejected", "manager-person", "did not pay"),
    }
    noted, _ = await published(till, customer, "credit.case_noted")
    assert (noted["by"], noted["text"], noted["order_id"]) == (
        "finance-person",
        "promised to pay on Friday",
        order,
    )


@pytest.mark.parametrize("end", ["payment", "cancellation", "limit"])
async def test_what_ends_the_hold_ends_the_case(till: Till, end: str) -> None:
    customer = await till.customer("100.00")
    invoice = await till.invoice(customer, "90.00", 1)
    order = await till.order(customer, "50.00", 2)
    await till.post(f"/held-orders/{order}/claim", None)
    if end == "payment":
        await till.happened(
            "payment.received", 3, customer_id=customer, payment_id=till.new("P"), amount="90.00"
        )
    elif end == "cancellation":
        await till.happened("order.cancelled", 3, customer_id=customer, order_id=order)
    else:
        await till.happened("terms.set", 3, customer_id=customer, limit="1000.00")
    for table in ("cases", "case_owners"):
        count = f"SELECT count(*) FROM {table} WHERE order_id = $1"
        assert await till.runtime.database.pool.fetchval(count, order) == 0, invoice
    history = await till.get(f"/held-orders/{order}/history")
    assert [step["what"] for step in history["steps"] if step["by"] is None] == [
        "held",
        "cancelled" if end == "cancellation" else "approved",
    ]


async def test_an_order_held_again_is_a_new_case_that_is_nobodys(till: Till) -> None:
    customer, order = await a_held_order(till)
    await till.post(f"/held-orders/{order}/claim", None)
    await till.happened("order.amended", 2, customer_id=customer, order_id=order, amount="50.00")
    assert await till.outcome(order) == "approved"
    await till.happened("order.amended", 3, customer_id=customer, order_id=order, amount="160.00", revision=2)
    found = await held(till, customer, order)
    assert (found["owner"], found["due_on"]) == (None, DUE.isoformat())


async def test_the_log_cannot_be_rewritten(till: Till) -> None:
    _, order = await a_held_order(till)
    await till.post(f"/held-orders/{order}/notes", {"text": "one"}, status=201)
    for statement in ("UPDATE case_log SET note = ''", "DELETE FROM case_log", "TRUNCATE case_log"):
        with pytest.raises(Exception, match="append-only"):
            await till.runtime.database.pool.execute(statement)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [("notes", {"text": ""}, "text"), ("notes", {}, "text"), ("assignment", {"owner": "a b"}, "owner")],
)
async def test_what_is_wrong_is_named(till: Till, path: str, body: Any, field: str) -> None:
    _, order = await a_held_order(till)
    refused = await till.post(f"/held-orders/{order}/{path}", body, status=422, role="manager")
    assert refused["errors"][0]["field"] == field
    missing = (
        await till.post(f"/held-orders/NEVER/{path}", {"text": "x"}, status=404) if path == "notes" else None
    )
    assert missing is None or missing["errors"] == [{"field": "path.order_id", "reason": "is not known"}]


async def test_an_idempotency_key_notes_once(till: Till) -> None:
    _, order = await a_held_order(till)
    key = {"Idempotency-Key": till.new("key")}
    notes = [
        await till.post(f"/held-orders/{order}/notes", {"text": "one"}, status=201, headers=key)
        for _ in range(2)
    ]
    assert notes[0] == notes[1]
    history = await till.get(f"/held-orders/{order}/history")
    assert [step["what"] for step in history["steps"]].count("note") == 1
