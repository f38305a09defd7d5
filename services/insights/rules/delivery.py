"""When whom to tell: quiet hours, digests, how often to try, and what a message says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.events.alerts import Severity
from services.insights.rules.alerts.model import RANK
from services.insights.rules.alerts.texts import Language, Reading

MOST_ATTEMPTS = 12
FIRST_BACKOFF_S = 30.0
LAST_BACKOFF_S = 3_600.0
REST_S = 10.0
"""Between two messages of a channel: robots are locked when they send more than about twenty a minute."""
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Recipient:
    """How somebody wants to be told.

    Attributes:
        quiet_from, quiet_until: local times; between them nothing is sent but what breaks through. None: never quiet.
        breaks_through: whether what is critical is sent at once, also in quiet hours.
        digest_minutes: how long notices are gathered into one message; 0: not at all.
        digest_count: how many are gathered at most before they are sent.
    """

    language: Language
    zone: ZoneInfo
    quiet_from: time | None
    quiet_until: time | None
    breaks_through: bool
    digest_minutes: int
    digest_count: int


@dataclass(frozen=True, slots=True)
class Notice:
    """That somebody is to be told of an alert."""

    number: int
    alert_id: str
    severity: Severity
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send now, as one message, and until when the rest waits."""

    now: tuple[Notice, ...]
    later: tuple[Notice, ...] = ()
    until: datetime | None = None


def quiet_end(recipient: Recipient, now: datetime) -> datetime | None:
    """Return when the quiet hours that ``now`` lies in end; None: it lies in none.

    They are of the local clock, so on the days it is changed they are an hour longer or shorter. From and until being
    equal means the whole day.
    """
    start, end = recipient.quiet_from, recipient.quiet_until
    if start is None or end is None:
        return None
    local = now.astimezone(recipient.zone)
    clock = local.time().replace(tzinfo=None)
    overnight = start >= end
    if not (clock >= start or clock < end if overnight else start <= clock < end):
        return None
    last_day = local.date() + timedelta(days=1) if overnight and clock >= start else local.date()
    ends = datetime.combine(last_day, end, recipient.zone).astimezone(now.tzinfo)
    # A local time that the change of the clock leaves out or repeats can come out before now.
    return max(ends, now + timedelta(minutes=1))


def plan(recipient: Recipient, notices: Sequence[Notice], now: datetime) -> Plan:
    """Say which of the waiting notices of one channel to send now."""
    urgent: list[Notice] = []
    others: list[Notice] = []
    for notice in notices:
        breaks = recipient.breaks_through and notice.severity == "critical"
        (urgent if breaks else others).append(notice)
    until = quiet_end(recipient, now)
    if until is None and others:
        full = min(n.created_at for n in others) + timedelta(minutes=recipient.digest_minutes)
        # Whatever is urgent takes the rest with it: it is one message all the same.
        if urgent or full <= now or len(others) >= recipient.digest_count:
            return Plan((*urgent, *others))
        until = full
    return Plan(tuple(urgent), tuple(others), until if others else None)


def backoff_s(failures: int) -> float:
    """Return how long a channel rests after so many failures in a row: 30 s, 1, 2, 4, ... minutes, at most an hour."""
    return min(FIRST_BACKOFF_S * 2.0 ** min(failures - 1, 20), LAST_BACKOFF_S)


def most_serious(notices: Sequence[Notice]) -> list[Notice]:
    """Return the last notice of each alert, the most serious first, and of those the oldest."""
    latest = {notice.alert_id: notice for notice in sorted(notices, key=lambda n: n.number)}
    return sorted(latest.values(), key=lambda n: (-RANK[n.severity], n.created_at, n.number))


@dataclass(frozen=True, slots=True)
class Line:
    """One alert of a message."""

    severity: Severity
    kind: str
    reading: Reading
    settled: bool


_MARKS: dict[Language, dict[Severity, str]] = {
    "en": {"info": "info", "warning": "warning", "critical": "CRITICAL"},
    "zh": {"info": "提示", "warning": "警告", "critical": "紧急"},
}
_SETTLED: dict[Language, str] = {"en": " (settled meanwhile)", "zh": "（已解除）"}
_STEP: dict[Language, str] = {"en": "Next: ", "zh": "建议："}
_DIGEST: dict[Language, str] = {"en": "{count} alerts: {parts}", "zh": "{count} 条预警：{parts}"}
_BETWEEN: dict[Language, str] = {"en": ", ", "zh": "，"}
_MORE: dict[Language, str] = {
    "en": "... and {count} more in the inbox",
    "zh": "……其余 {count} 条请见预警页面",
}


def compose(
    lines: Sequence[Line], count: int, severities: Mapping[Severity, int], language: Language
) -> tuple[str, str]:
    """Return title and text of a message: of one alert in full, of several as a digest with the most serious first.

    Args:
        lines: those shown, at most :data:`MOST_LINES` of ``count``.
        severities: of all of them.
    """
    marks, settled = _MARKS[language], _SETTLED[language]
    if count == 1:
        [line] = lines
        title = f"[{marks[line.severity]}] {line.reading.title}{settled if line.settled else ''}"
        step = f"{_STEP[language]}{line.reading.step}" if line.reading.step else ""
        return title, "\n".join(part for part in (line.reading.evidence, step) if part)
    parts = _BETWEEN[language].join(
        f"{severities[s]} {marks[s]}" for s in sorted(severities, key=RANK.__getitem__, reverse=True)
    )
    shown = [
        f"[{marks[line.severity]}] {line.reading.title}{settled if line.settled else ''}"
        for line in lines[:MOST_LINES]
    ]
    if count > len(shown):
        shown.append(_MORE[language].format(count=count - len(shown)))
    return _DIGEST[language].format(count=count, parts=parts), "\n".join(shown)
