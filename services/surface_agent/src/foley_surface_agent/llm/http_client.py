"""The HTTP client that pictures are sent with: no redirects, and no answer larger than an answer can be.

A redirected question would take the picture (and, on the same host, the key) where nobody said it may go; an endless or
compressed answer would fill memory before anybody could look at it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from foley_surface_agent.settings import VisionSettings

MAX_ANSWER_BYTES = 1 << 20  # an answer of the most tokens that settings allow has 40 kB


class AnswerTooLarge(Exception):
    """The endpoint answers more than `MAX_ANSWER_BYTES`, or compressed though it was asked not to."""


class _Limited(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for chunk in self._stream:
            received += len(chunk)
            if received > MAX_ANSWER_BYTES:
                raise AnswerTooLarge(f"more than {MAX_ANSWER_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def vision_http_client(settings: VisionSettings) -> httpx2.AsyncClient:
    """A client for one endpoint; whoever builds it closes it."""
    import openai

    return openai.DefaultAsyncHttpxClient(
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [_limit]},
    )


async def _limit(response: httpx2.Response) -> None:
    """Called between headers and body."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLarge("a compressed body")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)
