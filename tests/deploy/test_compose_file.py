"""docker-compose.yml: read by compose programs, no default passwords, and containers that may do little."""

import re
import stat
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from deploy.docker.make_env import filled, main
from deploy.local.kafka_jars import kafka_version
from deploy.local.postgres_cluster import server_major_version
from tests.deploy.compose import (
    EXAMPLE,
    FILE,
    OURS,
    ROOT,
    SERVICES,
    ComposeError,
    docker_compose,
    environment_file,
    with_docker_compose,
    with_podman_compose,
)

SECRETS = (
    "POSTGRES_PASSWORD",
    "POSTGRES_CUSTOMERS_PASSWORD",
    "POSTGRES_ORDERS_PASSWORD",
    "POSTGRES_CREDIT_PASSWORD",
    "POSTGRES_INSIGHTS_PASSWORD",
    "TALLYMAN_CUSTOMERS_KEY",
    "GRAFANA_PASSWORD",
)


def test_the_schema_of_compose_accepts_it() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docker_compose_reads_the_same(compose: dict[str, Any], env_folder: Path) -> None:
    program = docker_compose()
    if program is None:
        pytest.skip("docker compose is not installed; podman-compose has read the file")
    parsed = with_docker_compose(program, environment_file(env_folder))
    assert set(parsed["services"]) == set(compose["services"])
    for name in OURS:
        ours, theirs = compose["services"][name], parsed["services"][name]
        assert theirs["command"] == ours["command"]
        # The passwords are fresh for each of the two env files.
        assert set(theirs["environment"]) == set(ours["environment"])


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_the_start_by_name(missing: str, env_folder: Path) -> None:
    text = re.sub(rf"^{missing}=.*$", f"{missing}=", filled(EXAMPLE.read_text()), flags=re.MULTILINE)
    with pytest.raises(ComposeError, match=missing):
        with_podman_compose(environment_file(env_folder, text), env_folder)


def test_the_example_has_every_variable_and_no_password() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", FILE.read_text()))
    offered = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    # Two that nobody sets in a file: which image, and the identity of a cluster that is made once.
    assert used - set(offered) == {"TALLYMAN_VERSION", "KAFKA_CLUSTER_ID"}
    assert set(offered) <= used
    assert {name: offered[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")


def test_the_file_itself_holds_no_secret() -> None:
    for name, default in re.findall(r"\$\{([A-Z_]+):?-([^}]*)\}", FILE.read_text()):
        assert name not in SECRETS, f"{name} must not have a default ({default!r})"


def test_make_env_fills_in_every_secret_once(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text(EXAMPLE.read_text())
    assert main(tmp_path) == 0
    written = tmp_path / ".env"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", written.read_text(), re.MULTILINE))
    passwords = [values[name] for name in (*SECRETS, "TALLYMAN_API_KEYS", "TALLYMAN_JWT_SECRET")]
    assert all(len(password) >= 32 for password in passwords)
    assert len(set(passwords)) == len(passwords)
    before = written.read_text()
    assert main(tmp_path) == 1
    assert written.read_text() == before


def test_containers_may_do_little(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert str(service["user"]).split(":")[0] not in ("0", "root"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name


def test_everything_that_stays_up_is_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in ("setup", "tools"):
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name


def test_ports_are_open_to_this_machine_only(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if service.get("ports")
    }
    assert set(published) == {"gateway", "kafka", "prometheus", "grafana"}
    assert all(str(port).startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_the_database_is_reached_from_inside_only(compose: dict[str, Any]) -> None:
    assert compose["networks"]["data"]["internal"] is True
    networks = compose["services"]["postgres"]["networks"]
    assert list(networks) == ["data"]


def test_each_service_uses_its_own_role(compose: dict[str, Any]) -> None:
    for name in SERVICES:
        service = compose["services"][name]
        assert service["command"] == ["serve", name]
        assert service["environment"]["TALLYMAN_DATABASE_URL"].startswith(f"postgresql://{name}:")
        assert service["depends_on"]["setup"]["condition"] == "service_completed_successfully"


def test_the_services_ask_customers_with_one_secret(compose: dict[str, Any]) -> None:
    told = [compose["services"][name]["environment"] for name in SERVICES]
    assert {service["TALLYMAN_CUSTOMERS_URL"] for service in told} == {"http://customers:8000"}
    assert len({service["TALLYMAN_CUSTOMERS_KEY"] for service in told}) == 1
    assert told[0]["TALLYMAN_CUSTOMERS_KEY"] not in told[0]["TALLYMAN_API_KEYS"], "it opens nothing else"


def test_only_the_gateway_is_trusted_and_nobody_else_gets_its_address(compose: dict[str, Any]) -> None:
    gateway = ip_address(compose["services"]["gateway"]["networks"]["edge"]["ipv4_address"])
    for name in SERVICES:
        service = compose["services"][name]
        assert service["environment"]["TALLYMAN_TRUSTED_PROXIES"].split(",") == [str(gateway), ""]
        assert set(service["networks"]) == {"data", "front", "edge"}
    others = {name for name in compose["services"] if "edge" in compose["services"][name].get("networks", ())}
    assert others == {*SERVICES, "gateway"}
    [given] = compose["networks"]["edge"]["ipam"]["config"]
    assert gateway in ip_network(given["subnet"])
    assert gateway not in ip_network(given["ip_range"])
    assert ip_network(given["ip_range"]).subnet_of(ip_network(given["subnet"]))  # type: ignore[arg-type]


def test_versions_are_those_that_are_tested(compose: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in compose["services"].items()}
    assert images["kafka"] == f"apache/kafka:{kafka_version()}"
    assert images["postgres"] == f"postgres:{server_major_version()}"
    assert {images[name] for name in OURS} == {"tallyman:local"}
    assert not [image for image in images.values() if ":" not in image or image.endswith(":latest")]


def test_what_is_mounted_and_copied_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else str(volume).split(":")[0]
            if source.startswith((".", "/")):
                assert (ROOT / source).exists(), source
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source
