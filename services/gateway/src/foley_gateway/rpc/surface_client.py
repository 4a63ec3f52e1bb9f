"""The surface agent over gRPC: grounds of a clip, recordings for a ground, what its answers depend on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing

from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as surface_grpc
from foley_common.errors import FoleyError
from foley_common.objects import ObjectRef
from foley_common.rpc.convert import (
    object_ref_from_proto,
    object_ref_to_proto,
)
from foley_gateway.domain.types import (
    AgentFacts,
    FoundSound,
    RejectedSound,
    SoundFindings,
    SurfaceOverride,
)
from foley_gateway.patience import Patience, call_patiently
from foley_gateway.rpc.options import override_to_proto
from foley_gateway.rpc.sounds import (
    found_from_proto,
    rejected_from_proto,
    sound_request_to_proto,
)
from foley_gateway.rpc.stage_client import StageClient, replies_of, tell
from foley_gateway.stages import OnProgress, SoundRequest


class GrpcSurfaceAgent(StageClient):
    """The surface agent over gRPC."""

    stage = "surface-agent"

    def __init__(self, target: str, patience: Patience) -> None:
        super().__init__(target, patience)
        self._stub = surface_grpc.SurfaceAgentServiceStub(self._channel)

    async def classify_surfaces(
        self,
        video: ObjectRef,
        footsteps: ObjectRef,
        overrides: Sequence[SurfaceOverride],
        output_key: str,
        *,
        answers_prefix: str,
        local_only: bool,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> ObjectRef:
        """The stored surface report."""
        request = surface_pb.ClassifySurfacesRequest(
            video=object_ref_to_proto(video),
            footsteps=object_ref_to_proto(footsteps),
            overrides=[override_to_proto(override) for override in overrides],
            output_key=output_key,
            local_only=local_only,
            answers_prefix=answers_prefix,
        )
        result = await self._stream(
            self._stub.ClassifySurfaces, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return object_ref_from_proto(result.surfaces)

    async def describe(self, *, deadline_s: float, is_patient: bool) -> AgentFacts:
        """What answers depend on besides the request."""
        call = self._unary if is_patient else self._once
        told = await call(
            self._stub.DescribeAgent, surface_pb.DescribeAgentRequest(), deadline_s=deadline_s
        )
        return AgentFacts(told.answers_digest, told.vision_model)

    async def find_sounds(
        self, wanted: SoundRequest, *, deadline_s: float, on_progress: OnProgress
    ) -> SoundFindings:
        """Recordings for a ground; nothing found is a finding too, with the service's words."""
        request = sound_request_to_proto(wanted)
        sounds: list[FoundSound] = []
        rejected: list[RejectedSound] = []

        async def call(alive: Callable[[], None]) -> None:
            sounds.clear()
            rejected.clear()
            async with aclosing(
                replies_of(self._stub.FindSounds, request, deadline_s=deadline_s)
            ) as replies:
                async for reply in replies:
                    alive()
                    match reply.WhichOneof("event"):
                        case "progress":
                            tell(on_progress, reply.progress)
                        case "sound":
                            sounds.append(found_from_proto(reply.sound))
                        case "rejected":
                            rejected.append(rejected_from_proto(reply.rejected))
                        case _:
                            pass

        problem = ""
        try:
            await call_patiently(self.stage, self._target, call, self._patience)
        except FoleyError as error:
            problem = error.message
        return SoundFindings(tuple(sounds), tuple(rejected), problem)
