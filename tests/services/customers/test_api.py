"""The HTTP side of the archive, on a real PostgreSQL and a real broker."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.customers.verify import verify
from tests.services.customers.helpers import a_customer, assign, enter, found, hire, shown
from tests.services.events import START, body, make
from tests.services.harness import (
    Installation,
    bearer,
    problem,
    published,
)
from tests.services.today import today
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_new_customer_is_cash_only_and_the_answer_says_so(running: Installation) -> None:
    customer = a_customer()
    first = await running.client.post("/customers", json=customer, headers=bearer("sales"))
    assert (first.status_code, first.headers["etag"]) == (201, '"1"'), first.text
    assert first.headers["location"] == f"/customers/{customer['customer_id']}"
    assert first.json()["credit"]["limit"] == "0.00"
    assert "cash only" in first.json()["credit"]["note"]
    assert (await running.client.post("/customers", json=customer)).json() == first.json()
    refused = problem(await running.client.post("/customers", json={**customer, "name": "Other"}), 409)
    assert refused["errors"][0]["field"] == "customer_id"
    answer = await shown(running, customer["customer_id"])
    assert (answer["contacts"][0]["name"], answer["tags"], answer["revision"]) == ("王芳", ["VIP"], 1)
    credit = answer["credit"]
    assert (credit["limit"], credit["available"], credit["as_of"], credit["currency"]) == (
        "0.00",
        "0.00",
        None,
        "CNY",
    )
    ((_, event),) = await published(running, "customers", "customer_id", customer["customer_id"], 1)
    assert (event.type, event.key, event.data.short_name) == (
        "customer.created",
        customer["customer_id"],
        "蓝门",
    )


async def test_changes_name_the_revision_they_were_made_on(running: Installation) -> None:
    customer = a_customer()
    await running.client.post("/customers", json=customer)
    path, card = f"/customers/{customer['customer_id']}", {**customer, "region": "west"}
    del card["customer_id"]
    problem(await running.client.put(path, json=card), 428)
    problem(await running.client.put(path, json=card, headers={"If-Match": '"2"'}), 412)
    problem(await running.client.put(path, json={**card, "revision": 2}), 409)
    key = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": '"1"'}
    changed = await running.client.put(path, json=card, headers=key)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"'), changed.text
    again = await running.client.put(path, json=card, headers=key)
    assert (again.json(), again.headers["etag"]) == (changed.json(), '"2"')
    changes = [running.client.put(path, json={**card, "region": f"r{n}", "revision": 2}) for n in range(4)]
    assert sorted(r.status_code for r in await asyncio.gather(*changes)) == [200, 409, 409, 409]
    assert (await shown(running, customer["customer_id"]))["revision"] == 3
    cards = (await running.client.get(f"{path}/cards")).json()
    assert [(c["revision"], c["producer"]) for c in cards] == [
        (3, "customers"),
        (2, "customers"),
        (1, "customers"),
    ]
    assert cards[2]["card"]["region"] == "east"
    problem(await running.client.put("/customers/nobody", json={**card, "revision": 1}), 404)


async def test_a_month_is_judged_by_its_owner_then(running: Installation) -> None:
    customer_id = await enter(running)
    path = f"/customers/{customer_id}/assignments"
    for seller in ("S-1", "S-2", "S-3", "S-9"):
        await hire(running, seller)
    for days, seller in ((-60, "S-1"), (-30, "S-2"), (30, "S-3")):
        sent = {"salesperson_id": seller, "from_day": str(today() + timedelta(days=days))}
        assert (await running.client.post(path, json=sent)).status_code == 201
    assert (await shown(running, customer_id))["salesperson_id"] == "S-2"
    assert (await shown(running, customer_id, as_of=str(today() - timedelta(days=45))))[
        "salesperson_id"
    ] == "S-1"
    assert (await shown(running, customer_id, as_of=str(today() - timedelta(days=90))))[
        "salesperson_id"
    ] is None
    history = (await running.client.get(path)).json()
    assert [row["salesperson_id"] for row in history] == ["S-3", "S-2", "S-1"]
    then = (await running.client.get(path, params={"as_of": str(today() - timedelta(days=31))})).json()
    assert [row["salesperson_id"] for row in then] == ["S-1"]
    corrected = {"salesperson_id": "S-9", "from_day": str(today() - timedelta(days=30))}
    assert (await running.client.post(path, json=corrected)).status_code == 201
    assert (await shown(running, customer_id))["salesperson_id"] == "S-9"
    problem(await running.client.post(path, json=corrected, headers=bearer("sales")), 403)
    problem(await running.client.post("/customers/nobody/assignments", json=corrected), 404)


async def test_blacklisting_and_lifting(running: Installation) -> None:
    customer_id = await enter(running)
    path = f"/customers/{customer_id}/blacklist"
    for role in ("sales", "system", "ops"):
        problem(await running.client.post(path, json={"reason": "bounced"}, headers=bearer(role)), 403)
    problem(await running.client.post(path, json={"reason": ""}), 422)
    for _ in range(2):
        done = await running.client.post(path, json={"reason": "bounced"}, headers=bearer("finance"))
        assert (done.status_code, done.json()["blacklisted"]) == (200, True)
    answer = await shown(running, customer_id)
    assert (answer["blacklisted"], answer["blacklist_reason"]) == (True, "bounced")
    lifted = await running.client.post(f"{path}/lift", json={"reason": "paid"})
    assert (lifted.status_code, lifted.json()["blacklisted"]) == (200, False)
    await running.client.post(f"{path}/lift", json={})
    history = (await running.client.get(path)).json()
    assert [(step["step"], step["reason"]) for step in history] == [
        ("lifted", "paid"),
        ("blacklisted", "bounced"),
    ]
    events = await published(running, "customers", "customer_id", customer_id, 3)
    assert [event.type for _, event in events] == [
        "customer.created",
        "customer.blacklisted",
        "customer.blacklist_lifted",
    ]
    # A system whose clock is ahead blacklists; finance lifts it knowing that, so the lift counts.
    ahead = (datetime.now(UTC) - START).total_seconds() / 60 + 30
    await running.publish(make(body("customer.blacklisted", customer_id=customer_id), ahead, producer="erp"))

    async def blacklisted() -> bool:
        return bool((await shown(running, customer_id))["blacklisted"])

    await until(blacklisted)
    await running.client.post(f"{path}/lift", json={})
    assert not await blacklisted()
    problem(await running.client.post("/customers/nobody/blacklist", json={"reason": "x"}), 404)


async def test_standing_follows_what_credit_tells(running: Installation) -> None:
    customer_id = await enter(running)
    told = body(
        "credit.exposure_changed", customer_id=customer_id, journal_seq=7, exposure="140.00", held_orders=1
    )
    await running.publish(make(body("credit.order_held", customer_id=customer_id), producer="credit"))
    await running.publish(make(told, producer="credit"))
    await running.publish(
        make(body("credit.exposure_changed", customer_id=customer_id, exposure="1.00"), producer="credit")
    )
    await running.publish(make(body("customer.assigned", customer_id=customer_id), producer="erp"))

    async def known() -> bool:
        return (await shown(running, customer_id))["salesperson_id"] is not None

    await until(known)
    await until(lambda: _caught_up(running))
    credit = (await shown(running, customer_id))["credit"]
    assert (credit["exposure"], credit["available"], credit["limit"]) == ("140.00", "360.00", "500.00")
    assert (credit["decisions"]["held"], credit["held_orders"], credit["note"]) == (1, 1, None)


async def test_customers_that_trade_without_a_card(running: Installation) -> None:
    customer_id = f"C-{uuid.uuid4().hex[:8]}"
    await running.publish(
        make(body("credit.exposure_changed", customer_id=customer_id, limit=None), producer="credit")
    )

    async def known() -> bool:
        return (await running.client.get(f"/customers/{customer_id}")).status_code == 200

    await until(known)
    answer = await shown(running, customer_id)
    assert (answer["revision"], answer["credit"]["limit"], answer["credit"]["available"]) == (0, None, None)
    assert await found(running, q=customer_id) == []
    assert await found(running, q=customer_id, carded="false") == [customer_id]
    problem(await running.client.put(f"/customers/{customer_id}", json={"name": "Shop", "revision": 1}), 404)
    entered = await running.client.post("/customers", json=a_customer(customer_id=customer_id))
    assert (entered.status_code, entered.json()["credit"]["limit"]) == (201, None)
    problem(await running.client.get("/customers/nobody"), 404)


async def test_finding_customers(running: Installation) -> None:
    place = f"region-{uuid.uuid4().hex[:8]}"
    ids = sorted(
        [
            await enter(running, region=place, name="Anna's 100% Tea", category="tea"),
            await enter(running, region=place, name="Bread & 茶", business_form="chain"),
            await enter(running, region=place, name="anna_x"),
        ]
    )
    by_name = {(await shown(running, customer_id))["name"]: customer_id for customer_id in ids}
    anna, bread, other = by_name["Anna's 100% Tea"], by_name["Bread & 茶"], by_name["anna_x"]
    assert await found(running, region=place) == ids
    assert await found(running, region=place, sort="name") == [anna, bread, other]
    assert await found(running, region=place, category="tea") == [anna]
    assert await found(running, region=place, business_form="chain") == [bread]
    assert sorted(await found(running, region=place, prefix="ANNA")) == sorted([anna, other])
    assert await found(running, region=place, q="茶") == [bread]
    assert await found(running, region=place, q="100%") == [anna]
    assert await found(running, region=place, q="_") == [other]
    assert await found(running, region=place, q=bread.lower()) == [bread]
    await hire(running, place)
    await assign(running, bread, place, "2026-01-10")
    assert await found(running, salesperson=place) == [bread]
    assert await found(running, salesperson=place, as_of="2026-01-09") == []
    await running.client.post(f"/customers/{other}/blacklist", json={"reason": "x"})
    over = body(
        "credit.exposure_changed", customer_id=anna, exposure="600.00", overdue_amount="9.00", held_orders=2
    )
    await running.publish(make(over, producer="credit"))

    async def told() -> bool:
        return (await shown(running, anna))["credit"]["as_of"] is not None

    await until(told)
    expected = {
        "over_limit": [anna],
        "overdue": [anna],
        "held_orders": [anna],
        "blacklisted": [other],
        "on_hold": [],
        "unlimited": [],
        "cash_only": [customer_id for customer_id in ids if customer_id != anna],
    }
    for standing, ids_expected in expected.items():
        assert await found(running, region=place, standing=standing) == ids_expected
    assert (await found(running, region=place, sort="-exposure"))[0] == anna
    assert (await found(running, region=place, sort="overdue"))[-1] == anna
    problem(await running.client.get("/customers", params={"standing": "fine"}), 422)


BAD_BODIES: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"limit": "100"}, "limit"),
    ({"ownership": "state"}, "ownership"),
    ({"contacts": [{"name": "a", "fax": "1"}]}, "contacts.0.fax"),
    ({"customer_id": "has space"}, "customer_id"),
    ({"name": "a\u202eb"}, "name"),
]


@pytest.mark.parametrize(("change", "field"), BAD_BODIES)
async def test_a_body_that_breaks_the_contract(
    running: Installation, change: dict[str, Any], field: str
) -> None:
    refused = problem(await running.client.post("/customers", json=a_customer(**change)), 422)
    assert [error["field"] for error in refused["errors"]] == [field]


async def _caught_up(running: Installation) -> bool:
    return all(replica.runtime.consumer.lag == 0 for replica in running.replicas)


async def test_the_archive_is_what_its_cards_say(running: Installation) -> None:
    report = await verify(running.replicas[0].runtime.database)
    assert report.holds, report.problems
    assert report.facts["customers"] > 5


async def test_what_comes_back_from_the_broker_is_dropped(running: Installation) -> None:
    await until(lambda: _caught_up(running))
    database = running.replicas[0].runtime.database
    assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
    assert await database.pool.fetchval("SELECT count(*) - count(DISTINCT event_id) FROM cards") == 0


async def test_a_salesperson_who_enters_a_customer_looks_after_it(running: Installation) -> None:
    await hire(running, "sales-person")
    customer = a_customer()
    path = f"/customers/{customer['customer_id']}"
    first = await running.client.post("/customers", json=customer, headers=bearer("sales"))
    assert first.status_code == 201, first.text
    assert (await running.client.get(path, headers=bearer("sales"))).json()[
        "salesperson_id"
    ] == "sales-person"
    again = await running.client.post("/customers", json=customer, headers=bearer("sales"))
    assert again.json() == first.json()
    other = a_customer()
    await running.client.post("/customers", json=other)
    taken = problem(await running.client.post("/customers", json=other, headers=bearer("sales")), 409)
    assert taken["errors"] == [{"field": "customer_id", "reason": "is taken"}]
