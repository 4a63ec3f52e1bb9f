"""Asks services whether they are serving."""

from __future__ import annotations

from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

CHECK_TIMEOUT_S = 2.0
"""A health answer needs no work; a process that loads a model may still be slow to answer."""


async def is_serving(target: str, service_name: str) -> bool:
    """True when the named service at ``host:port`` answers SERVING; False for every other answer and for none."""
    async with grpc.aio.insecure_channel(
        target, options=[("grpc.enable_http_proxy", 0)]
    ) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(
                health_pb2.HealthCheckRequest(service=service_name), timeout=CHECK_TIMEOUT_S
            )
        except grpc.aio.AioRpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING
