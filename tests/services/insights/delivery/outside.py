"""A real HTTP server that behaves as it is told: one answer per request, the last one for ever."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = b'{"errcode":0,"errmsg":"ok","code":0}'


@dataclass
class Reply:
    """What to do with one request. ``drip_s``: send a byte now and then, for ever; ``reset``: cut the connection."""

    status: int = 200
    body: bytes = OK
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float | None = None
    drip_head: bool = False
    reset: bool = False


@dataclass
class Outside:
    """The server. ``seen``: request line and body of each request."""

    port: int
    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    seen: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stand_ins(self) -> str:
        hosts = (
            "oapi.dingtalk.com",
            "qyapi.weixin.qq.com",
            "open.feishu.cn",
            "open.larksuite.com",
            "hooks.slack.com",
        )
        return ",".join(f"{host}={self.origin}" for host in hosts)

    def serve(self, listening: socket.socket) -> None:
        while not self.closed.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            head, _, body = self._read(connection)
            self.seen.append((head.split("\r\n")[0], body))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            self._reply(connection, reply)

    def _read(self, connection: socket.socket) -> tuple[str, str, str]:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65_536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (
                int(line[15:])
                for line in head.decode().split("\r\n")
                if line.lower().startswith("content-length:")
            ),
            0,
        )
        while len(body) < length:
            body += connection.recv(65_536)
        return head.decode(), "", body.decode()

    def _reply(self, connection: socket.socket, reply: Reply) -> None:
        if reply.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            return
        headers = {"Content-Type": "application/json", "Connection": "close", **reply.headers}
        if reply.drip_s is None:
            headers["Content-Length"] = str(len(reply.body))
        lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{k}: {v}" for k, v in headers.items())]
        head = "\r\n".join(lines).encode()
        if reply.drip_s is None:
            connection.sendall(head + b"\r\n\r\n" + reply.body)
            return
        connection.sendall(head if reply.drip_head else head + b"\r\n\r\n")
        while not self.closed.is_set():
            connection.sendall(b"\r\nX-More: 1" if reply.drip_head else b" ")
            time.sleep(reply.drip_s)


@contextmanager
def outside(*replies: Reply) -> Iterator[Outside]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        server = Outside(listening.getsockname()[1], list(replies) or [Reply()])
        thread = threading.Thread(target=server.serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closed.set()
            thread.join()
