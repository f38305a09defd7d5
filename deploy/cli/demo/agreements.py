"""What the simulated company has agreed before its quarter begins: product groups to compare, targets, commission."""

from datetime import date
from typing import Any

import httpx

from deploy.cli.errors import OperatorError

TARGET_PERCENT = 40
"""Of the second category among both: some customers reach it and some do not."""
ACTIVE_PERCENT = 60
TIERS = (("high", "60", "3"), ("usual", "45", "2"), ("low", None, "0.5"))
"""Margin from which on, in percent, and commission on what is collected; goods earn some 54 % on average."""


async def agree(address: str, categories: tuple[str, str], start: date) -> None:
    """Set them as a manager would, in force from the beginning of the first day's month.

    Args:
        address: of the services, with a slash at its end.
        categories: whose products are compared.

    Raises:
        OperatorError: when the services refuse.
    """
    one, two = categories
    comparison = {
        "name": f"{two} beside {one}",
        "one": {"name": one, "categories": [one]},
        "two": {"name": two, "categories": [two]},
        "target_percent": TARGET_PERCENT,
    }
    tiers = [{"name": name, "from_percent": least, "commission_percent": rate} for name, least, rate in TIERS]
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        await _set(client, "PUT", "mix/comparisons/demo", {"comparison": comparison, "reason": "demo"})
        for kind, policy in (
            ("margin-tiers", {"tiers": tiers}),
            ("salespeople", {"active_rate_percent": ACTIVE_PERCENT}),
        ):
            body = {"from_day": start.replace(day=1).isoformat(), "policy": policy, "reason": "demo"}
            await _set(client, "POST", f"{kind}/policies", body)


async def _set(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> None:
    answer = await client.request(
        method, f"insights/{path}", json=body, headers={"Idempotency-Key": f"demo-{path}"}
    )
    if answer.is_error:
        raise OperatorError(f"the services refused {path}: {answer.text}")
