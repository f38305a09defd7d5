"""While events flow: replicas derive, one ranks, the check goes round, and nothing ever differs from the documents."""

import asyncio
import random

import msgspec

from contracts.codec import decode
from services.insights.deriving import Deriver
from services.insights.ranking import Ranker
from services.insights.rules.segment_policy import Abc, SegmentPolicy
from services.insights.store.policies import insert_policy
from services.insights.verify import Reconciler, verify
from services.kit.database import Database
from tests.services.insights.events import event, line
from tests.services.insights.processing import Processing
from tests.services.insights.segments import AT, catch_up, orders

CUSTOMERS = 30
BATCHES = 60


async def test_nothing_drifts_while_events_flow(processing: Processing, database: Database) -> None:
    chance = random.Random(20_260_105)
    finished = asyncio.Event()
    reconciler = Reconciler(database)

    async def sell() -> None:
        await processing.apply(event("product.created", at=-200, unit_cost="3"))
        for n in range(BATCHES):
            day = n * 3
            batch = [
                event(
                    "order.placed",
                    at=day + chance.random(),
                    customer_id=(customer := f"C-{int(chance.paretovariate(0.7)) % CUSTOMERS}"),
                    order_id=f"O-{n}-{k}",
                    amount=(amount := str(int(10 * chance.paretovariate(0.8)) % 50_000)),
                    lines=[line("TEA", "2", amount)],
                )
                for k in range(5)
            ]
            customer = batch[0].data.customer_id
            batch.append(
                event("payment.received", at=day + 1, customer_id=customer, payment_id=f"P-{n}", amount="9")
            )
            if n % 5 == 0:
                batch.append(
                    event("order.returned", at=day + 1, customer_id=customer, return_id=f"R-{n}", amount="4")
                )
            if n % 9 == 0:
                batch.append(event("product.changed", at=day - 30, revision=n + 2, unit_cost=str(n % 7 + 1)))
            await processing.apply(*batch)
            await asyncio.sleep(0)
        finished.set()

    async def keep(step: object) -> None:
        while not finished.is_set():
            await step()  # type: ignore[operator]
            assert not reconciler.drifted
            assert not reconciler.misclassed
            await asyncio.sleep(0.001)

    await asyncio.gather(
        sell(),
        keep(Deriver(database).step),
        keep(Deriver(database).step),
        keep(Ranker(database, lambda day: AT).step),
        keep(reconciler.step),
    )
    assert await processing.refusals() == []
    await catch_up(database)
    assert (await verify(database)).problems == []
    assert len(await processing.rows("closed_months")) >= 5
    assert len(await processing.rows("customer_classes")) > 10


async def test_a_storm_of_changes_is_told_once_each(processing: Processing, database: Database) -> None:
    await processing.apply(*orders(*range(1, 601)))
    await catch_up(database)
    before = {row["customer_id"]: row["amount_class"] for row in await processing.rows("customer_classes")}
    policy = SegmentPolicy(abc=Abc(a_percent=10, b_percent=20))
    async with database.unit_of_work() as unit:
        await insert_policy(unit.connection, 1, policy, "M-1", "few A", AT)
    await catch_up(database)
    after = {row["customer_id"]: row["amount_class"] for row in await processing.rows("customer_classes")}
    moved = {customer for customer, class_ in after.items() if class_ != before[customer]}
    assert len(moved) > 400
    rows = await database.pool.fetch("SELECT value FROM outbox WHERE topic = 'insights'")
    told = [decode(row["value"]) for row in rows]
    of_amount = [e.data.customer_id for e in told if any(m.dimension == "amount" for m in e.data.moved)]
    assert sorted(of_amount) == sorted(moved)
    assert {e.data.policy_version for e in told} == {1}
    assert len({e.id for e in told}) == len(told)
    stored = await processing.rows("class_changes")
    assert sorted(row["customer_id"] for row in stored) == sorted(e.data.customer_id for e in told)
    assert msgspec.json.decode(stored[0]["moved"])
    await catch_up(database)
    again = await database.pool.fetchval("SELECT count(*) FROM outbox WHERE topic = 'insights'")
    assert again == len(told)
