"""What alerts say: their facts, which are ids and figures, written for a reader of a language.

The facts are what is stored, so an alert reads in every language, also one raised before a text was improved.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from services.insights.rules.alerts.model import OURS, Fact, Facts
from services.insights.rules.alerts.texts import WORDS, Language, Reading, cut, fill
from services.insights.texts import TEXTS
from services.insights.texts.sentences import SENTENCES
from services.kit.web.formats import Formats
from services.kit.web.sentences import reader_of
from services.kit.web.texts import merged

AMOUNTS = ("amount", "exposure", "limit", "expected")
DAYS = ("due_on", "missed", "day", "expected_on", "entered_on")

_TEXTS = merged(TEXTS)
# No time of day is among facts, so the zone does not matter.
_FORMATS: dict[Language, Formats] = {
    "en": Formats("en", ZoneInfo("UTC")),
    "zh": Formats("zh", ZoneInfo("UTC")),
}
_RULE = re.compile(r"(?P<rule>[a-z_]+) (?P<value>.*) > (?P<threshold>.*)", re.DOTALL)
_FACTOR = re.compile(r"(?P<factor>\S+) (?P<value>\S+) \((?P<points>[0-9.]+)/100\)")
# Without an exponent: a short text would be a number of any length.
_NUMBER = re.compile(r"-?[0-9]+(?:\.(?P<decimals>[0-9]+))?")
_BETWEEN: dict[Language, str] = {"en": "; ", "zh": "；"}
_LISTED: dict[Language, str] = {"en": ", ", "zh": "、"}

Spell = Callable[[Facts, Fact, Formats], str]


def read(kind: str, facts: Facts, name: str, origin: str = OURS, language: Language = "en") -> Reading:
    """Return what an alert says. Those of other services say what they were sent with, in Chinese where we know it."""
    if origin != OURS or kind not in WORDS:
        said = (
            reader_of(SENTENCES).read(str(facts.get(n, "")), language) for n in ("title", "evidence", "step")
        )
        return Reading(*map(cut, said))
    return fill(kind, language, {**written(facts, language), "name": name})


def written(facts: Facts, language: Language) -> Mapping[str, str]:
    """Return facts as they are written in a language, by name."""
    formats = _FORMATS[language]
    return {name: _SPELLED.get(name, _plain)(facts, fact, formats) for name, fact in facts.items()}


def _text(key: str, formats: Formats, **values: object) -> str:
    return _TEXTS[key].read(formats.language, values)


def _named(key: str, name: str, formats: Formats) -> str:
    """Return the name of an id; one that a later version of another service made stays as it is."""
    return _text(key, formats) if key in _TEXTS else name


def _plain(facts: Facts, fact: Fact, formats: Formats) -> str:
    if isinstance(fact, list):
        return _LISTED[formats.language].join(map(str, fact))
    return "-" if fact is None else str(fact)


def _money(facts: Facts, fact: Fact, formats: Formats) -> str:
    if fact is None:
        # A payment that is not reported yet; what is asked for without an amount is a limit without an end.
        return _text("evidence.unlimited" if "approval_kind" in facts else "evidence.unknown", formats)
    return formats.money(str(fact), str(facts["currency"])) if facts.get("currency") else str(fact)


def _day(facts: Facts, fact: Fact, formats: Formats) -> str:
    try:
        return formats.day(date.fromisoformat(str(fact)))
    except ValueError:
        return _text("evidence.no_day", formats) if fact is None else str(fact)


def _month(facts: Facts, fact: Fact, formats: Formats) -> str:
    try:
        return formats.month(date.fromisoformat(f"{str(fact)[:7]}-01"))
    except ValueError:
        return str(fact)


def _rules(facts: Facts, fact: Fact, formats: Formats) -> str:
    said = (_rule(rule, formats) for rule in (fact if isinstance(fact, list) else ()))
    return _BETWEEN[formats.language].join(said)


def _rule(rule: str, formats: Formats) -> str:
    match = _RULE.fullmatch(rule)
    if match is None or f"evidence.rule.{match['rule']}" not in _TEXTS:
        return rule
    value, threshold = (_figure(match[part], formats) for part in ("value", "threshold"))
    return _text(f"evidence.rule.{match['rule']}", formats, value=value, threshold=threshold)


def _factors(facts: Facts, fact: Fact, formats: Formats) -> str:
    def said(match: re.Match[str]) -> str:
        factor = _named(f"evidence.factor.{match['factor']}", match["factor"], formats)
        value, points = _figure(match["value"], formats), match["points"]
        return _text("evidence.factor", formats, factor=factor, value=value, points=points)

    found = [said(match) for match in _FACTOR.finditer(str(fact))]
    return _BETWEEN[formats.language].join(found) or str(fact or "")


def _figure(text: str, formats: Formats) -> str:
    """Return a number with the decimals it has and grouped thousands; another text as it is."""
    number = _NUMBER.fullmatch(text)
    return formats.number(Decimal(text), len(number["decimals"] or "")) if number else text


def _approval(facts: Facts, fact: Fact, formats: Formats) -> str:
    return _named(f"evidence.approval.{fact}", str(fact), formats)


def _dimensions(facts: Facts, fact: Fact, formats: Formats) -> str:
    names = (_named(f"dimension.{name}", name, formats) for name in str(fact).split(", "))
    return _LISTED[formats.language].join(names)


def _by(facts: Facts, fact: Fact, formats: Formats) -> str:
    return reader_of(SENTENCES).read(str(fact), formats.language)


def _grade(facts: Facts, fact: Fact, formats: Formats) -> str:
    return str(fact) if fact else _text("evidence.not_graded", formats)


_SPELLED: dict[str, Spell] = {
    **dict.fromkeys(AMOUNTS, _money),
    **dict.fromkeys(DAYS, _day),
    "month": _month,
    "rules": _rules,
    "why": _factors,
    "approval_kind": _approval,
    "dimension": _dimensions,
    "by": _by,
    "grade": _grade,
}
"""Fact to how it is written; the others are written as they are."""
