"""Ways to see that a child process is ready."""

import http.client
import re
import socket
import urllib.request

from deploy.local.processes import ManagedProcess, Probe


def http_ready(url: str) -> Probe:
    """Ready when the URL answers with a 2xx status."""
    # Without this, a proxy configured for the machine would be asked for loopback addresses too.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def probe(process: ManagedProcess) -> bool:
        try:
            with opener.open(url, timeout=2) as response:
                return bool(200 <= response.status < 300)
        except (OSError, http.client.HTTPException):
            return False

    return probe


def log_ready(pattern: str) -> Probe:
    """Ready when this run's log has a match of the regular expression."""
    compiled = re.compile(pattern)
    return lambda process: compiled.search(process.log_text()) is not None


def tcp_answers(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
