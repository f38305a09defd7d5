"""`tallyman up`: one command, data that survives, and nothing left running."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.codec import encode, new_event
from contracts.events.terms import TermsSet
from contracts.topics import partition_of
from deploy.local.ports import free_port
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec
from tests.cli.running import COMMAND, ROOT, Run, environment, nothing_left

READY_TIMEOUT_S = 120.0


class Installation:
    """A `tallyman up` on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        arguments = ["--data-dir", str(folder), "--port", str(self.port), "--broker-port", str(free_port())]
        self.process = ManagedProcess(
            ProcessSpec(
                name="up",
                argv=[*COMMAND, "up", *arguments, "--clock", "events"],
                cwd=ROOT,
                env=environment(),
                log_path=folder.with_suffix(".log"),
                ready=http_ready(f"http://127.0.0.1:{self.port}/ready"),
                ready_timeout_s=READY_TIMEOUT_S,
                stop_timeout_s=60,
            )
        )

    @property
    def found(self) -> tuple[object, ...]:
        """The words with which a command finds this installation."""
        return "--data-dir", self.folder

    def variables(self) -> dict[str, str]:
        """How to reach it, as it wrote down."""
        lines = (self.folder / "running.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for the tests of this file, in their order."""
    started = Installation(tmp_path_factory.mktemp("up") / "var")
    started.process.start()
    yield started
    started.process.stop()


def test_it_says_what_it_is_and_is_not_for(installation: Installation) -> None:
    text = installation.process.log_text()
    assert "What it is not: a place for the only copy of your events" in text
    assert (installation.folder / "running.env").stat().st_mode & 0o077 == 0


def test_a_simulated_business_is_replayed_and_verified(installation: Installation, tallyman: Run) -> None:
    replayed = tallyman("replay", "simulate", "--customers", "15", "--days", "10", *installation.found)
    assert replayed.status == 0, replayed.err
    assert "complete" in replayed.out
    verified = tallyman("verify", *installation.found)
    assert verified.status == 0, verified.out + verified.err
    assert "Everything holds." in verified.out
    rebuilt = tallyman("rebuild", "credit", *installation.found)
    assert rebuilt.status == 0, rebuilt.out + rebuilt.err
    assert "the stored state is identical" in rebuilt.out


def test_dead_letters_are_listed_shown_repaired_and_discarded(
    installation: Installation, tallyman: Run
) -> None:
    asyncio.run(_publish(installation, b'{"id": "broken"', b"\xff\xfe"))
    listed = _wait_for_letters(installation, tallyman, 2)
    assert {letter["topic"] for letter in listed} == {"terms"}
    first, second = (letter["letter"] for letter in listed)

    shown = tallyman("dead-letters", "show", first, *installation.found)
    assert "would be refused" in shown.out

    refused = tallyman("dead-letters", "retry", first, *installation.found)
    assert refused.status == 1
    assert refused.err.startswith("tallyman: ")

    repaired = installation.folder / "repaired.json"
    repaired.write_bytes(_terms())
    done = tallyman(
        "dead-letters", "retry", first, "--value", repaired, "--by", "tester", *installation.found
    )
    assert done.status == 0, done.err
    assert tallyman("dead-letters", "discard", second, *installation.found).status == 0
    assert (
        "no dead letters" in tallyman("dead-letters", "list", "--service", "credit", *installation.found).out
    )
    listing = ("dead-letters", "list", "--service", "credit", "--state", "all", "--json")
    everything = tallyman(*listing, *installation.found).out
    assert [json.loads(line)["state"] for line in everything.splitlines()] == ["retried", "discarded"]


def test_data_survives_a_restart_and_nothing_is_left_running(
    installation: Installation, tallyman: Run
) -> None:
    before = tallyman("rebuild", "credit", *installation.found).out
    with nothing_left(installation.process):
        installation.process.stop()
    assert installation.process.returncode == 0, installation.process.log_text()
    assert not (installation.folder / "running.env").exists()

    installation.process.start()
    verified = tallyman("verify", *installation.found)
    assert verified.status == 0, verified.out + verified.err
    assert tallyman("rebuild", "credit", *installation.found).out == before


def test_ctrl_c_ends_everything(installation: Installation) -> None:
    with nothing_left(installation.process):
        installation.process.send_signal(signal.SIGINT)
        installation.process.wait(60)
    installation.process.start()


def test_a_killed_process_takes_its_children_along(installation: Installation, tallyman: Run) -> None:
    with nothing_left(installation.process):
        installation.process.kill()
    installation.process.start()
    assert tallyman("verify", *installation.found).status == 0


def test_a_second_one_on_the_same_folder_is_refused(installation: Installation, tallyman: Run) -> None:
    second = tallyman(
        "up", "--data-dir", installation.folder, "--port", str(free_port()), "--broker-port", str(free_port())
    )
    assert second.status == 1
    assert "already running" in second.err
    assert tallyman("verify", *installation.found).status == 0


def _terms() -> bytes:
    body = TermsSet(customer_id="C-REPAIRED", currency="CNY", term_days=30, limit="1000.00")
    from datetime import UTC, datetime

    return encode(new_event(body, id="T-1", occurred_at=datetime.now(UTC), key="C-REPAIRED", producer="test"))


async def _publish(installation: Installation, *values: bytes) -> None:
    from deploy.feed.target import Target

    target = Target(installation.variables()["TALLYMAN_KAFKA_BOOTSTRAP"], idempotent=False)
    producer = target.producer()
    await producer.start()
    try:
        for value in values:
            partition = partition_of(b"C-REPAIRED", target.partitions)
            await producer.send_and_wait("terms", value, key=b"C-REPAIRED", partition=partition)
    finally:
        await producer.stop()


def _wait_for_letters(installation: Installation, tallyman: Run, number: int) -> list[dict[str, str]]:
    for _ in range(60):
        done = tallyman("dead-letters", "list", "--service", "credit", "--json", *installation.found)
        letters = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
        if len(letters) >= number:
            return letters
    raise AssertionError(f"{number} dead letters were expected: {done}")
