"""The audio service's calls: validate, convert, fetch, work, store, convert."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, cast

import grpc.aio

from foley.audio.v1 import audio_service_pb2 as pb
from foley.audio.v1 import audio_service_pb2_grpc
from foley.common.v1 import media_pb2, progress_pb2
from foley_audio import convert, validate
from foley_audio.domain.cues import make_cues
from foley_audio.domain.layers import layers_of
from foley_audio.domain.mix import Voices
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import Style
from foley_audio.pipeline import SynthesizedSound, Tools, synthesize
from foley_audio.programme.parking import original_of
from foley_audio.render.recording import cut_slices
from foley_audio.render.room_response import room_response
from foley_audio.render.video import RenderedVideo, render_video
from foley_audio.results import find_result, result_key, store_result
from foley_audio.sampling.builder import PACK_NAME, BuiltPack, build_pack
from foley_audio.sampling.slices import cut_steps
from foley_audio.session_export import export_session
from foley_audio.step_bank import BankFile, write_bank
from foley_audio.voices import PackFile, SampledVoice
from foley_common.footsteps import DetectedFootsteps
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.pose_tracks import PoseTracks
from foley_common.rpc.convert import (
    duration_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    time_range_from_proto,
)
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.footsteps import detected_footsteps_from_bytes
from foley_common.rpc.programme import report_to_proto
from foley_common.rpc.surfaces import surface_report_from_bytes
from foley_common.rpc.work import CallContext, Finished, ProgressUpdate, Reporter, WorkQueue
from foley_common.scratch import scratch_folder
from foley_common.sound import DEFAULT_SAMPLE_RATE_HZ, SoundEngine
from foley_common.surfaces import SurfaceReport

WAV = "audio/wav"
MP4 = "video/mp4"
LOSSLESS_VIDEO = {".mov": "video/quicktime", ".mkv": "video/x-matroska"}
ZIP = "application/zip"
Context = grpc.aio.ServicerContext[Any, Any]


class AudioServicer(audio_service_pb2_grpc.AudioServiceServicer):
    """`foley.audio.v1.AudioService`.

    Args:
        store: Where media and results live.
        queue: Runs the long jobs.
        synthesizer: Makes steps.
        scratch_dir: Where temporary files go; None for the system's place.
        block_samples: Samples worked on at a time.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        queue: WorkQueue,
        synthesizer: Synthesizer,
        scratch_dir: Path | None,
        block_samples: int,
    ) -> None:
        self._store = store
        self._queue = queue
        self._synthesizer = synthesizer
        self._scratch_dir = scratch_dir
        self._block_samples = block_samples

    @maps_errors
    async def SynthesizeFootsteps(  # noqa: N802 - the contract's name
        self, request: pb.SynthesizeFootstepsRequest, context: Context
    ) -> AsyncIterator[pb.SynthesizeFootstepsResponse]:
        """Synthesises every footstep at its sample and mixes the programme."""
        validate.check_synthesis(request)
        prefix = request.output_prefix
        key = result_key(prefix, "sound", request)
        found = await find_result(self._store, key, pb.SynthesisResult, f"{prefix}/")
        if found is not None:
            yield pb.SynthesizeFootstepsResponse(result=found)
            return
        detected, surfaces = await self._facts(request.footsteps, request.surfaces)
        validate.check_length(detected.video)
        style = convert.style_from_proto(request.style)
        with self._scratch() as folder:
            source = folder / "source"
            if request.HasField("video"):
                await self._store.fetch(object_ref_from_proto(request.video), source)

            packs = await self._packs(style, folder)

            def job(reporter: Reporter) -> SynthesizedSound:
                cues = make_cues(detected.footsteps, surfaces, detected.video, style)
                with SampledVoice(cues, packs, self._synthesizer, style.sample_rate_hz) as voice:
                    sound = synthesize(
                        detected.footsteps,
                        surfaces,
                        detected.video,
                        style,
                        tools=Tools(
                            Voices(step=voice, layers=layers_of(style), room=room_response),
                            original_of(source) if source.exists() else None,
                        ),
                        out_dir=folder,
                        block_samples=self._block_samples,
                        with_tails=request.tails,
                        on_progress=reporter.report,
                    )
                    voice.note_engines(sound.cues)
                return sound

            async for item in self._queue.run(job, cast("CallContext", context)):
                if isinstance(item, ProgressUpdate):
                    yield pb.SynthesizeFootstepsResponse(progress=_progress(item))
                    continue
                sound = item.value
                tails = [
                    await self._publish(
                        path, f"{prefix}/{path.relative_to(folder).as_posix()}", WAV
                    )
                    for path in sound.tails
                ]
                mix_tail, foley_tail, *stem_tails = tails or [None, None]
                result = pb.SynthesisResult(
                    mix=await self._publish(sound.mix, f"{prefix}/mix.wav", WAV),
                    foley=await self._publish(sound.foley, f"{prefix}/foley.wav", WAV),
                    cues=await self._publish(sound.cues, f"{prefix}/cues.json", "application/json"),
                    loudness=report_to_proto(sound.loudness),
                    stems=[
                        convert.stem_to_proto(
                            file.stem,
                            await self._publish(file.path, f"{prefix}/stems/{file.path.name}", WAV),
                            tail,
                        )
                        for file, tail in itertools.zip_longest(sound.stems, stem_tails)
                    ],
                    channel_layout=sound.channel_layout,
                    original_gain_db=sound.original_gain_db,
                    foley_gain_db=sound.foley_gain_db,
                    mix_tail=mix_tail,
                    foley_tail=foley_tail,
                )
                await store_result(self._store, key, result)
                yield pb.SynthesizeFootstepsResponse(result=result)

    @maps_errors
    async def RenderVideo(  # noqa: N802
        self, request: pb.RenderVideoRequest, context: Context
    ) -> AsyncIterator[pb.RenderVideoResponse]:
        """Puts the mix into the video and draws the annotated copy."""
        validate.check_video(request)
        prefix = request.output_prefix
        key = result_key(prefix, "video", request)
        found = await find_result(self._store, key, pb.VideoResult, f"{prefix}/")
        if found is not None:
            yield pb.RenderVideoResponse(result=found)
            return
        detected, surfaces = await self._facts(request.footsteps, request.surfaces)
        cues = convert.placed_cues_from_json(
            await self._store.read_bytes(object_ref_from_proto(request.cues))
        )
        with self._scratch() as folder:
            source, mix, tracks = folder / "source", folder / "mix.wav", folder / "poses.npz"
            await self._store.fetch(object_ref_from_proto(request.video), source)
            await self._store.fetch(object_ref_from_proto(request.mix), mix)
            has_poses = request.HasField("poses")
            if has_poses:
                await self._store.fetch(object_ref_from_proto(request.poses), tracks)
            out_dir = folder / "out"
            out_dir.mkdir()

            def job(reporter: Reporter) -> RenderedVideo:
                poses = PoseTracks.load(tracks) if has_poses else None
                return render_video(
                    source,
                    mix,
                    cues,
                    detected.footsteps,
                    surfaces,
                    poses,
                    out_dir,
                    reporter.report,
                    labels=convert.session_options_from_proto(request.session),
                )

            async for item in self._queue.run(job, cast("CallContext", context)):
                if isinstance(item, ProgressUpdate):
                    yield pb.RenderVideoResponse(progress=_progress(item))
                    continue
                video = item.value
                result = pb.VideoResult(
                    foley_video=await self._publish(video.foley_video, f"{prefix}/foley.mp4", MP4),
                    foley_video_untouched=(
                        await self._publish(
                            video.foley_video_untouched,
                            f"{prefix}/{video.foley_video_untouched.name}",
                            LOSSLESS_VIDEO[video.foley_video_untouched.suffix],
                        )
                        if video.foley_video_untouched
                        else None
                    ),
                    annotated_video=await self._publish(
                        video.annotated_video, f"{prefix}/annotated.mp4", MP4
                    ),
                    sync=report_to_proto(video.sync),
                )
                await store_result(self._store, key, result)
                yield pb.RenderVideoResponse(result=result)

    @maps_errors
    async def ExportSession(  # noqa: N802
        self, request: pb.ExportSessionRequest, context: Context
    ) -> pb.ExportSessionResponse:
        """Writes the footsteps in formats that people and other programs open."""
        validate.check_export(request)
        prefix = request.output_prefix
        key = result_key(prefix, "exports", request)
        found = await find_result(self._store, key, pb.ExportSessionResponse, f"{prefix}/")
        if found is not None:
            return found
        detected, surfaces = await self._facts(request.footsteps, request.surfaces)
        order = convert.export_order_from_proto(request, detected, surfaces)
        with self._scratch() as folder:
            files = await export_session(
                order,
                self._store,
                folder,
                lambda job: self._queue.run(job, cast("CallContext", context)),
            )
        response = pb.ExportSessionResponse(
            files=[convert.exported_to_proto(kind, ref) for kind, ref in files]
        )
        await store_result(self._store, key, response)
        return response

    @maps_errors
    async def SliceSound(  # noqa: N802
        self, request: pb.SliceSoundRequest, context: Context
    ) -> pb.SliceSoundResponse:
        """Cuts seconds, or every single footstep, out of a recording."""
        validate.check_slices(request)
        prefix = request.output_prefix
        key = result_key(prefix, "slices", request)
        found = await find_result(self._store, key, pb.SliceSoundResponse, f"{prefix}/")
        if found is not None:
            return found
        with self._scratch() as folder:
            recording = folder / "recording"
            await self._store.fetch(object_ref_from_proto(request.recording), recording)
            ranges_s = [time_range_from_proto(message) for message in request.ranges]

            def job(reporter: Reporter) -> list[Path]:
                rate_hz, report = request.sample_rate_hz, reporter.report
                if request.single_steps:
                    return cut_steps(
                        recording,
                        folder,
                        sample_rate_hz=rate_hz,
                        audio_stream=request.audio_stream,
                        on_progress=report,
                    )
                return cut_slices(
                    recording,
                    ranges_s,
                    folder,
                    sample_rate_hz=rate_hz,
                    stream=request.audio_stream or 1,
                    on_progress=report,
                )

            slices = [
                await self._publish(out, f"{prefix}/{out.name}", WAV)
                async for item in self._queue.run(job, cast("CallContext", context))
                if isinstance(item, Finished)
                for out in item.value
            ]
        response = pb.SliceSoundResponse(slices=slices)
        await store_result(self._store, key, response)
        return response

    @maps_errors
    async def RenderStepBank(  # noqa: N802
        self, request: pb.RenderStepBankRequest, context: Context
    ) -> AsyncIterator[pb.RenderStepBankResponse]:
        """Synthesises single steps of one surface, shoe and gait, one file each."""
        validate.check_bank(request)
        specs = convert.bank_specs(request)
        rate = request.sample_rate_hz or DEFAULT_SAMPLE_RATE_HZ
        with self._scratch() as folder:

            def job(reporter: Reporter) -> list[BankFile]:
                return write_bank(
                    specs,
                    self._synthesizer,
                    folder,
                    sample_rate_hz=rate,
                    on_progress=reporter.report,
                )

            async for item in self._queue.run(job, cast("CallContext", context)):
                if isinstance(item, ProgressUpdate):
                    yield pb.RenderStepBankResponse(progress=_progress(item))
                    continue
                for file in item.value:
                    key = f"{request.output_prefix}/{file.path.name}"
                    step = pb.BankStep(
                        sound=await self._publish(file.path, key, WAV),
                        contact_sample=file.contact_sample,
                        duration=duration_to_proto(file.duration_s),
                    )
                    yield pb.RenderStepBankResponse(step=step)

    @maps_errors
    async def BuildSamplePack(  # noqa: N802
        self,
        request: pb.BuildSamplePackRequest,
        context: Context,
    ) -> AsyncIterator[pb.BuildSamplePackResponse]:
        """Makes a sample pack of the footsteps in a recording."""
        validate.check_pack(request)
        prefix = request.output_prefix
        key = result_key(prefix, "pack", request)
        found = await find_result(self._store, key, pb.SamplePackResult, f"{prefix}/")
        if found is not None:
            yield pb.BuildSamplePackResponse(result=found)
            return
        spec = convert.pack_spec(request)
        with self._scratch() as folder:
            recording = folder / "recording"
            await self._store.fetch(object_ref_from_proto(request.recording), recording)

            def job(reporter: Reporter) -> BuiltPack:
                return build_pack(recording, spec, folder, on_progress=reporter.report)

            async for item in self._queue.run(job, cast("CallContext", context)):
                if isinstance(item, ProgressUpdate):
                    yield pb.BuildSamplePackResponse(progress=_progress(item))
                    continue
                manifest = item.value.manifest
                result = pb.SamplePackResult(
                    pack=await self._publish(item.value.path, f"{prefix}/{PACK_NAME}", ZIP),
                    step_count=len(manifest.steps),
                    rejected=[convert.rejection_to_proto(part) for part in manifest.rejected],
                )
                await store_result(self._store, key, result)
                yield pb.BuildSamplePackResponse(result=result)

    async def _facts(
        self, footsteps: media_pb2.ObjectRef, surfaces: media_pb2.ObjectRef
    ) -> tuple[DetectedFootsteps, SurfaceReport]:
        steps = await self._store.read_bytes(object_ref_from_proto(footsteps))
        grounds = await self._store.read_bytes(object_ref_from_proto(surfaces))
        return detected_footsteps_from_bytes(steps), surface_report_from_bytes(grounds)

    async def _packs(self, style: Style, folder: Path) -> list[PackFile]:
        """The packs of a style, fetched; none unless it plays them."""
        if style.engine is not SoundEngine.SAMPLED:
            return []
        packs: list[PackFile] = []
        for i, ref in enumerate(style.sample_packs):
            pack = PackFile(folder / f"pack-{i}.zip", ref.key)
            await self._store.fetch(ref, pack.path)
            packs.append(pack)
        return packs

    async def _publish(self, path: Path, key: str, media_type: str) -> media_pb2.ObjectRef:
        ref: ObjectRef = await self._store.publish(path, key, media_type)
        return object_ref_to_proto(ref)

    def _scratch(self) -> AbstractContextManager[Path]:
        return scratch_folder("audio", self._scratch_dir)


def _progress(update: ProgressUpdate) -> progress_pb2.Progress:
    return progress_pb2.Progress(
        done_count=update.done_count, total_count=update.total_count, unit=update.unit
    )
