"""The parts of a customer's page that credit draws: exposure against the limit, and what is owed by age."""

import pytest

from tests.services.credit.api.conftest import Till

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENGLISH = {"Accept-Language": "en"}


async def part(office: Till, customer: str, what: str, role: str = "finance") -> tuple[int, str]:
    address = f"/console/credit/customer/{customer}/{what}"
    answer = await office.ask("GET", address, role=role, headers=ENGLISH)
    return answer.status_code, answer.text


async def test_exposure_and_ageing_are_those_of_the_account(office: Till) -> None:
    customer = await office.customer("500.00")
    await office.order(customer, "120.00")
    await office.invoice(customer, "75.50")
    account = await office.get(f"/accounts/{customer}")
    assert account["balances"]["exposure"] == "195.50"
    _, text = await part(office, customer, "exposure")
    for amount in ("CN¥195.50", "CN¥120.00", "CN¥75.50", "CN¥500.00", "CN¥304.50"):
        assert amount in text, amount
    ageing = await office.get(f"/accounts/{customer}/ageing")
    _, text = await part(office, customer, "money")
    assert f"CN¥{ageing['receivables']}" in text
    assert ageing["receivables"] == "75.50"
    assert "1 invoice" in text


async def test_a_hold_is_said_with_its_reason(office: Till) -> None:
    customer = await office.customer("500.00")
    await office.happened("customer.blacklisted", 3, customer_id=customer, reason="cheques bounced")
    assert "cheques bounced" in (await part(office, customer, "exposure"))[1]


async def test_who_has_no_account_is_cash_only(office: Till) -> None:
    for what, said in (("exposure", "No account yet"), ("money", "Nothing was ever invoiced or paid")):
        status, text = await part(office, "C-nobody", what)
        assert (status, said in text) == (200, True)


async def test_somebody_elses_customer_is_not_there(office: Till) -> None:
    customer = await office.customer("500.00")
    for what in ("exposure", "money"):
        assert (await part(office, customer, what, "sales"))[0] == 404
        assert (await part(office, customer, what, "ops"))[0] == 200
