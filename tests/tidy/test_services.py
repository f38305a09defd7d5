"""What a service runs besides answering."""

from importlib import import_module

import pytest

from tests.tidy.sources import services


@pytest.mark.parametrize("service", services())
def test_nothing_runs_twice_in_the_background(service: str) -> None:
    """Two of a kind take turns at the same rows: everything stays right, and costs twice."""
    work = import_module(f"services.{service}.app").service.background
    assert len(work) == len(set(work))
