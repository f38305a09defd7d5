"""Messages against a real server that misbehaves: what counts as sent, and where nothing may go."""

import json
import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from services.insights.delivery.channels import GUARDED, Address, ChannelKind, MailServer
from services.insights.delivery.sending import Message, Result, Sender
from tests.services.insights.delivery.outside import OK, Outside, Reply, outside
from tests.services.insights.delivery.rules import allowed

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TOKEN = "c0ffee" * 8
ADDRESSES: dict[ChannelKind, str] = {
    "dingtalk": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    "wecom": f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}",
    "feishu": f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}",
    "lark": f"https://open.larksuite.com/open-apis/bot/v2/hook/{TOKEN}",
    "slack": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
}
MESSAGE = Message("锦程 is overdue", "80.00 CNY")


def send(server: Outside, kind: ChannelKind = "dingtalk", deadline_s: float = 5.0, **rules: Any) -> Result:
    address = ADDRESSES.get(kind, f"{server.origin}/hook?token={TOKEN}")
    rules = {"hosts": server.origin, **rules}
    return Sender(allowed(server, **rules), deadline_s=deadline_s).send(Address(kind, address), MESSAGE, NOW)


@pytest.mark.parametrize("kind", [*ADDRESSES, "webhook"])
def test_each_kind_sends(kind: ChannelKind) -> None:
    with outside(Reply(body=b"ok" if kind == "slack" else OK)) as server:
        assert send(server, kind) == Result()
        [(line, body)] = server.seen
        assert line.startswith("POST /")
        assert "锦程 is overdue" in json.dumps(json.loads(body), ensure_ascii=False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("dingtalk", b'{"errcode":310000,"errmsg":"keywords not in content"}'),
        ("wecom", b'{"errcode":93000,"errmsg":"invalid webhook url"}'),
        ("feishu", b'{"code":19024,"msg":"Key Words Not Found"}'),
        ("dingtalk", b"<html>welcome to the captive portal</html>"),
        ("dingtalk", b"[]"),
        ("dingtalk", b'{"errcode":false}'),
        ("feishu", b"{}"),
        ("slack", b"invalid_token"),
    ],
)
def test_200_with_an_error_inside_is_not_sent(kind: ChannelKind, body: bytes) -> None:
    with outside(Reply(body=body)) as server:
        result = send(server, kind)
        assert not result.sent
        assert result.error.startswith("answered 200")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(500), "answered 500"),
        (Reply(404), "answered 404"),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/inside"}), "redirects are not followed"),
        (Reply(reset=True), "did not arrive"),
    ],
)
@pytest.mark.parametrize("kind", ["dingtalk", "webhook", "slack"])
def test_what_is_not_sent(kind: ChannelKind, reply: Reply, error: str) -> None:
    with outside(reply) as server:
        assert error in send(server, kind).error
        assert len(server.seen) == 1, "one request, and no other after it"


@pytest.mark.parametrize(
    ("headers", "body", "wait_s"),
    [
        ({"Retry-After": "120"}, b"", 120.0),
        ({"Retry-After": format_datetime(NOW + timedelta(minutes=5))}, b"", 300.0),
        ({"Retry-After": "999999"}, b"", 6 * 3_600.0),
        ({"Retry-After": "soon"}, b"", 1.0),
        ({}, b"", 60.0),
    ],
)
def test_too_many_messages(headers: dict[str, str], body: bytes, wait_s: float) -> None:
    with outside(Reply(429, body, headers)) as server:
        result = send(server)
        assert (result.sent, result.wait_s) == (False, wait_s)


def test_too_many_messages_said_with_200() -> None:
    with outside(Reply(body=b'{"errcode":130101,"errmsg":"send too fast"}')) as server:
        assert send(server).wait_s == 60.0


@pytest.mark.parametrize("reply", [Reply(drip_s=0.05), Reply(drip_s=0.05, drip_head=True)])
def test_a_slow_drip_ends_with_the_deadline(reply: Reply) -> None:
    with outside(reply) as server:
        started = time.monotonic()
        result = send(server, deadline_s=0.7)
        assert not result.sent
        assert time.monotonic() - started < 5
        assert result.error == "took too long"


