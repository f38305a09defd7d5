"""Optimistic concurrency: a change says which revision it was made on."""

import json
import re

from fastapi import Response

from services.kit.http.problems import Problem


def expected_revision(if_match: str | None, in_body: int | None, current: int) -> int:
    """Check that the caller saw the current revision, and return it.

    Args:
        if_match: the header, an ETag such as ``"3"``.
        in_body: the body's ``revision``.

    Raises:
        Problem: 412 when the header names another revision, 409 when the body does, 428 when neither is given.
    """
    changed = f"it was changed in the meantime, its revision is {current}; read it again"
    if if_match is not None:
        tags = [re.fullmatch(r'(?:W/)?"([0-9]{1,7})"', tag.strip()) for tag in if_match.split(",")]
        if if_match.strip() != "*" and current not in [int(tag[1]) for tag in tags if tag]:
            raise Problem(412, changed, errors=[("header.if-match", changed)])
    if in_body is not None and in_body != current:
        raise Problem(409, changed, errors=[("revision", changed)])
    if if_match is None and in_body is None:
        raise Problem(428, "say which revision was read, as If-Match or as revision in the body")
    return current


def located(response: Response, path: str) -> Response:
    """Add the place of what was written and its revision to an answer that shows it."""
    response.headers["Location"] = path
    response.headers["ETag"] = f'"{json.loads(bytes(response.body))["revision"]}"'
    return response
