"""Waiting until a service says that it works."""

import http.client
import json
import time
import urllib.error
import urllib.request

POLL_S = 0.1


def wait_ready(address: str, timeout_s: float) -> list[str]:
    """Wait until ``/ready`` below ``address`` answers 200.

    Returns what keeps it from being ready after ``timeout_s``; nothing if it is ready.
    """
    deadline = time.monotonic() + timeout_s
    while problems := problems_of(address):
        if time.monotonic() > deadline:
            return problems
        time.sleep(POLL_S)
    return []


def problems_of(address: str) -> list[str]:
    """Return what keeps the service at ``address`` from working; nothing if it works."""
    # A proxy configured for this machine would be asked for loopback addresses too.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address.rstrip('/')}/ready", timeout=5):
            return []
    except urllib.error.HTTPError as answer:
        try:
            return [str(problem) for problem in json.loads(answer.read())["problems"]] or ["not ready"]
        except (ValueError, KeyError, OSError):
            return [f"it answers {answer.code}"]
    except (OSError, http.client.HTTPException) as error:
        return [f"it does not answer: {getattr(error, 'reason', error)}"]
