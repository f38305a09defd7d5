"""The first admin: a token from the log, valid once and for a day, in the hands of one of many at once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.customers import setup
from services.customers.app import service
from services.customers.setup import VALID_FOR, new_token
from services.kit.runtime import Runtime
from tests.services.harness import Installation, installation, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "correct horse battery"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def empty(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> AsyncIterator[Installation]:
    """Two replicas in which nobody can log in."""
    async with installation(service, postgres_server, tansu_server, replicas=2) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nobody_yet(empty: Installation) -> None:
    await empty.replicas[0].runtime.database.pool.execute("TRUNCATE accounts, setup_tokens, login_attempts")


async def token_of(runtime: Runtime, age: timedelta = timedelta(0)) -> str:
    async with runtime.database.unit_of_work() as unit:
        token = await new_token(unit.connection, runtime.clock.now() - age)
    assert token is not None
    return token


async def ask(empty: Installation, replica: int = 0, **changes: Any) -> Any:
    sent = {"login": "wang.fang", "name": "王芳", "password": PASSWORD} | changes
    return await empty.replicas[replica].client.post(
        "/people/first", json=sent, headers={"Authorization": ""}
    )


async def test_the_log_tells_a_token_while_there_is_nobody(
    empty: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    runtime = empty.replicas[0].runtime
    with caplog.at_level(logging.WARNING):
        await setup._offer(runtime)
    [told] = [
        record.getMessage() for record in caplog.records if "nobody can log in yet" in record.getMessage()
    ]
    token = told.rpartition(": ")[2]
    stored = await runtime.database.pool.fetchval("SELECT string_agg(t::text, ' ') FROM setup_tokens t")
    assert token not in stored
    made = await ask(empty, token=token)
    assert made.status_code == 201
    assert (made.json()["role"], made.json()["must_change"]) == ("admin", False)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        await setup._offer(runtime)
    assert not caplog.records
    logged_in = await empty.client.post("/sessions", json={"login": "wang.fang", "password": PASSWORD})
    assert logged_in.json()["role"] == "admin"
    audit = await runtime.database.pool.fetchrow(
        "SELECT * FROM access_audit WHERE action = 'account.created'"
    )
    assert audit is not None
    assert (audit["by"], audit["subject"]) == ("setup", "wang.fang")
    assert token not in str(dict(audit))


async def test_a_token_is_not_taken_wrong_late_or_twice(empty: Installation) -> None:
    runtime = empty.replicas[0].runtime
    other, token = await token_of(runtime), await token_of(runtime)
    late = await token_of(runtime, VALID_FOR)  # The last one: making a token deletes those that are late.
    for wrong in ("guessed", late):
        assert problem(await ask(empty, token=wrong), 422)["errors"][0]["field"] == "token"
    problem(await ask(empty, token=token, password="short"), 422)
    problem(await ask(empty, token=token, login="Not A Login"), 422)
    assert (await ask(empty, token=token)).status_code == 201, "what was refused did not use it up"
    for again in (token, other):
        problem(await ask(empty, token=again, login="li.lei"), 409)
    assert await runtime.database.pool.fetchval("SELECT count(*) FROM setup_tokens") == 0


async def test_of_many_at_once_one_becomes_the_first_admin(empty: Installation) -> None:
    tokens = [await token_of(replica.runtime) for replica in empty.replicas]
    answers = await asyncio.gather(
        *(ask(empty, n % 2, token=tokens[n // 2 % 2], login=f"person-{n}") for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await empty.replicas[0].runtime.database.pool.fetchval("SELECT count(*) FROM accounts") == 1


async def test_guessing_is_slowed_down(empty: Installation) -> None:
    answers = [await ask(empty, token=f"guess-{n}") for n in range(33)]
    assert {answer.status_code for answer in answers[:31]} == {422}
    problem(answers[-1], 429)
    assert int(answers[-1].headers["retry-after"]) >= 1
