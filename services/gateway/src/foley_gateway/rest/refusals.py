"""Requests that are turned away before any route sees them: too long, for another host, or of somebody else's page."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

MAX_JSON_BYTES = 4 << 20
"""As gRPC's own limit on a message. It is held whole in memory; files come in as a stream and have their own limit."""
TAKE_FILES = frozenset({"/v1/clips", "/v1/samplePacks", "/v1/samplePacks:build"})
"""Where files come in. Everywhere else a body is read whole, whatever its sender calls it."""
_SAFE = ("GET", "HEAD", "OPTIONS")
EVERY_HOST = "*"
STATUS_OTHER_HOST = 421
"""RFC 9110's Misdirected Request: sent to a server that does not answer for that host."""
_LONGEST_HOST = 253  # characters of a DNS name, and so of what is said back


def limited(scope: Scope, receive: Receive) -> Receive:
    """The body of a request, ending with 413 where it is longer than a message may be; files pass."""
    kind = Headers(scope=scope).get("content-type", "")
    if scope["path"] in TAKE_FILES and kind.startswith("multipart/form-data"):
        return receive
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_JSON_BYTES:
            raise HTTPException(413, f"the body has more than {MAX_JSON_BYTES} bytes")
        return message

    return counted


def check_origin(scope: Scope, origins: Collection[str]) -> None:
    """Refuse what a browser sends on behalf of a page from elsewhere, which could start, cancel and upload in our name.

    Nobody is asked who they are, so a page that somebody happens to look at must not use a gateway that their machine
    can reach. Browsers say where a request comes from (``Sec-Fetch-Site``, and ``Origin``); other programs say nothing
    and pass.

    Args:
        scope: The request.
        origins: Origins that may.

    Raises:
        HTTPException: 403.
    """
    if scope["method"] in _SAFE:
        return
    headers = Headers(scope=scope)
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin in origins:
        return
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = origin is None or urlsplit(origin).netloc == headers.get("host")
    if not is_ours:
        raise HTTPException(
            403,
            f"a page of {origin or 'another origin'} may not do this; "
            "FOLEY_GATEWAY_CORS_ORIGINS names those that may",
        )


def is_loopback(host: str) -> bool:
    """True for a name or an address that means the machine itself, wherever it is said.

    >>> [is_loopback(host) for host in ("localhost", "studio.localhost.", "127.9.0.1", "::1", "0.0.0.0", "studio")]
    [True, True, True, True, False, False]
    """
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: nobody can register these
        return True
    address = _address(name)
    return address is not None and address.is_loopback


def check_host(scope: Scope, hosts: Collection[str] | None) -> None:
    """Refuse a request that was meant for another host: a name that somebody let point here (DNS rebinding).

    A page of `evil.example` may read what `evil.example` answers. Whoever owns that name can have it lead to this
    machine once the page is loaded; the browser then takes the gateway for the page's own server, and only ``Host``
    tells. An address in place of a name cannot be made to lead elsewhere and passes, and so do loopback names.

    Args:
        scope: The request.
        hosts: Names that lead here, without port; None or `*` among them: any.

    Raises:
        HTTPException: 421.
    """
    sent = Headers(scope=scope).get("host")
    if sent is None or hosts is None or EVERY_HOST in hosts:  # no browser leaves it out
        return
    name = host_name(sent)
    if is_loopback(name) or _address(name) is not None or name in {host_name(one) for one in hosts}:
        return
    raise HTTPException(
        STATUS_OTHER_HOST,
        f"host {name[:_LONGEST_HOST]!r} is not served here; FOLEY_GATEWAY_ALLOWED_HOSTS names those that are, beside "
        "localhost and addresses",
    )


def host_name(sent: str) -> str:
    """``Host`` without its port and a last dot, in lower case."""
    if sent.startswith("["):
        return sent[1:].partition("]")[0].lower()
    return sent.partition(":")[0].lower().removesuffix(".")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
