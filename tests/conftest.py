"""What all tests share: the real servers, started once per worker."""

import os

import pytest

pytest_plugins = ["deploy.local.pytest_plugin"]

# The embedded broker answers a first join after half of the session timeout, which is most of a service's start: 2 s in
# place of 5. A process whose loop is busy for longer than this loses its partitions for a moment, as it should.
os.environ.setdefault("TALLYMAN_KAFKA_SESSION_TIMEOUT_MS", "4000")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what looks at pages in a browser: it is a suite of its own, on machines that have one."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
