"""Sends events so that their order survives: across topics for a customer, across everything between days.

Topics have no common order on the broker; consumers merge them by event time as long as an earlier event is there when
a later one is read. So whatever could be read too early waits until everything before it is acknowledged: an event on
another topic for a customer that has unacknowledged ones, a broadcast event, and the first event of a day.
"""

import asyncio
from collections import deque
from typing import Any

from aiokafka import AIOKafkaProducer

from contracts.codec import encode
from contracts.envelope import Event
from contracts.topics import partition_of, topics
from deploy.feed.source import topic_of
from deploy.feed.target import Target

_BROADCAST = frozenset(name for name, topic in topics().items() if topic.key == "broadcast")


class Sender:
    """Sends events in order with at most ``max_unacknowledged`` records under way."""

    def __init__(self, producer: AIOKafkaProducer, target: Target, max_unacknowledged: int) -> None:
        self._producer = producer
        self._target = target
        self._max = max_unacknowledged
        self._under_way: deque[asyncio.Future[Any]] = deque()
        self._topics: dict[str, str] = {}
        self._broadcasting = ""
        self._partition: dict[str, int] = {}

    async def send(self, event: Event[Any]) -> None:
        """Send one event; returns when it is under way, which may be before it is acknowledged."""
        topic = topic_of(event)
        if self._must_wait(event.key, topic):
            await self.acknowledged()
        value, headers = encode(event), [("id", event.id.encode())]
        for partition in self._partitions(event, topic):
            self._under_way.append(
                await self._producer.send(
                    self._target.topic(topic),
                    value,
                    key=event.key.encode(),
                    partition=partition,
                    headers=headers,
                )
            )
        if topic in _BROADCAST:
            self._broadcasting = topic
        else:
            self._topics[event.key] = topic
        while len(self._under_way) > self._max:
            await self._under_way.popleft()

    def _must_wait(self, key: str, topic: str) -> bool:
        if topic in _BROADCAST:
            return bool(self._topics) or self._broadcasting not in ("", topic)
        return bool(self._broadcasting) or self._topics.get(key, topic) != topic

    def _partitions(self, event: Event[Any], topic: str) -> range:
        if topic == "clock":
            return range(event.data.partition, event.data.partition + 1)
        if topic in _BROADCAST:
            return range(self._target.partitions)
        partition = self._partition.get(event.key)
        if partition is None:
            partition = partition_of(event.key.encode(), self._target.partitions)
            self._partition[event.key] = partition
        return range(partition, partition + 1)

    async def acknowledged(self) -> None:
        """Wait until everything sent so far is acknowledged."""
        while self._under_way:
            await self._under_way.popleft()
        self._topics.clear()
        self._broadcasting = ""
