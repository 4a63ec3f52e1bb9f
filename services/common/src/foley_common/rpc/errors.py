"""The one table from reason to status, and the way of an error over the wire and back.

Every failure is a `google.rpc.Status` with one `ErrorInfo` and at most one each of `BadRequest`, `RetryInfo` and
`ResourceInfo`. grpc.aio has no ``abort_with_status``, so the status goes into the trailing metadata by hand; its
message must equal the text of the abort, or clients refuse the details.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, NoReturn, TypeVar, cast

import grpc
import grpc.aio
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from foley_common import errors
from foley_common.errors import FieldViolation, FoleyError, InvalidField
from foley_common.observability import current_request_id, get_logger
from foley_common.rpc.convert import duration_from_proto, duration_to_proto

ERROR_DOMAIN = "foley.internal"
DETAILS_KEY = "grpc-status-details-bin"
PUSHBACK_KEY = "grpc-retry-pushback-ms"  # gRFC A6: when the client may try again; negative: never
MAX_STATUS_BYTES = 4096  # half of the 8 KiB of metadata that a gRPC client takes by default
MAX_MESSAGE_BYTES = 1024  # grpc-message is percent-encoded: up to three bytes for one
INTERNAL_MESSAGE = "something went wrong inside; the log has it under this request id"

_Code = grpc.StatusCode
_TABLE: dict[str, tuple[grpc.StatusCode, int]] = {
    "INVALID_FIELD": (_Code.INVALID_ARGUMENT, 400),
    "UNDECODABLE_MEDIA": (_Code.INVALID_ARGUMENT, 422),
    "MEDIA_TOO_LARGE": (_Code.INVALID_ARGUMENT, 413),
    "OBJECT_NOT_FOUND": (_Code.NOT_FOUND, 404),
    "DIGEST_MISMATCH": (_Code.FAILED_PRECONDITION, 409),
    "STORE_UNAVAILABLE": (_Code.UNAVAILABLE, 503),
    "STORE_FULL": (_Code.RESOURCE_EXHAUSTED, 507),
    "STORE_READ_ONLY": (_Code.FAILED_PRECONDITION, 507),
    "SERVICE_BUSY": (_Code.RESOURCE_EXHAUSTED, 429),
    "MODEL_LOADING": (_Code.UNAVAILABLE, 503),
    "MODEL_MISSING": (_Code.FAILED_PRECONDITION, 503),
    "MODEL_CORRUPT": (_Code.FAILED_PRECONDITION, 503),
    "VISION_MODEL_UNAVAILABLE": (_Code.UNAVAILABLE, 503),
    "STAGE_UNAVAILABLE": (_Code.UNAVAILABLE, 503),
    "CLIP_NOT_FOUND": (_Code.NOT_FOUND, 404),
    "RENDER_NOT_FOUND": (_Code.NOT_FOUND, 404),
    "RENDER_CONFLICT": (_Code.ABORTED, 409),
    "RENDER_CANCELLED": (_Code.CANCELLED, 499),
    "DEADLINE_EXCEEDED": (_Code.DEADLINE_EXCEEDED, 504),
    "SCHEMA_MISMATCH": (_Code.FAILED_PRECONDITION, 409),
    "NOT_SERVED_YET": (_Code.UNIMPLEMENTED, 501),
    "SAMPLE_PACK_INVALID": (_Code.INVALID_ARGUMENT, 422),
    "RECORDING_UNUSABLE": (_Code.INVALID_ARGUMENT, 422),
    "FETCH_REFUSED": (_Code.PERMISSION_DENIED, 403),
    "SOUND_NOT_FOUND": (_Code.NOT_FOUND, 404),
    "BUDGET_EXCEEDED": (_Code.RESOURCE_EXHAUSTED, 429),
    "INTERNAL": (_Code.INTERNAL, 500),
}
STATUS_CODE: dict[str, grpc.StatusCode] = {reason: code for reason, (code, _) in _TABLE.items()}
HTTP_STATUS: dict[str, int] = {reason: http for reason, (_, http) in _TABLE.items()}

# What lacks, and which metadata names it.
_RESOURCE: dict[str, tuple[str, str]] = {
    "OBJECT_NOT_FOUND": ("foley.common.v1.ObjectRef", "key"),
    "CLIP_NOT_FOUND": ("foley.gateway.v1.Clip", "name"),
    "RENDER_NOT_FOUND": ("foley.gateway.v1.Render", "name"),
    "SOUND_NOT_FOUND": ("foley.surface_agent.v1.FoundSound", "query"),
}
# What a bare status says, one that no server of ours sent: the transport itself, a proxy, a foreign server.
_BARE: dict[grpc.StatusCode, type[FoleyError]] = {
    _Code.UNAVAILABLE: errors.StageUnavailable,
    _Code.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
    _Code.CANCELLED: errors.RenderCancelled,
    _Code.RESOURCE_EXHAUSTED: errors.ServiceBusy,
    _Code.UNIMPLEMENTED: errors.NotServedYet,
}
_Handler = TypeVar("_Handler", bound=Callable[..., Any])
_Detail = TypeVar(
    "_Detail",
    error_details_pb2.ErrorInfo,
    error_details_pb2.BadRequest,
    error_details_pb2.RetryInfo,
)


def error_classes() -> dict[str, type[FoleyError]]:
    """Every class of error we raise on purpose, by reason."""
    found: dict[str, type[FoleyError]] = {FoleyError.reason: FoleyError}
    waiting = list(FoleyError.__subclasses__())
    while waiting:
        cls = waiting.pop()
        found.setdefault(cls.reason, cls)
        waiting += cls.__subclasses__()
    return found


def to_status(err: FoleyError) -> status_pb2.Status:
    """The status that carries an error; short enough for any client's metadata limit."""
    status = status_pb2.Status(
        code=STATUS_CODE[err.reason].value[0], message=_cut(err.message, MAX_MESSAGE_BYTES)
    )
    info = error_details_pb2.ErrorInfo(reason=err.reason, domain=ERROR_DOMAIN)
    for name, value in err.metadata.items():
        info.metadata[name] = _cut(str(value), MAX_MESSAGE_BYTES)
    _pack(status, info)
    if err.retry_after_s is not None:
        _pack(status, error_details_pb2.RetryInfo(retry_delay=duration_to_proto(err.retry_after_s)))
    if err.reason in _RESOURCE:
        kind, name = _RESOURCE[err.reason]
        _pack(
            status,
            error_details_pb2.ResourceInfo(
                resource_type=kind, resource_name=err.metadata.get(name, "")
            ),
        )
    if isinstance(err, InvalidField):
        _pack_violations(status, err.violations)
    return status


