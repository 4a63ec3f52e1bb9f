"""Traces over real gRPC on loopback: spans of client and server, and a collector that gets them."""

from __future__ import annotations

import time

import grpc
import grpc.aio
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from foley_common.observability import tracing
from support.rpc_toys import Clips, gateway, get_clip
from support.servers import free_ports

pytestmark = pytest.mark.usefixtures("structured_logs")


async def test_traces_span_client_and_server(tmp_path):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_provider(provider)
    try:
        async with gateway(Clips(lambda _: "x"), tmp_path) as running:
            await get_clip(running.channel)
    finally:
        tracing.use_provider(None)
    spans = {span.kind.name: span for span in exporter.get_finished_spans()}
    assert set(spans) == {"CLIENT", "SERVER"}
    assert spans["SERVER"].parent.span_id == spans["CLIENT"].context.span_id
    assert spans["SERVER"].context.trace_id == spans["CLIENT"].context.trace_id


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """An OTLP collector that keeps what it gets."""

    def __init__(self) -> None:
        self.resources: list = []

    async def Export(self, request, context):  # noqa: ARG002, N802
        self.resources += request.resource_spans
        return trace_service_pb2.ExportTraceServiceResponse()


async def test_an_endpoint_in_the_settings_sends_traces_there(tmp_path):
    collector, server = Collector(), grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with gateway(
        Clips(lambda _: "x"), tmp_path, otlp_endpoint=f"http://127.0.0.1:{port}"
    ) as running:
        await get_clip(running.channel)
    await server.stop(None)
    names = {
        a.value.string_value
        for r in collector.resources
        for a in r.resource.attributes
        if a.key == "service.name"
    }
    assert names == {"foley-gateway"}
    spans = [span for r in collector.resources for scope in r.scope_spans for span in scope.spans]
    assert {span.kind for span in spans} == {
        trace_pb2.Span.SPAN_KIND_CLIENT,
        trace_pb2.Span.SPAN_KIND_SERVER,
    }


async def test_a_collector_that_is_down_does_not_hold_up_the_stop(tmp_path):
    (port,) = free_ports(1)
    async with gateway(
        Clips(lambda _: "x"), tmp_path, otlp_endpoint=f"http://127.0.0.1:{port}"
    ) as running:
        assert (await get_clip(running.channel)).name == "x"
        begun = time.monotonic()
    assert time.monotonic() - begun < 8


async def test_without_an_endpoint_nothing_is_traced(tmp_path):
    async with gateway(Clips(lambda _: "x"), tmp_path):
        assert tracing.client_interceptors() == ()
        assert tracing.server_interceptors() == ()
