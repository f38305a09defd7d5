"""Whatever was seen on the way, and however often: what is open at the end is what is the case at the end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import Conflict, ContractError
from contracts.events.alerts import Severity
from services.insights.rules.alerts import engine
from services.insights.rules.alerts.model import Alert, Condition, Owner, Step, alert_id

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
OWNERS = (Owner("S-1"), Owner("S-2"), Owner(role="finance"))
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")


def condition(
    key: str, severity: Severity = "warning", owner: Owner = OWNERS[0], figure: int = 0
) -> Condition:
    return Condition(key, key.split(":")[0], "C-1", "C-1", severity, owner, {"figure": figure})


class Inbox:
    """Stores alerts as the tables do: the occurrences of each key, the last of which may be alive."""

    def __init__(self) -> None:
        self.alerts: dict[str, list[Alert]] = {}
        self.steps: list[Step] = []
        self.at = NOON

    def alive(self) -> dict[str, Alert]:
        return {key: found[-1] for key, found in self.alerts.items() if found[-1].is_alive}

    def see(self, *conditions: Condition) -> list[str]:
        self.at += timedelta(minutes=1)
        found, alive = engine.by_key(conditions), self.alive()
        counts = {key: len(self.alerts.get(key, ())) for key in engine.new_keys(alive, found)}
        outcome = engine.compare(alive, found, counts, self.at)
        for alert in (*(step.alert for step in outcome.steps), *outcome.refreshed):
            self.keep(alert)
        self.steps += outcome.steps
        return [step.name for step in outcome.steps]

    def do(self, step: Step | None) -> None:
        if step is not None:
            self.steps.append(step)
            self.keep(step.alert)

    def keep(self, alert: Alert) -> None:
        occurrences = self.alerts.setdefault(alert.key, [])
        occurrences[alert.occurrence - 1 :] = [alert]

    def open(self) -> dict[str, tuple[Severity, Owner, Mapping[str, object]]]:
        return {k: (a.severity, a.owner, a.facts) for k, a in self.alive().items() if a.is_open}


conditions = st.builds(
    condition,
    st.sampled_from(["overdue:C-1", "limit_nearly_used:C-1", "order_held:C-1:O-1"]),
    st.sampled_from(SEVERITIES),
    st.sampled_from(OWNERS),
    st.integers(0, 3),
)
views = st.lists(conditions, max_size=4)


@given(seen=st.lists(views, max_size=8), last=views)
def test_what_is_open_is_what_is_the_case(seen: list[list[Condition]], last: list[Condition]) -> None:
    travelled, straight = Inbox(), Inbox()
    for view in (*seen, last):
        travelled.see(*view)
        assert travelled.see(*view, *view) == [], "seeing the same again is no news"
    straight.see(*reversed(last))
    assert (
        travelled.open()
        == straight.open()
        == {key: (c.severity, c.owner, c.facts) for key, c in engine.by_key(last).items()}
    )


@given(seen=st.lists(views, max_size=10))
def test_each_occurrence_has_an_id_of_its_own_and_steps_in_order(seen: list[list[Condition]]) -> None:
    inbox = Inbox()
    for view in seen:
        inbox.see(*view)
    ids = [a.alert_id for found in inbox.alerts.values() for a in found]
    assert len(ids) == len(set(ids))
    for found in inbox.alerts.values():
        assert [a.occurrence for a in found] == list(range(1, len(found) + 1))
        assert all(not a.is_alive for a in found[:-1])
        for alert in found:
            mine = [s.alert.version for s in inbox.steps if s.alert.alert_id == alert.alert_id]
            assert mine == list(range(1, len(mine) + 1))
            assert alert.alert_id == alert_id(alert.key, alert.occurrence)


def test_it_comes_back_as_a_new_occurrence() -> None:
    inbox, overdue = Inbox(), condition("overdue:C-1")
    assert [inbox.see(overdue), inbox.see(), inbox.see(overdue)] == [["raised"], ["resolved"], ["raised"]]
    first, second = inbox.alerts["overdue:C-1"]
    assert (first.state, second.state, second.occurrence) == ("resolved", "raised", 2)


def test_fresh_evidence_is_no_step_and_a_severity_is() -> None:
    inbox = Inbox()
    inbox.see(condition("overdue:C-1", figure=1))
    assert inbox.see(condition("overdue:C-1", figure=2)) == []
    assert inbox.alive()["overdue:C-1"].facts == {"figure": 2}
    assert inbox.see(condition("overdue:C-1", "critical")) == ["changed"]
    assert inbox.steps[-1].previous == "warning"


def test_what_was_acknowledged_asks_again_when_it_becomes_worse_and_not_when_better() -> None:
    inbox = Inbox()
    inbox.see(condition("overdue:C-1"))
    inbox.do(engine.acknowledge(inbox.alive()["overdue:C-1"], "li.na", "", inbox.at))
    assert inbox.see(condition("overdue:C-1", "info")) == ["changed"]
    assert inbox.alive()["overdue:C-1"].state == "acknowledged"
    assert inbox.see(condition("overdue:C-1", "critical")) == ["changed", "reopened"]
    assert inbox.alive()["overdue:C-1"].state == "raised"


def test_what_somebody_settled_stays_so_until_it_becomes_worse_or_returns() -> None:
    inbox, overdue = Inbox(), condition("overdue:C-1")
    inbox.see(overdue)
    inbox.do(engine.resolve(inbox.alive()["overdue:C-1"], "li.na", "agreed", inbox.at))
    assert inbox.see(overdue) == []
    assert inbox.open() == {}
    assert inbox.see(condition("overdue:C-1", "critical")) == ["raised"]
    inbox.do(engine.resolve(inbox.alive()["overdue:C-1"], "li.na", "agreed", inbox.at))
    assert inbox.see() == ["cause_gone"]
    assert inbox.see(overdue) == ["raised"]
    assert inbox.alive()["overdue:C-1"].occurrence == 3


def test_it_goes_with_the_customer_unless_somebody_gave_it_away() -> None:
    inbox = Inbox()
    inbox.see(condition("overdue:C-1"), condition("order_held:C-1:O-1"))
    given_away = inbox.alive()["order_held:C-1:O-1"]
    inbox.do(engine.assign(given_away, OWNERS[2], "boss", "yours", inbox.at))
    moved = [replace(condition(key), owner=OWNERS[1]) for key in ("overdue:C-1", "order_held:C-1:O-1")]
    assert inbox.see(*moved) == ["assigned"]
    assert {key: alert.owner for key, alert in inbox.alive().items()} == {
        "overdue:C-1": OWNERS[1],
        "order_held:C-1:O-1": OWNERS[2],
    }


def test_a_snoozed_alert_wakes_at_its_time_and_not_before() -> None:
    inbox = Inbox()
    inbox.see(condition("overdue:C-1"))
    until = inbox.at + timedelta(hours=1)
    inbox.do(engine.snooze(inbox.alive()["overdue:C-1"], until, "li.na", "", inbox.at))
    alert = inbox.alive()["overdue:C-1"]
    assert engine.snooze(alert, until, "li.na", "", inbox.at) is None
    assert engine.wake(alert, until - timedelta(seconds=1)) is None
    inbox.do(engine.wake(alert, until))
    woken = inbox.alive()["overdue:C-1"]
    assert (woken.state, woken.snoozed_until) == ("raised", None)
    assert engine.wake(woken, until) is None


def test_what_cannot_be_done() -> None:
    inbox = Inbox()
    inbox.see(condition("overdue:C-1"))
    alert = inbox.alive()["overdue:C-1"]
    with pytest.raises(ContractError, match="future"):
        engine.snooze(alert, inbox.at, "li.na", "", inbox.at)
    inbox.see()
    gone = inbox.alerts["overdue:C-1"][0]
    assert engine.resolve(gone, "li.na", "", inbox.at) is None
    attempts: list[Callable[[], Step | None]] = [
        lambda: engine.acknowledge(gone, "li.na", "", inbox.at),
        lambda: engine.snooze(gone, inbox.at + timedelta(1), "li.na", "", inbox.at),
        lambda: engine.assign(gone, OWNERS[1], "li.na", "", inbox.at),
    ]
    for refused in attempts:
        with pytest.raises(Conflict, match="resolved"):
            refused()
