"""A command that is asked to end ends as asked, whoever takes the cancellation for its own."""

import subprocess
import sys

from tests.cli.running import ROOT

SWALLOWING = """
import asyncio, contextlib, os, signal
from deploy.cli.errors import ending_in_order

async def work():
    with contextlib.suppress(asyncio.CancelledError):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(30)
    print("went on")

with ending_in_order():
    asyncio.run(work())
"""


def test_a_swallowed_sigterm_is_still_the_status() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWING], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "went on\n", "")
