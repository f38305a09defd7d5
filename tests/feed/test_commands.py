"""What the command line calls, against a real broker."""

import asyncio
import uuid
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from contracts.topics import topics
from deploy.feed.commands import import_erp, import_uci, import_wwi, run_simulator
from deploy.feed.replay import ReplayOptions
from deploy.feed.target import Target, target_from
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.kit.settings import Settings

QUIET = Console(quiet=True)


@pytest.fixture
def target(tansu_server: TansuBroker) -> Target:
    settings = Settings(
        database_url=SecretStr("postgresql://unused"),
        kafka_bootstrap=tansu_server.bootstrap,
        kafka_idempotence=False,
        topic_prefix=f"cmd-{uuid.uuid4().hex[:8]}-",
        partitions=2,
    )
    target = target_from(settings)
    asyncio.run(ensure_topics(target.bootstrap, [(target.topic(name), 2, {}) for name in topics()]))
    return target


def test_simulator(target: Target, tmp_path: Path) -> None:
    options = ReplayOptions(state_file=tmp_path / "state.json")
    for skipped in (False, True):
        summary = run_simulator(
            target, seed=3, customers=5, days=6, closed_loop=False, options=options, console=QUIET
        )
        assert summary.finished
        assert (summary.skipped > 0) == skipped
    assert summary.by_type["clock.day_started"] == 12


def test_erp(target: Target, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id,name,created_on\nC1,Harbour,2026-03-01\n,Nobody,\n")
    summary = import_erp(target, tmp_path, console=QUIET)
    assert summary.by_type == {"clock.day_started": 2, "customer.created": 1}
    assert summary.left_out == {"customers.csv: customer_id: is required": 1}


@pytest.mark.data
def test_public_data(target: Target, data: Path) -> None:
    uci = import_uci(target, folder=data, until=date(2009, 12, 1), console=QUIET)
    wwi = import_wwi(target, folder=data, until=date(2013, 1, 2), console=QUIET)
    assert uci.by_type["order.placed"] == uci.by_type["order.invoiced"] > 50
    assert wwi.by_type["payment.received"] > 20
