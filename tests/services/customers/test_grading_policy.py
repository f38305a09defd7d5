"""A new grading policy: who may set it, what is refused, and that every prospect has a grade of it."""

import asyncio
import uuid

import pytest

from tests.services.customers.grading import POLICY, expected
from tests.services.customers.helpers import verified
from tests.services.customers.prospects import a_prospect, policy_in_force, read
from tests.services.harness import Installation, bearer, every_page, problem, published

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_new_policy_grades_every_prospect_anew(running: Installation) -> None:
    cards = [a_prospect(), a_prospect(sales_volume="10.00", kind="kiosk"), a_prospect(assets=None)]
    for card in cards:
        assert (await running.client.post("/prospects", json=card)).status_code == 201
    version = (await policy_in_force(running))["version"]
    sent = {**POLICY, "reason": "what the spring showed"}
    for role in ("sales", "finance"):
        problem(await running.client.put("/prospect-grading", json=sent, headers=bearer(role)), 403)
    problem(await running.client.put("/prospect-grading", json=sent), 428)
    wrong = {**sent, "grades": [{**POLICY["grades"][0]}], "revision": version}
    refused = problem(await running.client.put("/prospect-grading", json=wrong), 422)
    assert refused["errors"][0]["field"] == "grades.0.from_score"
    key = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": f'"{version}"'}
    done = await running.client.put("/prospect-grading", json=sent, headers=key)
    assert (done.status_code, done.headers["etag"], done.json()["graded"] >= 3) == (
        200,
        f'"{version + 1}"',
        True,
    )
    assert (await running.client.put("/prospect-grading", json=sent, headers=key)).json() == done.json()
    problem(await running.client.put("/prospect-grading", json={**sent, "revision": version}), 409)
    for card in cards:
        answer = await read(running, card["prospect_id"])
        assert (answer["grade"], answer["score"]) == expected(POLICY, card)
        assert answer["policy_version"] == version + 1
    events = [e for _, e in await published(running, "prospects", "prospect_id", cards[0]["prospect_id"], 3)]
    assert [(e.type, getattr(e.data, "policy_version", None)) for e in events] == [
        ("prospect.entered", None),
        ("prospect.graded", version),
        ("prospect.graded", version + 1),
    ]
    versions = await every_page(running, "/prospect-grading/versions")
    assert [(v["version"], v["by"]) for v in versions][:1] == [(version + 1, "manager-person")]
    old = (await running.client.get("/prospect-grading", params={"version": 1})).json()
    assert (old["by"], old["reason"]) == (None, "as delivered")
    problem(await running.client.get("/prospect-grading", params={"version": 999}), 404)
    await verified(running)


async def test_a_card_changed_while_the_policy_changes_has_the_grade_of_the_new_one(
    running: Installation,
) -> None:
    version = (await policy_in_force(running))["version"]
    cards = [a_prospect() for _ in range(8)]
    calls = [running.client.post("/prospects", json=card) for card in cards]
    calls.insert(
        4, running.client.put("/prospect-grading", json={**POLICY, "reason": "again", "revision": version})
    )
    answers = await asyncio.gather(*calls)
    assert sorted(a.status_code for a in answers) == [200, *[201] * 8]
    await verified(running)
    for card in cards:
        assert (await read(running, card["prospect_id"]))["policy_version"] == version + 1
