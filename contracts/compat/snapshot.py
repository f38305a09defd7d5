"""A whole contract at one point in time: as it is now, as released, in a folder, or at a git revision."""

import io
import json
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from contracts.compat.change import Change
from contracts.compat.schemas import Schema, compare_schemas, inlined
from contracts.compat.topics import compare_topics
from contracts.events import EVENT_TYPES
from contracts.generators import ROOT
from contracts.generators.schemas import schema_of

RELEASED = ROOT / "contracts" / "released"
_FOLDER_PARTS = ("topics.yaml", "schemas")


class NoContract(Exception):
    """There is no contract where one was looked for; the message says where and why."""


@dataclass(frozen=True)
class Snapshot:
    """The topic map and the schema of each event type."""

    topics: dict[str, Any]
    schemas: dict[str, Schema]

    def changes_to(self, later: "Snapshot") -> list[Change]:
        """Return what changed between this contract and a later one."""
        found = compare_topics(self.topics, later.topics)
        for event in sorted(self.schemas.keys() & later.schemas.keys()):
            found += compare_schemas(event, self.schemas[event], later.schemas[event])
        return found


def current() -> Snapshot:
    """Return the contract that the models and ``topics.yaml`` are now."""
    topics = yaml.safe_load((ROOT / "contracts" / "topics.yaml").read_text("utf-8"))
    return Snapshot(topics, {name: schema_of(model) for name, model in EVENT_TYPES.items()})


def previous(where: str) -> Snapshot:
    """Return the contract in a folder or a released file of that name, or else at that git revision.

    Raises:
        NoContract: when there is none.
    """
    path = Path(where)
    if path.is_file():
        return _from_release(path)
    return _from_folder(path) if path.is_dir() else _from_git(where)


def last_release(folder: Path = RELEASED) -> Path | None:
    """Return the file of the highest released version, None before the first release."""
    return max(folder.glob("*.json"), key=lambda path: _version(path.stem), default=None)


def freeze(version: str, folder: Path = RELEASED) -> Path:
    """Write the current contract down as what was released under ``version``.

    Raises:
        NoContract: when that version was released with another contract, or is no version.
    """
    _version(version)
    path = folder / f"{version}.json"
    now = current()
    schemas = {
        name: json.dumps(inlined(schema), ensure_ascii=False) for name, schema in sorted(now.schemas.items())
    }
    lines = ",\n".join(f'    "{name}": {schema}' for name, schema in schemas.items())
    text = f'{{\n  "topics": {json.dumps(now.topics)},\n  "schemas": {{\n{lines}\n  }}\n}}\n'
    if path.exists() and path.read_text("utf-8") != text:
        raise NoContract(f"{version} was released with another contract; a released contract never changes")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def _version(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+\.\d+\.\d+", text):
        raise NoContract(f"{text!r} is no version such as 1.2.3")
    return tuple(map(int, text.split(".")))


def _from_release(path: Path) -> Snapshot:
    loaded = json.loads(path.read_text("utf-8"))
    return Snapshot(loaded["topics"], loaded["schemas"])


def _from_folder(path: Path) -> Snapshot:
    """The contract in a checkout of the repository, or in its folder ``contracts``."""
    folder = path / "contracts" if (path / "contracts").is_dir() else path
    if not (folder / "topics.yaml").is_file():
        raise NoContract(f"{path} has no topics.yaml")
    schemas = [json.loads(file.read_text("utf-8")) for file in sorted((folder / "schemas").glob("*.json"))]
    return _snapshot((folder / "topics.yaml").read_text("utf-8"), schemas)


def _from_git(revision: str) -> Snapshot:
    command = ["git", "-C", str(ROOT), "archive", revision, *(f"contracts/{part}" for part in _FOLDER_PARTS)]
    run = subprocess.run(command, capture_output=True, check=False)
    if run.returncode:
        raise NoContract(
            f"git has no contract at {revision!r}: {run.stderr.decode(errors='replace').strip()}"
        )
    with tarfile.open(fileobj=io.BytesIO(run.stdout)) as archive:
        texts = {m.name: archive.extractfile(m) for m in archive.getmembers() if m.isfile()}
        read = {name: file.read().decode() for name, file in texts.items() if file}
    return _snapshot(
        read["contracts/topics.yaml"],
        [json.loads(text) for name, text in read.items() if name.endswith(".json")],
    )


def _snapshot(topics: str, schemas: list[Schema]) -> Snapshot:
    return Snapshot(
        yaml.safe_load(topics), {schema["properties"]["type"]["const"]: schema for schema in schemas}
    )
