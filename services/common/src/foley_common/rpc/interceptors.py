"""What happens around every call on a server: request id, one log line, one measurement, and no trace to the caller."""

from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, contextmanager
from typing import Any, TypeAlias, cast

import grpc
import grpc.aio

from foley_common.errors import ServiceBusy
from foley_common.observability import adopt_request_id, get_logger
from foley_common.observability.metrics import seconds_histogram
from foley_common.observability.request_id import METADATA_KEY
from foley_common.rpc.errors import errors_sent

_QUIET = ("/grpc.health.", "/grpc.reflection.")  # probes and tools: not worth a line each
_CODE_NAME = {status.value[0]: status.name for status in grpc.StatusCode}
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
_Context = grpc.aio.ServicerContext[Any, Any]


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Adopts the caller's request id, bounds, logs and measures calls, and keeps unplanned errors opaque.

    The last also covers servicers whose methods lack `maps_errors`.

    Args:
        service: Short name of the service.
        max_running_calls: Calls at once, health checks and reflection aside.
    """

    def __init__(self, service: str, max_running_calls: int) -> None:
        self._service, self._max_running_calls = service, max_running_calls
        self._running_calls = 0
        self._seconds = seconds_histogram(
            f"foley_{service}_rpc_seconds",
            "Time calls took, by method and status code.",
            ("method", "code"),
        )

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler | None:
        """Wrap the handler of one call."""
        handler = await continuation(handler_call_details)
        if handler is None:  # no such method
            return None
        method = str(handler_call_details.method)
        offered = next(
            (
                str(v)
                for k, v in handler_call_details.invocation_metadata or ()
                if k == METADATA_KEY
            ),
            None,
        )
        kind = next(
            name
            for name in ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
            if getattr(handler, name) is not None
        )
        behaviour = getattr(handler, kind)
        if inspect.isasyncgenfunction(inspect.unwrap(behaviour)) or inspect.isasyncgenfunction(
            behaviour
        ):
            wrapped = self._around_stream(behaviour, method, offered)
        elif inspect.iscoroutinefunction(behaviour):
            wrapped = self._around_call(behaviour, method, offered)
        else:
            return handler
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        return cast(
            "_Handler",
            make(wrapped, handler.request_deserializer, handler.response_serializer),
        )

    def _around_call(
        self, behaviour: Callable[..., Awaitable[object]], method: str, offered: str | None
    ) -> Callable[..., Awaitable[object]]:
        @functools.wraps(behaviour)
        async def call(request: object, context: _Context) -> object:
            with self._observed(method, context, offered):
                async with errors_sent(context):
                    with self._admitted(method):
                        return await behaviour(request, context)

        return call

    def _around_stream(
        self, behaviour: Callable[..., AsyncGenerator[object]], method: str, offered: str | None
    ) -> Callable[..., AsyncGenerator[object]]:
        @functools.wraps(behaviour)
        async def stream(request: object, context: _Context) -> AsyncGenerator[object]:
            with self._observed(method, context, offered):
                async with errors_sent(context):
                    with self._admitted(method):
                        async with aclosing(behaviour(request, context)) as replies:
                            async for reply in replies:
                                yield reply

        return stream

    @contextmanager
    def _admitted(self, method: str) -> Generator[None]:
        """Counts a call while it runs; probes and tools are let in however many there are.

        Raises:
            ServiceBusy: as many run as may.
        """
        if method.startswith(_QUIET):
            yield
            return
        if self._running_calls >= self._max_running_calls:
            raise ServiceBusy(
                f"{self._service} has {self._running_calls} calls at once, as many as it takes; "
                "try again later",
                service=self._service,
            )
        self._running_calls += 1
        try:
            yield
        finally:
            self._running_calls -= 1

    @contextmanager
    def _observed(self, method: str, context: _Context, offered: str | None) -> Generator[None]:
        request_id = adopt_request_id(offered)
        begun = time.monotonic()
        broken_off = False
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            broken_off = True
            raise
        finally:
            seconds = time.monotonic() - begun
            code = _code_broken_off(context) if broken_off else _code_name(context)
            self._seconds.labels(method, code).observe(seconds)
            log = get_logger()
            write = log.debug if method.startswith(_QUIET) else log.info
            write(
                "rpc_finished",
                method=method,
                code=code,
                seconds=round(seconds, 4),
                request_id=request_id,
            )


def _code_broken_off(context: _Context) -> str:
    """What the caller got who left, or whose time was over: gRPC ended the call, and tells the handler no code."""
    left_s = cast("float | None", context.time_remaining())
    return "DEADLINE_EXCEEDED" if left_s is not None and left_s <= 0 else "CANCELLED"


def _code_name(context: _Context) -> str:
    if context.cancelled():
        return "CANCELLED"
    code = cast(
        "grpc.StatusCode | int | None", context.code()
    )  # grpc.aio gives the number, or nothing on success
    return code.name if isinstance(code, grpc.StatusCode) else _CODE_NAME.get(code or 0, "UNKNOWN")
