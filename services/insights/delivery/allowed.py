"""Where messages may go: which hosts over which scheme and port, and which addresses those may have."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit, urlunsplit

from services.kit.errors import FatalError
from services.kit.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CHAT_HOSTS = (
    "oapi.dingtalk.com",
    "qyapi.weixin.qq.com",
    "open.feishu.cn",
    "open.larksuite.com",
    "hooks.slack.com",
)
_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


class Refused(Exception):
    """A message may not go there. The text names no secret."""


@dataclass(frozen=True, slots=True)
class Host:
    """One entry of the allow-list; ``*.example.com`` stands for every host below it."""

    scheme: str
    name: str
    port: int

    def takes(self, scheme: str, name: str, port: int) -> bool:
        """Whether an address is of this entry."""
        below = self.name.startswith("*.") and name.endswith(self.name[1:])
        return (scheme, port) == (self.scheme, self.port) and (below or name == self.name)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What operators allow.

    Attributes:
        origins: host of a chat service to the origin that stands in for it: its private edition, or a relay.
        networks: of the inside that may be reached all the same.
    """

    hosts: tuple[Host, ...] = tuple(Host("https", name, 443) for name in CHAT_HOSTS)
    origins: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[Network, ...] = ()

    @classmethod
    def by(cls, settings: Settings) -> "Allowed":
        """Return what the settings allow.

        Raises:
            FatalError: naming the setting and the entry that cannot be read.
        """
        origins = dict(_pair(entry) for entry in _entries(settings.delivery_origins))
        named = [*_entries(settings.delivery_hosts), *origins.values()]
        hosts = tuple(_host(entry) for entry in named)
        networks = tuple(_network(entry) for entry in _entries(settings.delivery_networks))
        return cls(cls().hosts + hosts, origins, networks)

    def route(self, url: str) -> str:
        """Return where a request to ``url`` goes: there, or to what stands in for its host.

        Raises:
            Refused: when its scheme, host or port is not on the list.
        """
        parts = _split(url)
        if (origin := self.origins.get(parts.hostname or "")) is not None:
            stand_in = urlsplit(origin)
            parts = parts._replace(scheme=stand_in.scheme, netloc=stand_in.netloc)
        port = parts.port or _PORTS.get(parts.scheme, 0)
        name = (parts.hostname or "").lower().rstrip(".")
        if not any(host.takes(parts.scheme, name, port) for host in self.hosts):
            raise Refused(f"{parts.scheme}://{name}:{port} is not among TALLYMAN_DELIVERY_HOSTS")
        return urlunsplit(parts)

    def check_address(self, address: str) -> None:
        """Check an address that a name was resolved to, just before it is connected to.

        Raises:
            Refused: when it is of the inside (or of no host at all) and its network is not allowed.
        """
        ip = _real(ipaddress.ip_address(address.partition("%")[0]))
        if any(ip.version == network.version and ip in network for network in self.networks):
            return
        if not ip.is_global or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
            raise Refused("the host has an address of the inside; see TALLYMAN_DELIVERY_NETWORKS")


def _real(ip: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it does: packets end up there."""
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour
        if inside is None and ip.teredo is not None:
            inside = ip.teredo[1]
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        return inside or ip
    return ip


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise Refused("the address cannot be read") from None
    if parts.username is not None or "\\" in url or any(ord(c) <= 32 for c in url):
        raise Refused("the address cannot be read")
    return parts


def _entries(setting: str) -> list[str]:
    return [entry.strip() for entry in setting.split(",") if entry.strip()]


def _host(entry: str) -> Host:
    scheme, _, rest = entry.rpartition("://")
    name, _, port = rest.lower().partition(":")
    scheme = scheme or "https"
    if scheme not in _PORTS or not _HOST.fullmatch(name) or not (port or "1").isdecimal():
        raise FatalError(
            f"TALLYMAN_DELIVERY_HOSTS: {entry!r} must be a host such as hooks.example.com, *.example.com, "
            "hooks.example.com:8443 or http://relay.example.com"
        )
    return Host(scheme, name, int(port) if port else _PORTS[scheme])


def _pair(entry: str) -> tuple[str, str]:
    name, _, origin = entry.partition("=")
    if name not in CHAT_HOSTS or urlsplit(origin).scheme not in _PORTS or urlsplit(origin).path:
        raise FatalError(
            f"TALLYMAN_DELIVERY_ORIGINS: {entry!r} must be like oapi.dingtalk.com=https://ding.example.com, with "
            f"one of {', '.join(CHAT_HOSTS)}"
        )
    return name, origin


def _network(entry: str) -> Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        raise FatalError(
            f"TALLYMAN_DELIVERY_NETWORKS: {entry!r} must be a network such as 10.1.0.0/16"
        ) from None
