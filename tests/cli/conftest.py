import os
import sys

import pytest

from deploy.cli.main import main
from tests.cli.running import Done, Run, environment


@pytest.fixture
def tallyman(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line inside this process: a process of its own for each command would take minutes."""

    def run(*arguments: object, **variables: str) -> Done:
        # A copy, since commands set variables of a local installation themselves.
        monkeypatch.setattr(os, "environ", environment(**variables))
        monkeypatch.setattr(sys, "argv", ["tallyman", *map(str, arguments)])
        status: object = 0
        try:
            main()
        except SystemExit as left:
            status = left.code
        printed = capsys.readouterr()
        return Done(int(str(status or 0)), printed.out, printed.err)

    return run
