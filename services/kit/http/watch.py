"""Whether whoever began a long request, such as a stream, may go on with it."""

import time

from fastapi import Request

from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.http.auth import Principal, still_known
from services.kit.http.problems import Problem
from services.kit.http.sessions import KNOWN_FOR_S

_NOBODY_SAYS: tuple[type[BaseException], ...] = (Problem, *TRANSIENT_DATABASE_ERRORS)


class Watch:
    """Whether whoever began a long request may go on; a session or key that has ended ends it within 5 seconds of use.

    Not known for the moment is not known: the caller asks anew.
    """

    def __init__(self, request: Request, principal: Principal) -> None:
        self._request = request
        self._principal = principal
        self._asked = time.monotonic()
        self._known = True

    async def __call__(self) -> bool:
        """Ask, unless it was asked a moment ago."""
        now = time.monotonic()
        if self._known and now - self._asked >= KNOWN_FOR_S:
            self._asked = now
            try:
                self._known = await still_known(self._request, self._principal)
            except _NOBODY_SAYS:
                self._known = False
        return self._known
