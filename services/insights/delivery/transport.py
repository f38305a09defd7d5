"""``requests`` and ``smtplib`` as apprise's plugins get them: no redirects, proxies or netrc, and guarded sockets."""

import smtplib
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from services.insights.delivery.allowed import Refused
from services.insights.delivery.attempt import Answer, current_attempt

LONGEST_ANSWER = 65_536


def _guarded(connection: Any) -> socket.socket:
    try:
        return current_attempt().connect(connection.host, connection.port)
    except (OSError, Refused) as error:
        raise NewConnectionError(connection, type(error).__name__) from error


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(self)


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _guarded(self)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=1, maxsize=1)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def request(method: str, url: str, **kwargs: Any) -> requests.Response:
    """Send a request within the current attempt, and note the answer. Takes what ``requests.request`` takes.

    Raises:
        requests.RequestException: for anything that goes wrong, a refused address included.
    """
    attempt = current_attempt()
    try:
        target = attempt.allowed.route(url)
    except Refused as refused:
        attempt.refused = refused
        raise requests.exceptions.InvalidURL("refused") from None
    limits = {"timeout": attempt.left_s, "allow_redirects": False, "verify": True, "stream": True}
    with requests.Session() as session:
        session.trust_env = False
        for prefix in ("http://", "https://"):
            session.mount(prefix, _Adapter(max_retries=0))
        response = session.request(method, target, **kwargs | limits)
        body, cut = bytearray(), False
        for chunk in response.iter_content(4_096):
            body += chunk
            if cut := len(body) > LONGEST_ANSWER:
                break
        response.close()
    if attempt.over:
        # A connection that is cut looks like one that ends in an orderly way: what was read may be half an answer.
        raise requests.exceptions.Timeout("the deadline is over")
    content = bytes(body[:LONGEST_ANSWER])
    attempt.answers.append(
        Answer(response.status_code, content, response.headers.get("Retry-After", ""), cut)
    )
    # The plugins read it as often as they like.
    response._content = content
    response._content_consumed = True
    return response


def _post(url: str, **kwargs: Any) -> requests.Response:
    return request("POST", url, **kwargs)


def _get(url: str, **kwargs: Any) -> requests.Response:
    return request("GET", url, **kwargs)


REQUESTS = SimpleNamespace(
    request=request,
    post=_post,
    get=_get,
    codes=requests.codes,
    exceptions=requests.exceptions,
    RequestException=requests.RequestException,
)
"""Stands in for the module ``requests``: the part of it that plugins use; another part would be an AttributeError."""


class _Smtp(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return current_attempt().connect(host, port)


class _SmtpOverTls(smtplib.SMTP_SSL):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = current_attempt().connect(host, port)
        context: ssl.SSLContext = self.context
        return context.wrap_socket(plain, server_hostname=host)


SMTPLIB = SimpleNamespace(**{**vars(smtplib), "SMTP": _Smtp, "SMTP_SSL": _SmtpOverTls})
"""Stands in for the module ``smtplib``."""
