"""How far each topic must have been read before a record may be applied.

With every fetch the broker is asked where all partitions end. Whatever had been acknowledged before a record of that
fetch was sent lies below those ends. So the record need not wait until a topic is read to its newest end, which under
load moves faster than we read, but only until it is read to the end that the record's own fetch was told.
"""

from collections import deque
from collections.abc import Mapping

from aiokafka import TopicPartition


class Horizon:
    """Per partition number and topic rank: the latest fetch whose ends have been read up to."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self._ranks = ranks
        self._awaited: dict[TopicPartition, deque[tuple[int, int]]] = {}
        self.reached: dict[int, dict[int, int]] = {}

    def clear(self) -> None:
        """Forget an assignment."""
        self._awaited.clear()
        self.reached.clear()

    def note(
        self, fetch: int, ends: Mapping[TopicPartition, int], positions: Mapping[TopicPartition, int]
    ) -> None:
        """Take in what was learned with a fetch.

        Args:
            fetch: its number; they grow.
            ends: the offset after the last record of each partition, asked for after the fetch.
            positions: the next offset to be read.
        """
        for partition, end in ends.items():
            awaited = self._awaited.setdefault(partition, deque())
            if awaited and awaited[-1][1] == end:
                awaited[-1] = (fetch, end)
            else:
                awaited.append((fetch, end))
            position = positions[partition]
            while awaited and awaited[0][1] <= position:
                reached, _ = awaited.popleft()
                self.reached.setdefault(partition.partition, {})[self._ranks[partition.topic]] = reached
