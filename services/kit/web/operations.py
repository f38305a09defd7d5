"""Operations: how each service does, drawn by that service, and its dead letters with what can be done about them.

The page itself is of no service in particular, as *Today* is; each service adds :func:`operations_router` of its own.
"""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from services.kit import metrics
from services.kit.http.auth import Principal, require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.health import problems_of
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime
from services.kit.sweep import unpublished_events
from services.kit.web.business_day import reached_day_of
from services.kit.web.console import Console
from services.kit.web.navigation import may_open

PAGE = "/console/operations"
SERVICES = ("orders", "credit", "customers", "insights")
"""Who is asked, in the order of an order's way through them."""
OPERATORS = ("ops",)
"""Who reads what records carry and publishes them again."""

Watcher = Annotated[Principal, Depends(require("ops", "manager"))]
PANEL = Console("services.kit.web", ())

router = APIRouter(include_in_schema=False, dependencies=[COMPANY])


@router.get(PAGE)
async def operations_page(request: Request, principal: Watcher) -> HTMLResponse:
    """All services, each of which draws its own part."""
    settings = request.app.state.settings
    links = [
        (name, href)
        for name, href in (("Grafana", settings.grafana_url), ("Prometheus", settings.prometheus_url))
        if href
    ]
    return PANEL.page(
        request, principal, "kit/operations.html", nav="operations", services=SERVICES, links=links
    )


def operations_router(service: str) -> APIRouter:
    """Return the part of the page that a service draws, below ``/console/<service>/operations``."""
    mine = APIRouter(prefix=f"/console/{service}/operations", include_in_schema=False, dependencies=[COMPANY])

    @mine.get("/health")
    async def health(request: Request, runtime: LiveRuntime, principal: Watcher) -> HTMLResponse:
        """How this service does."""
        return PANEL.fragment(
            request,
            principal,
            "kit/operations_health.html",
            letters=f"/console/{service}/operations/dead-letters" if may_open(principal, OPERATORS) else "",
            state=await _state(runtime),
            day=await reached_day_of(runtime),
        )

    return mine


async def _state(runtime: Runtime) -> dict[str, Any]:
    """Return what the part shows: from the database and from this process, as they are now."""
    name = runtime.service.name
    letters = await runtime.database.pool.fetchrow(
        "SELECT count(*) AS open, min(recorded_at) AS oldest FROM dead_letters WHERE state = 'open'"
    )
    assert letters is not None
    return {
        "problems": await problems_of(runtime),
        "lag": runtime.consumer.lag,
        "topics": lag_by_topic(name),
        "backlog": await unpublished_events(runtime.database),
        "letters": letters["open"],
        "oldest": letters["oldest"],
        "drift": drift_of(name),
    }


def lag_by_topic(service: str) -> list[tuple[str, int]]:
    """Return how many events this process has before it, per topic of the partitions it has, as it last measured."""
    found: dict[str, int] = {}
    for sample in _samples(metrics.CONSUMER_LAG):
        if sample.labels.get("service") == service:
            topic = sample.labels["topic"]
            found[topic] = found.get(topic, 0) + int(sample.value)
    return sorted(found.items())


def drift_of(service: str) -> int | None:
    """Return how many accounts differ from what their history says; None: nothing of this service is checked so."""
    values = [s.value for s in _samples(metrics.RECONCILIATION_DRIFT) if s.labels.get("service") == service]
    return int(values[0]) if values else None


def _samples(gauge: Any) -> list[Any]:
    return [sample for family in gauge.collect() for sample in family.samples]


def pretty(event: Any, text: str | None) -> str:
    """Return a record's value as people change it: an event line by line, what is none as it is."""
    return json.dumps(event, ensure_ascii=False, indent=2) if isinstance(event, dict) else text or ""


def hex_lines(value: bytes, width: int = 16) -> list[tuple[str, str, str]]:
    """Return bytes as (place, hexadecimal, readable), the way dumps are written."""
    lines = []
    for place in range(0, len(value), width):
        part = value[place : place + width]
        readable = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in part)
        lines.append((f"{place:04x}", part.hex(" "), readable))
    return lines
