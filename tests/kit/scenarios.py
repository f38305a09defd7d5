"""What a consumer goes through, each scenario in a lab of its own, so that all can run side by side."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer

from deploy.local.broker import Broker
from services.kit.records import fingerprint
from tests.kit.lab import Lab, Memo, customer_on, paid, placed, process, until

ALICE, BOB = customer_on(0), customer_on(1)


@dataclass
class Seen:
    """What a scenario leaves for its test to judge."""

    applied: list[str] = field(default_factory=list)
    letters: list[tuple[str, str]] = field(default_factory=list)
    error: BaseException | None = None
    facts: dict[str, Any] = field(default_factory=dict)


async def catching_up(url: str, broker: Broker) -> Seen:
    """Two topics written one after the other, their events alternating in time, read with small batches."""
    lab = await Lab.make(url, broker, batch_max_events=7)
    for customer in (ALICE, BOB):
        await lab.send(
            "orders", *(placed(f"{customer}-{n}", customer, n) for n in range(0, 120, 2)), customer=customer
        )
        await lab.send(
            "payments", *(paid(f"{customer}-{n}", customer, n) for n in range(1, 120, 2)), customer=customer
        )
    async with process(lab):
        await lab.wait_applied(240)
    return Seen(await lab.applied(ALICE) + await lab.applied(BOB))


async def sibling_with_more(url: str, broker: Broker) -> Seen:
    """Payments so large that several fetches are needed, all of them earlier than the one small order."""
    lab = await Lab.make(url, broker, buffer_max_records=100, batch_max_events=50)
    payments = [paid(f"p{n}", ALICE, n, "x" * 450) for n in range(600)]
    await lab.send("orders", placed("late", ALICE, 10_000), customer=ALICE)
    await lab.send("payments", *payments, customer=ALICE)
    async with process(lab):
        await lab.wait_applied(601)
    return Seen(await lab.applied())


async def empty_sibling(url: str, broker: Broker) -> Seen:
    """Only orders: nothing may wait for payments that are not there."""
    lab = await Lab.make(url, broker)
    async with process(lab) as running:
        await running.ready()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await lab.send("orders", placed("a", ALICE), customer=ALICE)
        await lab.wait_applied(1)
        seconds = loop.time() - begun
        group = f"{lab.settings.topic_prefix}tallyman-{lab.schema}"
        consumer = AIOKafkaConsumer(
            bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False
        )
        await consumer.start()
        committed = await consumer.committed(lab.place("orders", 0))
        await consumer.stop()
    return Seen(await lab.applied(), facts={"seconds": seconds, "committed": committed})


async def poison(url: str, broker: Broker) -> Seen:
    """Bad records among good ones, and a handler that fails on one."""

    def trouble(received: Any) -> None:
        if received.event.id == "broken":
            raise LookupError("a bug")

    lab = await Lab.make(url, broker)
    good = placed("a", ALICE, 1)
    await lab.send("orders", good, None, b"", b"{", b"\xff\xfe", placed("broken", ALICE, 2), customer=ALICE)
    await lab.send_raw([("orders", 1, ALICE.encode(), good), ("payments", 0, ALICE.encode(), good)])
    await lab.send("orders", good, placed("a", ALICE, 1, "99.00"), placed("z", ALICE, 3), customer=ALICE)
    async with process(lab, Memo(trouble=trouble)):
        await lab.wait_applied(2)

        async def eight() -> bool:
            return len(await lab.letters()) >= 8

        await until(eight)
        await lab.send("orders", placed("after", BOB, 4), customer=BOB)
        await lab.wait_applied(3)
    return Seen(await lab.applied(), await lab.letters())


async def lost_tail(url: str, broker: Broker) -> Seen:
    """The stored offset lies beyond the end: an offset there would stall in silence."""
    lab = await Lab.make(url, broker)
    await lab.send("orders", placed("a", ALICE), customer=ALICE)
    await lab.fetch("INSERT INTO consumer_offsets VALUES ('log-1', 'orders', 0, 5)")
    async with process(lab) as running:
        return Seen(await lab.applied(), error=await running.ended_with())


async def other_record(url: str, broker: Broker) -> Seen:
    """The record before the stored offset is not the one that was applied."""
    lab = await Lab.make(url, broker)
    await lab.send("orders", placed("a", ALICE), placed("b", ALICE), customer=ALICE)
    print_ = fingerprint(ALICE.encode(), b"another", 0)
    await lab.fetch("INSERT INTO consumer_offsets VALUES ('log-1', 'orders', 0, 1, $1)", print_)
    async with process(lab) as running:
        return Seen(await lab.applied(), error=await running.ended_with())


async def going_on(url: str, broker: Broker) -> Seen:
    """Stopped and started again: it goes on where it was, checks the fingerprint, and repeats nothing."""
    lab = await Lab.make(url, broker)
    await lab.send("orders", placed("a", ALICE), placed("b", ALICE), customer=ALICE)
    async with process(lab, Memo("first")):
        await lab.wait_applied(2)
    await lab.send("orders", placed("c", ALICE), customer=ALICE)
    async with process(lab, Memo("second")):
        await lab.wait_applied(3)
    rows = await lab.fetch(
        "SELECT process, count(*) AS events FROM applied GROUP BY process ORDER BY process"
    )
    return Seen(await lab.applied(), facts={row["process"]: row["events"] for row in rows})


async def new_log(url: str, broker: Broker) -> Seen:
    """The same topics under another identity: read from zero again, and dropped by their receipts."""
    lab = await Lab.make(url, broker)
    await lab.send("orders", placed("a", ALICE), placed("b", ALICE), customer=ALICE)
    async with process(lab):
        await lab.wait_applied(2)
    lab.log_id = "log-2"
    await lab.send("orders", placed("c", ALICE), customer=ALICE)
    async with process(lab) as running:
        await running.publisher.republish_everything()
        swept = await running.publisher.sweep()
        await lab.wait_applied(3)
    rows = await lab.fetch(
        "SELECT next_offset FROM consumer_offsets WHERE topic = 'orders' AND next_offset > 0"
    )
    offsets = [row["next_offset"] for row in rows]
    return Seen(await lab.applied(), await lab.letters(), facts={"offsets": sorted(offsets), "swept": swept})


async def offsets_moved(url: str, broker: Broker) -> Seen:
    """Another owner applied what this one holds: its next batch is fenced, and it goes on from the stored offset."""
    lab = await Lab.make(url, broker)
    async with process(lab) as running:
        await running.ready()
        await lab.send("orders", placed("a", ALICE), customer=ALICE)
        await lab.wait_applied(1)
        # "b" and "c", which are not there yet, count as applied by the other one.
        await lab.fetch(
            "UPDATE consumer_offsets SET next_offset = 3, fingerprint = NULL WHERE topic = 'orders' AND partition = 0"
        )
        await lab.send("orders", *(placed(i, ALICE) for i in "bcd"), customer=ALICE)
        await lab.wait_applied(2)
    return Seen(await lab.applied())


async def two_members(url: str, broker: Broker) -> Seen:
    """A second member joins while records stream: each is applied once, in order per customer, by one of them."""
    lab = await Lab.make(url, broker, batch_max_events=5)
    sent = 0
    stop = asyncio.Event()

    async def stream() -> None:
        nonlocal sent
        while not stop.is_set():
            await asyncio.gather(
                *(
                    lab.send(
                        "orders",
                        placed(f"{c}-{sent}", c, sent),
                        placed(f"{c}-{sent + 1}", c, sent),
                        customer=c,
                    )
                    for c in (ALICE, BOB)
                )
            )
            sent += 2

    async with process(lab, Memo("first")) as first:
        await first.ready()
        streaming = asyncio.create_task(stream())
        async with process(lab, Memo("second")) as second:
            await second.ready()

            async def both_work() -> bool:
                rows = await lab.fetch("SELECT DISTINCT process FROM applied")
                return len(rows) == 2

            await until(both_work)
            stop.set()
            await streaming
            await lab.wait_applied(2 * sent)
    shares = await lab.fetch("SELECT topic, partition, count(DISTINCT process) FROM applied GROUP BY 1, 2")
    return Seen(
        await lab.applied(ALICE) + await lab.applied(BOB),
        await lab.letters(),
        facts={"sent": sent, "shares": len(shares)},
    )


SCENARIOS = (
    catching_up, sibling_with_more, empty_sibling, poison, lost_tail, other_record, going_on, new_log, offsets_moved,
    two_members,
)  # fmt: skip
