"""The gallery in the documentation: what the command takes, and that what is there is whole and small."""

import re
from pathlib import Path

import pytest

from deploy import screenshots
from services.kit.web.navigation import NAVIGATION, Entry, Group

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "screenshots"


def test_every_page_that_is_built_has_a_picture_of_its_own() -> None:
    built = {entry.id for group in NAVIGATION for entry in group.entries if entry.built}
    pictures = screenshots.gallery_of()
    assert {picture.page for picture in pictures} == built
    names = [picture.file for picture in pictures]
    assert len(names) == len(set(names))
    assert {"today.webp", "today.dark.webp", "today.phone.webp", "today.zh.webp"} <= set(names)


def test_a_page_that_is_built_later_is_taken_up_by_itself() -> None:
    group = Group(
        "insight", (Entry("segments", "/console/insights/segments", built=True), Entry("mix", "/x"))
    )
    [picture] = screenshots.gallery_of((group,))
    assert picture.file == "segments.webp"
    text = screenshots.gallery_text([picture])
    assert "## Segments · 客户分层" in text
    assert '<img src="screenshots/segments.webp"' in text


def test_every_look_has_a_file_of_its_own() -> None:
    names = [picture.file for picture in screenshots.every_look(["/console/", "/console/credit/held"])]
    assert len(names) == len(set(names)) == 2 * 2 * 8
    assert "credit-held.line.zh.phone.dark.webp" in names


def test_the_gallery_shows_all_pictures_there_are() -> None:
    shown = re.findall(r'src="screenshots/([^"]+)"', (ROOT / screenshots.GALLERY).read_text("utf-8"))
    assert sorted(shown) == sorted(path.name for path in FOLDER.iterdir())


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_picture_is_a_small_webp(path: Path) -> None:
    picture = path.read_bytes()
    assert picture[:4] + picture[8:12] == b"RIFFWEBP"
    assert 5_000 < len(picture) < screenshots.LARGEST_BYTES
