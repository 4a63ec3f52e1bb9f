"""The stages over gRPC: one client each, with deadlines, progress, patience and errors mapped back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import grpc.aio

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.audio.v1 import audio_service_pb2_grpc as audio_grpc
from foley.common.v1 import media_pb2
from foley.detector.v1 import detector_service_pb2 as detector_pb
from foley.detector.v1 import detector_service_pb2_grpc as detector_grpc
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as surface_grpc
from foley_common.errors import FoleyError
from foley_common.footsteps import ModelVersion, Sensitivity
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.programme import LoudnessReport, SessionOptions, SyncReport
from foley_common.rpc.client import open_channel
from foley_common.rpc.convert import (
    duration_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    video_info_from_proto,
    video_info_to_proto,
)
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.footsteps import models_from_proto, models_to_proto
from foley_common.rpc.programme import report_from_proto, report_to_proto
from foley_gateway.domain.plan import Segment
from foley_gateway.domain.sample_packs import BankedStep, PackBuild, PackSpec, SoundWish
from foley_gateway.domain.types import (
    AgentFacts,
    DetectionResult,
    FoundSound,
    PoseOptions,
    PoseResult,
    RejectedSound,
    RenderFile,
    SoundFindings,
    SoundResult,
    Style,
    SurfaceOverride,
    VideoResult,
)
from foley_gateway.patience import Patience, call_patiently
from foley_gateway.rpc.options import (
    format_to_proto,
    override_to_proto,
    pose_options_to_proto,
    sensitivity_to_proto,
)
from foley_gateway.rpc.packs import bank_request, pack_request, rejection_from_proto
from foley_gateway.rpc.sounds import (
    found_from_proto,
    rejected_from_proto,
    sound_request_to_proto,
)
from foley_gateway.rpc.style import (
    session_to_proto,
    stem_from_proto,
    stem_to_proto,
    style_to_proto,
)
from foley_gateway.stages import ExportRequest, OnProgress, SoundRequest


class _Client:
    """What every stage client does alike: call, read progress, take the result, map errors, be patient."""

    stage = ""

    def __init__(self, target: str, patience: Patience) -> None:
        self._target = target
        self._patience = patience
        self._channel = open_channel(target)

    async def close(self) -> None:
        """Close the channel; running calls end."""
        await self._channel.close()

    async def _stream(
        self,
        method: Callable[..., Any],
        request: object,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> Any:  # noqa: ANN401 - the result message of the method
        async def call(alive: Callable[[], None]) -> Any:  # noqa: ANN401
            result = None
            replies = cast("AsyncIterator[Any]", method(request, timeout=deadline_s))
            try:
                async for reply in replies:
                    alive()
                    if reply.WhichOneof("event") == "progress":
                        progress = reply.progress
                        if progress.total_count > 0:
                            on_progress(progress.done_count / progress.total_count)
                    else:
                        result = reply.result
            except grpc.aio.AioRpcError as error:
                raise from_rpc_error(error) from error
            finally:
                cast("grpc.aio.UnaryStreamCall[Any, Any]", replies).cancel()
            if result is None:
                raise FoleyError(
                    f"the {self.stage} service ended its answer without a result", stage=self.stage
                )
            return result

        return await call_patiently(self.stage, self._target, call, self._patience)

    async def _unary(
        self, method: Callable[..., Any], request: object, *, deadline_s: float
    ) -> Any:  # noqa: ANN401
        async def call(_alive: Callable[[], None]) -> Any:  # noqa: ANN401
            try:
                return await method(request, timeout=deadline_s)
            except grpc.aio.AioRpcError as error:
                raise from_rpc_error(error) from error

        return await call_patiently(self.stage, self._target, call, self._patience)

    @staticmethod
    async def _once(method: Callable[..., Any], request: object, *, deadline_s: float) -> Any:  # noqa: ANN401
        try:
            return await method(request, timeout=deadline_s)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error


class GrpcDetector(_Client):
    """The detector over gRPC."""

    stage = "detector"

    def __init__(self, target: str, patience: Patience) -> None:
        super().__init__(target, patience)
        self._stub = detector_grpc.DetectorServiceStub(self._channel)

    async def estimate_poses(
        self,
        video: ObjectRef,
        segment: Segment,
        options: PoseOptions,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> PoseResult:
        """Poses of one segment."""
        request = detector_pb.EstimatePosesRequest(
            video=object_ref_to_proto(video),
            options=pose_options_to_proto(options),
            output_key=segment.output_key,
        )
        if segment.start_time_s > 0 or segment.end_time_s is not None:
            request.range.start_offset.CopyFrom(duration_to_proto(segment.start_time_s))
            if segment.end_time_s is not None:
                request.range.end_offset.CopyFrom(duration_to_proto(segment.end_time_s))
        result = await self._stream(
            self._stub.EstimatePoses, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return PoseResult(
            poses=object_ref_from_proto(result.poses),
            video=video_info_from_proto(result.video),
            models=models_from_proto(result.models),
        )

    async def find_footsteps(
        self,
        segments: Sequence[ObjectRef],
        video: VideoInfo,
        sensitivity: Sensitivity,
        models: Sequence[ModelVersion],
        output_prefix: str,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> DetectionResult:
        """Footsteps of the whole clip."""
        request = detector_pb.FindFootstepsRequest(
            segments=[object_ref_to_proto(segment) for segment in segments],
            video=video_info_to_proto(video),
            sensitivity=sensitivity_to_proto(sensitivity),  # type: ignore[arg-type]
            models=models_to_proto(models),
            output_prefix=output_prefix,
        )
        result = await self._stream(
            self._stub.FindFootsteps, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return DetectionResult(
            footsteps=object_ref_from_proto(result.footsteps),
            poses=object_ref_from_proto(result.poses),
            footstep_count=result.footstep_count,
            walker_count=result.walker_count,
        )


class GrpcSurfaceAgent(_Client):
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
            replies = cast("AsyncIterator[Any]", self._stub.FindSounds(request, timeout=deadline_s))
            try:
                async for reply in replies:
                    alive()
                    match reply.WhichOneof("event"):
                        case "progress" if reply.progress.total_count > 0:
                            on_progress(reply.progress.done_count / reply.progress.total_count)
                        case "sound":
                            sounds.append(found_from_proto(reply.sound))
                        case "rejected":
                            rejected.append(rejected_from_proto(reply.rejected))
                        case _:
                            pass
            except grpc.aio.AioRpcError as error:
                raise from_rpc_error(error) from error
            finally:
                cast("grpc.aio.UnaryStreamCall[Any, Any]", replies).cancel()

        problem = ""
        try:
            await call_patiently(self.stage, self._target, call, self._patience)
        except FoleyError as error:
            problem = error.message
        return SoundFindings(tuple(sounds), tuple(rejected), problem)


class GrpcAudio(_Client):
    """The audio service over gRPC."""

    stage = "audio"

    def __init__(self, target: str, patience: Patience) -> None:
        super().__init__(target, patience)
        self._stub = audio_grpc.AudioServiceStub(self._channel)

    async def synthesize_footsteps(
        self,
        video: ObjectRef | None,
        footsteps: ObjectRef,
        surfaces: ObjectRef,
        style: Style,
        output_prefix: str,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> SoundResult:
        """The programme."""
        request = audio_pb.SynthesizeFootstepsRequest(
            video=_optional_ref(video),
            footsteps=object_ref_to_proto(footsteps),
            surfaces=object_ref_to_proto(surfaces),
            style=style_to_proto(style),
            output_prefix=output_prefix,
        )
        result = await self._stream(
            self._stub.SynthesizeFootsteps, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return SoundResult(
            mix=object_ref_from_proto(result.mix),
            foley=object_ref_from_proto(result.foley),
            cues=object_ref_from_proto(result.cues),
            loudness=report_from_proto(LoudnessReport, result.loudness),
            stems=tuple(stem_from_proto(stem) for stem in result.stems),
            channel_layout=result.channel_layout,
            original_gain_db=result.original_gain_db,
            foley_gain_db=result.foley_gain_db,
        )

    async def render_video(
        self,
        video: ObjectRef,
        sound: SoundResult,
        detection: DetectionResult,
        surfaces: ObjectRef,
        output_prefix: str,
        *,
        session: SessionOptions,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> VideoResult:
        """The videos; of the session start time code and offset count, for the time code that is drawn."""
        request = audio_pb.RenderVideoRequest(
            video=object_ref_to_proto(video),
            mix=object_ref_to_proto(sound.mix),
            cues=object_ref_to_proto(sound.cues),
            footsteps=object_ref_to_proto(detection.footsteps),
            surfaces=object_ref_to_proto(surfaces),
            poses=object_ref_to_proto(detection.poses),
            output_prefix=output_prefix,
            session=session_to_proto(replace(session, handles_s=0.0)),
        )
        result = await self._stream(
            self._stub.RenderVideo, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return VideoResult(
            foley_video=object_ref_from_proto(result.foley_video),
            annotated_video=object_ref_from_proto(result.annotated_video),
            sync=report_from_proto(SyncReport, result.sync),
            untouched=(
                object_ref_from_proto(result.foley_video_untouched)
                if result.HasField("foley_video_untouched")
                else None
            ),
        )

    async def build_sample_pack(
        self,
        recording: ObjectRef,
        spec: PackSpec,
        output_prefix: str,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> PackBuild:
        """A sample pack of the footsteps in a stored recording."""
        request = pack_request(object_ref_to_proto(recording), spec, output_prefix)
        result = await self._stream(
            self._stub.BuildSamplePack, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return PackBuild(
            pack=object_ref_from_proto(result.pack),
            step_count=result.step_count,
            rejected=tuple(rejection_from_proto(part) for part in result.rejected),
        )

    async def render_step_bank(
        self, wish: SoundWish, output_prefix: str, *, deadline_s: float
    ) -> AsyncIterator[BankedStep]:
        """Single steps, as they are made."""
        request = bank_request(wish, output_prefix)
        replies = cast("AsyncIterator[Any]", self._stub.RenderStepBank(request, timeout=deadline_s))
        try:
            async for reply in replies:
                if reply.WhichOneof("event") == "step":
                    yield BankedStep(
                        object_ref_from_proto(reply.step.sound), reply.step.contact_sample
                    )
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        finally:
            cast("grpc.aio.UnaryStreamCall[Any, Any]", replies).cancel()

    async def export_session(
        self, request: ExportRequest, *, deadline_s: float
    ) -> tuple[RenderFile, ...]:
        """The files for people and other programs."""
        message = audio_pb.ExportSessionRequest(
            footsteps=object_ref_to_proto(request.footsteps),
            surfaces=object_ref_to_proto(request.surfaces),
            formats=[format_to_proto(item) for item in request.formats],  # type: ignore[misc]
            loudness=report_to_proto(request.loudness),
            sync=report_to_proto(request.sync),
            style=style_to_proto(request.style),
            video_name=request.video_name,
            output_prefix=request.output_prefix,
            session=session_to_proto(request.session),
            cues=_optional_ref(request.cues),
            mix=_optional_ref(request.mix),
            foley=_optional_ref(request.foley),
            stems=[stem_to_proto(stem) for stem in request.stems],
            video=_optional_ref(request.video),
        )
        result = await self._unary(self._stub.ExportSession, message, deadline_s=deadline_s)
        files = [object_ref_from_proto(item.file) for item in result.files]
        return tuple(RenderFile(ref.key.rsplit("/", 1)[-1], ref) for ref in files)


def _optional_ref(ref: ObjectRef | None) -> media_pb2.ObjectRef | None:
    return None if ref is None else object_ref_to_proto(ref)
