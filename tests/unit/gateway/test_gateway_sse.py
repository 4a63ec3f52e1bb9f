"""Answers that send events: whoever leaves, and whenever, ends what they tell of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.types import Message

from foley_gateway.rest.sse import EventResponse

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}


class Work:
    """Events without end, and whether they were ended."""

    def __init__(self) -> None:
        self.ended = 0

    async def events(self) -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        try:
            while True:
                yield "progress", {}
                await asyncio.sleep(0.005)
        finally:
            await asyncio.sleep(0.02)  # it cleans up
            self.ended += 1


async def answered(response: EventResponse, stay_s: float, *, slow: bool = False) -> list[bytes]:
    """What is sent to a caller who leaves after a time; a slow one never takes the second event."""
    sent: list[bytes] = []

    async def receive() -> Message:
        await asyncio.sleep(stay_s)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))
        if slow and len(sent) > 2:
            await asyncio.sleep(30)

    async with asyncio.timeout(10):
        await response(SCOPE, receive, send)
    return sent


async def test_who_leaves_ends_the_work_that_is_told() -> None:
    work = Work()
    sent = await answered(EventResponse(work.events()), 0.1)
    assert any(b"event: progress" in body for body in sent)
    assert work.ended == 1


async def test_who_leaves_while_something_is_sent_ends_it_too() -> None:
    work = Work()
    await answered(EventResponse(work.events()), 0.1, slow=True)
    assert work.ended == 1


async def test_work_that_has_begun_ends_though_the_caller_left_before_the_first_event() -> None:
    work = Work()
    begun = work.events()
    await anext(begun)

    async def rest() -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        async for event in begun:
            yield event

    await answered(EventResponse(rest(), begun), 0.0)
    assert work.ended == 1


async def test_events_that_end_end_the_answer() -> None:
    async def few() -> AsyncGenerator[tuple[str, dict[str, Any]]]:
        yield "result", {"a": 1}

    sent = await answered(EventResponse(few()), 5.0)
    assert b'event: result\ndata: {"a": 1}\n\n' in sent
