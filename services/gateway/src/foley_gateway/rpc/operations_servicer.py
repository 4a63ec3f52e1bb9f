"""google.longrunning.Operations: every render is an operation ``operations/{clip}.{render}``."""

# ruff: noqa: ARG002, N802 - names and arguments are those of the generated servicer

from __future__ import annotations

import asyncio
from typing import Any

import grpc.aio
from google.longrunning import operations_pb2 as pb
from google.longrunning import operations_pb2_grpc as pb_grpc
from google.protobuf.empty_pb2 import Empty

from foley_common.errors import FieldViolation, InvalidField, NotServedYet
from foley_common.rpc.convert import duration_from_proto
from foley_common.rpc.errors import maps_errors
from foley_gateway.application import RenderApplication
from foley_gateway.names import parse_operation_name
from foley_gateway.rpc.convert import operation_of

SERVICE_NAME = "google.longrunning.Operations"
MAX_WAIT_S = 300.0
"""Longest one `WaitOperation` holds a connection when the caller sets no time itself."""

_Context = grpc.aio.ServicerContext[Any, Any]


class OperationsServicer(pb_grpc.OperationsServicer):
    """Translates; the application does the work."""

    def __init__(self, application: RenderApplication) -> None:
        self._application = application

    @maps_errors
    async def GetOperation(
        self, request: pb.GetOperationRequest, context: _Context
    ) -> pb.Operation:
        """One operation."""
        return operation_of(await self._application.render(*parse_operation_name(request.name)))

    @maps_errors
    async def ListOperations(
        self, request: pb.ListOperationsRequest, context: _Context
    ) -> pb.ListOperationsResponse:
        """Operations of all clips, newest first. Filters are not served."""
        if request.filter:
            raise InvalidField([FieldViolation("filter", "is not served; leave it empty")])
        page = await self._application.all_renders(request.page_size, request.page_token)
        return pb.ListOperationsResponse(
            operations=[operation_of(render) for render in page.items],
            next_page_token=page.next_page_token,
        )

    @maps_errors
    async def CancelOperation(self, request: pb.CancelOperationRequest, context: _Context) -> Empty:
        """Cancel a render."""
        await self._application.cancel_render(*parse_operation_name(request.name))
        return Empty()

    @maps_errors
    async def WaitOperation(
        self, request: pb.WaitOperationRequest, context: _Context
    ) -> pb.Operation:
        """Return when the render has ended, or after the time, whichever comes first."""
        clip_id, render_id = parse_operation_name(request.name)
        limit_s = (
            duration_from_proto(request.timeout) if request.HasField("timeout") else MAX_WAIT_S
        )
        try:
            async with asyncio.timeout(min(limit_s, MAX_WAIT_S)):
                async for render in self._application.watch_render(clip_id, render_id):
                    if render.state.is_final:
                        break
        except TimeoutError:
            pass
        return operation_of(await self._application.render(clip_id, render_id))

    @maps_errors
    async def DeleteOperation(self, request: pb.DeleteOperationRequest, context: _Context) -> Empty:
        """Not served: a render goes with its clip."""
        raise NotServedYet(
            "a render is deleted with its clip; call DeleteClip", method="DeleteOperation"
        )
