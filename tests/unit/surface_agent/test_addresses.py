from __future__ import annotations

import pytest

from foley_common.errors import FetchRefused
from foley_surface_agent.domain.addresses import HostRules, is_public

RULES = HostRules(("example.com", "youtu.be"), frozenset({"127.0.0.1:8080", "[::1]:8080"}))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "100.128.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_the_internet_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "127.0.0.1", "127.255.0.9", "169.254.169.254", "172.16.0.1", "172.31.9.9",
        "192.168.1.1", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a00:1", "::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1",
        "2002:a00:1::", "2002:7f00:1::", "2001:0:808:808:0:0:f5ff:fffe",
        "", "localhost", "127.1", "0x7f000001", "2130706433",
    ],
)  # fmt: skip
def test_everything_else_is_not(address: str):
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a", "http://example.com:80/", "https://www.EXAMPLE.com./x", "https://youtu.be/abc",
        "http://127.0.0.1:8080/x", "http://[::1]:8080/x",
    ],
)  # fmt: skip
def test_hosts_on_the_list_may_be_asked(url: str):
    RULES.check(url)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://evil.com/", "host"),
        ("https://notexample.com/", "host"),
        ("https://example.com.evil.com/", "host"),
        ("http://localhost/", "host"),
        ("http://127.0.0.1/", "host"),
        ("http://2130706433/", "host"),
        ("http://0x7f.1/", "host"),
        ("http://[::ffff:127.0.0.1]/", "host"),
        ("http://169.254.169.254/latest/meta-data", "host"),
        ("http://127.0.0.1:8081/", "port"),
        ("https://example.com:8443/", "port"),
        ("https://example.com:22/", "port"),
        ("ftp://example.com/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://example.com/", "scheme"),
        ("https://user:pass@example.com/", "credentials"),
        ("https://example.com@evil.com/", "credentials"),
        ("https://example.com:99999/", "url"),
        ("https:///path", "url"),
        ("nonsense", "scheme"),
        ("", "scheme"),
        ("https://example.com/" + "a" * 3000, "url"),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_rule(url: str, rule: str):
    with pytest.raises(FetchRefused) as caught:
        RULES.check(url)
    assert caught.value.metadata["rule"] == rule


def test_one_private_address_spoils_a_name():
    RULES.check_addresses("example.com", 443, ["93.184.216.34"])
    with pytest.raises(FetchRefused, match=r"leads to 10\.0\.0\.1"):
        RULES.check_addresses("example.com", 443, ["93.184.216.34", "10.0.0.1"])


def test_a_private_pair_is_exactly_that_pair():
    RULES.check_addresses("127.0.0.1", 8080, ["127.0.0.1"])
    with pytest.raises(FetchRefused):
        RULES.check_addresses("127.0.0.1", 8081, ["127.0.0.1"])
