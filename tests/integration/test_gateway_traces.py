"""A render over all services as one trace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
from opentelemetry.proto.collector.trace.v1 import (
    trace_service_pb2,
    trace_service_pb2_grpc,
)
from opentelemetry.proto.trace.v1 import trace_pb2

from support.gateways import studio


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """An OTLP collector that keeps what it gets."""

    def __init__(self) -> None:
        self.spans: list[trace_pb2.Span] = []

    async def Export(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return trace_service_pb2.ExportTraceServiceResponse()


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, str]]:
    collector, server = Collector(), grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield collector, f"http://127.0.0.1:{port}"
    await server.stop(None)


async def test_all_calls_of_a_render_are_one_trace(tmp_path: Path) -> None:
    async with (
        collecting() as (collector, endpoint),
        studio(tmp_path, otlp_endpoint=endpoint) as house,
    ):
        clip = await house.upload()
        renders = [
            await house.render(clip["name"], options={"style": {"seed": seed}}) for seed in (1, 2)
        ]
        for render in renders:
            assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"
    wholes = {
        attribute.value.string_value: span.trace_id
        for span in collector.spans
        for attribute in span.attributes
        if span.name == "render" and attribute.key == "foley.render"
    }
    assert set(wholes) == {render["name"].rsplit("/", 1)[-1] for render in renders}
    assert len(set(wholes.values())) == 2
    called = {
        trace_id: {
            span.name.rsplit("/", 1)[-1]
            for span in collector.spans
            if span.trace_id == trace_id and span.kind == trace_pb2.Span.SPAN_KIND_CLIENT
        }
        for trace_id in wholes.values()
    }
    stages = {
        *("EstimatePoses", "FindFootsteps", "ClassifySurfaces"),
        *("SynthesizeFootsteps", "RenderVideo", "ExportSession"),
    }
    assert all(stages <= names for names in called.values()), called
