"""Versions of settings as pages show them: what each changed of the one before, and fields with their names."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.kit.web.console import Console, toast
from services.kit.web.documents import Change, Shape, changes
from services.kit.web.texts import Language, language_of


@dataclass(frozen=True, slots=True)
class Stored:
    """A version as it was stored. ``by``: None: the software came with it; ``from_day``: None: since it was stored."""

    version: int
    document: dict[str, Any]
    by: str | None = None
    reason: str = ""
    at: datetime | None = None
    from_day: date | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version with what it changed. ``note``: what it is now, written already."""

    version: int
    by: str | None
    reason: str
    at: datetime | None
    from_day: date | None
    note: str = ""
    changes: Sequence[Change] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of groups and fields: ``key`` makes the catalogue's key of what follows its beginning."""

    console: Console
    language: Language
    key: Callable[[str], str]

    def __call__(self, group: str, name: str = "") -> str:
        """Return the name of a group, or of a field: its own, else the one that all fields of that name have."""
        if not name:
            return self._text(f"g.{group}") if group else self.console.text(self.language, "settings.general")
        own = f"f.{group}.{name}"
        return self._text(own if self.key(own) in self.console.texts else f"f.{name}")

    def hint(self, group: str, name: str) -> str:
        """Return what is said below a field; empty: nothing."""
        rest = f"h.{group}.{name}" if group else f"h.{name}"
        return self._text(rest) if self.key(rest) in self.console.texts else ""

    def empty(self, group: str, name: str) -> str:
        """Return what it means that a field is empty; empty: nothing in particular."""
        rest = f"e.{group}.{name}" if group else f"e.{name}"
        return self._text(rest) if self.key(rest) in self.console.texts else ""

    def _text(self, rest: str) -> str:
        return self.console.text(self.language, self.key(rest))


def compared(found: Sequence[Stored], shape: Shape, now: Stored, day: date, labels: Labels) -> list[Version]:
    """Return versions, the latest first, each with what it changed of the next one in the list.

    Args:
        now: the one that holds on ``day``.
    """
    older = [*found[1:], None]
    return [
        Version(
            version=stored.version,
            by=stored.by,
            reason=stored.reason,
            at=stored.at,
            from_day=stored.from_day,
            note=_note(stored, now, day, labels),
            changes=changes(shape, before.document, stored.document) if before else (),
        )
        for stored, before in zip(found, older, strict=True)
    ]


def _note(version: Stored, now: Stored, day: date, labels: Labels) -> str:
    if version.version == now.version:
        return labels.console.text(labels.language, "settings.holds")
    to_come = version.from_day is not None and version.from_day > day
    return labels.console.text(labels.language, "settings.to_come") if to_come else ""


def holding(found: Sequence[Stored], day: date) -> Stored | None:
    """Return the version that holds on a day: of those that began, the highest."""
    return next((stored for stored in found if stored.from_day is None or stored.from_day <= day), None)


def saved(console: Console, request: Request, href: str) -> HTMLResponse:
    """Return the answer to a form that brought a version into force: to its page, with a short message."""
    answer = HTMLResponse("", headers={"HX-Redirect": href})
    said = toast(console.text(language_of(request), "settings.saved"))
    answer.headers["HX-Trigger"] = json.dumps(said)
    return answer
