"""The public data sets, where they are."""

from pathlib import Path

import pytest

from deploy.feed.data_folder import UCI, data_folder


@pytest.fixture(scope="session")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder
