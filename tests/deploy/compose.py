"""docker-compose.yml as a compose program reads it, without an engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from deploy.docker.make_env import filled

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"

OURS = ("setup", "customers", "orders", "credit", "insights", "tools")
SERVICES = ("customers", "orders", "credit", "insights")


class ComposeError(RuntimeError):
    """The file was refused; the message is the program's."""


def environment_file(folder: Path, text: str | None = None) -> Path:
    """Write an env file as `make env` does, or with ``text``."""
    path = folder / "test.env"
    path.write_text(filled(EXAMPLE.read_text()) if text is None else text)
    return path


def with_podman_compose(env_file: Path, folder: Path) -> dict[str, Any]:
    """Parse with podman-compose, which interpolates, merges and normalises; it only wants to see a podman first.

    Raises:
        ComposeError: the file is refused.
    """
    stub = folder / "bin" / "podman"
    stub.parent.mkdir(exist_ok=True)
    stub.write_text("#!/bin/sh\necho podman version 5.4.0\n")
    stub.chmod(0o755)
    program = [sys.executable, "-m", "podman_compose", "--profile", "tools"]
    path = f"{stub.parent}{os.pathsep}{os.environ['PATH']}"
    return _config(program, env_file, {"PATH": path})


def docker_compose() -> list[str] | None:
    """The real thing, where it is installed: as a program of its own or as docker's."""
    if shutil.which("docker-compose"):
        # Version 1 (Python) knows an older format.
        if (
            "v1."
            not in subprocess.run(
                ["docker-compose", "version", "--short"], capture_output=True, text=True
            ).stdout
        ):
            return ["docker-compose"]
    elif (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
    ):
        return ["docker", "compose"]
    return None


def with_docker_compose(program: list[str], env_file: Path) -> dict[str, Any]:
    """Parse with docker compose."""
    return _config([*program, "--profile", "tools"], env_file, {"PATH": os.environ["PATH"]})


def _config(program: list[str], env_file: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [*program, "--file", str(FILE), "--env-file", str(env_file), "config"]
    # Nothing of this process's environment: it would take precedence over the file.
    done = subprocess.run(
        command, cwd=ROOT, env={"HOME": "/tmp", **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ComposeError(done.stderr)
    parsed: dict[str, Any] = yaml.safe_load(done.stdout)
    return parsed
