"""A command that is asked to end ends as asked, whoever takes the cancellation for its own."""

import subprocess
import sys

import pytest

from tests.cli.running import ROOT

SWALLOWING = """
import asyncio, contextlib, os, signal
from deploy.cli.errors import ending_in_order

async def work():
    with contextlib.suppress(asyncio.CancelledError):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(600)
    print("went on")

with ending_in_order():
    asyncio.run(work())
"""


# As a shell without job control starts what ends with an ampersand.
IN_THE_BACKGROUND = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"


@pytest.mark.parametrize("started", ["", IN_THE_BACKGROUND], ids=["", "in the background"])
def test_a_swallowed_sigterm_is_still_the_status(started: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", started + SWALLOWING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "went on\n", "")
