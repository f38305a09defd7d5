"""The public data sets, where they are, and brokers with fresh topics."""

from pathlib import Path

import pytest

from deploy.feed.data_folder import UCI, data_folder
from deploy.feed.target import Target
from deploy.local.broker import Broker
from deploy.local.tansu import TansuBroker
from tests.feed.brokers import new_target


@pytest.fixture(scope="session")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


@pytest.fixture
async def target(any_broker: Broker) -> Target:
    return await new_target(any_broker)


@pytest.fixture
async def embedded(tansu_server: TansuBroker) -> Target:
    return await new_target(tansu_server)
