"""Keeps linear algebra on the core that asks for it.

BLAS would share matrix products with threads of its own, which wait for the next one by spinning: for matrices as small
as those of a few thousand customers that takes a second core all the time, and makes nothing faster.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np  # noqa: F401 (loads the library that is looked for)
from threadpoolctl import ThreadpoolController

CallT = TypeVar("CallT", bound=Callable[..., object])

_LIBRARIES = ThreadpoolController()


def on_one_core(function: CallT) -> CallT:
    """Return ``function``, whose matrix products take one thread."""
    limited: CallT = _LIBRARIES.wrap(limits=1, user_api="blas")(function)
    return limited
