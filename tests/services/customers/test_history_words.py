"""The history of a card and of a prospect has a name for everything that an event changes, and for every choice."""

import importlib
import inspect
import pkgutil
import re
from typing import get_args

import pytest

import contracts.events
from contracts.events.base import EventData
from contracts.events.customers import Ownership, SatisfactionSource
from contracts.events.follow_ups import FollowUpCause, FollowUpOutcome, How
from services.customers.pages.common import console
from services.customers.pages.history import LEFT_OUT, _field, _value

CHANGES = [key.removeprefix("change.") for key in console.texts if key.startswith("change.")]
KINDS: dict[str, type[EventData]] = {
    data.TYPE: data
    for module in pkgutil.iter_modules(contracts.events.__path__)
    for _, data in inspect.getmembers(
        importlib.import_module(f"contracts.events.{module.name}"), inspect.isclass
    )
    if issubclass(data, EventData) and getattr(data, "TYPE", "") in CHANGES
}


def test_every_change_is_an_event() -> None:
    assert KINDS.keys() == set(CHANGES)


@pytest.mark.parametrize("kind", CHANGES)
def test_every_field_has_a_name(kind: str) -> None:
    for name in set(KINDS[kind].model_fields) - LEFT_OUT:
        assert re.search("[\u4e00-\u9fff]", _field(name, "zh")), name


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("cause", FollowUpCause),
        ("how", How),
        ("outcome", FollowUpOutcome),
        ("ownership", Ownership),
        ("source", SatisfactionSource),
    ],
)
def test_every_choice_has_a_name(field: str, choices: object) -> None:
    for choice in get_args(choices):
        assert re.search("[\u4e00-\u9fff]", _value(field, choice, "zh")), choice


def test_what_people_typed_stays() -> None:
    assert _value("notes", "they paid; in cash", "zh") == "they paid; in cash"
    assert _value("next_step", "Ask what keeps it from ordering", "zh") == "了解客户停止下单的原因"
    moved = "From class A to class B on 2026-03-02 (CNY); moved in amount, profit"
    assert _value("notes", moved, "zh") == "2026年3月2日由 A 类降至 B 类（CNY），变动维度：金额、毛利"
