"""The event-time merge of co-partitioned topics, as Kafka Streams does it (KIP-353, KIP-695).

Of the records buffered for one partition number, the earliest head goes first; ties go by topic, then offset. A topic
with nothing buffered is waited for only while the broker had more when the head was fetched. Live latency is therefore
untouched, while catching up applies events in the order in which they happened.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush
from math import inf

from services.kit.records import Record

_Head = tuple[float, int, int]


class _Partition:
    """The queues of one partition number, one per topic rank, and a heap over their heads."""

    __slots__ = ("heads", "queues")

    def __init__(self, ranks: Iterable[int]) -> None:
        self.queues: dict[int, deque[Record]] = {rank: deque() for rank in ranks}
        self.heads: list[_Head] = []

    def add(self, record: Record) -> None:
        queue = self.queues[record.rank]
        if not queue:
            heappush(self.heads, (record.time, record.rank, record.offset))
        queue.append(record)

    def take(self, limit: int, reached: Mapping[int, int]) -> list[Record]:
        """Pop up to ``limit`` records in order; stop where an empty topic may still bring an earlier one."""
        queues, heads = self.queues, self.heads
        horizon = min((reached.get(r, -1) for r, queue in queues.items() if not queue), default=inf)
        taken: list[Record] = []
        while heads and len(taken) < limit:
            rank = heads[0][1]
            queue = queues[rank]
            if queue[0].fetch > horizon:
                break
            heappop(heads)
            taken.append(queue.popleft())
            if queue:
                head = queue[0]
                heappush(heads, (head.time, rank, head.offset))
            else:
                horizon = min(horizon, reached.get(rank, -1))
        return taken


class EventTimeMerge:
    """Buffers records per partition number and hands them out in event-time order."""

    def __init__(self, ranks: Iterable[int]) -> None:
        self._ranks = tuple(ranks)
        self._partitions: dict[int, _Partition] = {}
        self._next = 0
        self._count = 0

    def add(self, record: Record) -> None:
        """Buffer one record; those of one topic and partition must come in offset order."""
        partition = self._partitions.get(record.partition)
        if partition is None:
            partition = self._partitions[record.partition] = _Partition(self._ranks)
        partition.add(record)
        self._count += 1

    def clear(self) -> None:
        """Forget everything buffered: it is below no stored offset and will be read again."""
        self._partitions.clear()
        self._count = 0

    def buffered(self, partition: int, rank: int) -> int:
        """Return how many records of one topic and partition wait here."""
        entry = self._partitions.get(partition)
        return len(entry.queues[rank]) if entry else 0

    def __len__(self) -> int:
        """Return how many records wait here."""
        return self._count

    def waiting(self) -> list[int]:
        """Return the partition numbers that have anything buffered."""
        return [number for number, entry in self._partitions.items() if entry.heads]

    def take(
        self,
        limit: int,
        reached: Mapping[int, Mapping[int, int]],
        among: Callable[[int], bool] | None = None,
    ) -> list[Record]:
        """Pop up to ``limit`` records over all partitions, or over those ``among`` says yes to.

        Args:
            reached: per partition number and topic rank the latest fetch such that everything the broker had when
                that fetch was made is here (see :mod:`services.kit.horizon`).

        Returns:
            Records in event-time order within each partition number. Partitions take turns at going first, so
            that a long backlog of one does not starve the others.
        """
        numbers = sorted(number for number in self.waiting() if among is None or among(number))
        if not numbers:
            return []
        start = self._next % len(numbers)
        self._next += 1
        taken: list[Record] = []
        share = max(1, limit // len(numbers))
        for number in numbers[start:] + numbers[:start]:
            if len(taken) >= limit:
                break
            taken += self._partitions[number].take(min(share, limit - len(taken)), reached.get(number, {}))
        self._count -= len(taken)
        return taken
