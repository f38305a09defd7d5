"""The list of risks and the worklist over HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.api.paying import pages, paid, until_current
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_list_of_risks_filters_sorts_and_pages(till: Till) -> None:
    good, bad = await till.customer("9000.00"), await till.customer("0.00")
    for _ in range(12):
        await paid(till, good, 0, "900.00")
    for late in (70, 80, 90, 100):
        await till.invoice(bad, "9000.00", 4, due_on=DAY - timedelta(days=late))
    await until_current(till, {good, bad})
    everybody = await pages(till, "/credit/risk", limit=7)
    scores = [Decimal(item["score"]) for item in everybody]
    assert scores == sorted(scores)
    by_customer = {item["customer_id"]: item for item in everybody}
    assert by_customer[bad]["risk_class"] == "D"
    assert by_customer[good]["risk_class"] == "A"
    assert by_customer[bad]["proposal"]["limit"] == "0.00"
    worst = await pages(till, "/credit/risk", risk_class="D")
    assert {item["risk_class"] for item in worst} == {"D"}
    assert bad in {item["customer_id"] for item in worst}
    below = await pages(till, "/credit/risk", score_below=45, sort="-score")
    assert bad in {item["customer_id"] for item in below}
    assert all(Decimal(item["score"]) < 45 for item in below)
    full = await till.get(f"/accounts/{bad}/risk")
    assert by_customer[bad] == {name: full[name] for name in by_customer[bad]}
    for query, field in (({"risk_class": "E"}, "risk_class"), ({"sort": "colour"}, "sort"), ({"x": 1}, "x")):
        wrong = await till.get("/credit/risk", params=query, status=422)
        assert wrong["errors"][0]["field"] == f"query.{field}"


async def test_the_worklist_begins_where_a_call_brings_most(till: Till) -> None:
    big, small, paying = [await till.customer("900000.00") for _ in range(3)]
    for customer in (big, small, paying):
        for late in (4, 6, 8, 10):
            await paid(till, customer, late)
    await till.invoice(big, "8000.00", 9, due_on=DAY - timedelta(days=9))
    await till.invoice(small, "800.00", 9, due_on=DAY - timedelta(days=9))
    await till.invoice(paying, "700.00", 9, due_on=DAY + timedelta(days=3))
    await till.invoice(paying, "9000.00", 9, due_on=DAY + timedelta(days=60))
    mine = {big, small, paying}
    await until_current(till, mine)
    calls = [call for call in await pages(till, "/credit/worklist", limit=2) if call["customer_id"] in mine]
    values = [Decimal(call["expected_recovery"]) for call in calls]
    assert values == sorted(values, reverse=True)
    assert calls[0]["customer_id"] == big
    assert {call["customer_id"] for call in calls} == mine
    first = calls[0]
    assert (first["overdue_invoices"], first["overdue_days"], first["overdue_amount"]) == (1, 9, "8000.00")
    for part in (
        "1 invoice is overdue with 8000.00 CNY, the oldest by 9 days",
        "usually pays",
        "a call lifts",
    ):
        assert part in first["reason"]
    [invoice] = first["top_invoices"]
    called = 1 - (1 - invoice["chance"]) ** 2
    assert invoice["chance_called"] == pytest.approx(called, abs=0.001)
    assert float(first["expected_recovery"]) == pytest.approx(8000 * (called - invoice["chance"]), rel=0.01)
    [soon] = [call for call in calls if call["customer_id"] == paying]
    assert (soon["amount"], soon["overdue_invoices"], soon["invoices"]) == ("700.00", 0, 1)
    overdue = await pages(till, "/credit/worklist", overdue_only="true")
    assert mine & {call["customer_id"] for call in overdue} == {big, small}
    large = await pages(till, "/credit/worklist", min_amount="1000.00", overdue_days_over=8, customer=big)
    assert [call["customer_id"] for call in large] == [big]
    assert not await pages(till, "/credit/worklist", customer=big, currency="USD")
    assert not await pages(till, "/credit/worklist", customer=big, min_recovery="8000.00")
    wrong = await till.get("/credit/worklist", params={"min_amount": "1.234"}, status=422)
    assert wrong["errors"][0]["field"] == "query.min_amount"
