"""Where the commands find their database and broker: TALLYMAN_ variables, or a local installation that is running."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from deploy.cli.errors import OperatorError
from deploy.cli.services import NAMES

if TYPE_CHECKING:
    from services.kit.settings import Settings

RUNNING = "running.env"


def settings(data_dir: Path | None = None) -> "Settings":
    """Return the settings of the environment, or else of the local installation that runs on ``data_dir``.

    Raises:
        OperatorError: naming each variable that is missing or malformed.
    """
    from services.kit.settings import load_settings

    if "TALLYMAN_DATABASE_URL" not in os.environ:
        of_services = [
            os.environ[variable] for variable in map(_url_variable, NAMES) if variable in os.environ
        ]
        if of_services:
            os.environ["TALLYMAN_DATABASE_URL"] = of_services[0]
        elif data_dir is not None:
            os.environ.update(_running_installation(data_dir))
    try:
        return load_settings()
    except ValidationError as error:
        raise OperatorError("; ".join(_sentences(error)), "See .env.example for all settings.") from None


def broker_settings(data_dir: Path | None = None) -> "Settings":
    """Return the settings for work that needs the broker only: TALLYMAN_KAFKA_BOOTSTRAP is enough."""
    if "TALLYMAN_KAFKA_BOOTSTRAP" in os.environ:
        os.environ.setdefault("TALLYMAN_DATABASE_URL", "postgresql://not-used")
    return settings(data_dir)


def database_url(loaded: "Settings", service: str) -> str:
    """Return the address of the database for work on one service's schema.

    ``TALLYMAN_DATABASE_URL_CREDIT`` and its like name the role that owns the schema, where each service has its own.
    """
    return os.environ.get(_url_variable(service)) or loaded.database_url.get_secret_value()


def remember_running(data_dir: Path, environment: dict[str, str]) -> Path:
    """Write down how to reach the installation that is about to run on ``data_dir``; the file holds a password."""
    path = data_dir / RUNNING
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.writelines(f"{key}={value}\n" for key, value in environment.items())
    return path


def _url_variable(service: str) -> str:
    return f"TALLYMAN_DATABASE_URL_{service.upper()}"


def _running_installation(data_dir: Path) -> dict[str, str]:
    try:
        lines = (data_dir / RUNNING).read_text().splitlines()
    except FileNotFoundError:
        raise OperatorError(
            f"TALLYMAN_DATABASE_URL is not set, and no local installation is running on {data_dir}",
            "Set it, or start one with `tallyman up` (in another terminal), or name its folder with --data-dir.",
        ) from None
    return dict(line.split("=", 1) for line in lines)


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for problem in error.errors():
        variable = "TALLYMAN_" + "_".join(str(part) for part in problem["loc"]).upper()
        reason = "is not set" if problem["type"] == "missing" else problem["msg"]
        sentences.append(f"{variable}: {reason}" if reason != "is not set" else f"{variable} {reason}")
    return sentences