def test_an_endless_answer_is_cut() -> None:
    with outside(Reply(body=b" " * 10_000_000)) as server:
        assert send(server).error == "answered 200 without a code of success"


def test_nobody_there() -> None:
    with outside() as server:
        pass
    assert "did not arrive" in send(server).error


def test_an_address_of_the_inside_is_not_connected_to() -> None:
    with outside() as server:
        assert send(server, networks="").error.startswith("refused: the host has an address of the inside")
        assert server.connections == 0


def test_a_name_that_leads_inside_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: what counts is the address that is connected to, and that one is resolved once."""
    answers: list[list[str]] = [["93.184.216.34", "127.0.0.1"], ["127.0.0.1"]]
    asked: list[str] = []

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in answers.pop(0)]

    with outside() as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        address = Address("webhook", f"http://hooks.example.com:{server.port}/")
        rules = allowed(hosts=f"http://hooks.example.com:{server.port}", networks="")
        for _ in range(2):
            assert Sender(rules).send(address, MESSAGE, NOW).error.startswith("refused")
        assert asked == ["hooks.example.com"] * 2
        assert server.connections == 0


def test_no_secret_in_logs_errors_or_fingerprints(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    address = Address("dingtalk", ADDRESSES["dingtalk"], "SEC" + "0123456789abcdef" * 4)
    echo = Reply(body=json.dumps({"errcode": 1, "errmsg": f"bad {TOKEN} {address.secret}"}).encode())
    with outside(echo, Reply(500), Reply(reset=True)) as server:
        sender = Sender(allowed(server))
        errors = [sender.send(address, MESSAGE, NOW).error for _ in range(3)]
    errors.append(
        Sender(allowed()).send(Address("dingtalk", "https://oapi.dingtalk.com/x"), MESSAGE, NOW).error
    )
    said = caplog.text + "".join(errors) + address.fingerprint + address.place
    assert all(errors)
    assert TOKEN not in said
    assert address.secret not in said


def test_no_plugin_has_a_way_around_the_guard() -> None:
    """A new version of apprise that sends in another way must not pass unnoticed."""
    assert len(GUARDED) == 7
    for module, name, stand_in in GUARDED:
        assert getattr(module, name) is stand_in
        source = Path(module.__file__).read_text("utf-8")
        for other in (
            "urllib.request",
            "http.client",
            "socket.create_connection",
            "Session(",
            "aiohttp",
            "httpx",
        ):
            assert other not in source, f"{module.__name__} uses {other}"


class MailServerOutside:
    """Speaks enough of SMTP to take a mail, or to refuse it."""

    def __init__(self, listening: socket.socket, refuses: bool) -> None:
        self.listening, self.refuses = listening, refuses
        self.mail = ""

    def serve(self) -> None:
        connection, _ = self.listening.accept()
        with connection, connection.makefile("rw", newline="\r\n") as stream:

            def say(text: str) -> None:
                stream.write(text + "\r\n")
                stream.flush()

            say("220 here")
            for line in stream:
                command = line.strip().upper()
                if command.startswith("RCPT") and self.refuses:
                    say("550 nobody here")
                elif command == "DATA":
                    say("354 go on")
                    while (part := stream.readline()) != ".\r\n":
                        self.mail += part
                    say("250 taken")
                elif command == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 ok")


@pytest.mark.parametrize("refuses", [False, True])
def test_mail(refuses: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = MailServerOutside(listening, refuses)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        relay = MailServer.at(f"smtp+plain://127.0.0.1:{port}?from=tallyman@example.com")
        address = Address("mail", "li.na@example.com")
        assert Sender(allowed(networks=""), relay).send(address, MESSAGE, NOW).error.startswith("refused")
        result = Sender(allowed(), relay).send(address, MESSAGE, NOW)
        thread.join(5)
        assert result.sent is not refuses
        assert ("li.na@example.com" in server.mail) is not refuses


@pytest.mark.parametrize("url", ["smtp://", "http://host?from=a@b.c", "smtps://host", "smtps://host?from=me"])
def test_mail_servers_that_cannot_be_read(url: str) -> None:
    with pytest.raises(ValueError, match="TALLYMAN_SMTP_URL"):
        MailServer.at(url)
