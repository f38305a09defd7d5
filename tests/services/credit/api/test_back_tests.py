"""A back-test asked for over HTTP: it runs in a process of its own, and its result is read in pages."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from tests.services.credit.api.conftest import Till, installed, opened
from tests.services.credit.events import DAY
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/credit/policies/back-test"
SMALL: dict[str, Any] = {
    "company": {"single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "100.00"}]}}
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str
) -> AsyncIterator[Till]:
    """An installation of its own, with three customers: small orders, large orders, and no account."""
    async with opened(await installed(postgres_server, tansu_server, credit_template)) as till:
        for customer, amounts in (("SMALL", ("10.00", "20.00")), ("LARGE", ("150.00", "90.00", "300.00"))):
            await till.happened("terms.set", customer_id=customer, limit=None)
            for number, amount in enumerate(amounts):
                await till.order(customer, amount, 1 + number, order_id=f"{customer}-{number}")
        await till.order("CASH", "500.00", 9, order_id="CASH-1")
        yield till


async def finished(office: Till, back_test_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def done() -> bool:
        found.update(await office.get(f"{PATH}/{back_test_id}"))
        return found["status"] in ("done", "failed")

    await until(done)
    return found


async def start(office: Till, body: dict[str, Any]) -> str:
    answer = await office.post(PATH, body, status=201)
    back_test_id: str = answer["back_test_id"]
    return back_test_id


async def test_a_back_test_runs_and_says_what_would_have_been(office: Till) -> None:
    back_test_id = await start(office, {"policy": SMALL})
    done = await finished(office, back_test_id)
    assert (done["status"], done["error"], done["policy"]) == ("done", "", SMALL)
    assert done["done"] == done["total"] == 8
    [totals] = done["totals"]
    assert (totals["decisions"], totals["blocked"], totals["sales_blocked"]) == (6, 2, "450.00")
    [customer] = (await office.get(f"{PATH}/{back_test_id}/customers"))["items"]
    assert (customer["customer_id"], customer["decisions"], customer["sales_blocked"]) == (
        "LARGE",
        3,
        "450.00",
    )
    first = await office.get(f"{PATH}/{back_test_id}/flips?limit=1")
    assert first["items"][0]["order_id"] == "LARGE-0"
    [second] = (await office.get(f"{PATH}/{back_test_id}/flips?limit=1&cursor={first['next']}"))["items"]
    assert (second["order_id"], second["recorded"], second["candidate"], second["amount"]) == (
        "LARGE-2",
        "approved",
        "held",
        "300.00",
    )
    assert second["reasons"][0]["text"].startswith(
        "the order is 300.00 CNY, the largest single order allowed"
    )
    assert (await office.get(f"{PATH}/{back_test_id}/flips?candidate=approved"))["items"] == []
    assert await office.outcome("LARGE-2") == "approved", "nothing has changed"


async def test_only_the_asked_for_days_are_judged(office: Till) -> None:
    later = (DAY + timedelta(days=1)).isoformat()
    done = await finished(office, await start(office, {"policy": SMALL, "from_day": later}))
    assert (done["status"], done["totals"], done["from_day"]) == ("done", [], later)


async def test_a_lost_back_test_is_begun_again_and_a_broken_one_says_why(office: Till) -> None:
    back_test_id = await start(office, {"policy": SMALL})
    await finished(office, back_test_id)
    pool = office.runtime.database.pool
    lost = "UPDATE back_tests SET status = 'running', seen_at = now() - interval '1 hour' WHERE back_test_id = $1"
    await pool.execute(lost, back_test_id)
    assert (await finished(office, back_test_id))["status"] == "done"
    assert (
        await pool.fetchval("SELECT count(*) FROM back_test_flips WHERE back_test_id = $1", back_test_id) == 2
    )
    await pool.execute("UPDATE back_tests SET policy = '{}' WHERE back_test_id = $1", back_test_id)
    await pool.execute(lost, back_test_id)
    broken: dict[str, Any] = {}

    async def told() -> bool:
        row = await pool.fetchrow(
            "SELECT status, error FROM back_tests WHERE back_test_id = $1", back_test_id
        )
        assert row is not None
        broken.update(row)
        return bool(row["status"] == "failed")

    await until(told)
    assert broken["error"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"policy": {"company": {"limits": {}}}}, "policy.company.limits"),
        ({"policy": SMALL, "from_day": "2026-03-02", "to_day": "2026-03-01"}, "to_day"),
        ({"policy": SMALL, "from_day": "yesterday"}, "from_day"),
        ({}, "policy"),
    ],
)
async def test_a_wrong_question_says_where(office: Till, body: dict[str, Any], field: str) -> None:
    refused = await office.post(PATH, body, status=422)
    assert [error["field"] for error in refused["errors"]] == [field]


async def test_a_back_test_nobody_asked_for(office: Till) -> None:
    for place in ("", "/customers", "/flips"):
        missing = await office.get(f"{PATH}/nothing{place}", status=404)
        assert missing["errors"] == [{"field": "path.back_test_id", "reason": "is not known"}]
