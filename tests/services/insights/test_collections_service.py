"""Money collected over HTTP: payments and reversals on their days, of whom they were, and what they make together."""

import csv
import io
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.http.sessions import COOKIE, Session
from tests.services.insights.events import event
from tests.services.insights.serving import serving, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HISTORY = [
    event("customer.created", at=-4, name="Tea house"),
    event("customer.created", at=-4, customer_id="C-2", name="Inn"),
    event("customer.assigned", at=-3, salesperson_id="S-1"),
    event("customer.assigned", at=40, salesperson_id="S-2", from_day="2026-02-10"),
    event("payment.received", at=1, payment_id="P-1", amount="100.00"),
    event("payment.received", at=2, payment_id="P-2", amount="30.00"),
    # Taken back when the customer is somebody else's: it is that one's who collects less.
    event("payment.reversed", at=45, payment_id="P-1"),
    event("payment.received", at=46, payment_id="P-3", amount="55.50"),
    event("payment.received", at=3, customer_id="C-2", payment_id="P-1", amount="7.00"),
    event("payment.reversed", at=4, customer_id="C-2", payment_id="P-9"),
]
"""What was taken back before it was received (P-9) counts for nothing."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(postgres_server, tansu_server, HISTORY) as (http, _):
        await until(http, "/insights/collections", lambda body: len(body["items"]) == 5)
        await until(http, "/insights/salespeople/S-2/months?from=2026-02", lambda body: body["items"])
        yield http


async def _found(client: httpx.AsyncClient, asked: str = "") -> list[tuple[str, str, str, str]]:
    answer = await client.get(f"/insights/collections?{asked}")
    assert answer.status_code == 200, answer.text
    return [(i["kind"], i["payment_id"], i["salesperson_id"], i["amount"]) for i in answer.json()["items"]]


async def test_the_latest_first_each_of_its_owner_then(client: httpx.AsyncClient) -> None:
    assert await _found(client) == [
        ("payment", "P-3", "S-2", "55.50"),
        ("reversal", "P-1", "S-2", "-100.00"),
        ("payment", "P-1", "", "7.00"),
        ("payment", "P-2", "S-1", "30.00"),
        ("payment", "P-1", "S-1", "100.00"),
    ]


async def test_filtered_sorted_in_pages_and_as_a_file(client: httpx.AsyncClient) -> None:
    assert [found[3] for found in await _found(client, "salesperson=S-1&sort=amount")] == ["30.00", "100.00"]
    assert [found[1] for found in await _found(client, "from=2026-02&to=2026-02")] == ["P-3", "P-1"]
    assert await _found(client, "kind=reversal") == [("reversal", "P-1", "S-2", "-100.00")]
    assert await _found(client, "customer=C-2") == [("payment", "P-1", "", "7.00")]
    assert await _found(client, "currency=USD") == []
    first = (await client.get("/insights/collections?limit=3")).json()
    rest = (await client.get(f"/insights/collections?limit=3&cursor={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (3, 2, None)
    text = (await client.get("/insights/collections?format=csv&kind=payment")).text
    assert len(list(csv.DictReader(io.StringIO(text)))) == 4


@pytest.mark.parametrize(("person", "month"), [("S-1", "2026-01"), ("S-2", "2026-02")])
async def test_they_make_what_the_league_says(client: httpx.AsyncClient, person: str, month: str) -> None:
    asked = f"salesperson={person}&from={month}&to={month}"
    answer = (await client.get(f"/insights/collections/sum?{asked}")).json()
    league = (await client.get(f"/insights/salespeople/{person}/months?from={month}&to={month}")).json()
    [row] = league["items"]
    found = [Decimal(amount) for *_, amount in await _found(client, asked)]
    assert Decimal(answer["collected"]) == sum(found) == Decimal(row["collections"])
    assert Decimal(answer["received"]) == sum(amount for amount in found if amount > 0)
    assert Decimal(answer["reversed"]) == -sum(amount for amount in found if amount < 0)
    assert answer["payments"] + answer["reversals"] == len(found)


@pytest.mark.parametrize("asked", ["kind=gift", "from=2026-13", "sort=owner", "cursor=x", "team=x"])
async def test_what_is_not_known_is_refused_by_name(client: httpx.AsyncClient, asked: str) -> None:
    answer = await client.get(f"/insights/collections?{asked}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith(asked.partition("=")[0])


class Signed:
    """Everybody is somebody in sales who looks after nobody: no salesperson is named in the account."""

    async def verify(self, _: str) -> Session | None:
        return Session("id", "li.lei", "sales", None, False)


async def test_who_is_no_salesperson_sees_nothing_of_customers_of_nobody(client: httpx.AsyncClient) -> None:
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    app: Any = transport.app
    app.state.sessions = Signed()
    try:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", cookies={COOKIE: "token"}
        ) as person:
            for path in ("collections", "salespeople?month=2026-01", "commission/statements"):
                answer = await person.get(f"/insights/{path}")
                assert (answer.status_code, answer.json()["items"]) == (200, []), path
            answer = await person.get("/insights/collections/sum")
            assert (answer.json()["payments"], answer.json()["collected"]) == (0, "0.00")
    finally:
        del app.state.sessions
