"""OpenTelemetry traces with the W3C context in gRPC metadata; off, and not even imported, unless an endpoint is set."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

from collections.abc import Sequence
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


def shutdown_tracing() -> None:
    """Send what is pending and stop."""
    if _State.provider is not None:
        _State.provider.shutdown()
        _State.provider = None
