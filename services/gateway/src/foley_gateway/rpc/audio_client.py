"""The audio service over gRPC: programmes, videos, files, sample packs, single steps."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.audio.v1 import audio_service_pb2_grpc as audio_grpc
from foley.common.v1 import media_pb2
from foley_common.objects import ObjectRef
from foley_common.programme import LoudnessReport, SessionOptions, SyncReport
from foley_common.rpc.convert import (
    object_ref_from_proto,
    object_ref_to_proto,
)
from foley_common.rpc.programme import report_from_proto, report_to_proto
from foley_gateway.domain.sample_packs import BankedStep, PackBuild, PackSpec, SoundWish
from foley_gateway.domain.types import (
    DetectionResult,
    RenderFile,
    SoundResult,
    Style,
    VideoResult,
)
from foley_gateway.patience import Patience
from foley_gateway.rpc.options import format_to_proto
from foley_gateway.rpc.packs import bank_request, pack_request, rejection_from_proto
from foley_gateway.rpc.stage_client import StageClient, replies_of
from foley_gateway.rpc.style import (
    session_to_proto,
    stem_from_proto,
    stem_to_proto,
    style_to_proto,
)
from foley_gateway.stages import ExportRequest, OnProgress


class GrpcAudio(StageClient):
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
        tails: bool,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> SoundResult:
        """The programme, with tails for handles if so asked."""
        request = audio_pb.SynthesizeFootstepsRequest(
            video=_optional_ref(video),
            footsteps=object_ref_to_proto(footsteps),
            surfaces=object_ref_to_proto(surfaces),
            style=style_to_proto(style),
            output_prefix=output_prefix,
            tails=tails,
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
            mix_tail=(
                object_ref_from_proto(result.mix_tail) if result.HasField("mix_tail") else None
            ),
            foley_tail=(
                object_ref_from_proto(result.foley_tail) if result.HasField("foley_tail") else None
            ),
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
    ) -> AsyncGenerator[BankedStep]:
        """Single steps, as they are made."""
        request = bank_request(wish, output_prefix)
        async with aclosing(
            replies_of(self._stub.RenderStepBank, request, deadline_s=deadline_s)
        ) as replies:
            async for reply in replies:
                if reply.WhichOneof("event") == "step":
                    yield BankedStep(
                        object_ref_from_proto(reply.step.sound), reply.step.contact_sample
                    )

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
            mix_tail=_optional_ref(request.mix_tail),
            foley_tail=_optional_ref(request.foley_tail),
        )
        result = await self._unary(self._stub.ExportSession, message, deadline_s=deadline_s)
        files = [object_ref_from_proto(item.file) for item in result.files]
        return tuple(RenderFile(ref.key.rsplit("/", 1)[-1], ref) for ref in files)


def _optional_ref(ref: ObjectRef | None) -> media_pb2.ObjectRef | None:
    return None if ref is None else object_ref_to_proto(ref)
