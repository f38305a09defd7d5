"""Sizes, time, commits, failpoints and docstrings: what the style asks for and a tool can see."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator

from services.kit.failpoints import FAILPOINTS
from tests.tidy.sources import CODE, ROOT, Source, rules, sources

LONGEST_FILE = 300
LONGEST_FUNCTION = 60

LONGER_FOR_A_REASON: dict[str, str] = {}
"""File, or file:function, to why it is better in one piece."""

WRITES_OUTSIDE_A_UNIT_OF_WORK = {
    "services/kit/database.py": "this is the one place that commits",
    "services/kit/http/idempotency.py": "deletes stored answers that are past their retention",
    "services/kit/migrate.py": "alembic commits each revision",
    "services/kit/outbox.py": "marks rows as published after the broker has them; no state follows from it",
    "services/kit/sweep.py": "the same, for the rows that a crash left behind",
    "services/kit/verify.py": "one snapshot for all checks; a rebuild must see and write exactly that one",
}


def _functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_are_short() -> None:
    long = {source.name: source.lines for source in sources(*CODE, "tests") if source.lines > LONGEST_FILE}
    assert not {name: lines for name, lines in long.items() if name not in LONGER_FOR_A_REASON}


def test_functions_are_short() -> None:
    long = {}
    for source in sources(*CODE, "tests"):
        for function in _functions(source):
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            name = f"{source.name}:{function.name}"
            if lines > LONGEST_FUNCTION and name not in LONGER_FOR_A_REASON:
                long[name] = lines
    assert not long


def test_no_exception_is_left_over() -> None:
    known = {source.name for source in sources(*CODE, "tests")}
    assert {name.split(":")[0] for name in LONGER_FOR_A_REASON} <= known
    assert set(WRITES_OUTSIDE_A_UNIT_OF_WORK) <= known


def test_rules_never_look_at_the_clock() -> None:
    calls = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
    found = [
        f"{source.name}:{node.lineno}"
        for source in rules()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in calls
        # "moment.time()" asks a value, "datetime.now()" the machine.
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date", "time", "dt"}
    ]
    assert not found


def test_only_the_kit_commits() -> None:
    """State, journal, outbox and offsets are one commit because nobody else can make one."""
    found = [
        f"{source.name}:{node.lineno}: {ast.unparse(node)[:80]}"
        for source in sources("services")
        if source.name not in WRITES_OUTSIDE_A_UNIT_OF_WORK
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and _writes_by_itself(node)
    ]
    assert not found


def _writes_by_itself(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in {"commit", "transaction", "begin"}:
        return True
    on_the_pool = "pool" in ast.unparse(call.func.value) and call.func.attr in {
        "execute",
        "executemany",
        "fetchval",
    }
    written = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
    return (
        on_the_pool
        and re.match(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE)\b", str(written), re.IGNORECASE) is not None
    )


def test_every_failpoint_is_used_and_every_used_one_is_listed() -> None:
    used = {
        node.args[0].value
        for source in sources("services")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("failpoint")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert used == set(FAILPOINTS)


def test_everything_public_says_what_it_does() -> None:
    """``make lint`` asks for the same; here so that the tests alone are a full answer."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "D100,D101,D102,D103",
        "--output-format",
        "concise",
        *CODE,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
