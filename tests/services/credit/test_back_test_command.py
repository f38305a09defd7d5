"""``tallyman back-test`` on a database with a small journal."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli.errors import OperatorError
from deploy.cli.main import app
from services.kit.database import Database
from tests.services.credit.events import event
from tests.services.credit.live import Live

SMALL = {"single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "100.00"}]}}


async def tallyman(tmp_path: Path, dsn: str, policy: Any, *options: str) -> Result:
    file = tmp_path / "policy.json"
    file.write_text(policy if isinstance(policy, str) else json.dumps(policy))
    environment = {"TALLYMAN_DATABASE_URL": dsn, "TALLYMAN_DATABASE_URL_CREDIT": "", "COLUMNS": "200"}
    arguments = ["back-test", str(file), *options]
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)


async def test_it_prints_totals_and_customers(database: Database, credit_dsn: str, tmp_path: Path) -> None:
    await Live(database).apply_events(
        event("terms.set", 0, limit=None),
        event("order.placed", 1, amount="150.00"),
        event("order.placed", 2, amount="50.00", order_id="O-2"),
    )
    done = await tallyman(tmp_path, credit_dsn, {"company": SMALL})
    assert done.exit_code == 0, done.output
    assert "3 journal entries, 1 customers, 1 with flips" in done.output
    rows = [line.split() for line in done.output.splitlines() if "150.00" in line]
    assert len(rows) == 2
    assert "C-1" in rows[1]
    later = await tallyman(tmp_path, credit_dsn, {"company": SMALL}, "--from", "2030-01-01")
    assert "150.00" not in later.output


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("{", "no JSON"),
        ({"company": {"limits": {}}}, "company.limits: is not known here"),
        ({"company": {"overdue_days": {"max_days": -1}}}, "company.overdue_days.max_days"),
        ({"company": {"limit": {"exclude_customers": ["A", "A"]}}}, "'A' is there twice"),
    ],
)
async def test_a_wrong_policy_is_named(credit_dsn: str, tmp_path: Path, policy: Any, said: str) -> None:
    done = await tallyman(tmp_path, credit_dsn, policy)
    assert isinstance(done.exception, OperatorError)
    assert said in str(done.exception)
