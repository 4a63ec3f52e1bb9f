"""What happens around every call on a server: request id, one log line, one measurement, and no trace to the caller."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import grpc
import grpc.aio

from foley_common.errors import FoleyError
from foley_common.observability import adopt_request_id, current_request_id, get_logger
from foley_common.observability.metrics import seconds_histogram
from foley_common.observability.request_id import METADATA_KEY
from foley_common.rpc.errors import abort_unplanned, abort_with

_QUIET = ("/grpc.health.", "/grpc.reflection.")  # probes and tools: not worth a line each
_Context = grpc.aio.ServicerContext[Any, Any]


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Adopts the caller's request id, logs and measures each call, and keeps unplanned errors opaque.

    The last also covers servicers whose methods lack `maps_errors`.
    """

    def __init__(self, service: str) -> None:
        self._seconds = seconds_histogram(
            f"foley_{service}_rpc_seconds",
            "Time calls took, by method and status code.",
            ("method", "code"),
        )

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Wrap the handler of one call."""
        handler = await continuation(handler_call_details)
        if handler is None:  # pyright: ignore[reportUnnecessaryComparison]  # unknown methods have none
            return handler
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
            "grpc.RpcMethodHandler[Any, Any]",
            make(wrapped, handler.request_deserializer, handler.response_serializer),
        )

    def _around_call(
        self, behaviour: Callable[..., Awaitable[Any]], method: str, offered: str | None
    ) -> Any:
        @functools.wraps(behaviour)
        async def call(request: object, context: _Context) -> Any:
            adopt_request_id(offered)
            begun = time.monotonic()
            try:
                return await behaviour(request, context)
            except (grpc.aio.AbortError, grpc.aio.BaseError):
                raise
            except FoleyError as err:
                await abort_with(context, err)
            except Exception as err:
                await abort_unplanned(context, err)
            finally:
                self._finished(method, context, begun)

        return call

    def _around_stream(
        self, behaviour: Callable[..., AsyncIterator[Any]], method: str, offered: str | None
    ) -> Any:
        @functools.wraps(behaviour)
        async def stream(request: object, context: _Context) -> AsyncIterator[Any]:
            adopt_request_id(offered)
            begun = time.monotonic()
            replies = behaviour(request, context)
            try:
                async for reply in replies:
                    yield reply
            except (grpc.aio.AbortError, grpc.aio.BaseError):
                raise
            except FoleyError as err:
                await abort_with(context, err)
            except Exception as err:
                await abort_unplanned(context, err)
            finally:
                await replies.aclose()  # type: ignore[attr-defined]
                self._finished(method, context, begun)

        return stream

    def _finished(self, method: str, context: _Context, begun: float) -> None:
        seconds = time.monotonic() - begun
        code = _code_name(context)
        self._seconds.labels(method, code).observe(seconds)
        log = get_logger()
        write = log.debug if method.startswith(_QUIET) else log.info
        write(
            "rpc_finished",
            method=method,
            code=code,
            seconds=round(seconds, 4),
            request_id=current_request_id(),
        )


def _code_name(context: _Context) -> str:
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return code.name
    if context.cancelled():
        return "CANCELLED"
    by_number = {status.value[0]: status.name for status in grpc.StatusCode}
    return by_number.get(int(code or 0), "UNKNOWN")
