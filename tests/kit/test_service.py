"""What makes a service is checked when it is put together."""

import pytest

from services.kit.runtime import Runtime, Service


async def tidy_up(runtime: Runtime) -> None:
    """A task."""


def test_a_background_task_is_there_once() -> None:
    async def other(runtime: Runtime) -> None:
        """Another one."""

    def service(*background: object) -> Service:
        return Service("demo", "Demo", ("demo",), lambda runtime: None, background=background)  # type: ignore[arg-type,return-value]

    assert len(service(tidy_up, other).background) == 2
    with pytest.raises(ValueError, match="tidy_up"):
        service(tidy_up, other, tidy_up)
