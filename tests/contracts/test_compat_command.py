"""The compatibility command: what it compares with, and what a release writes down."""

import copy
import json
import subprocess
from pathlib import Path

import pytest

from contracts import generate
from contracts.compat import __main__ as command
from contracts.compat import snapshot
from contracts.compat.change import Verdict
from contracts.compat.snapshot import NoContract, current, freeze, last_release, previous
from contracts.generators import ROOT


def test_released_contract_still_holds() -> None:
    released = last_release()
    assert released is not None
    breaking = [
        str(c) for c in previous(str(released)).changes_to(current()) if c.verdict is Verdict.BREAKING
    ]
    assert breaking == []


def test_against_a_folder_a_checkout_and_a_release_of_the_same_contract(tmp_path: Path) -> None:
    generate.write(tmp_path)
    (tmp_path / "contracts/topics.yaml").write_text(
        (ROOT / "contracts/topics.yaml").read_text("utf-8"), "utf-8"
    )
    for where in (tmp_path, tmp_path / "contracts", freeze("1.0.0", tmp_path / "released")):
        assert previous(str(where)).changes_to(current()) == []
    with pytest.raises(NoContract, match=r"no topics\.yaml"):
        previous(str(tmp_path / "docs"))


def test_against_a_git_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate.write(tmp_path)
    topics = (ROOT / "contracts/topics.yaml").read_text("utf-8")
    (tmp_path / "contracts/topics.yaml").write_text(topics.replace("partitions: 8", "partitions: 4"), "utf-8")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.com")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-qm", "before", "--no-verify")):
        subprocess.run((*git, *arguments), check=True, capture_output=True)
    monkeypatch.setattr(snapshot, "ROOT", tmp_path)
    then = previous("HEAD")
    monkeypatch.undo()
    assert [change.what for change in then.changes_to(current())] == ["partitions are now 8, were 4"]
    with pytest.raises(NoContract, match=r"no contract at 'v9\.9\.9'"):
        previous("v9.9.9")


def test_a_released_contract_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = freeze("1.2.0", tmp_path)
    assert freeze("1.2.0", tmp_path) == path
    other = copy.deepcopy(current())
    other.topics["partitions"] = 1
    monkeypatch.setattr(snapshot, "current", lambda: other)
    with pytest.raises(NoContract, match=r"1\.2\.0 was released with another contract"):
        freeze("1.2.0", tmp_path)
    with pytest.raises(NoContract, match="no version"):
        freeze("next", tmp_path)


def test_last_release_is_by_number_not_by_spelling(tmp_path: Path) -> None:
    assert last_release(tmp_path) is None
    for version in ("0.9.0", "0.10.0", "0.2.11"):
        (tmp_path / f"{version}.json").write_text("{}")
    assert last_release(tmp_path) == tmp_path / "0.10.0.json"


def test_command_fails_on_a_breaking_change_and_does_not_freeze_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = freeze("1.0.0", tmp_path)
    document = json.loads(released.read_text("utf-8"))
    document["topics"]["partitions"] = 3
    released.write_text(json.dumps(document))
    said: list[str] = []
    monkeypatch.setattr(command, "freeze", lambda version: pytest.fail("froze a breaking change"))
    assert command.main(["--against", str(released), "--freeze", "1.0.1"], said.append) == 1
    assert "partitions are now 8, were 3" in "".join(said)
    assert command.main(["--against", "no-such-revision"], said.append) == 2
    assert command.main(["--against", str(freeze("1.1.0", tmp_path))], said.append) == 0
