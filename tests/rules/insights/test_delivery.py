"""Quiet hours, digests and back-off."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.alerts import Severity
from services.insights.rules.alerts.texts import Reading
from services.insights.rules.delivery import (
    Line,
    Notice,
    Recipient,
    backoff_s,
    compose,
    most_serious,
    plan,
    quiet_end,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def recipient(**fields: Any) -> Recipient:
    known: dict[str, Any] = {
        "language": "en",
        "zone": SHANGHAI,
        "quiet_from": None,
        "quiet_until": None,
        "breaks_through": True,
        "digest_minutes": 0,
        "digest_count": 50,
    }
    return Recipient(**known | fields)


NIGHT = {"quiet_from": time(22), "quiet_until": time(7)}
LUNCH = {"quiet_from": time(12), "quiet_until": time(13, 30)}


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("hours", "now", "ends"),
    [
        (NIGHT, "2026-01-05T21:59", None),
        (NIGHT, "2026-01-05T22:00", "2026-01-06T07:00"),
        (NIGHT, "2026-01-06T06:59", "2026-01-06T07:00"),
        (NIGHT, "2026-01-06T07:00", None),
        (LUNCH, "2026-01-05T12:00", "2026-01-05T13:30"),
        (LUNCH, "2026-01-05T13:30", None),
        ({}, "2026-01-05T03:00", None),
    ],
)
def test_quiet_hours(hours: dict[str, time], now: str, ends: str | None) -> None:
    found = quiet_end(recipient(**hours), local(now).astimezone(UTC))
    assert found == (None if ends is None else local(ends))


@given(
    minutes=st.integers(0, 2 * 366 * 24 * 60),
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")]),
)
def test_quiet_hours_end_within_a_day_whatever_the_clocks_do(
    minutes: int, start: time, end: time, zone: ZoneInfo
) -> None:
    someone = recipient(quiet_from=start, quiet_until=end, zone=zone)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ends = quiet_end(someone, moment)
    assert ends is None or moment < ends <= moment + timedelta(hours=25, minutes=1)


def test_the_hour_that_spring_leaves_out() -> None:
    someone = recipient(quiet_from=time(22), quiet_until=time(2, 30), zone=BERLIN)
    ends = quiet_end(someone, local("2026-03-28T23:00", BERLIN).astimezone(UTC))
    assert ends == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def notice(number: int, severity: Any = "warning", minute: int = 0, alert_id: str = "") -> Notice:
    at = local("2026-01-05T10:00").astimezone(UTC) + timedelta(minutes=minute)
    return Notice(number, alert_id or f"A-{number}", severity, at)


def test_a_digest_gathers_by_time_and_by_count() -> None:
    someone = recipient(digest_minutes=10, digest_count=3)
    first, second, third = notice(1), notice(2, minute=4), notice(3, minute=5)
    ten = first.created_at
    waiting = plan(someone, [first, second], ten + timedelta(minutes=5))
    assert (waiting.now, waiting.later, waiting.until) == ((), (first, second), ten + timedelta(minutes=10))
    assert plan(someone, [first, second], ten + timedelta(minutes=10)).now == (first, second)
    assert plan(someone, [first, second, third], ten + timedelta(minutes=5)).now == (first, second, third)


def test_what_is_critical_breaks_through_if_so_set() -> None:
    at_night = local("2026-01-05T23:00").astimezone(UTC)
    loud, quiet = recipient(**NIGHT), recipient(**NIGHT, breaks_through=False)
    calm, urgent = notice(1), notice(2, "critical")
    chosen = plan(loud, [calm, urgent], at_night)
    assert (chosen.now, chosen.later, chosen.until) == ((urgent,), (calm,), local("2026-01-06T07:00"))
    chosen = plan(quiet, [calm, urgent], at_night)
    assert (chosen.now, chosen.later) == ((), (calm, urgent))
    by_day = plan(recipient(digest_minutes=10), [calm, urgent], calm.created_at)
    assert set(by_day.now) == {calm, urgent}, "one message takes the rest with it"


@given(
    severities=st.lists(st.sampled_from(["info", "warning", "critical"]), max_size=8),
    minutes=st.integers(0, 60),
    count=st.integers(1, 5),
    breaks=st.booleans(),
    night=st.booleans(),
    after=st.integers(0, 2_000),
)
def test_every_notice_is_sent_or_waits_for_a_time_to_come(
    severities: list[str], minutes: int, count: int, breaks: bool, night: bool, after: int
) -> None:
    hours = NIGHT if night else {}
    someone = recipient(digest_minutes=minutes, digest_count=count, breaks_through=breaks, **hours)
    notices = [notice(n, severity) for n, severity in enumerate(severities)]
    now = local("2026-01-05T10:00").astimezone(UTC) + timedelta(minutes=after)
    chosen = plan(someone, notices, now)
    assert sorted(n.number for n in (*chosen.now, *chosen.later)) == list(range(len(notices)))
    assert (chosen.until is not None) == bool(chosen.later)
    assert chosen.until is None or chosen.until > now


def test_a_message_of_one_and_of_many() -> None:
    line = Line("critical", "overdue", Reading("T", "E", "S"), False)
    assert compose([line], 1, {"critical": 1}, "en") == ("[CRITICAL] T", "E\nNext: S")
    counted: dict[Severity, int] = {"critical": 1, "info": 39}
    settled = Line("info", "overdue", Reading("T2", "E", ""), True)
    title, body = compose([line, settled], 40, counted, "zh")
    assert title == "40 条预警：1 紧急，39 提示"
    assert body.split("\n") == ["[紧急] T", "[提示] T2（已解除）", "……其余 38 条请见预警页面"]


def test_the_most_serious_first_and_each_alert_once() -> None:
    notices = [notice(1, "info"), notice(2, "warning", alert_id="A"), notice(3, "critical", alert_id="A")]
    assert [n.number for n in most_serious(notices)] == [3, 1]


def test_back_off_doubles_up_to_an_hour_and_outlasts_an_hours_outage() -> None:
    assert [backoff_s(n) for n in (1, 2, 3, 8, 1_000)] == [30, 60, 120, 3_600, 3_600]
    assert sum(backoff_s(n) for n in range(1, 12)) > 5 * 3_600
