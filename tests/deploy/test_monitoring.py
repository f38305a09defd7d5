"""Prometheus and Grafana: rules that are tried, metrics that exist, and sections of the runbook that are there."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

import prometheus_client
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from services.kit import metrics
from tests.deploy.compose import ROOT, SERVICES

PROMETHEUS = ROOT / "deploy/prometheus"
GRAFANA = ROOT / "deploy/grafana"
BY_SCRAPING = {"job", "instance", "le"}


@cache
def _known() -> dict[str, set[str]]:
    """Every series our processes offer, with its labels."""
    known: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            for name in _series(metric):
                known[name] = set(metric._labelnames)
    for family in prometheus_client.REGISTRY.collect():
        for sample in family.samples:
            known.setdefault(sample.name, set(sample.labels))
    return known


def _series(metric: MetricWrapperBase) -> Iterator[str]:
    suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    for suffix in suffixes.get(str(metric._type), ("",)):
        yield metric._name + suffix


def _alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _panels() -> list[dict[str, Any]]:
    dashboard = json.loads((GRAFANA / "dashboards/tallyman.json").read_text())
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def _expressions() -> list[str]:
    return [alert["expr"] for alert in _alerts()] + [
        t["expr"] for panel in _panels() for t in panel["targets"]
    ]


@pytest.fixture
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: apt install prometheus)")
    return program


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_agrees(promtool: str, arguments: tuple[str, ...]) -> None:
    done = subprocess.run([promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("expression", _expressions())
def test_metrics_and_labels_exist(expression: str) -> None:
    known = _known()
    for name, selector in re.findall(r"\b((?:tallyman|process)_[a-z_]+)(?:\{([^}]*)\})?", expression):
        assert name in known
        labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selector))
        assert labels <= known[name] | BY_SCRAPING


@pytest.mark.parametrize("expression", _expressions())
def test_what_is_grouped_by_exists(expression: str) -> None:
    known = _known()
    of_metrics = [
        known[name] for name in re.findall(r"\b((?:tallyman|process)_[a-z_]+)", expression) if name in known
    ]
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in re.split(r",\s*", group):
            assert label in BY_SCRAPING or any(label in labels for labels in of_metrics), label


def test_every_metric_of_ours_is_looked_at() -> None:
    """A metric that no alert and no panel uses is one that nobody will find."""
    text = "\n".join(_expressions())
    ours = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    unused = {metric._name for metric in ours if metric._name not in text}
    assert not unused


def test_every_alert_is_tried() -> None:
    tests = (PROMETHEUS / "alerts_test.yml").read_text()
    assert [alert["alert"] for alert in _alerts() if alert["alert"] not in tests] == []


def test_every_alert_leads_to_the_runbook() -> None:
    runbook = (ROOT / "deploy/runbook.md").read_text("utf-8")
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", runbook, re.MULTILINE)
    }
    for alert in _alerts():
        file, _, anchor = alert["annotations"]["runbook"].partition("#")
        assert file == "deploy/runbook.md"
        assert anchor in anchors, f"{alert['alert']}: no section {anchor}"
        assert alert["labels"]["severity"] in ("critical", "warning")


def test_every_service_is_scraped(compose: dict[str, Any]) -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    scraped = {
        tuple(discovery["names"]): (job["job_name"], discovery["port"])
        for job in config["scrape_configs"]
        for discovery in job.get("dns_sd_configs", [])
    }
    assert scraped == {(name,): (f"tallyman-{name}", 8000) for name in SERVICES}
    for name in SERVICES:
        assert compose["services"][name]["environment"]["TALLYMAN_HTTP_PORT"] == "8000"
        assert "front" in compose["services"][name]["networks"]


def test_grafana_finds_its_parts(compose: dict[str, Any]) -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"][
        0
    ]
    assert {target["datasource"]["uid"] for panel in _panels() for target in panel["targets"]} == {
        source["uid"]
    }
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/tallyman.yml").read_text())["providers"][0]
    grafana = compose["services"]["grafana"]
    mounted = [str(v["target"] if isinstance(v, dict) else v.split(":")[1]) for v in grafana["volumes"]]
    assert provider["options"]["path"] in mounted
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/tallyman.json"


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in _panels():
        place = panel["gridPos"]
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        assert panel["description"]
