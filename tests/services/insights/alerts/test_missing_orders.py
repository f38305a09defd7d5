"""Orders that are late, and months that fall short, become alerts, and go when an order comes."""

from datetime import date, timedelta

from services.insights.expecting import Forecaster
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.events import event, tick

START = date(2026, 1, 5)
WEEKLY = [event("order.placed", at=d, customer_id="C-1", order_id=f"C-1-{d}") for d in range(0, 85, 7)]
"""Every Monday until the 30th of March."""


async def on(inbox: Inbox, day: date, *events: object) -> dict[str, str]:
    await inbox.after(tick(day.isoformat()), *events)  # type: ignore[arg-type]
    forecaster = Forecaster(inbox.database)
    await forecaster.fit()
    while await forecaster.step():
        pass
    return await inbox.after()


async def test_late_against_the_own_rhythm_until_an_order_comes(inbox: Inbox) -> None:
    assert "order_late:C-1:CNY" not in await on(inbox, START + timedelta(85), *WEEKLY)
    assert "order_late:C-1:CNY" not in await on(inbox, START + timedelta(92))
    seen = {day: await on(inbox, START + timedelta(day)) for day in range(98, 148, 7)}
    late = {day: open_["order_late:C-1:CNY"] for day, open_ in seen.items() if "order_late:C-1:CNY" in open_}
    assert late, "seven weeks after the last of weekly orders it is late"
    assert set(range(min(late), 148, 7)) == set(late), "once late, it stays so"
    assert late[147] == "critical"
    row = await inbox.row("kind = 'order_late'")
    assert row["facts"]["latest_on"] < (START + timedelta(min(late))).isoformat()
    assert row["facts"]["days_since"] <= 147 - 84
    order = event("order.placed", at=147, customer_id="C-1", order_id="C-1-147")
    assert "order_late:C-1:CNY" not in await on(inbox, START + timedelta(147), order)
    cancelled = event("order.cancelled", at=148, customer_id="C-1", order_id="C-1-147")
    assert "order_late:C-1:CNY" in await on(inbox, START + timedelta(148), cancelled)


async def test_late_no_more_when_no_order_counts_any_more(inbox: Inbox) -> None:
    assert "order_late:C-1:CNY" in await on(inbox, START + timedelta(147), *WEEKLY)
    cancelled = [
        event("order.cancelled", at=148, customer_id="C-1", order_id=order.data.order_id) for order in WEEKLY
    ]
    assert await on(inbox, START + timedelta(148), *cancelled) == {}


async def test_a_month_that_falls_short_until_an_order_comes(inbox: Inbox) -> None:
    april = date(2026, 4, 1)
    assert "order_gap:C-1:CNY" not in await on(inbox, april, *WEEKLY), "nothing is missing on the first day"
    falls = [day for day in range(1, 29, 3) if "order_gap:C-1:CNY" in await on(inbox, april + timedelta(day))]
    assert falls
    row = await inbox.row("kind = 'order_gap'")
    assert (row["facts"]["month"], row["facts"]["currency"]) == ("2026-04", "CNY")
    assert float(row["facts"]["amount"]) < float(row["facts"]["expected"])
    order = event(
        "order.placed", at=(april - START).days + 29, customer_id="C-1", order_id="big", amount="9000.00"
    )
    assert "order_gap:C-1:CNY" not in await on(inbox, april + timedelta(29), order)


async def test_a_gap_ends_with_its_month(inbox: Inbox) -> None:
    await on(inbox, date(2026, 4, 1), *WEEKLY)
    assert "order_gap:C-1:CNY" in await on(inbox, date(2026, 4, 30))
    assert "order_gap:C-1:CNY" not in await on(inbox, date(2026, 5, 1))
