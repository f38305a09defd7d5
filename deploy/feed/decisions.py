"""What the credit service decided, read from its topic: the feedback of a simulation in closed loop."""

import asyncio
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition

from contracts.codec import decode
from contracts.errors import ContractError
from deploy.feed.simulator.feedback import Answer
from deploy.feed.target import Target

_OUTCOMES: dict[str, Answer] = {
    "credit.order_approved": "approved",
    "credit.order_released": "approved",
    "credit.order_held": "held",
    "credit.order_rejected": "rejected",
}


class DecisionsMissing(RuntimeError):
    """The credit service did not decide in time."""


class CreditDecisions:
    """Follows the credit topic; callable as :class:`~deploy.feed.simulator.feedback.Decisions`.

    Use as an async context manager. With ``record`` every answer is kept in that file, and answers in it are given
    again first: a simulation that is resumed must hear what it heard before, or it would tell another story.
    """

    def __init__(self, target: Target, *, timeout_s: float = 120.0, record: Path | None = None) -> None:
        self._target = target
        self._timeout_s = timeout_s
        self._record = record
        self._given = _read_answers(record)
        self._next = 0
        self._known: dict[str, tuple[int, Answer]] = {}
        self._awaited: set[str] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "CreditDecisions":
        consumer = self._target.consumer()
        await consumer.start()
        topic = self._target.topic("credit")
        consumer.assign([TopicPartition(topic, number) for number in range(self._target.partitions)])
        await consumer.seek_to_beginning()
        self._task = asyncio.create_task(self._follow(consumer), name="feed-decisions")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            (ended,) = await asyncio.gather(self._task, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended

    async def _follow(self, consumer: Any) -> None:
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=200, max_records=2_000)).values():
                    for record in records:
                        self._take(record.value)
        finally:
            await consumer.stop()

    def _take(self, value: bytes | None) -> None:
        try:
            event = decode(value)
        except ContractError:
            return
        if event.type not in _OUTCOMES:
            return
        order_id, version = event.data.order_id, event.data.decision_version
        if version > self._known.get(order_id, (0, None))[0]:
            self._known[order_id] = (version, _OUTCOMES[event.type])
            self._awaited.discard(order_id)
            self._changed.set()

    def expect(self, order_id: str) -> None:
        """An order was placed, so a decision will come."""
        if order_id not in self._known:
            self._awaited.add(order_id)

    async def settled(self) -> None:
        """Wait until every expected order is decided.

        Raises:
            DecisionsMissing: nothing was decided for ``timeout_s``, or the topic cannot be read.
        """
        while self._awaited:
            self._changed.clear()
            if self._task is not None and self._task.done():
                raise DecisionsMissing("the credit topic cannot be read") from self._task.exception()
            try:
                await asyncio.wait_for(self._changed.wait(), self._timeout_s)
            except TimeoutError:
                raise DecisionsMissing(
                    f"{len(self._awaited)} orders had no decision for {self._timeout_s:g} s, the first is "
                    f"{min(self._awaited)}: is the credit service running?"
                ) from None

    def __call__(self, order_id: str) -> Answer:
        """Return the effective decision known now."""
        if self._next < len(self._given):
            asked, answer = self._given[self._next]
            if asked != order_id:
                raise DecisionsMissing(
                    f"{self._record} answers for {asked}, but {order_id} is asked; delete it to start over"
                )
        else:
            answer = self._known.get(order_id, (0, None))[1]
            if self._record is not None:
                with self._record.open("a", encoding="utf-8") as file:
                    file.write(f"{order_id} {answer or '-'}\n")
        self._next += 1
        return answer


def _read_answers(record: Path | None) -> list[tuple[str, Answer]]:
    if record is None or not record.exists():
        return []
    answers: dict[str, Answer] = {"approved": "approved", "held": "held", "rejected": "rejected", "-": None}
    lines = record.read_text("utf-8").split("\n")
    # The last line is empty, or cut off by a crash.
    pairs = [line.split(" ") for line in lines[:-1]]
    return [(order_id, answers[answer]) for order_id, answer in pairs]
