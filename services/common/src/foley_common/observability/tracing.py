"""OpenTelemetry traces with the W3C context in gRPC metadata; off, and not even imported, unless an endpoint is set."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

EXPORT_TIMEOUT_S = 3  # retries included: a collector that is down must not hold up a stop for long


class _Provider(Protocol):
    def shutdown(self) -> None: ...


class _State:
    provider: _Provider | None = None


def configure_tracing(service: str, otlp_endpoint: str | None) -> None:
    """Send spans to a collector from now on; a no-op without an endpoint.

    Args:
        service: The resource's ``service.name``, prefixed with ``foley-``.
        otlp_endpoint: OTLP over gRPC, for example ``http://otel:4317``.
    """
    if not otlp_endpoint or _State.provider is not None:
        return
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"foley-{service}"}))
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=otlp_endpoint, timeout=EXPORT_TIMEOUT_S))
    )
    use_provider(provider)


def use_provider(provider: _Provider | None) -> None:
    """Trace with this provider from now on; None turns tracing off. For tests, and for hosts that have their own."""
    _State.provider = provider


def server_interceptors() -> Sequence[Any]:
    """Interceptors for a grpc.aio server; empty when tracing is off."""
    if _State.provider is None:
        return ()
    from opentelemetry.instrumentation.grpc import aio_server_interceptor

    return (aio_server_interceptor(tracer_provider=_State.provider),)


def client_interceptors() -> Sequence[Any]:
    """Interceptors for a grpc.aio channel; empty when tracing is off."""
    if _State.provider is None:
        return ()
    from opentelemetry.instrumentation.grpc import aio_client_interceptors

    return tuple(aio_client_interceptors(tracer_provider=_State.provider))


@contextmanager
def traced(name: str, whole: str, **attributes: str | int) -> Generator[None]:
    """A span for work in the background, which no call carries; calls made inside the block belong to it.

    Args:
        name: What is done.
        whole: Names the thing that the work is a part of. All its parts are one trace, whichever process does them and
            whenever: the trace's id is made of the name.
        attributes: What else is known.
    """
    if _State.provider is None:
        yield
        return
    from opentelemetry import trace

    digest = hashlib.sha256(whole.encode()).digest()
    root = trace.SpanContext(
        trace_id=int.from_bytes(digest[:16]),
        span_id=int.from_bytes(digest[16:24]),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    tracer = trace.get_tracer("foley", tracer_provider=_State.provider)  # type: ignore[arg-type]
    context = trace.set_span_in_context(trace.NonRecordingSpan(root))
    with tracer.start_as_current_span(name, context=context, attributes=attributes):
        yield


def shutdown_tracing() -> None:
    """Send what is pending and stop."""
    if _State.provider is not None:
        _State.provider.shutdown()
        _State.provider = None
