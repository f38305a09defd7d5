"""What is known of a prospect is the same in whatever order it is heard, and when its waiting is worth an alert."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.present import Picture, conditions_of, next_day
from services.insights.rules.alerts.thresholds import DELIVERED, Thresholds, read_thresholds
from services.insights.rules.prospects import Prospect

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = NOON.date()


def on(days: int) -> date:
    return DAY + timedelta(days)


WORDS = st.one_of(
    st.tuples(
        st.just("put_card"),
        *(st.integers(1, 3), st.integers(0, 3), st.sampled_from("ab"), st.sampled_from(["", "S-1"])),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
    st.tuples(
        st.just("put_grade"),
        *(st.integers(1, 3), st.integers(1, 2), st.integers(0, 3), st.sampled_from("AB")),
        st.sampled_from([None, 14]),
    ),
    st.tuples(st.sampled_from(["visit", "close"]), st.integers(0, 9)),
)


def heard(*words: tuple[Any, ...]) -> Prospect:
    prospect = Prospect("P-1")
    for name, *of in words:
        match name:
            case "put_card":
                revision, at, called, person, agreed = of
                moment = NOON + timedelta(at)
                prospect.put_card(
                    *(revision, moment, on(at), called, person, None if agreed is None else on(agreed))
                )
            case "put_grade":
                revision, version, at, grade, days = of
                prospect.put_grade(revision, version, NOON + timedelta(at), grade, days)
            case _:
                getattr(prospect, name)(on(of[0]))
    return prospect


@given(st.lists(WORDS, max_size=8).flatmap(lambda w: st.tuples(st.just(w), st.permutations(w + w[:2]))))
def test_any_order_and_repetition_says_the_same(words: tuple[list[Any], list[Any]]) -> None:
    assert heard(*words[0]) == heard(*words[1])


def seen(prospect: Prospect, day: date, thresholds: Thresholds = DELIVERED) -> str | None:
    found = [c.severity for c in conditions_of(Picture("P-1", prospect=prospect), day, thresholds)]
    return found[0] if found else None


def entered(*more: tuple[Any, ...], agreed: int | None = None) -> Prospect:
    return heard(("put_card", 1, 0, "Tea house", "S-1", agreed), *more)


@pytest.mark.parametrize(
    ("more", "agreed", "warning", "critical"),
    [
        ([], None, 7, 21),
        ([("put_grade", 1, 1, 0, "A", 14)], None, 3, 10),
        ([("put_grade", 1, 1, 0, "B", 30)], None, 7, 21),
        ([("put_grade", 1, 1, 0, "C", 60)], None, 14, 42),
        ([], 8, 9, 21),
        ([], 30, 31, 31),
        ([("put_grade", 1, 1, 0, "D", None)], None, None, None),
        ([("visit", 0)], None, None, None),
        ([("close", 0)], None, None, None),
    ],
)
def test_severity_by_grade_and_waiting(
    more: list[Any], agreed: int | None, warning: int | None, critical: int | None
) -> None:
    prospect = entered(*more, agreed=agreed)
    for day in range(60):
        expected = None
        if critical is not None and day >= critical:
            expected = "critical"
        elif warning is not None and day >= warning:
            expected = "warning"
        assert seen(prospect, on(day)) == expected, day


@pytest.mark.parametrize("agreed", [None, 5, 30])
def test_nothing_differs_between_the_days_on_which_it_is_due(agreed: int | None) -> None:
    picture = Picture("P-1", prospect=entered(agreed=agreed))
    day, known = DAY, list(conditions_of(picture, DAY, DELIVERED))
    due = next_day(picture, day, DELIVERED)
    for further in range(1, 50):
        now = list(conditions_of(picture, on(further), DELIVERED))
        if on(further) == due:
            due = next_day(picture, on(further), DELIVERED)
        else:
            assert now == known
        known = now
    assert due is None
    assert next_day(Picture("P-1", prospect=entered(("visit", 0))), DAY, DELIVERED) is None


def test_thresholds_are_data() -> None:
    body = {"prospect_unvisited": {"warning_days": 1, "critical_days": 2, "grades": {}}}
    set_ = read_thresholds(body, KINDS)
    graded = entered(("put_grade", 1, 1, 0, "A", 14))
    assert [seen(graded, on(day), set_) for day in range(3)] == [None, "warning", "critical"]
    off = read_thresholds({"off": ["prospect_unvisited"]}, KINDS)
    assert seen(graded, on(99), off) is None


def test_whose_it_is() -> None:
    def owner(prospect: Prospect) -> tuple[str, str | None]:
        # A customer may have the prospect's id, and a salesperson of its own.
        [found] = conditions_of(Picture("P-1", owner="S-9", prospect=prospect), on(9), DELIVERED)
        return found.owner.person, found.owner.role

    assert owner(entered()) == ("S-1", None)
    assert owner(heard(("put_card", 1, 0, "Tea house", "", None))) == ("", "sales")
