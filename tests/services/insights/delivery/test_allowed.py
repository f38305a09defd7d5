"""Where messages may go: hosts, ports, schemes, addresses, and what people may enter."""

from typing import Any

import pytest

from contracts.errors import ContractError
from services.insights.delivery.allowed import Allowed, Refused
from services.insights.delivery.channels import ChannelKind, check_address
from services.kit.errors import FatalError
from services.kit.settings import Settings
from tests.services.insights.delivery.rules import allowed


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "2001:0:4136:e378:8000:63bf:80ff:fffe",
        ),
    ],
)
def test_addresses_of_the_inside(address: str) -> None:
    with pytest.raises(Refused):
        Allowed().check_address(address)


def test_addresses_of_the_outside_and_networks_that_are_allowed() -> None:
    for address in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"):
        Allowed().check_address(address)
    rules = allowed(networks="10.1.0.0/16")
    rules.check_address("10.1.255.1")
    with pytest.raises(Refused):
        rules.check_address("10.2.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://hooks.example.com:8443/",
        "https://example.com/",
        "https://hooks.example.com.evil.com/",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com\\@evil.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://hooks.example.com:99999/",
        "https://[::1/",
        "https:///path",
        "https://hooks.example.com /",
    ],
)
def test_hosts_schemes_and_ports_that_are_not_on_the_list(url: str) -> None:
    with pytest.raises(Refused):
        allowed(hosts="hooks.example.com").route(url)


def test_hosts_on_the_list() -> None:
    rules = allowed(hosts="hooks.example.com, *.corp.example, http://relay.example:8080")
    for url in ("https://hooks.example.com/a?b=c", "https://a.b.corp.example/", "http://relay.example:8080/"):
        assert rules.route(url) == url
    with pytest.raises(Refused):
        rules.route("https://corp.example/")


@pytest.mark.parametrize(
    "settings",
    [
        {"delivery_hosts": "ftp://x"},
        {"delivery_hosts": "a b"},
        {"delivery_hosts": "host:port"},
        {"delivery_networks": "10.0.0.1/8"},
        {"delivery_origins": "evil.com=https://x"},
        {"delivery_origins": "oapi.dingtalk.com=x"},
    ],
)
def test_settings_that_cannot_be_read(settings: dict[str, str]) -> None:
    with pytest.raises(FatalError, match="TALLYMAN_DELIVERY_"):
        Allowed.by(Settings.model_validate({"database_url": "postgresql://u@h/d", **settings}))


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=a&redirect=yes"),
        ("dingtalk", "https://evil.example/robot/send?access_token=abcdef"),
        ("wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/"),
        ("slack", "https://hooks.slack.com/services/T1/A1"),
        ("webhook", "https://169.254.169.254/latest"),
        ("webhook", 7),
        ("webhook", "https://x/" + "a" * 3_000),
        ("mail", "somebody"),
        ("mail", "a@b.c\nBcc: d@e.f"),
        ("mail", "a@example.com, b@example.com"),
    ],
)
def test_addresses_that_are_refused_without_being_repeated(kind: ChannelKind, address: Any) -> None:
    with pytest.raises(ContractError) as refused:
        check_address(kind, address, "", Allowed(), mails=True)
    assert refused.value.field == "address"
    assert "given" not in refused.value.reason
    assert f"{address}"[-20:] not in refused.value.reason or len(f"{address}") < 50
