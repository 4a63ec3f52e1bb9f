"""Channels to our services: one per target for the life of the process, balanced, retried, with the request id."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from foley_common.errors import DeadlineExceeded, StageUnavailable
from foley_common.observability import current_request_id, new_request_id
from foley_common.observability.request_id import METADATA_KEY
from foley_common.observability.tracing import client_interceptors

# gRFC A6 retry policy. A server that says when to come back (pushback) overrides the backoff.
RETRY_POLICY = {
    "maxAttempts": 4,
    "initialBackoff": "0.2s",
    "maxBackoff": "2s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
}
KEEPALIVE_TIME_MS = 30_000  # above the server's least interval between pings (rpc.server), or it says too_many_pings
KEEPALIVE_TIMEOUT_MS = 10_000
RECONNECT_BACKOFF_MS = 1_000  # a restarted service is found again within about a second
HEALTH_POLL_S = 0.1
HEALTH_CALL_S = 2.0


class HasDeadline(Protocol):
    """What knows how long a call may still take: a servicer's context."""

    def time_remaining(self) -> float | None:
        """Seconds left, None without a deadline."""
        ...


def open_channel(
    target: str,
    *,
    service_name: str | None = None,
    retries: bool = True,
    options: Sequence[tuple[str, Any]] = (),
) -> grpc.aio.Channel:
    """A channel to a service.

    Args:
        target: ``host:port``, ``dns:///name:port`` for a headless Service, or ``ipv4:a:1,b:2``.
        service_name: When given, backends whose health says NOT_SERVING for it get no calls.
        retries: False for calls that must not be repeated.
        options: Further channel arguments.
    """
    config: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retries:
        config["methodConfig"] = [{"name": [{}], "retryPolicy": RETRY_POLICY}]
    if service_name is not None:
        config["healthCheckConfig"] = {"serviceName": service_name}
    arguments = [
        ("grpc.service_config", json.dumps(config)),
        ("grpc.enable_retries", int(retries)),
        ("grpc.service_config_disable_resolution", 1),  # ours counts, not a TXT record's
        ("grpc.keepalive_time_ms", KEEPALIVE_TIME_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.initial_reconnect_backoff_ms", RECONNECT_BACKOFF_MS),
        ("grpc.max_reconnect_backoff_ms", 5 * RECONNECT_BACKOFF_MS),
        (
            "grpc.enable_http_proxy",
            0,
        ),  # services talk to each other directly, whatever http_proxy says
        *options,
    ]
    interceptors: list[grpc.aio.ClientInterceptor] = [
        _UnaryUnary(),
        _UnaryStream(),
        _StreamUnary(),
        _StreamStream(),
        *client_interceptors(),
    ]
    return grpc.aio.insecure_channel(target, options=arguments, interceptors=interceptors)


async def wait_until_serving(
    channel: grpc.aio.Channel, service_name: str, timeout_s: float
) -> None:
    """Return once the service's health is SERVING.

    Raises:
        StageUnavailable: it is not within the time; the message says what it said last.
    """
    stub: Any = health_pb2_grpc.HealthStub(channel)  # ships no types
    end = time.monotonic() + timeout_s
    said = "no answer"
    while (left := end - time.monotonic()) > 0:
        try:
            answer = await stub.Check(
                health_pb2.HealthCheckRequest(service=service_name),
                timeout=min(left, HEALTH_CALL_S),
            )
        except grpc.aio.AioRpcError as error:
            said = error.code().name
        else:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
            said = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
        await asyncio.sleep(min(HEALTH_POLL_S, max(0.0, end - time.monotonic())))
    raise StageUnavailable(
        f"{service_name} is not serving after {timeout_s:g} s (last: {said})",
        stage=service_name,
        said=said,
    )


def remaining_s(context: HasDeadline, margin_s: float = 0.0) -> float | None:
    """The ``timeout`` for a call made on behalf of another: what is left of its deadline, less a margin.

    None when there is no deadline.

    Raises:
        DeadlineExceeded: nothing is left.
    """
    left = context.time_remaining()
    if left is None:
        return None
    if left <= margin_s:
        raise DeadlineExceeded(
            f"{left:.2f} s are left of the deadline, {margin_s:g} s are needed",
            left_s=f"{left:.2f}",
        )
    return left - margin_s


def _with_request_id(details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
    metadata = grpc.aio.Metadata(*(details.metadata or ()))
    if METADATA_KEY not in metadata:
        metadata.add(METADATA_KEY, current_request_id() or new_request_id())
    return grpc.aio.ClientCallDetails(
        details.method, details.timeout, metadata, details.credentials, details.wait_for_ready
    )


# grpc.aio sorts interceptors by class, one kind each.
_Continuation = Callable[..., Any]


class _UnaryUnary(grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(
        self,
        continuation: _Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request: object,
    ) -> Any:  # noqa: ANN401
        return await continuation(_with_request_id(client_call_details), request)


class _UnaryStream(grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self,
        continuation: _Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request: object,
    ) -> Any:  # noqa: ANN401
        return await continuation(_with_request_id(client_call_details), request)


class _StreamUnary(grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self,
        continuation: _Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request_iterator: object,
    ) -> Any:  # noqa: ANN401
        return await continuation(_with_request_id(client_call_details), request_iterator)


class _StreamStream(grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(
        self,
        continuation: _Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request_iterator: object,
    ) -> Any:  # noqa: ANN401
        return await continuation(_with_request_id(client_call_details), request_iterator)
