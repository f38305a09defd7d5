"""Waiting for calm, and what must be true then: asked of the services' own checker and worked out independently."""

import asyncio
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.credit.verify import verify as verify_credit
from services.kit.verify import verify as verify_kit
from tests.faults.load import Load
from tests.faults.world import PARTITIONS, World, until

DECISIONS = """
    SELECT customer_id, seq, body, left(encode(hash, 'hex'), 40) AS id FROM credit.journal WHERE kind = 'decision'"""
BACKLOG = "SELECT count(*) AS batches FROM {}.outbox_batches WHERE published_at IS NULL"


@dataclass
class Findings:
    """What a check found: ``wrong`` in sentences, and counts that show what the run went through."""

    wrong: list[str] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)

    def expect(self, true: object, sentence: str) -> None:
        """Note ``sentence`` unless ``true``."""
        if not true:
            self.wrong.append(sentence)


async def calm(
    world: World, load: Load, services: tuple[str, ...] = ("credit",), timeout_s: float = 120
) -> None:
    """Wait until everything acknowledged is applied and everything committed is published."""
    for service in services:
        await until(lambda s=service: _lag_is_zero(world, load, s), f"{service}: lag 0", timeout_s)  # type: ignore[misc]

    async def decided() -> bool:
        known = await world.fetch(
            "SELECT count(*) AS n FROM credit.orders WHERE order_id = ANY($1) AND version > 0",
            list(load.orders),
        )
        return bool(known[0]["n"] == len(load.orders))

    await until(decided, "a decision on every acknowledged order", timeout_s)
    for service in services:

        async def published(service: str = service) -> bool:
            return not (await world.fetch(BACKLOG.format(service)))[0]["batches"]

        await until(published, f"{service}: the outbox is published", timeout_s)
    if "orders" in services:

        async def heard() -> bool:
            behind = await world.fetch(
                """SELECT count(*) AS n FROM credit.orders c LEFT JOIN orders.orders o USING (order_id)
                   WHERE c.version > 0 AND o.decision_version IS DISTINCT FROM c.version"""
            )
            return bool(behind[0]["n"] == 0)

        await until(heard, "the order book knows every decision", timeout_s)


async def _lag_is_zero(world: World, load: Load, service: str) -> bool:
    rows = await world.fetch(
        f"""SELECT topic, partition, next_offset FROM {service}.consumer_offsets
            WHERE log_id = (SELECT log_id FROM {service}.logs ORDER BY first_seen DESC LIMIT 1)"""
    )
    stored = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    topics = {topic for topic, _ in stored}
    return bool(stored) and all(stored.get(p, 0) >= end for p, end in load.ends.items() if p[0] in topics)


async def check(
    world: World, load: Load, *, letters: int = 0, services: tuple[str, ...] = ("credit",)
) -> Findings:
    """Check everything; nothing wrong means nothing missing and nothing double."""
    found = Findings()
    report = await verify_credit(world.dsn)
    found.wrong += [f"verify credit: {problem}" for problem in report.problems]
    for service in services:
        kit = await verify_kit(world.dsn, service)
        found.wrong += [f"verify {service}: {problem}" for problem in kit.problems]
    await _check_letters(world, found, letters, services)
    await _check_decisions(world, load, found)
    await _check_money(world, load, found)
    await _check_topic(world, found)
    return found


async def _check_letters(world: World, found: Findings, expected: int, services: tuple[str, ...]) -> None:
    rows = await world.fetch("SELECT field, reason FROM credit.dead_letters")
    found.expect(
        len(rows) == expected,
        f"{len(rows)} dead letters instead of {expected}: {[tuple(r) for r in rows[:5]]}",
    )
    found.facts["dead letters"] = len(rows)


async def _check_decisions(world: World, load: Load, found: Findings) -> None:
    """Every acknowledged order has exactly one effective decision: the last of the versions 1, 2, 3 ..."""
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for row in await world.fetch(DECISIONS + " ORDER BY customer_id, seq"):
        body = json.loads(row["body"])
        versions[body["order"]].append(body["version"])
    missing = [order for order in load.orders if order not in versions]
    found.expect(not missing, f"acknowledged orders without a decision: {missing[:5]} ({len(missing)})")
    odd = {order: seen for order, seen in versions.items() if seen != list(range(1, len(seen) + 1))}
    found.expect(not odd, f"versions are not 1, 2, 3 ...: {dict(list(odd.items())[:5])}")
    unknown = [order for order in versions if order.startswith(("O", "H")) and order not in load.orders]
    # An order may have been taken although nobody heard the answer; it is then not in doubt, but not acknowledged.
    found.facts |= {
        "orders": len(load.orders),
        "decisions": sum(map(len, versions.values())),
        "unheard orders": len(unknown),
    }
    stored = {
        row["order_id"]: row["placed_amount"]
        for row in await world.fetch("SELECT order_id, placed_amount FROM credit.orders")
    }
    changed = [order for order, amount in load.orders.items() if stored.get(order) != amount]
    found.expect(not changed, f"orders with another amount: {changed[:5]}")


