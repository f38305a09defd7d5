"""Write everything that is generated: ``python -m contracts.generate``; ``--check`` only says what is stale."""

import argparse
import sys
from pathlib import Path

from contracts.generators import GENERATED_BY, ROOT
from contracts.generators.asyncapi import asyncapi_yaml
from contracts.generators.picture import page, svg
from contracts.generators.readme import readme
from contracts.generators.schemas import schema_files

SCHEMAS = Path("contracts/schemas")


def generated() -> dict[Path, str]:
    """Return the text of every generated file by its path from the root of the repository."""
    files = {SCHEMAS / name: text for name, text in schema_files().items()}
    files[Path("contracts/asyncapi.yaml")] = asyncapi_yaml()
    files[Path("contracts/README.md")] = readme()
    files[Path("docs/way-of-data.md")] = page()
    files[Path("docs/way-of-data.svg")] = svg()
    return files


def stale(root: Path = ROOT) -> list[str]:
    """Say for each generated file under ``root`` that is not up to date what is the matter with it."""
    expected = generated()
    findings = []
    for path, text in expected.items():
        file = root / path
        if not file.exists():
            findings.append(f"{path}: missing")
        elif file.read_text("utf-8") != text:
            findings.append(f"{path}: differs from the models and topics.yaml")
    return findings + [f"{path}: no longer generated from anything" for path in _leftovers(root, expected)]


def write(root: Path = ROOT) -> None:
    """Write the generated files under ``root`` and remove schemas of events that are gone."""
    expected = generated()
    for path, text in expected.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    for path in _leftovers(root, expected):
        (root / path).unlink()


def _leftovers(root: Path, expected: dict[Path, str]) -> list[Path]:
    present = (path.relative_to(root) for path in sorted((root / SCHEMAS).glob("*.json")))
    return [path for path in present if path not in expected]


def main(arguments: list[str]) -> int:
    """Run the command; return 1 if ``--check`` found something stale."""
    parser = argparse.ArgumentParser(prog=GENERATED_BY, description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail if a generated file is stale"
    )
    if not parser.parse_args(arguments).check:
        write()
        return 0
    findings = stale()
    for finding in findings:
        sys.stderr.write(f"{finding}\n")
    if findings:
        sys.stderr.write(f"Run `{GENERATED_BY}` and commit what it wrote.\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
