"""Who may call what, and an OpenAPI document that one can work from."""

import re
from typing import Any

import pytest

from tests.services.credit.api.conftest import KEYS, Till

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERYBODY = frozenset(KEYS)
READERS = frozenset({"system", "finance", "manager", "ops"})
CASHIERS = frozenset({"system", "finance", "manager"})
FINANCE = frozenset({"finance", "manager"})
MANAGERS = frozenset({"manager"})

ROUTES: dict[tuple[str, str], frozenset[str]] = {
    ("GET", "/accounts"): READERS,
    ("GET", "/accounts/{customer_id}"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/exposure"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/exposure/{category}"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/ageing"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/statement"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/journal"): READERS,
    ("PUT", "/accounts/{customer_id}/terms"): FINANCE,
    ("POST", "/accounts/{customer_id}/temporary-limit"): FINANCE,
    ("POST", "/accounts/{customer_id}/write-offs"): FINANCE,
    ("POST", "/transfers"): FINANCE,
    ("PUT", "/accounts/{customer_id}/risk-class"): FINANCE,
    ("POST", "/accounts/{customer_id}/hold"): FINANCE,
    ("DELETE", "/accounts/{customer_id}/hold"): FINANCE,
    ("GET", "/accounts/{customer_id}/payment-behaviour"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/payment-forecast"): EVERYBODY,
    ("GET", "/accounts/{customer_id}/risk"): EVERYBODY,
    ("PUT", "/accounts/{customer_id}/risk/entered"): FINANCE,
    ("POST", "/accounts/{customer_id}/risk/acceptance"): FINANCE,
    ("POST", "/accounts/{customer_id}/risk/refusal"): FINANCE,
    ("GET", "/accounts/{customer_id}/risk/rulings"): READERS,
    ("GET", "/payments"): READERS,
    ("POST", "/payments"): CASHIERS,
    ("GET", "/payments/{payment_id}"): EVERYBODY,
    ("POST", "/payments/{payment_id}/reversal"): CASHIERS,
    ("GET", "/held-orders"): READERS,
    ("POST", "/held-orders/{order_id}/release"): FINANCE,
    ("POST", "/held-orders/{order_id}/rejection"): FINANCE,
    ("POST", "/held-orders/{order_id}/claim"): FINANCE,
    ("DELETE", "/held-orders/{order_id}/claim"): FINANCE,
    ("POST", "/held-orders/{order_id}/assignment"): MANAGERS,
    ("POST", "/held-orders/{order_id}/notes"): FINANCE,
    ("GET", "/held-orders/{order_id}/notes"): READERS,
    ("GET", "/held-orders/{order_id}/history"): READERS,
    ("GET", "/credit/approvals"): READERS,
    ("POST", "/credit/approvals/{approval_id}/approval"): FINANCE,
    ("POST", "/credit/approvals/{approval_id}/refusal"): FINANCE,
    ("DELETE", "/credit/approvals/{approval_id}"): FINANCE,
    ("GET", "/credit/ceilings"): READERS,
    ("GET", "/credit/ceilings/history"): READERS,
    ("PUT", "/credit/ceilings/{scope}/{name}"): MANAGERS,
    ("DELETE", "/credit/ceilings/{scope}/{name}"): MANAGERS,
    ("GET", "/decisions/{order_id}"): EVERYBODY,
    ("POST", "/credit/dry-run"): EVERYBODY,
    ("GET", "/credit/limits-ending"): READERS,
    ("GET", "/credit/receivables"): READERS,
    ("GET", "/credit/ageing"): READERS,
    ("GET", "/credit/exposure"): READERS,
    ("GET", "/credit/due-calendar"): READERS,
    ("GET", "/credit/risk"): READERS,
    ("GET", "/credit/risk-policy"): READERS,
    ("PUT", "/credit/risk-policy"): FINANCE,
    ("GET", "/credit/risk-policy/versions"): READERS,
    ("GET", "/credit/worklist"): READERS,
    ("GET", "/credit/policies"): READERS,
    ("POST", "/credit/policies"): FINANCE,
    ("GET", "/credit/policies/{version}"): READERS,
    ("POST", "/credit/policies/back-test"): FINANCE,
    ("GET", "/credit/policies/back-test/{back_test_id}"): READERS,
    ("GET", "/credit/policies/back-test/{back_test_id}/customers"): READERS,
    ("GET", "/credit/policies/back-test/{back_test_id}/flips"): READERS,
    ("POST", "/credit/policies/{version}/activation"): frozenset({"manager"}),
}
"""Every route of the service and who may call it; the test below holds this to the OpenAPI document."""

FROM_THE_KIT = re.compile(r"/(live|ready|metrics)$|/credit/dead-letters")


def address(path: str) -> str:
    return path.replace("{category}", "invoiced").replace("{", "").replace("}", "")


async def document(till: Till) -> dict[str, Any]:
    found: dict[str, Any] = await till.get("/openapi/credit.json", role=None)
    return found


async def operations(till: Till) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in (await document(till))["paths"].items()
        if not FROM_THE_KIT.search(path)
        for method, operation in methods.items()
    }


async def test_every_route_is_in_the_table(till: Till) -> None:
    assert set(await operations(till)) == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_only_who_may_gets_in(till: Till, method: str, path: str) -> None:
    nobody = await till.ask(method, address(path), role=None)
    assert nobody.status_code == 401
    assert "WWW-Authenticate" in nobody.headers
    for role in KEYS:
        # Without a body the request is wrong for whoever may send it, so nothing is changed.
        answer = await till.ask(method, address(path), role=role)
        if role in ROUTES[method, path]:
            assert answer.status_code in (200, 404, 409, 422), (role, answer.text)
        else:
            assert answer.status_code == 403, (role, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_the_document_explains_every_route(till: Till) -> None:
    for route, operation in (await operations(till)).items():
        assert operation["summary"], route
        assert len(operation["description"]) > 40, route
        assert operation["tags"], route
        answer = operation["responses"].get("200") or operation["responses"]["201"]
        assert answer["content"]["application/json"]["schema"], route


async def test_the_document_describes_every_field_that_is_not_plain(till: Till) -> None:
    """A field whose name says it all needs no description; one with a unit, a null or a rule does."""
    schemas = (await document(till))["components"]["schemas"]
    for schema, field in (
        ("TermsOut", "grace_days"),
        ("StandingOut", "available"),
        ("BalancesOut", "unapplied"),
        ("DryRunOut", "largest_amount"),
        ("DryRunOut", "to_pay"),
        ("DecisionOut", "limit"),
        ("TermsIn", "limit"),
        ("JournalEntryOut", "hash"),
    ):
        assert schemas[schema]["properties"][field]["description"], (schema, field)
    for body in ("PaymentIn", "DryRunIn"):
        assert schemas[body]["example"], body


async def test_the_examples_of_the_document_work(till: Till) -> None:
    schemas = (await document(till))["components"]["schemas"]
    payment = schemas["PaymentIn"]["example"] | {"payment_id": till.new("P")}
    await till.post("/payments", payment, status=201)
    await till.post("/credit/dry-run", schemas["DryRunIn"]["example"])
