"""Sentences that are made in English, for readers of Chinese.

The API says in English why it refuses, the journal notes in English what led to a decision, and so does a follow-up
that plans itself: one language is stored and on the wire. A page has it in its reader's: a catalogue has each of
these sentences, with places for what differs, and its Chinese. The English is the key, as in gettext, so that no code
between a rule and a page has to carry more than the sentence::

    SENTENCES: Sentences = (
        Text("order {order} is not held", "订单 {order} 不是待放行状态"),
        Text("the request {sentence}", "该申请{sentence}"),
    )

What stands at ``{sentence}`` is one of the catalogue itself, and what stands at ``{role}`` is the id of a role; at
``{roles}`` stand several. Dates and amounts are written as readers of Chinese write them.
``tests/kit/web/test_sentences.py`` finds sentences in the code that the catalogues do not have.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from fastapi import Request

from services.kit.web.formats import Formats
from services.kit.web.kit_texts import KIT_TEXTS
from services.kit.web.sentences_kit_texts import SENTENCES as OF_THE_KIT
from services.kit.web.texts import Language, Text, language_of

Sentences: TypeAlias = Sequence[Text]

LONGEST = 2_000
"""Characters of a sentence that is looked for: what is longer is none of ours."""
DEEPEST = 8
"""Sentences in sentences that are looked for: people type into some of them, and could go on without an end."""
_PLACE = re.compile(r"\{([a-z_]+)\}")
_GIVEN = re.compile(r"(?P<said>.*) \(given: (?P<given>.*)\)", re.DOTALL)
_QUOTES = "'\""
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SEVERAL = re.compile(r", | or ")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONEY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{3})")
_FORMATS = Formats("zh", ZoneInfo("UTC"))


class Reader:
    """Reads sentences of these catalogues in another language."""

    def __init__(self, texts: Iterable[Text]) -> None:
        known = tuple(dict.fromkeys((*OF_THE_KIT, *texts)))
        # The more of a sentence is fixed, the surer it is this one.
        self._known = [
            (_pattern(text.en), text.zh)
            for text in sorted(known, key=lambda text: -len(_PLACE.sub("", text.en)))
        ]

    def read(self, sentence: str, language: Language) -> str:
        """Return a sentence in a language; in English, where the catalogues have no other."""
        return sentence if language == "en" or len(sentence) > LONGEST else self._read(sentence, DEEPEST)

    def knows(self, sentence: str) -> bool:
        """Say whether a sentence is in the catalogues."""
        return self._found(sentence, DEEPEST) is not None

    def _read(self, sentence: str, deep: int) -> str:
        if not sentence or not deep:
            return sentence
        found = self._found(sentence, deep)
        if found is not None:
            return found
        if given := _GIVEN.fullmatch(sentence):
            return f"{self._read(given['said'], deep - 1)}（填写值：{_unquoted(given['given'])}）"
        if "; " in sentence:
            parts = sentence.split("; ")
            read = [self._read(part, deep - 1) for part in parts]
            return sentence if read == parts else "；".join(read)
        head, _, tail = sentence.partition(": ")
        read_tail = self._read(tail, deep - 1)
        return sentence if read_tail == tail else f"{_unquoted(head)}：{read_tail}"

    def _found(self, sentence: str, deep: int) -> str | None:
        for pattern, zh in self._known:
            if match := pattern.fullmatch(sentence):
                values = {name: self._value(name, value, deep) for name, value in match.groupdict().items()}
                return zh.format_map(values)
        return None

    def _value(self, place: str, value: str, deep: int) -> str:
        if place == "sentence":
            return self._read(value, deep - 1)
        if place.endswith("s"):
            return "、".join(self._value(place[:-1], each, deep) for each in _SEVERAL.split(value))
        named = KIT_TEXTS.get(f"{place}.{value}")
        return named.zh if named else _spelled(_unquoted(value))


def _pattern(english: str) -> re.Pattern[str]:
    """Return the pattern of a sentence, which says of a text in one pass whether it is that sentence.

    A place ends where what stands behind it is found first, and the last one as late as can be: if there is any way to
    read the text as the sentence, this is one. So nothing is tried twice (atomic groups), however a text was written.
    """
    first, *rest = _PLACE.split(english)
    places = [(name, re.escape(behind)) for name, behind in zip(rest[::2], rest[1::2], strict=True)]
    spelled = [f"(?>(?P<{name}>.+?){behind})" for name, behind in places[:-1]]
    spelled += [f"(?P<{name}>.+){behind}" for name, behind in places[-1:]]
    return re.compile("".join([re.escape(first), *spelled]), re.DOTALL)


def _spelled(value: str) -> str:
    if _DAY.fullmatch(value):
        try:
            return _FORMATS.day(date.fromisoformat(value))
        except ValueError:
            return value
    if money := _MONEY.fullmatch(value):
        return _FORMATS.money(money[1], money[2])
    return value


def _unquoted(value: str) -> str:
    """Return a value without the quotes of Python around it."""
    if value.endswith("..."):
        # Too long to be shown in full, and so without its second quote.
        return f"{value[:-3].lstrip(_QUOTES)}…"
    found = _QUOTED.fullmatch(value)
    return value if found is None else found[1] or found[2] or ""


@lru_cache(maxsize=16)
def reader_of(texts: tuple[Text, ...]) -> Reader:
    """Return the reader of a service's catalogue, with that of the kit."""
    return Reader(texts)


def said(request: Request, sentence: str) -> str:
    """Return a sentence in the language of the page that was asked for."""
    language = language_of(request)
    if language == "en":
        return sentence
    return reader_of(getattr(request.app.state, "sentences", ())).read(sentence, language)
