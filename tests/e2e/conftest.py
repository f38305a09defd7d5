from collections.abc import Iterator

import pytest

from tests.e2e.shop import Shop, open_shop


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """A quarter takes a minute or two, so all walks share it; none of them changes anything."""
    with open_shop() as opened:
        yield opened
