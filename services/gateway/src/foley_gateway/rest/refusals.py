"""Requests that are turned away before any route sees them: too long, or sent by a page of somebody else's."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope

MAX_JSON_BYTES = 4 << 20
"""As gRPC's own limit on a message. It is held whole in memory; files come in as a stream and have their own limit."""
_SAFE = ("GET", "HEAD", "OPTIONS")


def limited(scope: Scope, receive: Receive) -> Receive:
    """The body of a request, ending with 413 where it is longer than a message may be; files pass."""
    if Headers(scope=scope).get("content-type", "").startswith("multipart/form-data"):
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
