"""Topics made and checked the same way on every broker."""

import asyncio
import time
from collections.abc import Iterable, Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

POLL_S = 0.05
ADMIN_TIMEOUT_MS = 30_000

TopicSpec = tuple[str, int, Mapping[str, str]]


class TopicError(RuntimeError):
    """A topic could not be made, or is there with another number of partitions."""


async def ensure_topics(
    bootstrap: str, topics: Iterable[TopicSpec], *, replication_factor: int = 1, timeout_s: float = 30.0
) -> list[str]:
    """Create the missing ones of `(name, partitions, config)` and wait until all partitions have a leader.

    Returns the names created. Never changes a topic that exists, its config included: raises TopicError when
    its partition count differs, since keys would then be on other partitions than their history.
    """
    wanted = {name: (partitions, config) for name, partitions, config in topics}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=ADMIN_TIMEOUT_MS)
    await admin.start()
    try:
        present = await _partitions(admin)
        _check_counts(wanted, present)
        missing = [name for name in wanted if name not in present]
        await _create(admin, [_new(name, *wanted[name], replication_factor) for name in missing])
        await _wait_for_leaders(admin, wanted, timeout_s)
    finally:
        await admin.close()
    return missing


def _new(name: str, partitions: int, config: Mapping[str, str], replication_factor: int) -> NewTopic:
    return NewTopic(name, partitions, replication_factor, topic_configs=dict(config))


async def _create(admin: AIOKafkaAdminClient, topics: list[NewTopic]) -> None:
    if not topics:
        return
    answer = (await admin.create_topics(topics)).to_object()
    for topic in answer["topic_errors"]:
        # Another process that starts at the same moment may have been first.
        if topic["error_code"] not in (0, TopicAlreadyExistsError.errno):
            error = for_code(topic["error_code"])
            reason = topic.get("error_message") or error.description
            raise TopicError(f"topic {topic['topic']!r} could not be created: {error.message} ({reason})")


async def _wait_for_leaders(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, tuple[int, Mapping[str, str]]], timeout_s: float
) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        present = await _partitions(admin)
        _check_counts(wanted, present)
        waiting = [name for name in wanted if not all(leader >= 0 for leader in present.get(name, [-1]))]
        if not waiting:
            return
        if time.monotonic() > deadline:
            raise TopicError(f"no leader after {timeout_s:g} s for a partition of: {', '.join(waiting)}")
        await asyncio.sleep(POLL_S)


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, list[int]]:
    """The leader of each partition of every topic there is."""
    return {
        topic["topic"]: [partition["leader"] for partition in topic["partitions"]]
        for topic in await admin.describe_topics()
        if topic["error_code"] == 0
    }


def _check_counts(
    wanted: Mapping[str, tuple[int, Mapping[str, str]]], present: Mapping[str, list[int]]
) -> None:
    for name, (partitions, _) in wanted.items():
        if name in present and len(present[name]) != partitions:
            raise TopicError(
                f"topic {name!r} has {len(present[name])} partitions, {partitions} are wanted: use the same"
                " number everywhere, or another topic"
            )
