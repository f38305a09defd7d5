"""One batch, one transaction: the fence, the receipts, refusals, and what happens when something raises."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from contracts.errors import ContractError
from deploy.local.tansu import TansuBroker
from services.kit.database import Database, UnitOfWork
from services.kit.errors import DeadLetterLimitError, FatalError
from services.kit.outbox import OutboxRow
from services.kit.records import Received, Record
from tests.kit.lab import Lab, Memo, applier_of, customer_on, placed
from tests.kit.records import begin, record

ALICE = customer_on(0)
BOB = customer_on(1)


@pytest_asyncio.fixture
async def lab(lab_url: str, tansu_server: TansuBroker) -> Lab:
    lab = await Lab.make(lab_url, tansu_server)
    await begin(lab)
    return lab


@pytest_asyncio.fixture
async def database(lab: Lab) -> AsyncIterator[Database]:
    database = await lab.database()
    yield database
    await database.close()


def order(offset: int, event_id: str, customer: str = ALICE, amount: str = "10.00") -> Record:
    return record("orders", offset, placed(event_id, customer, offset, amount), customer.encode())


async def stored(lab: Lab, topic: str = "orders", partition: int = 0) -> int:
    rows = await lab.fetch(
        "SELECT next_offset FROM consumer_offsets WHERE topic = $1 AND partition = $2", topic, partition
    )
    offset: int = rows[0]["next_offset"]
    return offset


def counted(name: str, lab: Lab, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"tallyman_{name}_total", {"service": lab.schema, **labels}) or 0.0


class TestFence:
    async def test_records_below_the_stored_offset_are_dropped(self, lab: Lab, database: Database) -> None:
        applier = applier_of(lab, database, Memo())
        first = [order(0, "a"), order(1, "b")]
        assert not (await applier.apply(first)).fenced
        outcome = await applier.apply([*first, order(2, "c")])
        assert (outcome.applied, outcome.fenced) == (1, True)
        assert await lab.applied() == ["a", "b", "c"]
        assert await stored(lab) == 3
        assert counted("fenced_records", lab) == 2

    async def test_of_two_owners_at_once_one_applies(
        self, lab: Lab, lab_url: str, database: Database
    ) -> None:
        other = await lab.database()
        try:
            owners = [applier_of(lab, database, Memo("one")), applier_of(lab, other, Memo("two"))]
            batch = [order(n, f"e{n}") for n in range(20)]
            outcomes = await asyncio.gather(*(owner.apply(batch) for owner in owners))
        finally:
            await other.close()
        assert sorted(o.applied for o in outcomes) == [0, 20]
        assert [o.fenced for o in outcomes].count(True) == 1
        assert await lab.applied() == [f"e{n}" for n in range(20)]

    async def test_each_partition_has_its_own_fence(self, lab: Lab, database: Database) -> None:
        applier = applier_of(lab, database, Memo())
        await applier.apply([order(0, "a"), order(0, "b", BOB)])
        outcome = await applier.apply([order(0, "a"), order(1, "b2", BOB)])
        assert (outcome.applied, outcome.fenced) == (1, True)
        assert await lab.applied() == ["a", "b", "b2"]

    async def test_without_an_offset_row_nothing_is_applied(self, lab: Lab, database: Database) -> None:
        await lab.fetch("DELETE FROM consumer_offsets")
        with pytest.raises(FatalError, match="offsets of 1 partitions are gone"):
            await applier_of(lab, database, Memo()).apply([order(0, "a")])
        assert await lab.applied() == []


class TestReceipts:
    async def test_a_repetition_is_dropped_in_one_batch_and_over_two(
        self, lab: Lab, database: Database
    ) -> None:
        applier = applier_of(lab, database, Memo())
        same = placed("a", ALICE, 1)
        records = [record("orders", n, same, ALICE.encode()) for n in range(3)]
        await applier.apply(records[:2])
        await applier.apply(records[2:])
        assert (await lab.applied(), await lab.letters()) == (["a"], [])
        assert counted("duplicate_events", lab) == 2
        assert await stored(lab) == 3

    async def test_the_same_id_with_another_body_is_refused(self, lab: Lab, database: Database) -> None:
        applier = applier_of(lab, database, Memo())
        at_once = [
            record("orders", n, placed("a", ALICE, 1, f"{n + 1}.00"), ALICE.encode()) for n in range(2)
        ]
        await applier.apply(at_once)
        await applier.apply([record("orders", 2, placed("a", ALICE, 1, "9.00"), ALICE.encode())])
        assert await lab.applied() == ["a"]
        assert await lab.letters() == [("id", "event 'a' of 'pos' was applied with another body")] * 2

    async def test_ids_are_unique_per_producer_only(self, lab: Lab, database: Database) -> None:
        mine = record("orders", 0, placed("a", ALICE, 1, producer="till-1"), ALICE.encode())
        yours = record("orders", 1, placed("a", ALICE, 1, producer="till-2"), ALICE.encode())
        await applier_of(lab, database, Memo()).apply([mine, yours])
        assert await lab.applied() == ["a", "a"]

    async def test_a_refused_event_leaves_no_receipt_so_that_it_can_be_sent_again(
        self, lab: Lab, database: Database
    ) -> None:
        applier = applier_of(lab, database, Memo())
        await applier.apply([order(0, "refuse-1")])
        assert await lab.letters() == [("data.order_id", "the probe refuses it")]
        assert await lab.fetch("SELECT * FROM receipts") == []


class TestPlace:
    async def test_key_partition_and_topic_must_be_right(self, lab: Lab, database: Database) -> None:
        value = placed("a", ALICE)
        wrong = [
            record("orders", 0, value, b"other", partition=0),
            record("orders", 1, value, None, partition=0),
            record("orders", 2, value, b"\xff\xfe", partition=0),
            record("payments", 0, value, ALICE.encode()),
            record("orders", 0, value, ALICE.encode(), partition=1),
            order(3, "good"),
        ]
        await applier_of(lab, database, Memo()).apply(wrong)
        assert await lab.applied() == ["good"]
        letters = await lab.letters()
        assert [field for field, _ in letters] == ["key", "key", "key", "key", "type"]
        assert "the record's key b'other' is not the event's key" in letters[0][1]
        assert (
            "belongs on partition 0, not 1: the producer must use Kafka's default partitioner"
            in letters[3][1]
        )
        assert "order.placed does not travel on topic 'payments'" in letters[4][1]

    async def test_a_letter_keeps_the_bytes_and_is_announced(self, lab: Lab, database: Database) -> None:
        await applier_of(lab, database, Memo()).apply(
            [record("orders", 0, b"\x00\xffnonsense", b"\xff", partition=0)]
        )
        row = (await lab.fetch("SELECT * FROM dead_letters"))[0]
        assert (row["key"], row["value"], row["state"]) == (b"\xff", b"\x00\xffnonsense", "open")
        announced = await lab.fetch("SELECT topic, event_id FROM outbox")
        assert [tuple(row) for row in announced] == [("dead-letters", "log-1-orders-0-0")]


class Trouble(Exception):
    pass


class TestErrors:
    async def test_an_unexpected_error_is_narrowed_down_to_one_event(
        self, lab: Lab, database: Database
    ) -> None:
        def trouble(received: Received) -> None:
            if received.event.id == "e7":
                raise Trouble("seven")

        memo = Memo(trouble=trouble)
        await applier_of(lab, database, memo).apply([order(n, f"e{n}") for n in range(16)])
        assert await lab.applied() == [f"e{n}" for n in range(16) if n != 7], "the order is kept"
        assert await lab.letters() == [("", "the handler failed: Trouble('seven')")]
        assert await stored(lab) == 16
        # One failure per halving, nothing of them left: 16, 8, 4, 2 and 1 events were rolled back, the last twice.
        assert memo.rolled == 6

    async def test_an_event_that_fails_alone_once_is_not_set_aside(
        self, lab: Lab, database: Database
    ) -> None:
        failures = iter([Trouble("once")])

        def trouble(received: Received) -> None:
            for failure in failures:
                raise failure

        await applier_of(lab, database, Memo(trouble=trouble)).apply([order(0, "a")])
        assert (await lab.applied(), await lab.letters()) == (["a"], [])

    @pytest.mark.parametrize(
        "kind",
        [
            asyncpg.DeadlockDetectedError,
            asyncpg.ConnectionDoesNotExistError,
            asyncpg.InternalClientError,
            OSError,
        ],
    )
    async def test_a_passing_error_is_tried_again_and_counted(
        self, lab: Lab, database: Database, kind: type[Exception]
    ) -> None:
        failures = iter([kind("once"), kind("twice")])

        def trouble(received: Received) -> None:
            for failure in failures:
                raise failure

        await applier_of(lab, database, Memo(trouble=trouble)).apply([order(0, "a"), order(1, "b")])
        assert (await lab.applied(), await lab.letters()) == (["a", "b"], [])
        assert counted("transient_errors", lab, error=kind.__name__) == 2

    async def test_a_passing_error_that_does_not_pass_ends_it(self, lab: Lab, database: Database) -> None:
        def trouble(received: Received) -> None:
            raise asyncpg.DeadlockDetectedError("again")

        with pytest.raises(
            FatalError, match="applying a batch: still failing after 3 attempts: DeadlockDetected"
        ):
            await applier_of(lab, database, Memo(trouble=trouble)).apply([order(0, "a")])
        assert (await lab.applied(), await lab.letters(), await stored(lab)) == ([], [], 0)

    async def test_a_broken_deployment_dead_letters_nothing(self, lab: Lab, database: Database) -> None:
        await lab.fetch("ALTER TABLE applied RENAME TO gone")
        with pytest.raises(
            FatalError, match=r'the database is not as this version expects: relation "applied"'
        ):
            await applier_of(lab, database, Memo()).apply([order(0, "a")])
        assert (await lab.letters(), await stored(lab)) == ([], 0)

    async def test_the_limit_of_dead_letters_stops_and_the_last_batch_leaves_none(
        self, lab: Lab, database: Database
    ) -> None:
        applier = applier_of(lab, database, Memo(), dead_letter_limit=3)
        await applier.apply([order(n, f"refuse-{n}") for n in range(3)])
        with pytest.raises(
            DeadLetterLimitError, match="4 records were set aside within an hour, more than 3"
        ) as stop:
            await applier.apply([order(3, "good"), order(4, "refuse-4")])
        assert "'tallyman dead-letters list'" in str(stop.value)
        assert (await lab.applied(), len(await lab.letters()), await stored(lab)) == ([], 3, 3)


class TestUnitOfWork:
    async def test_rolls_back_state_offsets_receipts_letters_and_outbox_together(
        self, lab: Lab, database: Database
    ) -> None:
        class Late(Memo):
            async def apply(self, unit: UnitOfWork, events):  # type: ignore[no-untyped-def]
                await super().apply(unit, events)
                await unit.connection.execute("SELECT 1 / 0")

        with pytest.raises(asyncpg.DivisionByZeroError):
            await applier_of(lab, database, Late())._attempt([order(0, "a"), order(1, "refuse-b")], None)
        for table in ("applied", "receipts", "dead_letters", "outbox", "outbox_batches"):
            assert await lab.fetch(f"SELECT * FROM {table}") == [], table
        assert await stored(lab) == 0

    async def test_hands_the_outbox_over_after_the_commit_only(self, database: Database) -> None:
        handed: list[int] = []
        database.on_committed = lambda batch: handed.append(batch.batch_id)
        with pytest.raises(ContractError):  # noqa: PT012
            async with database.unit_of_work() as unit:
                unit.publish(OutboxRow("credit", b"k", "e", b"v"))
                raise ContractError("x", "y")
        assert handed == []
        async with database.unit_of_work() as unit:
            unit.publish(OutboxRow("credit", b"k", "e", b"v"))
            assert handed == []
        assert len(handed) == 1
        assert unit.committed is not None

    async def test_business_day_follows_clock_events_of_the_partition(
        self, lab: Lab, database: Database
    ) -> None:
        await applier_of(lab, database, Memo()).apply([order(0, "a")])
        await lab.fetch("INSERT INTO partition_days VALUES (0, '2026-05-01')")
        await applier_of(lab, database, Memo()).apply([order(1, "b"), order(0, "c", BOB)])
        days = {
            row["event_id"]: str(row["day"]) for row in await lab.fetch("SELECT event_id, day FROM applied")
        }
        assert days == {"a": "2026-03-02", "b": "2026-05-01", "c": "2026-03-02"}
