"""The vision client as tests ask it: against a server on loopback, without waiting for real."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from PIL import Image
from pydantic import SecretStr

from foley_surface_agent.llm.budget import Budget, Limits
from foley_surface_agent.llm.openai_vision import OpenAiVision
from foley_surface_agent.settings import VisionSettings
from support.vision_server import (
    VisionServer,
)

KEY = "sk-secret-that-nobody-may-see"


def jpeg(size: tuple[int, int] = (64, 48)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, (60, 120, 40)).save(buffer, "JPEG")
    return buffer.getvalue()


def budget(calls: int = 100, cost_usd: float = 10.0, seconds: float = 600.0) -> Budget:
    return Budget(Limits(calls, cost_usd, seconds), model="test-vision")


class Waits:
    """Notes how long the client wants to wait, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@asynccontextmanager
async def client(
    server: VisionServer, waits: Waits | None = None, **changes: object
) -> AsyncIterator[OpenAiVision]:
    values: dict[str, object] = {
        "base_url": server.url,
        "model": "test-vision",
        "api_key": SecretStr(KEY),
        "timeout_s": 5.0,
        **changes,
    }
    model = OpenAiVision(
        VisionSettings.model_validate(values), sleep=waits or Waits(), jitter=lambda: 0.5
    )
    try:
        yield model
    finally:
        await model.close()