async def _check_money(world: World, load: Load, found: Findings) -> None:
    """Payments and invoices add up to what was acknowledged."""
    rows = await world.fetch(
        "SELECT substr(credit_id, 9) AS id, amount FROM credit.credits WHERE credit_id LIKE 'payment:%'"
    )
    items = await world.fetch("SELECT invoice_id AS id, amount FROM credit.items")
    for name, stored, acknowledged in (("payments", rows, load.payments), ("invoices", items, load.invoices)):
        held = {row["id"]: row["amount"] for row in stored}
        missing = acknowledged.keys() - held.keys()
        found.expect(not missing, f"{name} missing: {sorted(missing)[:5]} ({len(missing)})")
        extra = sum(amount for key, amount in held.items() if key not in acknowledged)
        total = sum(held.values()) - extra
        found.expect(
            total == sum(acknowledged.values()), f"{name}: {total} instead of {sum(acknowledged.values())}"
        )
        found.facts[name] = len(held)
    balance = await world.fetch(
        "SELECT sum(invoiced) AS owed, sum(unapplied) AS unapplied FROM credit.accounts"
    )
    owed, unapplied = int(balance[0]["owed"] or 0), int(balance[0]["unapplied"] or 0)
    net = sum(row["amount"] for row in items) - sum(row["amount"] for row in rows)
    found.expect(
        owed - unapplied == net, f"owed {owed} less unapplied {unapplied} is not invoices less payments {net}"
    )


async def _check_topic(world: World, found: Findings) -> None:
    """What the world was told, each event counted once, is what the journal says; in order per customer."""
    records = await read_topic(world, "credit")
    first: dict[bytes, bytes | None] = {}
    latest: dict[bytes | None, int] = {}
    late = 0
    for record in records:
        event_id = dict(record.headers)["id"]
        if event_id in first:
            found.expect(
                first[event_id] == record.value, f"event {event_id!r} was published with two contents"
            )
            continue
        first[event_id] = record.value
        body: dict[str, Any] = json.loads(record.value or b"")
        if body["type"].startswith("credit.order_"):
            seq = body["data"]["journal_seq"]
            late += seq < latest.get(record.key, 0)
            latest[record.key] = max(seq, latest.get(record.key, 0))
    journalled = {row["id"].encode() for row in await world.fetch(DECISIONS)}
    told = {event_id for event_id in first if not event_id.startswith(b"x")}
    found.expect(not journalled - told, f"{len(journalled - told)} decisions were never published")
    found.expect(
        not told - journalled, f"{len(told - journalled)} published decisions are not in the journal"
    )
    found.expect(not late, f"{late} decisions were first published after a later one of their customer")
    found.facts |= {"published": len(records), "published again": len(records) - len(first)}


async def read_topic(world: World, topic: str) -> list["ConsumerRecord[bytes, bytes]"]:
    """Read a topic from its beginning to its end, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=world.broker.bootstrap, isolation_level="read_committed")
    await consumer.start()
    records: list[ConsumerRecord[bytes, bytes]] = []
    try:
        partitions = [TopicPartition(world.prefix + topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        quiet = 0
        while quiet < 5:
            fetched = await consumer.getmany(timeout_ms=200)
            records += [record for some in fetched.values() for record in some]
            ends = await consumer.end_offsets(partitions)
            behind = [
                p for p in partitions if await consumer.position(p) < max(ends[p], consumer.highwater(p) or 0)
            ]
            quiet = 0 if fetched or behind else quiet + 1
    finally:
        await consumer.stop()
    return records


def summary(title: str, world: World, *parts: dict[str, int] | Counter[str]) -> str:
    """Return one line of what a run went through, for ``pytest -s`` and for failures."""
    facts = {name: value for part in parts for name, value in part.items()}
    return f"{title}: " + ", ".join(f"{name} {value}" for name, value in facts.items())


async def gather_calmly(*work: Any) -> list[Any]:
    """Run side by side; the first error is raised after all have ended, so that nothing goes on in the background."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)
