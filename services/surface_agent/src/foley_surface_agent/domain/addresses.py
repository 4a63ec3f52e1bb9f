"""Which addresses and hosts may be fetched from: what is out on the internet, and on the list.

Addresses are judged after names are resolved, because any name may point anywhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from foley_common.errors import FetchRefused
from foley_common.field_limits import MAX_URL_LENGTH

DEFAULT_PORTS = {"http": 80, "https": 443}
# Not for everybody, and not said so by every Python: shared between carriers and customers (RFC 6598), protocol
# assignments (RFC 6890), relays from IPv6 (RFC 7526).
_SPECIAL = tuple(
    ipaddress.ip_network(net) for net in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24")
)
# IPv4 behind a translator: RFC 6052, 8215.
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_IPV4_BITS = 0xFFFF_FFFF
_COMPATIBLE = ipaddress.ip_network("::/96")  # RFC 4291, 2.5.5.1


def is_public(address: str) -> bool:
    """True for an address that anybody on the internet may be asked at.

    Private, loopback, link-local, shared, multicast, reserved and documentation addresses are not, nor are IPv6
    addresses that carry such an IPv4 address.

    >>> is_public("93.184.216.34"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = _carried(ip)
        if inside is not None:
            return _is_public(inside)
    return _is_public(ip)


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if ip.is_multicast or ip.is_reserved or ip.is_unspecified or not ip.is_global:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return not ip.is_site_local
    return not any(ip in network for network in _SPECIAL)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to: mapped, translated, 6to4, Teredo, compatible."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    is_translated = any(ip in network for network in _TRANSLATED)
    if is_translated or (ip in _COMPATIBLE and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & _IPV4_BITS)
    return None


@dataclass(frozen=True, slots=True)
class HostRules:
    """Which hosts may be asked.

    Attributes:
        allowed: Host names; each stands for its subdomains too.
        private: ``host:port`` pairs whose private addresses may be asked all the same, exactly as written.
    """

    allowed: tuple[str, ...]
    private: frozenset[str] = frozenset()

    def check(self, url: str) -> None:
        """Raise unless this address may be asked, as far as its name tells.

        Raises:
            FetchRefused: scheme, port, a name in it, or the host is not allowed.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower().rstrip("."), parts.port
        except ValueError as error:
            raise _refused(url, "url", "is no address") from error
        if parts.scheme not in DEFAULT_PORTS:
            raise _refused(url, "scheme", "is not an http or https address")
        if len(url) > MAX_URL_LENGTH or not host:
            raise _refused(url, "url", "is no address")
        if parts.username is not None or parts.password is not None:
            raise _refused(url, "credentials", "carries a name or a password")
        number = port or DEFAULT_PORTS[parts.scheme]
        if self.may_be_private(host, number):
            return
        if number not in DEFAULT_PORTS.values():
            raise _refused(url, "port", f"asks for port {number}; only 80 and 443 are allowed")
        if not self._is_listed(host):
            raise _refused(url, "host", f"is at {host}, which is not on the list of allowed hosts")

    def may_be_private(self, host: str, port: int) -> bool:
        """True for a pair that stands on the list of private ones."""
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}" in self.private

    def check_addresses(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Raise unless every address that a name resolved to may be asked; one bad one spoils the name.

        Raises:
            FetchRefused: an address is not public.
        """
        if self.may_be_private(host, port):
            return
        for address in addresses:
            if not is_public(address):
                raise FetchRefused(
                    f"{host} leads to {address}, which is not a public address",
                    host=host,
                    rule="address",
                )

    def _is_listed(self, host: str) -> bool:
        return any(host == name or host.endswith(f".{name}") for name in self.allowed)


def _refused(url: str, rule: str, problem: str) -> FetchRefused:
    shown = url[:200]
    return FetchRefused(f"{shown} {problem}", url=shown, rule=rule)
