"""Customers for the tests of the API."""

import uuid
from typing import Any

from services.customers.verify import verify
from tests.services.harness import Installation, every_page


def a_customer(**changes: Any) -> dict[str, Any]:
    number = uuid.uuid4().hex[:8]
    return {
        "customer_id": f"C-{number}",
        "name": f"Blue Door {number}",
        "short_name": "蓝门",
        "region": "east",
        "category": "gift shop",
        "tags": ["VIP"],
        "contacts": [{"name": "王芳", "phone": "+86 21 5555 0101"}],
        **changes,
    }


async def enter(running: Installation, **changes: Any) -> str:
    customer = a_customer(**changes)
    response = await running.client.post("/customers", json=customer)
    assert response.status_code == 201, response.text
    return str(customer["customer_id"])


async def shown(running: Installation, customer_id: str, **params: Any) -> dict[str, Any]:
    response = await running.client.get(f"/customers/{customer_id}", params=params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def found(running: Installation, **filters: Any) -> list[str]:
    return [item["customer_id"] for item in await every_page(running, "/customers", **filters)]


async def hire(running: Installation, salesperson_id: str | None = None, **changes: Any) -> str:
    """Enter a salesperson who has been here for long."""
    salesperson_id = salesperson_id or f"S-{uuid.uuid4().hex[:8]}"
    entry = {"salesperson_id": salesperson_id, "name": "Li Lei", "active_from": "2020-01-01", **changes}
    response = await running.client.post("/staff", json=entry)
    assert response.status_code == 201, response.text
    return salesperson_id


async def assign(running: Installation, customer_id: str, salesperson_id: str, from_day: str) -> None:
    sent = {"salesperson_id": salesperson_id, "from_day": from_day}
    response = await running.client.post(f"/customers/{customer_id}/assignments", json=sent)
    assert response.status_code == 201, response.text


async def verified(running: Installation) -> None:
    report = await verify(running.replicas[0].runtime.database)
    assert report.holds, [problem for problems in report.values() for problem in problems]


async def give_to_sales(running: Installation, customer_id: str) -> None:
    """Have the caller in the role sales look after a customer."""
    await hire(running, "sales-person")
    await assign(running, customer_id, "sales-person", "2020-01-01")
