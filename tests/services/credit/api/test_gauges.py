"""The gauges of the desk of finance count what waits, and for how long."""

from datetime import timedelta

import pytest

from services.credit.gauges import refresh_once
from services.credit.queries.desk_totals import desk_totals
from services.kit import metrics
from tests.services.credit.api.conftest import Till
from tests.services.credit.api.test_approvals import ceiling
from tests.services.credit.events import DAY, PARTITIONS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def cases(till: Till) -> dict[str, float]:
    await refresh_once(till.runtime)
    return {
        state: metrics.CASES.labels(state)._value.get()
        for state in ("open", "unclaimed", "escalated", "late")
    }


async def test_cases_and_requests_are_counted(office: Till) -> None:
    assert await cases(office) == {"open": 0, "unclaimed": 0, "escalated": 0, "late": 0}
    assert metrics.APPROVALS_OPEN._value.get() == metrics.APPROVAL_OLDEST_SECONDS._value.get() == 0
    customer = await office.customer("10.00")
    orders = [await office.order(customer, "500.00") for _ in range(3)]
    await office.post(f"/held-orders/{orders[0]}/claim", {})
    assert {**await cases(office), "late": 0} == {"open": 3, "unclaimed": 2, "escalated": 0, "late": 0}

    await ceiling(office, "clerk", "100.00")
    for order in orders[:2]:
        await office.post(f"/held-orders/{order}/release", {"reason": "x"}, role="clerk", status=202)
    await office.runtime.database.pool.execute(
        "UPDATE approvals SET requested_at = requested_at - interval '2 hours' WHERE order_id = $1", orders[1]
    )
    await cases(office)
    assert metrics.APPROVALS_OPEN._value.get() == 2
    assert 7_200 <= metrics.APPROVAL_OLDEST_SECONDS._value.get() < 7_300

    for partition in range(PARTITIONS):
        await office.happened("clock.day_started", 9_000, day=DAY + timedelta(days=20), partition=partition)
    assert (await cases(office))["escalated"] == 3
    await office.post(f"/held-orders/{orders[0]}/rejection", {"reason": "x"})
    assert (await cases(office))["open"] == 2
    assert metrics.APPROVALS_OPEN._value.get() == 1


async def test_a_case_is_late_on_the_day_after_its_deadline(office: Till) -> None:
    customer = await office.customer("10.00")
    order = await office.order(customer, "500.00")
    due = await office.runtime.database.pool.fetchval("SELECT due_on FROM cases WHERE order_id = $1", order)
    async with office.runtime.database.engine.connect() as connection:
        on_time = (await desk_totals(connection, due)).cases["late"]
        after = (await desk_totals(connection, due + timedelta(days=1))).cases["late"]
    assert after > on_time


async def test_back_tests_are_counted_by_status(office: Till) -> None:
    await office.runtime.database.pool.execute(
        """INSERT INTO back_tests (back_test_id, policy, from_day, to_day, status, created_at, created_by)
           SELECT 'T-' || n, '{}', '2026-01-01', '2026-01-02', 'failed', now(), 'x' FROM generate_series(1, 3) n"""
    )
    await refresh_once(office.runtime)
    assert metrics.BACK_TESTS.labels("failed")._value.get() == 3
    assert metrics.BACK_TESTS.labels("queued")._value.get() == 0
