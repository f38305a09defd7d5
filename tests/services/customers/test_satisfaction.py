"""Satisfaction: scores are kept, trended and averaged as a plain computation says."""

import uuid
from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from tests.services.customers.helpers import assign, enter, give_to_sales, hire, shown, verified
from tests.services.harness import Installation, bearer, every_page, problem, published

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def score(
    running: Installation, customer_id: str, value: int, on: str, **fields: Any
) -> dict[str, Any]:
    sent = {"score": value, "on": on, "source": "survey", **fields}
    response = await running.client.post(f"/customers/{customer_id}/satisfaction", json=sent)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


def mean(scores: list[int]) -> str | None:
    if not scores:
        return None
    exact = Fraction(sum(scores), len(scores))
    number = Decimal(exact.numerator) / Decimal(exact.denominator)
    return str(number.quantize(Decimal("0.01"), ROUND_HALF_UP))


async def test_a_score_is_kept_listed_and_told(running: Installation) -> None:
    customer_id = await enter(running)
    await give_to_sales(running, customer_id)
    path = f"/customers/{customer_id}/satisfaction"
    sent = {"satisfaction_id": f"SAT-{customer_id}", "score": 4, "source": "visit", "on": "2026-03-04"}
    first = await running.client.post(path, json=sent, headers=bearer("sales"))
    assert (first.status_code, first.json()["by"]) == (201, "sales-person")
    assert (await running.client.post(path, json=sent)).json() == first.json()
    refused = problem(await running.client.post(path, json={**sent, "score": 5}), 409)
    assert refused["errors"][0]["field"] == "satisfaction_id"
    await score(running, customer_id, 2, "2026-02-01", source="call")
    assert [s["score"] for s in await every_page(running, path)] == [4, 2]
    assert [s["score"] for s in await every_page(running, path, sort="score")] == [2, 4]
    assert [s["score"] for s in await every_page(running, path, source="call")] == [2]
    assert [s["score"] for s in await every_page(running, path, **{"from": "2026-03-01"})] == [4]
    told = [event for _, event in await published(running, "customers", "customer_id", customer_id, 4)]
    event = next(event for event in told if event.type == "satisfaction.recorded")
    assert (event.type, event.key, event.data.score) == ("satisfaction.recorded", customer_id, 4)
    await verified(running)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"score": "4"}, "score"),
        ({"source": "rumour"}, "source"),
        ({"on": "2099-01-01"}, "on"),
        ({"stars": 4}, "stars"),
    ],
)
async def test_a_score_that_makes_no_sense(running: Installation, change: dict[str, Any], field: str) -> None:
    path = f"/customers/{await enter(running)}/satisfaction"
    refused = problem(await running.client.post(path, json={"score": 4, "source": "call", **change}), 422)
    assert [error["field"] for error in refused["errors"]] == [field]
    problem(
        await running.client.post("/customers/nobody/satisfaction", json={"score": 4, "source": "call"}), 404
    )


async def test_trend_and_averages_equal_a_plain_computation(running: Installation) -> None:
    random, place = Random(4), uuid.uuid4().hex
    first, second = await hire(running), await hire(running)
    given: list[tuple[str, str, int, str, str]] = []
    for number in range(6):
        tags = ["VIP"] if number % 2 else []
        customer_id = await enter(running, region=place, category=f"c{number % 3}", tags=tags)
        await assign(running, customer_id, first, "2026-01-01")
        await assign(running, customer_id, second, "2026-02-15")
        for _ in range(4):
            on = f"2026-0{random.randint(1, 3)}-{random.randint(10, 28)}"
            value = random.randint(1, 5)
            if any(given_id == customer_id and day == on for given_id, day, *_ in given):
                continue
            await score(running, customer_id, value, on)
            given.append((customer_id, on, value, f"c{number % 3}", "VIP" if tags else ""))

    async def check(
        expected: list[tuple[str, str, int, str, str]], path: str = "/satisfaction", **filters: str
    ) -> None:
        answer = (await running.client.get(path, params=filters)).json()
        months: dict[str, list[int]] = defaultdict(list)
        latest: dict[str, tuple[str, int]] = {}
        for customer_id, on, value, _, _ in expected:
            months[on[:7]].append(value)
            latest[customer_id] = max(latest.get(customer_id, ("", 0)), (on, value))
        assert answer["count"] == len(expected)
        assert answer["average"] == mean([row[2] for row in expected])
        assert answer["latest_average"] == mean([value for _, value in latest.values()])
        assert answer["customers"] == len(latest)
        assert [(m["month"], m["count"], m["average"]) for m in answer["months"]] == [
            (month, len(values), mean(values)) for month, values in sorted(months.items())
        ]
        assert sum(answer["scores"].values()) == len(expected)

    await check(given, region=place)
    await check([g for g in given if g[3] == "c1"], region=place, category="c1")
    await check([g for g in given if g[4] == "VIP"], region=place, tag="VIP")
    await check([g for g in given if g[1] < "2026-02-15"], salesperson=first)
    await check([g for g in given if g[1] >= "2026-02-15"], salesperson=second)
    await check(
        [g for g in given if "2026-02-01" <= g[1] <= "2026-02-20"],
        region=place,
        **{"from": "2026-02-01", "to": "2026-02-20"},
    )
    one = given[0][0]
    await check([g for g in given if g[0] == one], f"/customers/{one}/satisfaction/trend")
    await check([], region="nowhere at all")


async def test_a_customer_shows_what_is_open_and_how_satisfied_it_is(running: Installation) -> None:
    customer_id, seller = await enter(running), await hire(running)
    empty = await shown(running, customer_id)
    assert (empty["open_follow_ups"], empty["open_follow_up_count"], empty["satisfaction"]) == ([], 0, None)
    given = [(4, "2026-03-01"), (2, "2026-04-01"), (5, "2026-02-01")]
    for value, on in given:
        await score(running, customer_id, value, on)
    numbers = []
    for number in range(22):
        planned = {
            "customer_id": customer_id,
            "salesperson_id": seller,
            "how": "visit",
            "remind_on": str(date(2099, 3, 30) - timedelta(days=number)),
        }
        answer = await running.client.post("/follow-ups", json=planned)
        numbers.append(answer.json()["follow_up_id"])
    done = await running.client.post(f"/follow-ups/{numbers[-1]}/completion", json={"outcome": "ordered"})
    assert done.status_code == 200
    page = await shown(running, customer_id)
    assert [f["follow_up_id"] for f in page["open_follow_ups"]] == numbers[-2:0:-1]
    assert page["open_follow_up_count"] == 21
    assert page["satisfaction"] == {
        "latest": 2,
        "latest_on": "2026-04-01",
        "source": "survey",
        "average": mean([value for value, _ in given]),
        "count": 3,
    }
