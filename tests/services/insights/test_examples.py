"""Every golden example of a consumed event goes through, alone and after all the others."""

from pathlib import Path
from typing import Any

import pytest

import contracts
from contracts.codec import decode
from contracts.envelope import Event
from contracts.topics import consumed_by, topics
from tests.services.insights.processing import Processing

CONSUMED = {type_ for topic in consumed_by("insights") for type_ in topics()[topic].events}
FILES = sorted((Path(contracts.__file__).parent / "examples").glob("*.json"))


def _consumed(file: Path) -> Event[Any] | None:
    event = decode(file.read_bytes())
    return event if event.type in CONSUMED else None


EXAMPLES = {file.stem: event for file in FILES if (event := _consumed(file)) is not None}


def test_there_is_an_example_of_every_consumed_event() -> None:
    assert {event.type for event in EXAMPLES.values()} == CONSUMED


@pytest.mark.parametrize("name", EXAMPLES)
async def test_example_alone(processing: Processing, name: str) -> None:
    await processing.apply(EXAMPLES[name])
    assert await processing.refusals() == []


async def test_examples_together(processing: Processing) -> None:
    await processing.apply(*EXAMPLES.values())
    assert await processing.refusals() == []
    orders = {row["order_id"]: row["counts_as"] for row in await processing.rows("orders")}
    assert orders["SO-2026-000123"] in {"order", "held", "nothing"}
