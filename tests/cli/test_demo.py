"""`tallyman demo`, short: it ends by itself without a terminal, tells the story, and leaves nothing behind."""

import re
from pathlib import Path

from deploy.local.probes import log_ready
from deploy.local.processes import ProcessSpec, running
from tests.cli.running import COMMAND, ROOT, environment, nothing_left, tallyman


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


def test_a_demo_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    spec = ProcessSpec(
        name="demo",
        argv=[*COMMAND, "demo", "--port", "0"],
        cwd=ROOT,
        env=environment(TMPDIR=str(tmp_path)),
        log_path=tmp_path / "demo.log",
        ready=log_ready("Ready after"),
        ready_timeout_s=120,
        stop_timeout_s=60,
    )
    with running(spec) as demo:
        with nothing_left(demo):
            demo.stop()
        assert demo.returncode == 143
        assert "Traceback" not in demo.log_text()
    assert not list(tmp_path.glob("tallyman-demo-*"))
