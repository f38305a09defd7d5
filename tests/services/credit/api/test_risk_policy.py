"""The risk policy over HTTP: versions, effective days, and what is refused."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from tests.services.credit.api.conftest import Till
from tests.services.credit.events import DAY

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = (DAY + timedelta(days=400)).isoformat()


async def body(till: Till) -> dict[str, Any]:
    """The policy delivered, as a new version that holds much later, so that other tests do not notice."""
    found = await till.get("/credit/risk-policy", params={"version": 1})
    return {**found["policy"], "effective_from": LATER, "reason": "after the audit"}


async def put(till: Till, sent: dict[str, Any], status: int = 200) -> Any:
    answer = await till.ask("PUT", "/credit/risk-policy", sent)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_new_version_holds_from_its_day_on(till: Till) -> None:
    sent = await body(till)
    sent["window_days"] = 180
    answer = await put(till, sent)
    assert (answer["by"], answer["reason"], answer["effective_from"]) == (
        "finance-person",
        "after the audit",
        LATER,
    )
    assert answer["policy"]["window_days"] == 180
    assert (await till.get("/credit/risk-policy"))["version"] == 1
    on_that_day = await till.get("/credit/risk-policy", params={"on": LATER})
    assert on_that_day == answer
    versions = await till.get("/credit/risk-policy/versions")
    assert versions["items"][0] == answer
    assert versions["items"][-1]["by"] is None
    await till.get("/credit/risk-policy", params={"version": 10_000}, status=404)


Change = Callable[[dict[str, Any]], Any]
WRONG: dict[str, tuple[Change, str]] = {
    "in the past": (
        lambda p: p.update(effective_from=(DAY - timedelta(days=1)).isoformat()),
        "effective_from",
    ),
    "no reason": (lambda p: p.update(reason=" "), "reason"),
    "unknown factor": (lambda p: p["factors"][0].update(name="luck"), "factors.0.name"),
    "factor twice": (lambda p: p["factors"][1].update(name="limit_used"), "factors.1.name"),
    "negative weight": (lambda p: p["factors"][2].update(weight=-1), "factors.2.weight"),
    "no weights": (lambda p: [f.update(weight=0) for f in p["factors"]], "factors"),
    "only entered factors": (
        lambda p: [f.update(weight=0) for f in p["factors"] if f["name"] != "capital"],
        "factors",
    ),
    "too many points": (lambda p: p["factors"][0]["bands"][0].update(points=101), "factors.0.bands.0.points"),
    "bands that fall": (lambda p: p["factors"][0]["bands"][1].update(up_to="40"), "factors.0.bands.1.up_to"),
    "a band without an end": (
        lambda p: p["factors"][0]["bands"][0].update(up_to=None),
        "factors.0.bands.0.up_to",
    ),
    "no last band": (lambda p: p["factors"][0]["bands"][-1].update(up_to="900"), "factors.0.bands.3.up_to"),
    "no bands": (lambda p: p["factors"][0].update(bands=[]), "factors.0.bands"),
    "a class missing": (lambda p: p["classes"].pop(1), "classes"),
    "classes that rise": (lambda p: p["classes"][1].update(from_score="90"), "classes.1.from_score"),
    "D not from 0": (lambda p: p["classes"][3].update(from_score="10"), "classes.3.from_score"),
    "a score that is no number": (
        lambda p: p["classes"][0].update(from_score="high"),
        "classes.0.from_score",
    ),
    "no step": (lambda p: p.update(limit_step="0"), "limit_step"),
    "calls that harm": (lambda p: p.update(call_effect="0.5"), "call_effect"),
    "a window of a day": (lambda p: p.update(window_days=1), "window_days"),
    "an unknown field": (lambda p: p.update(colour="red"), "colour"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_policy_that_makes_no_sense_is_refused_with_field_and_reason(till: Till, case: str) -> None:
    change, field = WRONG[case]
    sent = copy.deepcopy(await body(till))
    change(sent)
    before = await till.get("/credit/risk-policy/versions")
    wrong = await put(till, sent, 422)
    assert wrong["errors"][0]["field"] == field
    assert wrong["errors"][0]["reason"]
    assert await till.get("/credit/risk-policy/versions") == before


async def test_versions_and_rulings_cannot_be_rewritten(till: Till) -> None:
    await put(till, await body(till))
    for statement in ("UPDATE risk_policies SET body = ''", "DELETE FROM risk_policies"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await till.runtime.database.pool.execute(statement)
