"""What other parts report becomes an alert, for those kinds that have no events of their own."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import ContractError
from services.insights.conditions import Reported, report
from services.insights.derivations.alerts import derive_alerts
from services.insights.derivations.derivation import Deriving
from services.insights.deriving import Deriver
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.events import event, tick

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MONEY = {"currency": "CNY", "amount": "100.00"}
EVERY_KIND: dict[str, dict[str, Any]] = {
    "class_fell": {"from_class": "A", "to_class": "B", "dimension": "amount"},
    "order_late": {"days_since": 20, "usual_gap_days": "9.5", "expected_on": "2026-01-01"},
    "order_gap": {**MONEY, "expected": "200.00", "month": "2026-01"},
    "mix_below_target": {"group": "launch", "percent": "2.5", "target_percent": 20},
    "risk_class_worse": {"from_class": "B", "to_class": "C"},
    "dormant_valuable": {**MONEY, "amount": "10000.00", "days": 90, "chance_percent": 12},
    "prospect_unvisited": {"days": 10},
    "active_rate_low": {"percent": 40, "target_percent": 60, "month": "2026-01"},
}


async def reported(inbox: Inbox, *found: Reported) -> dict[str, str]:
    async with inbox.database.unit_of_work() as unit:
        await report(unit.connection, found)
    return await inbox.after()


def about(kind: str, facts: Any, rank: int = 1, **fields: Any) -> Reported:
    return Reported(kind, fields.pop("customer_id", "C-1"), NOON, rank, facts, **fields)


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_every_kind_that_is_reported(inbox: Inbox, kind: str) -> None:
    await inbox.after(tick("2026-01-05"), event("customer.assigned"))
    assert list(await reported(inbox, about(kind, EVERY_KIND[kind]))) == [f"{kind}:C-1"]
    [told] = await inbox.told()
    assert "{" not in told.data.title + told.data.evidence + told.data.suggested_step
    assert await reported(inbox, about(kind, None, 2)) == {}


async def test_the_latest_word_holds_whatever_comes_last(inbox: Inbox) -> None:
    await inbox.after(tick("2026-01-05"))
    fell = EVERY_KIND["class_fell"]
    assert await reported(inbox, about("class_fell", None, 5)) == {}
    assert await reported(inbox, about("class_fell", fell, 4)) == {}
    assert await reported(inbox, about("class_fell", fell, 6)) == {"class_fell:C-1": "warning"}
    assert await reported(inbox, about("class_fell", fell, 6), about("class_fell", None, 5)) == {
        "class_fell:C-1": "warning"
    }


async def test_it_ends_by_itself_after_its_last_day(inbox: Inbox) -> None:
    await inbox.after(tick("2026-01-05"))
    gap = about("order_gap", EVERY_KIND["order_gap"], until=date(2026, 1, 31))
    assert len(await reported(inbox, gap)) == 1
    assert len(await inbox.after(tick("2026-01-31"))) == 1
    assert await inbox.after(tick("2026-02-01")) == {}


async def test_about_a_salesperson(inbox: Inbox) -> None:
    await inbox.after(tick("2026-01-05"))
    await reported(inbox, about("active_rate_low", EVERY_KIND["active_rate_low"], customer_id="S-1"))
    [told] = await inbox.told()
    assert (told.key, told.data.subject_type, told.data.owner_role) == ("S-1", "salesperson", "manager")


async def test_what_is_refused_writes_nothing(inbox: Inbox) -> None:
    for wrong in (about("order", {}), about("nothing", {}), about("order_late", {"days_since": 1.5})):
        with pytest.raises(ContractError):
            await reported(inbox, about("class_fell", EVERY_KIND["class_fell"]), wrong)
    assert await inbox.processing.rows("alert_signals") == []


async def test_two_subjects_of_a_kind_are_two_alerts(inbox: Inbox) -> None:
    await inbox.after(tick("2026-01-05"))
    groups = [
        about("mix_below_target", {**EVERY_KIND["mix_below_target"], "group": g}, subject=g) for g in "ab"
    ]
    assert len(await reported(inbox, *groups)) == 2
    at = NOON + timedelta(hours=1)
    gone = Reported("mix_below_target", "C-1", at, 1, None, subject="a")
    assert list(await reported(inbox, gone)) == ["mix_below_target:C-1:b"]


async def test_a_derivation_reports_in_the_transaction_that_alerts_see(inbox: Inbox) -> None:
    seen: list[int] = []

    async def finds(deriving: Deriving) -> Mapping[str, date]:
        seen.append(len(deriving.customer_ids))
        found = [about("class_fell", EVERY_KIND["class_fell"], customer_id=c) for c in deriving.customer_ids]
        await report(deriving.unit.connection, found, deriving=True)
        return {}

    await inbox.processing.apply(tick("2026-01-05"), event("customer.assigned"))
    await Deriver(inbox.database, (finds, derive_alerts)).catch_up()
    assert seen == [1], "what is reported is seen at once and not derived again"
    assert [row["key"] for row in await inbox.rows()] == ["class_fell:C-1"]
