"""The source files, parsed once."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ("contracts", "services", "deploy")


@dataclass(frozen=True)
class Source:
    """One Python file. ``module`` is its dotted name."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Path from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def module(self) -> str:
        """Dotted name."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> int:
        """Number of lines."""
        return self.text.count("\n")

    def imports(self) -> set[str]:
        """Return every module imported anywhere in the file, also inside functions and for type checking only."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: write imports in full"
                # "from services import orders" names a module in its second half.
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Return the Python files below ``folders`` that git knows or would take."""
    listed = subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *(folders or CODE)],
        cwd=ROOT,
        text=True,
    )
    paths = sorted({ROOT / line for line in listed.splitlines() if line.endswith(".py")})
    return tuple(_parsed(path) for path in paths if path.exists())


def _parsed(path: Path) -> Source:
    text = path.read_text("utf-8")
    return Source(path, text, ast.parse(text, str(path)))


def services() -> list[str]:
    """Return the names of the services: folders with an app or a handler."""
    return sorted(
        {source.name.split("/")[1] for source in sources("services") if source.name.count("/") > 1} - {"kit"}
    )


def rules() -> list[Source]:
    """Return the pure parts of the services."""
    return [source for source in sources("services") if ".rules" in source.module]
