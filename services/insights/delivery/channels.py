"""Kinds of channel: what an address of each looks like, which plugin sends there, and which answers are a success."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from apprise import AppriseAsset
from apprise.plugins import custom_json as webhook
from apprise.plugins import dingtalk, feishu, lark, slack, wecombot
from apprise.plugins.email import base as mail
from apprise.plugins.email import smtp

from contracts.errors import ContractError
from services.insights.delivery.allowed import Allowed, Refused
from services.insights.delivery.attempt import Answer
from services.insights.delivery.transport import REQUESTS, SMTPLIB

ChannelKind = Literal["dingtalk", "wecom", "feishu", "lark", "slack", "mail", "webhook"]

# From here on no plugin can reach the network but through an attempt.
GUARDED: tuple[tuple[Any, str, Any], ...] = (
    *((plugin, "requests", REQUESTS) for plugin in (dingtalk, feishu, lark, slack, wecombot, webhook)),
    (smtp, "smtplib", SMTPLIB),
)
for _plugin, _name, _stand_in in GUARDED:
    setattr(_plugin, _name, _stand_in)

# Both write addresses with their tokens, apprise at level debug and urllib3 at debug and in warnings.
for _talkative in ("apprise", "urllib3"):
    logging.getLogger(_talkative).setLevel(logging.CRITICAL + 1)
    logging.getLogger(_talkative).propagate = False

LONGEST_ADDRESS = 2_000
TOO_FAST = frozenset({130101, 45009, 11232})
"""Codes of DingTalk, WeCom and Feishu that say: too many messages, wait."""

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True)
class MailServer:
    """The operator's mail server. ``security``: ssl, starttls or insecure."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str

    @classmethod
    def at(cls, url: str) -> "MailServer | None":
        """Read ``smtps://user:password@host:465?from=...``; ``smtp://`` is STARTTLS, ``smtp+plain://`` neither.

        Raises:
            ValueError: when it is none.
        """
        if not url:
            return None
        parts = urlsplit(url)
        security = {"smtps": "ssl", "smtp": "starttls", "smtp+plain": "insecure"}.get(parts.scheme)
        sender = dict(parse_qsl(parts.query)).get("from", "")
        if security is None or not parts.hostname or not _MAIL.fullmatch(sender):
            raise ValueError(
                "TALLYMAN_SMTP_URL: must be like smtps://user:password@host:465?from=tallyman@host"
            )
        port = parts.port or {"ssl": 465, "starttls": 587, "insecure": 25}[security]
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, security, user, password, sender)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads. Both parts are secrets: tokens are in them."""

    kind: ChannelKind
    address: str
    secret: str = ""

    @property
    def fingerprint(self) -> str:
        """What tells one address from another without giving it away."""
        return blake2b(f"{self.address}\n{self.secret}".encode(), digest_size=4).hexdigest()

    @property
    def place(self) -> str:
        """The part of it that is no secret: the host, or for mail the domain."""
        if self.kind == "mail":
            return self.address.rpartition("@")[2]
        return urlsplit(self.address).hostname or ""

    def redact(self, text: str) -> str:
        """Return a text without anything of the address that could be a token."""
        for part in sorted(set(re.split(r"[/?&=#]", self.address)) | {self.address, self.secret}, key=len):
            if len(part) > 7 and part != self.place:
                text = text.replace(part, "***").replace(unquote(part), "***")
        return text


def check_address(kind: ChannelKind, address: Any, secret: Any, allowed: Allowed, mails: bool) -> Address:
    """Check an address as somebody entered it.

    Raises:
        ContractError: naming the field; the text never repeats what was entered.
    """
    for field, value in (("address", address), ("secret", secret)):
        if (
            not isinstance(value, str)
            or len(value) > LONGEST_ADDRESS
            or not value.isascii()
            or not value.isprintable()
        ):
            raise ContractError(field, f"must be text, ASCII, of at most {LONGEST_ADDRESS} characters")
    if kind == "mail":
        if not mails:
            raise ContractError("kind", "there is no mail server: an operator sets TALLYMAN_SMTP_URL")
        if not _MAIL.fullmatch(address):
            raise ContractError("address", "must be one mail address")
        return Address(kind, address)
    try:
        allowed.route(address)
        _PLUGINS[kind](Address(kind, address, secret))
    except Refused as refused:
        raise ContractError("address", str(refused)) from None
    except (TypeError, ValueError, KeyError):
        raise ContractError("address", f"must be {_EXPECTED[kind]}") from None
    return Address(kind, address, secret)


def plugin_of(address: Address, server: MailServer | None) -> Any:
    """Return the plugin that sends to an address.

    Raises:
        ValueError: when the address is none (any more), or mail is not set up.
    """
    if address.kind != "mail":
        return _PLUGINS[address.kind](address)
    if server is None:
        raise ValueError("no mail server is set up")
    return mail.NotifyEmail(
        smtp_host=server.host,
        port=server.port,
        secure_mode=server.security,
        user=server.user or None,
        password=server.password or None,
        from_addr=server.sender,
        targets=address.address,
        host=server.host,
        asset=_asset(),
    )


def verdict(kind: ChannelKind, answer: Answer) -> tuple[str, bool]:
    """Return what is wrong with an answer ("": nothing), and whether it asks to wait.

    DingTalk, WeCom and Feishu answer 200 to messages that they do not deliver, with a code in the body.
    """
    if answer.status == 429:
        return "answered 429: too many messages", True
    if not 200 <= answer.status < 300:
        moved = ": redirects are not followed" if 300 <= answer.status < 400 else ""
        return f"answered {answer.status}{moved}", answer.status == 503 and bool(answer.retry_after)
    if kind in ("webhook", "mail"):
        return "", False
    if kind == "slack":
        return ("" if answer.body.strip() == b"ok" else "answered 200, but not ok"), False
    try:
        body = json.loads(answer.body)
        code = body["errcode"] if kind in ("dingtalk", "wecom") else body.get("code", body.get("StatusCode"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "answered 200 without a code of success", False
    if type(code) is int and code == 0:
        return "", False
    message = str(body.get("errmsg") or body.get("msg") or "")[:100]
    return f"answered 200 with code {str(code)[:20]}: {message}", code in TOO_FAST


def _asset() -> Any:
    return AppriseAsset(
        app_id="Tallyman",
        app_desc="Tallyman",
        app_url="",
        http_redirects=False,
        image_url_mask="",
        image_url_logo="",
    )


def _token(address: Address, pattern: str, name: str) -> str:
    match = re.fullmatch(pattern, address.address)
    if match is None:
        raise ValueError(name)
    return match[1]


def _dingtalk(address: Address) -> Any:
    token = _token(address, r"https://oapi\.dingtalk\.com/robot/send\?access_token=([A-Za-z0-9]+)", "token")
    return dingtalk.NotifyDingTalk(token=token, secret=address.secret or None, asset=_asset())


def _wecom(address: Address) -> Any:
    key = _token(address, r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([A-Za-z0-9_-]+)", "key")
    return wecombot.NotifyWeComBot(key=key, asset=_asset())


def _feishu(address: Address) -> Any:
    token = _token(address, r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([A-Za-z0-9_-]+)", "token")
    return feishu.NotifyFeishu(token=token, asset=_asset())


def _lark(address: Address) -> Any:
    token = _token(address, r"https://open\.larksuite\.com/open-apis/bot/v2/hook/([A-Za-z0-9_-]+)", "token")
    return lark.NotifyLark(token=token, asset=_asset())


def _slack(address: Address) -> Any:
    tokens = _token(
        address, r"https://hooks\.slack\.com/services/([A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]+)", "tokens"
    )
    a, b, c = tokens.split("/")
    return slack.NotifySlack(token_a=a, token_b=b, token_c=c, include_image=False, asset=_asset())


def _webhook(address: Address) -> Any:
    parts = urlsplit(address.address)
    headers = {"Authorization": f"Bearer {address.secret}"} if address.secret else {}
    return webhook.NotifyJSON(
        headers=headers,
        params=dict(parse_qsl(parts.query, keep_blank_values=True)),
        host=parts.hostname,
        port=parts.port,
        secure=parts.scheme == "https",
        fullpath=parts.path or "/",
        asset=_asset(),
    )


_PLUGINS: dict[str, Callable[[Address], Any]] = {
    "dingtalk": _dingtalk,
    "wecom": _wecom,
    "feishu": _feishu,
    "lark": _lark,
    "slack": _slack,
    "webhook": _webhook,
}

_EXPECTED = {
    "dingtalk": "the webhook address of a DingTalk robot: https://oapi.dingtalk.com/robot/send?access_token=...",
    "wecom": "the webhook address of a WeCom robot: https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=...",
    "feishu": "the webhook address of a Feishu robot: https://open.feishu.cn/open-apis/bot/v2/hook/...",
    "lark": "the webhook address of a Lark robot: https://open.larksuite.com/open-apis/bot/v2/hook/...",
    "slack": "an incoming webhook of Slack: https://hooks.slack.com/services/...",
    "webhook": "an https address on an allowed host",
}
