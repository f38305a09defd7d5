from pathlib import Path
from typing import Any

import pytest

from tests.deploy.compose import environment_file, with_podman_compose


@pytest.fixture(scope="session")
def compose(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The parsed compose file, with an environment as `make env` writes it."""
    folder = tmp_path_factory.mktemp("compose")
    return with_podman_compose(environment_file(folder), folder)


@pytest.fixture
def env_folder(tmp_path: Path) -> Path:
    """Somewhere for an env file."""
    return tmp_path
