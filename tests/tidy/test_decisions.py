"""Decision records: each has its parts, and the list knows them all."""

import re
from pathlib import Path

import pytest

from tests.tidy.sources import ROOT

FOLDER = ROOT / "deploy" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
PARTS = ("Context", "Decision", "Consequences", "Alternatives")


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)
def test_a_record_has_its_parts(record: Path) -> None:
    text = record.read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [part for part in PARTS if not any(heading.startswith(part) for heading in headings)] == []
    assert re.match(rf"# {record.name[:4]}[ .:]", text), "the title begins with the record's number"
    status = r"^(Date: \d{4}-\d{2}-\d{2}\. )?Status: (proposed|accepted|superseded by \d{4})"
    assert re.search(status, text, re.MULTILINE)


def test_the_list_knows_every_record() -> None:
    listed = re.findall(
        r"^- \[.*\]\(([0-9][^)]*\.md)\)", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert listed == [record.name for record in RECORDS]


def test_numbers_are_used_once() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert len(numbers) == len(set(numbers))
