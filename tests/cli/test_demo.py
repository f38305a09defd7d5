"""`tallyman demo`, short: it ends by itself without a terminal, tells the story, and leaves nothing behind."""

import re
from pathlib import Path

from tests.cli.running import tallyman


def test_a_short_demo_tells_its_story(tmp_path: Path) -> None:
    done = tallyman(
        "demo", "--customers", "20", "--days", "8", "--port", "0", timeout_s=180, TMPDIR=str(tmp_path)
    )
    assert done.status == 0, done.out + done.err
    found = re.search(r"([\d,]+) orders over CNY [\d,.]+ were decided", done.out)
    assert found is not None
    assert int(found.group(1)) > 3
    assert "Blocked, and why" in done.out
    assert "Released, and by what" in done.out
    assert "Whom to call first" in done.out
    assert "everything holds" in done.out
    assert not list(tmp_path.glob("tallyman-demo-*"))
