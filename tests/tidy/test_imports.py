"""Imports point one way: rules -> contracts -> libraries; services -> kit and contracts, never each other."""

import sys

import pytest

from tests.tidy.sources import rules, services, sources

# Value objects, nothing else: no I/O, no clock.
STRUCTURES = {"msgspec"}

# What a rule must not even be able to reach: time, chance, the machine, the network.
IMPURE = {
    "asyncio",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
    "uuid",
}


def _within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def test_there_is_something_to_check() -> None:
    assert services() == ["credit", "customers", "insights", "orders"]
    assert len(rules()) > 5
    assert len(sources()) > 50


@pytest.mark.parametrize("source", rules(), ids=lambda source: source.name)
def test_rules_import_contracts_and_pure_standard_library_only(source) -> None:  # type: ignore[no-untyped-def]
    own = ".".join(source.module.split(".")[:3])
    for module in source.imports():
        top = module.split(".")[0]
        pure = top in STRUCTURES or (top in sys.stdlib_module_names and top not in IMPURE)
        allowed = pure or _within(module, "contracts", own)
        assert allowed, f"{source.name} imports {module}; a rule gets what it needs as an argument"


def test_forecasts_import_numbers_and_pure_standard_library_only() -> None:
    wrong = [
        f"{source.name}: {module}"
        for source in sources("services/insights/forecasting")
        for module in source.imports()
        if not _within(module, "numpy", "scipy", "threadpoolctl", "services.insights.forecasting")
        and (module.split(".")[0] not in sys.stdlib_module_names or module.split(".")[0] in IMPURE)
    ]
    assert not wrong


def test_classing_imports_numbers_and_rules_only() -> None:
    wrong = [
        f"{source.name}: {module}"
        for source in sources("services/insights/classing")
        for module in source.imports()
        if not _within(module, "numpy", "services.insights.classing", "services.insights.rules")
        and (module.split(".")[0] not in sys.stdlib_module_names or module.split(".")[0] in IMPURE)
    ]
    assert not wrong


def test_contracts_import_nothing_of_ours() -> None:
    wrong = [
        f"{source.name}: {module}"
        for source in sources("contracts")
        for module in source.imports()
        if _within(module, "services", "deploy", "tests")
    ]
    assert not wrong


def test_the_kit_knows_no_service() -> None:
    wrong = [
        f"{source.name}: {module}"
        for source in sources("services/kit")
        for module in source.imports()
        if _within(module, "deploy", "tests", *(f"services.{name}" for name in services()))
    ]
    assert not wrong


@pytest.mark.parametrize("service", services())
def test_services_never_import_each_other(service: str) -> None:
    others = [f"services.{name}" for name in services() if name != service]
    wrong = [
        f"{source.name}: {module}"
        for source in sources(f"services/{service}")
        for module in source.imports()
        if _within(module, "deploy", "tests", *others)
    ]
    assert not wrong