def _pack(status: status_pb2.Status, detail: Message) -> None:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status.details.append(packed)


def _pack_violations(status: status_pb2.Status, violations: tuple[FieldViolation, ...]) -> None:
    """As many violations as fit; the first one always does."""
    bad = error_details_pb2.BadRequest()
    for violation in violations:
        bad.field_violations.add(
            field=_cut(violation.field, MAX_MESSAGE_BYTES // 4),
            description=_cut(violation.problem, MAX_MESSAGE_BYTES // 2),
        )
    while len(bad.field_violations) > 1 and status.ByteSize() + bad.ByteSize() > MAX_STATUS_BYTES:
        del bad.field_violations[-1]
    _pack(status, bad)


def _cut(text: str, limit_bytes: int) -> str:
    data = text.encode()
    return (
        text if len(data) <= limit_bytes else data[: limit_bytes - 3].decode(errors="ignore") + "…"
    )


async def abort_with(context: grpc.aio.ServicerContext[Any, Any], err: FoleyError) -> NoReturn:
    """End a call with an error.

    Raises:
        grpc.aio.AbortError: the status is sent.
        asyncio.CancelledError: the call has ended by itself (its deadline, its caller), and nobody waits for a status.
    """
    status = to_status(err)
    pushback_ms = -1 if err.retry_after_s is None else round(err.retry_after_s * 1000)
    trailing = ((DETAILS_KEY, status.SerializeToString()), (PUSHBACK_KEY, str(pushback_ms)))
    try:
        await context.abort(STATUS_CODE[err.reason], status.message, trailing)
    except grpc.aio.InternalError as ended:  # what gRPC calls a batch that an ended call refuses
        get_logger().info("status_unsent", reason=err.reason)
        raise asyncio.CancelledError from ended
    raise AssertionError(
        "abort always raises"
    )  # tells the type checker that nobody comes back from here


async def abort_unplanned(
    context: grpc.aio.ServicerContext[Any, Any], error: BaseException
) -> NoReturn:
    """Log an error that nobody planned, with its trace, and tell the caller the request id only."""
    get_logger().error("unplanned_error", error=type(error).__name__, exc_info=error)
    request_id = current_request_id()
    await abort_with(context, FoleyError(INTERNAL_MESSAGE, request_id=request_id))


@asynccontextmanager
async def errors_sent(context: grpc.aio.ServicerContext[Any, Any]) -> AsyncGenerator[None]:
    """Ends the call with whatever the block raises; cancellation and an abort that is on its way pass through."""
    try:
        yield
    except grpc.aio.AbortError:
        raise
    except FoleyError as err:
        await abort_with(context, err)
    except Exception as err:  # the edge: nothing may reach the caller raw
        await abort_unplanned(context, err)


def maps_errors(method: _Handler) -> _Handler:
    """Send a FoleyError as a rich status and anything unplanned as an opaque INTERNAL; unary and streaming methods."""
    if inspect.isasyncgenfunction(method):

        @functools.wraps(method)
        async def streaming(
            self: object, request: object, context: grpc.aio.ServicerContext[Any, Any]
        ) -> AsyncGenerator[object]:
            async with errors_sent(context), aclosing(method(self, request, context)) as replies:
                async for reply in replies:
                    yield reply

        return cast("_Handler", streaming)

    @functools.wraps(method)
    async def unary(
        self: object, request: object, context: grpc.aio.ServicerContext[Any, Any]
    ) -> object:
        async with errors_sent(context):
            return await method(self, request, context)

    return cast("_Handler", unary)


def from_rpc_error(err: grpc.RpcError) -> FoleyError:
    """The error that the other side raised: same class, message, metadata and retry time.

    A bare status (the transport, a proxy, a foreign server) becomes the class that says what to do about it.
    """
    call = cast("grpc.aio.AioRpcError", err)
    try:
        status = cast("status_pb2.Status | None", rpc_status.from_call(cast("Any", call)))
    except (ValueError, DecodeError):  # details that contradict the status, or are none
        status = None
    info = _detail(status, error_details_pb2.ErrorInfo)
    if status is None or info is None or info.domain != ERROR_DOMAIN:
        said = call.details() or call.code().name
        cls = _BARE.get(call.code(), FoleyError)
        return cls(f"{said} ({call.code().name})", grpc_code=call.code().name)
    return _rebuilt(status, info)


def _rebuilt(status: status_pb2.Status, info: error_details_pb2.ErrorInfo) -> FoleyError:
    bad = _detail(status, error_details_pb2.BadRequest)
    if info.reason == InvalidField.reason and bad is not None:
        built: FoleyError = InvalidField(
            [
                FieldViolation(violation.field, violation.description)
                for violation in bad.field_violations
            ]
        )
    else:
        cls = error_classes().get(info.reason, FoleyError)
        built = FoleyError.__new__(cls)
        FoleyError.__init__(built, status.message, **dict(info.metadata))
        built.reason = info.reason if info.reason in STATUS_CODE else FoleyError.reason
    retry = _detail(status, error_details_pb2.RetryInfo)
    built.retry_after_s = duration_from_proto(retry.retry_delay) if retry is not None else None
    return built


def _detail(status: status_pb2.Status | None, kind: type[_Detail]) -> _Detail | None:
    for packed in status.details if status is not None else ():
        detail = kind()
        if packed.Unpack(detail):
            return detail
    return None
