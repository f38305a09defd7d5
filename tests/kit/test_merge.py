"""The event-time merge against a model that is too simple to be wrong."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.kit.merge import EventTimeMerge
from services.kit.records import Record

RANKS = (0, 1, 2)


def record(rank: int, partition: int, offset: int, time: float, fetch: int = 0) -> Record:
    return Record("t", rank, partition, offset, None, None, (), 0, time, None, None, fetch)


def all_reached(partitions: int, ranks: Sequence[int] = RANKS) -> dict[int, dict[int, int]]:
    return {partition: dict.fromkeys(ranks, 0) for partition in range(partitions)}


class Model:
    """Lists instead of heaps: look at every head, every time."""

    def __init__(self) -> None:
        self.queues: dict[tuple[int, int], list[Record]] = {}

    def add(self, added: Record) -> None:
        self.queues.setdefault((added.partition, added.rank), []).append(added)

    def next(self, partition: int, reached: dict[int, int]) -> Record | None:
        """Return the earliest head, unless a topic that is empty here may still bring an earlier one."""
        queues = {rank: self.queues.get((partition, rank), []) for rank in RANKS}
        heads = [queue[0] for queue in queues.values() if queue]
        if not heads:
            return None
        first = min(heads, key=lambda r: (r.time, r.rank, r.offset))
        if any(not queue and reached.get(rank, -1) < first.fetch for rank, queue in queues.items()):
            return None
        self.queues[partition, first.rank].pop(0)
        return first

    def takes(self, partition: int, count: int, reached: dict[int, int]) -> list[Record]:
        taken: list[Record] = []
        while len(taken) < count and (record := self.next(partition, reached)) is not None:
            taken.append(record)
        return taken


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("add"),
            st.sampled_from(RANKS),
            st.integers(0, 2),
            st.sampled_from([0.0, 1.0, 2.0, 3.0, float("-inf")]),
        ),
        st.tuples(
            st.just("take"),
            st.integers(1, 9),
            st.dictionaries(st.sampled_from(RANKS), st.integers(0, 60)),
            st.dictionaries(st.sampled_from(RANKS), st.integers(0, 60)),
        ),
    ),
    max_size=60,
)


@given(steps)
def test_takes_what_the_model_takes(script: Sequence[tuple]) -> None:  # type: ignore[type-arg]
    merge, model, offset = EventTimeMerge(RANKS), Model(), 0
    for step in script:
        if step[0] == "add":
            _, rank, partition, time = step
            offset += 1
            # Each record comes with a fetch of its own.
            merge.add(record(rank, partition, offset, time, offset))
            model.add(record(rank, partition, offset, time, offset))
            continue
        _, limit, even, odd = step
        reached = {0: even, 1: odd, 2: even}
        taken = merge.take(limit, reached)
        assert len(taken) <= limit
        for partition in range(3):
            mine = [r for r in taken if r.partition == partition]
            expected = model.takes(partition, len(mine), reached[partition])
            assert [r.offset for r in mine] == [r.offset for r in expected]


@given(
    st.lists(st.tuples(st.sampled_from(RANKS), st.integers(0, 2), st.integers(0, 5)), max_size=80),
    st.integers(1, 7),
)
def test_hands_out_everything_once_and_in_order_when_caught_up(
    added: list[tuple[int, int, int]], limit: int
) -> None:
    merge = EventTimeMerge(RANKS)
    for offset, (rank, partition, time) in enumerate(added):
        merge.add(record(rank, partition, offset, time))
    everything = all_reached(3)
    taken: list[Record] = []
    while merge.waiting():
        some = merge.take(limit, everything)
        assert some, "everything is here, so something can go"
        taken += some
        assert len(merge) == len(added) - len(taken)
    assert sorted(r.offset for r in taken) == list(range(len(added)))
    for partition in range(3):
        for rank in RANKS:
            mine = [r.offset for r in taken if (r.partition, r.rank) == (partition, rank)]
            assert mine == sorted(mine), "a topic keeps the order of its log, whatever the event times"


def test_a_long_backlog_of_one_partition_does_not_starve_the_others() -> None:
    merge = EventTimeMerge((0,))
    for offset in range(1_000):
        merge.add(record(0, 0, offset, offset))
    for partition in range(1, 8):
        merge.add(record(0, partition, 0, 5_000))
    everything = all_reached(8, (0,))
    first_rounds = [r.partition for _ in range(3) for r in merge.take(8, everything)]
    assert set(first_rounds) == set(range(8))


def test_a_topic_with_more_on_the_broker_is_waited_for_and_an_empty_one_is_not() -> None:
    merge = EventTimeMerge((0, 1))
    merge.add(record(0, 0, 0, 10.0))
    assert merge.take(10, {0: {0: 0}}) == [], "rank 1 has more on the broker"
    merge.add(record(1, 0, 0, 5.0))
    assert [r.time for r in merge.take(10, {0: {0: 0}})] == [5.0], "and may have still more after this one"
    assert [r.time for r in merge.take(10, {0: {0: 0, 1: 0}})] == [10.0]


def test_a_record_waits_for_what_its_own_fetch_was_told_and_not_for_what_came_later() -> None:
    merge = EventTimeMerge((0, 1))
    merge.add(record(0, 0, 0, 1.0, fetch=1))
    merge.add(record(0, 0, 1, 2.0, fetch=2))
    assert [r.time for r in merge.take(10, {0: {0: 2, 1: 1}})] == [1.0]
    assert [r.time for r in merge.take(10, {0: {0: 2, 1: 2}})] == [2.0]
