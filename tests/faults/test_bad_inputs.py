"""Bad bytes on Kafka and over HTTP: each gets an answer that names field and reason, and the stream goes on."""

import asyncio
import http.client
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.errors import ContractError
from contracts.topics import partition_of
from tests.contracts.test_bytes import REFUSED
from tests.faults.bad_inputs import CUSTOMER, ORDER, TWENTY, Bad
from tests.faults.standing import Standing
from tests.faults.world import PARTITIONS, ROOT, until

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]

PARTITION = partition_of(CUSTOMER.encode(), PARTITIONS)
LONGEST_RECORD = 1_000_000


async def letters_at(standing: Standing, offsets: list[int]) -> dict[int, tuple[str, str, str]]:
    """Return letter, field and reason per offset, once there is one for each."""
    found: dict[int, tuple[str, str, str]] = {}

    async def all_there() -> bool:
        rows = await standing.world.fetch(
            """SELECT id, "offset", field, reason FROM credit.dead_letters WHERE topic = 'orders' AND partition = $1
               AND log_id = (SELECT log_id FROM credit.logs ORDER BY first_seen DESC LIMIT 1)""",
            PARTITION,
        )
        found.update({row["offset"]: (f"credit/{row['id']}", row["field"], row["reason"]) for row in rows})
        return found.keys() >= set(offsets)

    await until(all_there, "a dead letter for each bad record")
    return found


async def test_the_twenty_most_likely_on_kafka(standing: Standing) -> None:
    """Each between two good orders of the same customer, so that the stream is seen to go on."""
    offsets = []
    for bad in TWENTY:
        await standing.load.order(CUSTOMER)
        offsets.append(await standing.load.send("orders", bad.key, bad.value, PARTITION))
    await standing.load.order(CUSTOMER)
    letters = await letters_at(standing, offsets)
    standing.letters += len(TWENTY)
    for bad, offset in zip(TWENTY, offsets, strict=True):
        _, field, reason = letters[offset]
        print(f"{bad.what}: {field or '(the whole record)'}: {reason}")
        assert field == bad.field, (bad.what, field, reason)
        assert bad.words in reason, (bad.what, reason)
    await standing.holds("the twenty bad inputs on Kafka")


async def test_the_whole_catalogue_on_kafka(standing: Standing) -> None:
    wrong = [raw for raw, _, _ in REFUSED.values() if len(raw or b"") <= LONGEST_RECORD]
    offsets = [await standing.load.send("orders", CUSTOMER.encode(), raw, PARTITION) for raw in wrong]
    await standing.load.order(CUSTOMER)
    letters = await letters_at(standing, offsets)
    standing.letters += len(wrong)
    for offset in offsets:
        _, field, reason = letters[offset]
        assert len(str(ContractError(field, reason))) < 400
        assert reason.isprintable()
    await standing.holds(f"{len(wrong)} bad records")


@pytest.mark.parametrize("bad", [bad for bad in TWENTY if bad.body is not None], ids=lambda bad: bad.what)
async def test_the_same_over_http(standing: Standing, bad: Bad) -> None:
    async with httpx.AsyncClient(base_url=standing.world.url("orders-1"), trust_env=False) as client:
        answer = await client.post("/orders", content=bad.body, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    assert answer.status_code == bad.status, answer.text
    problem: dict[str, Any] = answer.json()
    told = [(error["field"], error["reason"]) for error in problem.get("errors", [])]
    words = bad.http_words or bad.words
    field = bad.field.removeprefix("data.")
    if bad.status == 422 and field:
        assert any(where.endswith(field) and words in reason for where, reason in told), answer.text
    else:
        assert words.lower() in answer.text.lower()


async def test_a_body_of_ten_megabytes(standing: Standing) -> None:
    """It is refused by its length, before it is sent."""

    def announce() -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", standing.world.ports["orders-1"], timeout=30)
        connection.putrequest("POST", "/orders")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "10000000")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    status, text = await asyncio.to_thread(announce)
    assert (status, "more than 1000000 bytes" in text) == (413, True)


async def tallyman(standing: Standing, *arguments: str) -> tuple[int, str]:
    """Run the command line as an operator does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.cli", *arguments),
        cwd=ROOT,
        env={**os.environ, **standing.world.environment, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode or 0, output.decode()


async def test_a_dead_letter_is_repaired_and_retried(standing: Standing, tmp_path: Path) -> None:
    """A till sent an order without its number; the event is mended and goes its ordinary way."""
    broken = {**ORDER, "id": "repair-1", "data": {k: v for k, v in ORDER["data"].items() if k != "order_id"}}
    offset = await standing.load.send("orders", CUSTOMER.encode(), json.dumps(broken).encode(), PARTITION)
    letter, field, reason = (await letters_at(standing, [offset]))[offset]
    standing.letters += 1
    assert (field, "required" in reason) == ("data.order_id", True)

    status, output = await tallyman(standing, "dead-letters", "retry", letter)
    assert status == 1
    assert "data.order_id" in output

    mended = tmp_path / "mended.json"
    mended.write_text(
        json.dumps({**ORDER, "id": "repair-1", "data": {**ORDER["data"], "order_id": "SO-REPAIRED"}})
    )
    status, output = await tallyman(
        standing, "dead-letters", "retry", letter, "--value", str(mended), "--by", "ops"
    )
    assert (status, output.strip()) == (0, f"{letter} published again")
    standing.load.orders["SO-REPAIRED"] = 1_234_50
    await standing.holds("a dead letter repaired")

    status, output = await tallyman(standing, "dead-letters", "show", letter)
    assert "retried by ops" in output, output
    status, output = await tallyman(standing, "dead-letters", "retry", letter, "--value", str(mended))
    assert status == 1
    assert "was retried by ops" in output
