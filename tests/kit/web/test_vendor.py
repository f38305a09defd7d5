"""What was taken from others is what was pinned, with its licence."""

import json
from pathlib import Path

import pytest

from deploy.vendor import FOLDERS, sha256


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-3])
def test_vendored_files_are_those_pinned(folder: Path) -> None:
    pins = json.loads((folder / "vendor.json").read_text("utf-8"))
    listed = {name: file["sha256"] for pin in pins for name, file in pin["files"].items()}
    there = {path.name for path in folder.iterdir() if path.suffix in (".js", ".css", ".txt")}
    assert there == set(listed)
    assert {name: sha256((folder / name).read_bytes()) for name in listed} == listed


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parts[-3])
def test_each_package_is_pinned_whole(folder: Path) -> None:
    for pin in json.loads((folder / "vendor.json").read_text("utf-8")):
        assert pin["integrity"].startswith("sha512-")
        assert any(name.endswith("LICENSE.txt") for name in pin["files"]), f"{pin['package']} has no licence"
