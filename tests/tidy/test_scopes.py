"""Every route says what it shows of customers, so that a new one cannot forget whose they are."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from services.kit.http.dead_letters import dead_letter_router
from services.kit.http.scope import Scope
from tests.tidy.sources import services


def scopes_of(route: APIRoute) -> list[Scope]:
    return [call for call in _calls(route.dependant) if isinstance(call, Scope)]


def _calls(dependant: Dependant) -> Iterator[object]:
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)


def routes_of(service: str) -> list[APIRoute]:
    routers = (*import_module(f"services.{service}.app").service.routers, dead_letter_router(service))
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


@pytest.mark.parametrize("service", services())
def test_every_route_says_what_it_shows_of_customers(service: str) -> None:
    routes = routes_of(service)
    assert routes
    unclear = [f"{route.methods} {route.path}" for route in routes if len(scopes_of(route)) != 1]
    assert not unclear, f"say one of services/kit/http/scope.py: {unclear}"


@pytest.mark.parametrize("service", services())
def test_who_shows_one_customer_checks_it(service: str) -> None:
    """A path with a customer in it is of that customer, or of nobody who sees their own only."""
    named = [route for route in routes_of(service) if "{customer_id" in route.path]
    assert not [route.path for route in named if scopes_of(route)[0].kind not in ("one", "company")]
