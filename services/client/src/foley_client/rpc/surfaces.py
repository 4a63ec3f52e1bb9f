"""The surface agent's look at single pictures."""

from __future__ import annotations

from typing import Any

import grpc.aio

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as pb_grpc
from foley_common.objects import ObjectRef
from foley_common.rpc.client import open_channel
from foley_common.rpc.convert import object_ref_to_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.surfaces import surface_answer_from_proto
from foley_common.surfaces import SurfaceAnswer

LOOK_DEADLINE_S = 300.0
"""Longest look at one picture: a vision model with all its retries."""
ASK_DEADLINE_S = 30.0


class PictureClient:
    """Asks a surface agent about pictures in its store. Use it as an asynchronous context manager."""

    def __init__(self, target: str) -> None:
        """Connect lazily to ``host:port``."""
        self._channel = open_channel(target)
        self._stub: Any = pb_grpc.SurfaceAgentServiceStub(self._channel)

    async def __aenter__(self) -> PictureClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def vision_model(self) -> str:
        """Name of the vision model that is set up; empty when none is."""
        try:
            told = await self._stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=ASK_DEADLINE_S)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        return told.vision_model

    async def look(self, picture: ObjectRef, *, local_only: bool) -> tuple[SurfaceAnswer, str]:
        """What is the ground in a picture, and why was the vision model's word not taken where it was wanted?

        Raises:
            UndecodableMedia, MediaTooLarge: it is no picture that can be looked at.
            FoleyError: the service could not look.
        """
        request = pb.ClassifyPictureRequest(
            picture=object_ref_to_proto(picture), local_only=local_only
        )
        try:
            reply = await self._stub.ClassifyPicture(request, timeout=LOOK_DEADLINE_S)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        return surface_answer_from_proto(reply.answer), reply.fallback_reason
