"""What pages say, in English and Chinese, beside each other: a text without a translation cannot be written.

A catalogue is a plain dictionary per page, in ``services/<service>/texts/``::

    TEXTS: Texts = {
        "held.title": Text("Held orders", "待放行订单"),
        "held.count": Text("{n} orders", "{n} 张订单", one="{n} order"),
    }
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fastapi import Request

from services.kit.http.negotiation import preferred

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LANGUAGE_COOKIE = "tallyman_language"


@dataclass(frozen=True, slots=True)
class Text:
    """One text. Places for values are ``{name}``; ``one``: English for exactly one of ``n``."""

    en: str
    zh: str
    one: str | None = None

    def read(self, language: Language, values: Mapping[str, object]) -> str:
        """Return it in a language, with its values."""
        if language == "zh":
            chosen = self.zh
        else:
            chosen = self.one if self.one is not None and values.get("n") in (1, "1") else self.en
        return chosen.format_map(values) if values else chosen


Texts: TypeAlias = Mapping[str, Text]


def merged(catalogues: Iterable[Texts]) -> dict[str, Text]:
    """Return several catalogues as one.

    Raises:
        ValueError: two have the same key with different texts.
    """
    found: dict[str, Text] = {}
    for catalogue in catalogues:
        for key, text in catalogue.items():
            if found.setdefault(key, text) != text:
                raise ValueError(f"two texts are called {key!r}")
    return found


def language_of(request: Request) -> Language:
    """Return the language of a page: the person's choice (a cookie), else what the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen not in LANGUAGES:
        chosen = preferred(request.headers.get("accept-language"), LANGUAGES)
    return "zh" if chosen == "zh" else "en"
