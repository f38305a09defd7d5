"""`tallyman demo`, short: it ends by itself without a terminal, tells the story, and leaves nothing behind."""

import re
import signal
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import free_port
from deploy.local.probes import log_ready
from deploy.local.processes import ProcessSpec, running
from tests.cli.running import COMMAND, ROOT, environment, nothing_left, tallyman
from tests.waiting import until


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
    assert not folders_in(tmp_path)


async def test_a_demo_that_stays_goes_on_until_ctrl_c(tmp_path: Path) -> None:
    """Days pass, orders come and are decided and shipped, and everything still holds while it moves."""
    port = free_port()
    options = ("--customers", "20", "--days", "8", "--stay", "--day-seconds", "1", "--port", str(port))
    with running(demo(tmp_path, *options, ready="The business goes on")) as process:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:

            async def moved() -> bool:
                newest = (await newest_of(client, "/orders", "-placed_at"))["placed_at"]
                shipped = await newest_of(client, "/orders", "-placed_at", status="invoiced")
                return str(newest) >= "2026-01-25" and str(shipped["placed_at"]) >= "2026-01-15"

            await until(moved, every_s=0.3)
            [folder] = folders_in(tmp_path)
            verified = tallyman("verify", "--data-dir", folder)
            assert verified.status == 0, verified.out + verified.err

            async def agreed() -> bool:
                paths = ("mix/comparisons/demo/customers", "commission/statements", "salespeople")
                return all([(await client.get(f"/insights/{path}")).json()["items"] for path in paths])

            await until(agreed, every_s=0.3)
        days = [date.fromisoformat(day) for day in re.findall(r"^\w{3} (\S+): ", process.log_text(), re.M)]
        assert days == sorted(set(days))
        assert days[0] == date(2026, 1, 13)
        with nothing_left(process):
            process.send_signal(signal.SIGINT)
            process.wait(60)
        assert process.returncode == 130
        assert "Traceback" not in process.log_text()
    assert not folders_in(tmp_path)


def folders_in(place: Path) -> list[Path]:
    return list(place.glob("tallyman-demo-*"))


async def newest_of(client: httpx.AsyncClient, path: str, sort: str, **filters: str) -> dict[str, Any]:
    answer = await client.get(path, params={"sort": sort, "limit": 1, **filters})
    assert answer.status_code == 200, answer.text
    return next(iter(answer.json()["items"]), {"placed_at": ""})


def demo(folder: Path, *options: str, ready: str) -> ProcessSpec:
    return ProcessSpec(
        name="demo",
        argv=[*COMMAND, "demo", *options],
        cwd=ROOT,
        env=environment(TMPDIR=str(folder)),
        log_path=folder / "demo.log",
        ready=log_ready(ready),
        ready_timeout_s=120,
        stop_timeout_s=60,
    )


def test_a_demo_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    with running(demo(tmp_path, "--port", "0", ready="Ready after")) as process:
        with nothing_left(process):
            process.stop()
        assert process.returncode == 143
        assert "Traceback" not in process.log_text()
    assert not folders_in(tmp_path)
