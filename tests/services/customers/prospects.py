"""Prospects for the tests: as events, and entered through the API."""

import uuid
from typing import Any

from contracts.events import EVENT_TYPES
from services.kit.records import Received
from tests.services.events import make
from tests.services.harness import Installation, every_page


def told(type_: str, minute: float, **fields: Any) -> Received:
    if type_ in ("prospect.entered", "prospect.changed"):
        fields = {"name": "Tea House", "currency": "CNY", "tags": [], "contacts": [], **fields}
    return make(EVENT_TYPES[type_](**{"prospect_id": "P-1", **fields}), minute)


FACTS = (
    told("prospect.entered", 1, assets="10.00"),
    told("prospect.changed", 2, revision=3, region="east"),
    told("prospect.changed", 3, revision=2, region="west"),
    told("prospect.lost", 4, reason="no need"),
    told("prospect.lost", 5, reason="moved away"),
    told("prospect.converted", 6, customer_id="C-9"),
)


def a_prospect(**changes: Any) -> dict[str, Any]:
    return {
        "prospect_id": f"P-{uuid.uuid4().hex[:8]}",
        "name": "山塘茶馆",
        "kind": "tea house",
        "assets": "800000.00",
        "sales_volume": "2400000.00",
        "growth_percent": 15,
        "potential_need": "180000.00",
        "tags": ["tea"],
        "contacts": [{"name": "陈静", "phone": "+86 512 5555 0303", "preferred": True}],
        **changes,
    }


async def entered(running: Installation, **changes: Any) -> str:
    prospect = a_prospect(**changes)
    response = await running.client.post("/prospects", json=prospect)
    assert response.status_code == 201, response.text
    return str(prospect["prospect_id"])


async def read(running: Installation, prospect_id: str) -> dict[str, Any]:
    response = await running.client.get(f"/prospects/{prospect_id}")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def policy_in_force(running: Installation) -> dict[str, Any]:
    answer: dict[str, Any] = (await running.client.get("/prospect-grading")).json()
    return answer


async def listed(running: Installation, **filters: Any) -> list[str]:
    return [row["prospect_id"] for row in await every_page(running, "/prospects", **filters)]
