"""Changes of a card in words: what was done, by whom, and what each field said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.customers.api.changes import ChangeOut
from services.customers.pages.common import console, sentences
from services.kit.web.texts import Language

LEFT_OUT = frozenset({"revision", "by", "customer_id", "prospect_id", "follow_up_id", "satisfaction_id"})
PLANNED = frozenset({"notes", "next_step"})
"""What follow-ups that plan themselves say in sentences of ours."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, as a page shows it.

    Attributes:
        fields: name, what it said before and what it says since, each in words.
    """

    what: str
    at: datetime
    by: str
    fields: list[tuple[str, str, str]]


def steps_of(changes: Sequence[ChangeOut], language: Language) -> list[Change]:
    """Return changes in words."""
    return [_step(change, language) for change in changes]


def _step(change: ChangeOut, language: Language) -> Change:
    fields = [
        (
            _field(each.field, language),
            _value(each.field, each.before, language),
            _value(each.field, each.after, language),
        )
        for each in change.changed
        if each.field not in LEFT_OUT
    ]
    what = _named(f"change.{change.kind}", language, change.kind)
    return Change(what, change.at, change.by or change.producer, fields)


def _field(name: str, language: Language) -> str:
    return _named(f"field.{name}", language, name)


def _named(key: str, language: Language, otherwise: str) -> str:
    # Events of later versions may have what this page has no word for yet.
    return console.text(language, key) if key in console.texts else otherwise


def _value(field: str, value: Any, language: Language) -> str:
    if value in (None, "", [], False):
        return "–"
    if value is True:
        return "✓"
    if isinstance(value, list):
        return ", ".join(_value(field, one, language) for one in value)
    if isinstance(value, dict):
        return " ".join(
            _value(name, one, language)
            for name, one in value.items()
            if one and name in ("name", "role", "phone")
        )
    if field in PLANNED:
        return sentences.read(str(value), language)
    if field == "cause":
        return _named(f"cause.{value}", language, value)
    return _named(f"{field}.{value}", language, str(value))
