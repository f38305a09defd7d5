"""Child processes start when ready, end when told, and never outlive their parent."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from deploy.local.ports import free_port, port_is_free
from deploy.local.probes import http_ready, log_ready
from deploy.local.processes import ManagedProcess, ProcessError, ProcessSpec, Supervisor, running
from deploy.local.temporary import temporary_folder

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
WITH_CHILD = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('child', child.pid, 'up', flush=True); time.sleep(600)"
)


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "child.log"


def spec(log_path: Path, program: str, arguments: Sequence[str] = (), **options: object) -> ProcessSpec:
    settings = {"ready": log_ready("up$"), "stop_timeout_s": 5.0, "ready_timeout_s": 20.0, **options}
    argv = [sys.executable, "-c", program, *arguments]
    return ProcessSpec(name="child", argv=argv, log_path=log_path, **settings)  # type: ignore[arg-type]


def test_ready_by_http_then_stopped(log_path: Path) -> None:
    port = free_port()
    argv = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    with running(
        ProcessSpec(name="web", argv=argv, log_path=log_path, ready=http_ready(f"http://127.0.0.1:{port}/"))
    ) as web:
        pid = web.pid
        assert not port_is_free(port)
    assert not psutil.pid_exists(pid)
    assert port_is_free(port)
    assert web.returncode == -signal.SIGTERM


def test_environment_and_log_reach_the_child(log_path: Path) -> None:
    program = "import os; print(os.environ['TALLYMAN_X'], os.environ['PATH'] != '', 'up')"
    process = ManagedProcess(spec(log_path, program, env={"TALLYMAN_X": "42"}))
    process.launch()
    assert process.wait(timeout_s=20) == 0
    assert process.log_text() == "42 True up\n"


def test_end_before_ready_shows_the_log(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, "import sys; print('no such topic'); sys.exit(3)"))
    with pytest.raises(ProcessError, match=r"ended with code 3 before it was ready(?s:.*)no such topic"):
        process.start()
    assert not process.running


def test_a_killed_child_is_gone_although_its_successor_runs(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, SLEEPER, stop_timeout_s=0.5))
    process.start()
    first, over = process.pid, threading.Event()

    def bring_back() -> None:
        # As a supervisor does: the moment it is gone, which is before kill() has looked again.
        while not over.is_set():
            if not process.running:
                process.launch()

    watcher = threading.Thread(target=bring_back)
    watcher.start()
    try:
        for _ in range(5):
            process.kill()
    finally:
        over.set()
        watcher.join()
        process.stop()
    assert not psutil.pid_exists(first)


def test_never_ready_is_killed_with_a_clear_error(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, STUBBORN, ready=log_ready("never"), ready_timeout_s=0.5))
    with pytest.raises(ProcessError, match=r"was not ready within 0.5 s"):
        process.start()
    assert process.returncode == -signal.SIGKILL


def test_log_of_an_earlier_run_does_not_make_ready(log_path: Path) -> None:
    log_path.parent.mkdir()
    log_path.write_text("up\n")
    with pytest.raises(ProcessError, match="before it was ready"):
        ManagedProcess(spec(log_path, "")).start()


def test_stubborn_child_is_killed_after_the_bound(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, STUBBORN, stop_timeout_s=0.3)).start()
    process.stop()
    assert process.returncode == -signal.SIGKILL


def test_frozen_child_can_go_on_and_can_be_stopped(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, SLEEPER)).start()
    child = psutil.Process(process.pid)
    process.suspend()
    wait_for_status(child, {psutil.STATUS_STOPPED})
    assert process.running
    process.resume()
    wait_for_status(child, {psutil.STATUS_SLEEPING, psutil.STATUS_RUNNING})
    process.suspend()
    process.stop()
    assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_child_that_ends_while_being_stopped_is_no_error(log_path: Path, how: str) -> None:
    class EndsRightAfterALook(ManagedProcess):
        @property
        def running(self) -> bool:
            pid = self._process.pid if self._process else None
            answer = super().running
            if answer and pid:
                os.kill(pid, signal.SIGKILL)
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
            return answer

    process = EndsRightAfterALook(spec(log_path, SLEEPER, ready=None))
    process.launch()
    getattr(process, how)()
    assert process.returncode == -signal.SIGKILL


def test_restart_gives_a_new_process(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, SLEEPER)).start()
    first = process.pid
    process.restart()
    assert process.pid != first
    assert not psutil.pid_exists(first)
    process.kill()
    with pytest.raises(ProcessError, match="is not running"):
        _ = process.pid


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_grandchildren_end_too(log_path: Path, how: str) -> None:
    process = ManagedProcess(spec(log_path, WITH_CHILD)).start()
    grandchild = psutil.Process(int(process.log_text().split()[1]))
    getattr(process, how)()
    psutil.wait_procs([grandchild], timeout=10)
    assert not grandchild.is_running()


def test_grandchildren_end_when_the_child_dies_by_itself(log_path: Path) -> None:
    process = ManagedProcess(spec(log_path, WITH_CHILD)).start()
    grandchild = psutil.Process(int(process.log_text().split()[1]))
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(timeout_s=10) == -signal.SIGKILL
    psutil.wait_procs([grandchild], timeout=10)
    assert not grandchild.is_running()


def test_child_outlives_the_thread_that_started_it(log_path: Path) -> None:
    """The kernel's death signal follows the starting thread, so ours starts all children."""
    process = ManagedProcess(spec(log_path, SLEEPER))
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    # The signal, had it been sent, would have ended the child before it could answer a freeze.
    process.suspend()
    wait_for_status(psutil.Process(process.pid), {psutil.STATUS_STOPPED})
    process.stop()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="parent-death signals are Linux's")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_children_end_with_their_parent(tmp_path: Path, end: signal.Signals) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from deploy.local.processes import ManagedProcess, ProcessSpec\n"
        f"argv = [sys.executable, '-c', {STUBBORN!r}]\n"
        "spec = ProcessSpec(name='x', argv=argv, log_path=Path(sys.argv[1]), stop_timeout_s=1)\n"
        "child = ManagedProcess(spec); child.launch(); print(child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "x.log")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.send_signal(end)
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()


def test_supervisor_ends_all_when_one_start_fails(tmp_path: Path) -> None:
    good = spec(tmp_path / "good.log", SLEEPER)
    bad = spec(tmp_path / "bad.log", "raise SystemExit('wrong password')")
    supervisor = Supervisor()
    with pytest.raises(ProcessError, match="wrong password"), supervisor:
        supervisor.start(good, bad)
    assert [process.running for process in supervisor] == [False, False]
    assert len(supervisor.ended()) == 2


def test_ports_are_handed_out_once() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == 200
    program = "from deploy.local.ports import free_port; print(*[free_port() for _ in range(1000)])"
    output = subprocess.check_output(
        [sys.executable, "-c", program],
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert not set(ports) & set(map(int, output.split()))


def test_temporary_folder_of_a_dead_process_is_deleted() -> None:
    program = "from deploy.local.temporary import temporary_folder; print(temporary_folder('test'))"
    output = subprocess.check_output(
        [sys.executable, "-c", program],
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    left = Path(output.strip())
    assert left.exists()
    mine = temporary_folder("test")
    also_mine = temporary_folder("test")
    assert not left.exists()
    for folder in (mine, also_mine):
        assert folder.exists()
        shutil.rmtree(folder)


def wait_for_status(process: psutil.Process, wanted: set[str]) -> None:
    deadline = time.monotonic() + 10
    while process.status() not in wanted:
        assert time.monotonic() < deadline, process.status()
        time.sleep(0.01)
