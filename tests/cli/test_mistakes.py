"""Mistakes of an operator: one sentence, what to do, a status that is not 0, and no traceback."""

import socket
from pathlib import Path

import pytest

from deploy.cli.errors import REMEDIES, explain
from deploy.cli.main import app
from deploy.cli.services import NAMES
from deploy.local.ports import free_port
from tests.cli.running import Run
from tests.cli.running import tallyman as tallyman_process

NOBODY = "postgresql://nobody:secret@127.0.0.1:{port}/nothing"


def test_help_lists_every_command() -> None:
    done = tallyman_process("--help")
    assert done.status == 0
    for command in (
        "up",
        "demo",
        "serve",
        "migrate",
        "setup",
        "verify",
        "back-test",
        "topics",
        "replay",
        "rebuild",
        "dead-letters",
    ):
        assert f" {command} " in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "--data-dir", "/nowhere"), "no local installation is running on /nowhere"),
        (("back-test", "/nowhere.json"), "/nowhere.json cannot be read"),
        (("migrate", "credits"), "there is no service 'credits'"),
        (("serve", "billing"), "there is no service 'billing'"),
        (("dead-letters", "show", "17"), "'17' is no dead letter"),
        (("dead-letters", "list", "--state", "lost"), "there is no state 'lost'"),
        (("dead-letters", "retry"), "name the dead letters to retry"),
        (("dead-letters", "retry", "credit/1", "--all", "credit"), "name the dead letters to retry"),
        (("replay", "wwi", "--account", "nobody"), "there is no account 'nobody'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_mistake_is_answered_in_a_sentence(arguments: tuple[str, ...], said: str, tallyman: Run) -> None:
    done = tallyman(*arguments)
    assert done.status == 1
    assert done.err.startswith("tallyman: ")
    assert said in done.err
    assert "Traceback" not in done.err
    assert not done.out


@pytest.mark.parametrize(
    ("service", "set_", "said"),
    [
        ("credit", {}, "TALLYMAN_CUSTOMERS_URL must be set"),
        ("credit", {"TALLYMAN_CUSTOMERS_URL": "http://customers:8000"}, "TALLYMAN_CUSTOMERS_KEY must be set"),
        ("customers", {"TALLYMAN_CUSTOMERS_KEY": "short"}, "TALLYMAN_CUSTOMERS_KEY must be set"),
        ("customers", {"TALLYMAN_TRUSTED_PROXIES": "*"}, "must be addresses or networks"),
    ],
)
def test_a_service_that_would_know_nobody_does_not_start(
    service: str, set_: dict[str, str], said: str, tallyman: Run
) -> None:
    key = {"TALLYMAN_CUSTOMERS_KEY": "a-secret-of-the-services"} if "PROXIES" in str(set_) else {}
    done = tallyman("serve", service, TALLYMAN_DATABASE_URL="postgresql://x", **key, **set_)
    assert done.status in (1, 2)
    assert said in done.err
    assert "Traceback" not in done.err


def test_every_setting_that_is_wrong_is_named(tallyman: Run) -> None:
    done = tallyman(
        "migrate",
        TALLYMAN_DATABASE_URL="postgresql://x",
        TALLYMAN_PARTITIONS="many",
        TALLYMAN_CURRENCY="yuan",
    )
    assert done.status == 1
    assert "TALLYMAN_PARTITIONS" in done.err
    assert "TALLYMAN_CURRENCY" in done.err


def test_a_database_that_is_away_is_named_without_its_password(tallyman: Run) -> None:
    port = free_port()
    done = tallyman("migrate", TALLYMAN_DATABASE_URL=NOBODY.format(port=port))
    assert done.status == 1
    assert f"127.0.0.1:{port}" in done.err
    assert "secret" not in done.err + done.out
    assert "Traceback" not in done.err


def test_a_broker_that_is_away_says_which_variable(tallyman: Run) -> None:
    done = tallyman("topics", "create", TALLYMAN_KAFKA_BOOTSTRAP=f"127.0.0.1:{free_port()}")
    assert done.status == 1
    assert "TALLYMAN_KAFKA_BOOTSTRAP" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("option", ["--port", "--broker-port"])
def test_a_port_in_use_stops_before_anything_is_started(option: str, tmp_path: Path, tallyman: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = {"--port": str(free_port()), "--broker-port": str(free_port()), option: str(port)}
        done = tallyman(
            "up", "--data-dir", tmp_path / "var", *(word for pair in ports.items() for word in pair)
        )
    assert done.status == 1
    assert f"port {port} is in use" in done.err
    assert option in done.err
    assert not (tmp_path / "var").exists()


def test_missing_data_files_are_named(tmp_path: Path, tallyman: Run) -> None:
    done = tallyman("replay", "uci", TALLYMAN_DATA=str(tmp_path), TALLYMAN_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert done.status == 1
    assert str(tmp_path) in done.err
    assert "Traceback" not in done.err


def test_a_bug_keeps_its_traceback() -> None:
    assert explain(ZeroDivisionError("x")) is None


def test_remedies_are_for_errors_that_exist() -> None:
    import importlib

    for name in REMEDIES:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), kind), BaseException), name


def test_every_service_can_be_served() -> None:
    from deploy.cli.services import load

    assert [load(name).name for name in NAMES] == list(NAMES)


def test_topics_show_names_every_topic(tallyman: Run) -> None:
    from contracts.topics import topics

    done = tallyman("topics", "show")
    assert all(f"{name}: " in done.out for name in topics())


def test_no_command_is_without_help() -> None:
    assert all(
        command.callback is not None and command.callback.__doc__ for command in app.registered_commands
    )
