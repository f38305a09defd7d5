"""The list of temporary limits that end and reviews that are due."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def with_limit(till: Till, last: date, **terms: Any) -> str:
    customer = await till.customer("100.00", **terms)
    await till.happened(
        "terms.temporary_limit_granted", 1, customer_id=customer, limit="900.00", from_day=DAY, until_day=last
    )
    return customer


async def ending(till: Till, customer: str, **query: Any) -> list[dict[str, Any]]:
    page = await till.get("/credit/limits-ending", params={"customer": customer, **query})
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_what_ends_soon_is_listed_with_what_comes_after(till: Till) -> None:
    customer = await with_limit(till, DAY + timedelta(days=5), review_on=DAY + timedelta(days=3))
    await till.order(customer, "150.00", 2)
    review, limit = await ending(till, customer)
    assert limit == {
        "kind": "temporary_limit",
        "customer_id": customer,
        "currency": "CNY",
        "ends_on": (DAY + timedelta(days=5)).isoformat(),
        "days_left": 5,
        "temporary_limit": "900.00",
        "from_day": DAY.isoformat(),
        "limit": "100.00",
        "exposure": "150.00",
        "over_after": True,
    }
    assert (review["kind"], review["days_left"], review["temporary_limit"]) == ("review", 3, None)
    assert [e["kind"] for e in await ending(till, customer, within_days=4)] == ["review"]
    assert await ending(till, customer, within_days=2) == []
    assert [e["kind"] for e in await ending(till, customer, kind="temporary_limit")] == ["temporary_limit"]
    assert await ending(till, customer, currency="USD") == []


async def test_a_review_that_is_late_stays_and_pages_go_on(till: Till) -> None:
    customer = await with_limit(till, DAY, review_on=DAY - timedelta(days=9))
    first = await till.get("/credit/limits-ending", params={"customer": customer, "limit": 1})
    rest = await till.get(
        "/credit/limits-ending", params={"customer": customer, "limit": 1, "cursor": first["next"]}
    )
    found = [(e["kind"], e["days_left"], e["over_after"]) for e in first["items"] + rest["items"]]
    assert found == [("review", -9, False), ("temporary_limit", 0, False)]
    wrong = await till.get("/credit/limits-ending", params={"within_days": -1}, status=422)
    assert wrong["errors"][0]["field"] == "query.within_days"
