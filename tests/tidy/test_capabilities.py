"""The tests that a service's page names for what it can do are there."""

import ast
import re
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

PAGES = sorted(
    page for page in ROOT.glob("services/*/README.md") if "test that shows it" in page.read_text("utf-8")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_every_test_named_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    missing, file = [], ""
    for row in re.findall(r"^\|.*\|$", text.partition("test that shows it")[2], re.MULTILINE):
        for named in re.findall(r"`((?:tests/|::)[^`]*)`", row):
            path, _, test = named.partition("::")
            file = path or file
            if not (ROOT / file).is_file():
                missing.append(file)
            elif test and test not in functions(file):
                missing.append(f"{file}::{test}")
    assert not missing


def functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
