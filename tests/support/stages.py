"""Stand-ins for the three stages that speak real gRPC and write real objects: what a gateway is tested against.

They find nothing in the picture (a step every half second is made up) and count what they are asked, so that a test
can say how often work was done. `hold` stops a method until it is let go, `fail` makes it answer with an error.
"""

# ruff: noqa: ARG002, N802 - names and arguments are those of the generated servicers

from __future__ import annotations

import asyncio
import io
import json
import tempfile
import wave
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc.aio
import numpy as np

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.audio.v1 import audio_service_pb2_grpc as audio_grpc
from foley.audio.v1 import loudness_pb2
from foley.common.v1 import footstep_pb2, media_pb2, progress_pb2
from foley.detector.v1 import detector_service_pb2 as detector_pb
from foley.detector.v1 import detector_service_pb2_grpc as detector_grpc
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as surface_grpc
from foley_common.errors import FoleyError, SoundNotFound
from foley_common.footsteps import (
    DetectedFootsteps,
    Footstep,
    GaitKind,
    ModelVersion,
    Side,
    StrikePattern,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectStore
from foley_common.pose_tracks import LANDMARK_COUNT, PoseTracks
from foley_common.rpc.convert import (
    object_ref_from_proto,
    object_ref_to_proto,
    time_range_from_proto,
    time_range_to_proto,
    video_info_from_proto,
    video_info_to_proto,
)
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.footsteps import (
    detected_footsteps_from_bytes,
    detected_footsteps_to_bytes,
    models_to_proto,
)
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.surfaces import SurfaceReport

STEP_INTERVAL_S = 0.5
MODELS = (ModelVersion("yolov8n.onnx", "0" * 64),)
_CSV_HEADER = (
    "frame,timecode,foot,event,time_seconds,confidence,"
    "track_id,x_px,y_px,surface,footwear,strength,gait,footstep_id"
)


@dataclass(slots=True)
class FakeStages:
    """What the stand-ins do, and what they were asked.

    Attributes:
        answers_digest: What the surface agent says its answers depend on.
        report: What it says about the ground.
        sounds: What `FindSounds` gives, by query or address: sounds and rejections, and an error to end with.
        packs: Steps that `BuildSamplePack` finds in a recording, by the recording's key, or the error it raises.
    """

    store: ObjectStore
    video: VideoInfo
    calls: Counter[str] = field(default_factory=Counter)
    requests: list[Any] = field(default_factory=list)
    cancelled: Counter[str] = field(default_factory=Counter)
    fail: dict[str, FoleyError] = field(default_factory=dict)
    progress_count: int = 4
    pause_s: float = 0.0
    answers_digest: str = "answers-1"
    report: SurfaceReport = field(default_factory=SurfaceReport)
    sounds: dict[str, list[Any]] = field(default_factory=dict)
    packs: dict[str, int | FoleyError] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    _gates: dict[str, asyncio.Event] = field(default_factory=dict)

    def hold(self, method: str) -> None:
        """Stop this method in the middle of its work until `release`."""
        self._gates[method] = asyncio.Event()

    def release(self, method: str) -> None:
        """Let it go on."""
        self._gates.pop(method).set()

    async def called(self, method: str, count: int = 1, within_s: float = 20.0) -> None:
        """Return once a method was called this often."""
        async with asyncio.timeout(within_s):
            while self.calls[method] < count:
                await asyncio.sleep(0.02)

    async def work(self, method: str, request: object) -> AsyncIterator[progress_pb2.Progress]:
        """What every method does first: count, fail or hold as told, report progress."""
        self.calls[method] += 1
        self.requests.append(request)
        if method in self.fail:
            raise self.fail[method]
        try:
            for done in range(1, self.progress_count + 1):
                await asyncio.sleep(self.pause_s)
                yield progress_pb2.Progress(
                    done_count=done, total_count=self.progress_count, unit="things"
                )
                if done == self.progress_count // 2 and (gate := self._gates.get(method)):
                    await gate.wait()
        except (asyncio.CancelledError, GeneratorExit):  # the latter while progress is being sent
            self.cancelled[method] += 1
            raise

    async def put(self, data: bytes, key: str, media_type: str) -> media_pb2.ObjectRef:
        """Store bytes."""
        return object_ref_to_proto(await self.store.publish_bytes(data, key, media_type))

    def steps(self) -> tuple[Footstep, ...]:
        """A step every half second, feet in turn."""
        count = int(self.video.duration_s / STEP_INTERVAL_S)
        return tuple(
            Footstep(
                footstep_id=f"t1-{index + 1:04d}",
                track_id=1,
                side=Side.LEFT if index % 2 == 0 else Side.RIGHT,
                initial_contact_time_s=0.25 + index * STEP_INTERVAL_S,
                toe_off_time_s=0.25 + index * STEP_INTERVAL_S + 0.3,
                confidence=0.9,
                toe_off_confidence=0.8,
                strength=0.5,
                gait_kind=GaitKind.WALK,
                strike_pattern=StrikePattern.HEEL,
                x_px=40.0 + index,
                y_px=100.0,
                person_height_px=80.0,
            )
            for index in range(count)
        )


class _Detector(detector_grpc.DetectorServiceServicer):
    def __init__(self, fakes: FakeStages) -> None:
        self._fakes = fakes

    @maps_errors
    async def EstimatePoses(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("EstimatePoses", request):
            yield detector_pb.EstimatePosesResponse(progress=progress)
        poses = await self._fakes.put(b"poses", request.output_key, "application/octet-stream")
        yield detector_pb.EstimatePosesResponse(
            result=detector_pb.PoseEstimate(
                poses=poses,
                video=video_info_to_proto(self._fakes.video),
                models=models_to_proto(MODELS),
            )
        )

    @maps_errors
    async def FindFootsteps(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("FindFootsteps", request):
            yield detector_pb.FindFootstepsResponse(progress=progress)
        steps = self._fakes.steps()
        data = detected_footsteps_to_bytes(
            DetectedFootsteps(video_info_from_proto(request.video), steps, models=MODELS)
        )
        prefix = request.output_prefix
        yield detector_pb.FindFootstepsResponse(
            result=detector_pb.DetectionResult(
                footsteps=await self._fakes.put(
                    data, f"{prefix}/footsteps.binpb", "application/x-protobuf"
                ),
                poses=await self._fakes.put(
                    _nobody(self._fakes.video), f"{prefix}/poses.npz", "application/octet-stream"
                ),
                footstep_count=len(steps),
                walker_count=1 if steps else 0,
            )
        )


class _SurfaceAgent(surface_grpc.SurfaceAgentServiceServicer):
    def __init__(self, fakes: FakeStages) -> None:
        self._fakes = fakes

    @maps_errors
    async def ClassifySurfaces(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("ClassifySurfaces", request):
            yield surface_pb.ClassifySurfacesResponse(progress=progress)
        data = surface_report_to_bytes(self._fakes.report)
        ref = await self._fakes.put(data, request.output_key, "application/x-protobuf")
        yield surface_pb.ClassifySurfacesResponse(
            result=surface_pb.SurfaceResult(surfaces=ref, span_count=1)
        )

    @maps_errors
    async def DescribeAgent(self, request: Any, context: Any) -> Any:
        if "DescribeAgent" in self._fakes.fail:
            raise self._fakes.fail["DescribeAgent"]
        return surface_pb.DescribeAgentResponse(answers_digest=self._fakes.answers_digest)

    @maps_errors
    async def FindSounds(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("FindSounds", request):
            yield surface_pb.FindSoundsResponse(progress=progress)
        asked = request.query or request.url
        for item in self._fakes.sounds.get(asked, [SoundNotFound(f"nothing for {asked}")]):
            if isinstance(item, FoleyError):
                raise item
            kind = "sound" if isinstance(item, surface_pb.FoundSound) else "rejected"
            yield surface_pb.FindSoundsResponse(**{kind: item})


class _Audio(audio_grpc.AudioServiceServicer):
    def __init__(self, fakes: FakeStages) -> None:
        self._fakes = fakes

    @maps_errors
    async def SynthesizeFootsteps(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("SynthesizeFootsteps", request):
            yield audio_pb.SynthesizeFootstepsResponse(progress=progress)
        prefix = request.output_prefix

        async def tail(name: str) -> media_pb2.ObjectRef | None:
            if not request.tails:
                return None
            return await self._fakes.put(_silence(), f"{prefix}/tails/{name}.wav", "audio/wav")

        yield audio_pb.SynthesizeFootstepsResponse(
            result=audio_pb.SynthesisResult(
                mix_tail=await tail("mix"),
                foley_tail=await tail("foley"),
                mix=await self._fakes.put(_silence(), f"{prefix}/mix.wav", "audio/wav"),
                foley=await self._fakes.put(_silence(), f"{prefix}/foley.wav", "audio/wav"),
                cues=await self._fakes.put(
                    b'{"sample_rate_hz": 48000, "cues": [{"onset_sample": 19200}]}',
                    f"{prefix}/cues.json",
                    "application/json",
                ),
                loudness=loudness_pb2.LoudnessReport(
                    integrated_lufs=-23.0,
                    true_peak_dbtp=-3.2,
                    target_lufs=-23.0,
                    true_peak_ceiling_dbtp=-1.0,
                ),
                stems=[
                    audio_pb.Stem(
                        name="track-1-left",
                        sound=await self._fakes.put(
                            _silence(), f"{prefix}/track-1-left.wav", "audio/wav"
                        ),
                        kind=audio_pb.STEM_KIND_FOOT,
                        track_id=1,
                        side=footstep_pb2.SIDE_LEFT,
                        gain_db=-3.0,
                        tail=await tail("stems/track-1-left"),
                    )
                ]
                if request.style.stems
                else [],
                channel_layout="stereo",
            )
        )

    @maps_errors
    async def RenderVideo(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("RenderVideo", request):
            yield audio_pb.RenderVideoResponse(progress=progress)
        prefix = request.output_prefix
        video = await self._fakes.store.read_bytes(object_ref_from_proto(request.video))
        yield audio_pb.RenderVideoResponse(
            result=audio_pb.VideoResult(
                foley_video=await self._fakes.put(video, f"{prefix}/foley.mp4", "video/mp4"),
                annotated_video=await self._fakes.put(
                    video, f"{prefix}/annotated.mp4", "video/mp4"
                ),
                sync=loudness_pb2.SyncReport(placed_count=3, delivered_offset_ms=0.25),
            )
        )

    @maps_errors
    async def BuildSamplePack(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("BuildSamplePack", request):
            yield audio_pb.BuildSamplePackResponse(progress=progress)
        steps = self._fakes.packs.get(request.recording.key, 2)
        if isinstance(steps, FoleyError):
            raise steps
        pack = await self._fakes.put(
            sample_pack(request.pack_name), f"{request.output_prefix}/pack.zip", "application/zip"
        )
        yield audio_pb.BuildSamplePackResponse(
            result=audio_pb.SamplePackResult(
                pack=pack,
                step_count=steps,
                rejected=[
                    audio_pb.RejectedPart(range=time_range_to_proto(1.0, 2.5), reason="speech")
                ],
            )
        )

    @maps_errors
    async def RenderStepBank(self, request: Any, context: Any) -> Any:
        async for progress in self._fakes.work("RenderStepBank", request):
            yield audio_pb.RenderStepBankResponse(progress=progress)
        for i in range(request.step_count):
            sound = await self._fakes.put(
                _silence(), f"{request.output_prefix}/step-{i:03d}.wav", "audio/wav"
            )
            yield audio_pb.RenderStepBankResponse(
                step=audio_pb.BankStep(sound=sound, contact_sample=48)
            )

    @maps_errors
    async def ExportSession(self, request: Any, context: Any) -> Any:
        async for _ in self._fakes.work("ExportSession", request):
            pass
        data = await self._fakes.store.read_bytes(object_ref_from_proto(request.footsteps))
        steps = detected_footsteps_from_bytes(data).footsteps
        rows = [_CSV_HEADER]
        for step in steps:
            for event, time_s in (
                ("HEEL_STRIKE", step.initial_contact_time_s),
                ("TOE_OFF", step.toe_off_time_s),
            ):
                if time_s is None:
                    continue
                rows.append(
                    f"{round(time_s * 25)},00:00:{int(time_s):02d}:00,{step.side.name},{event},{time_s:.3f},"
                    f"{step.confidence:.2f},{step.track_id},{step.x_px},{step.y_px},gravel,boot,"
                    f"{step.strength},walk,{step.footstep_id}"
                )
        written = {
            audio_pb.SESSION_FORMAT_CSV: ("footsteps.csv", "\n".join(rows) + "\n", "text/csv"),
            audio_pb.SESSION_FORMAT_JSON: (
                "footsteps.json",
                json.dumps({"video": {}}),
                "application/json",
            ),
            audio_pb.SESSION_FORMAT_TIMECODE_TEXT: ("footsteps.txt", "00:00:00:00\n", "text/plain"),
            audio_pb.SESSION_FORMAT_REPORT: ("report.json", "{}", "application/json"),
        }
        files = [
            audio_pb.ExportedFile(
                format=kind,
                file=await self._fakes.put(
                    written[kind][1].encode(),
                    f"{request.output_prefix}/{written[kind][0]}",
                    written[kind][2],
                ),
            )
            for kind in (list(request.formats) or list(written))
        ]
        return audio_pb.ExportSessionResponse(files=files)


@asynccontextmanager
async def serving(fakes: FakeStages, **ports: int) -> AsyncIterator[FakeStages]:
    """All three stand-ins on loopback, each on its own port (a free one unless given)."""
    async with (
        one_stage(fakes, "detector", ports.get("detector", 0)),
        one_stage(fakes, "surface_agent", ports.get("surface_agent", 0)),
        one_stage(fakes, "audio", ports.get("audio", 0)),
    ):
        yield fakes


@asynccontextmanager
async def one_stage(fakes: FakeStages, name: str, port: int = 0) -> AsyncIterator[str]:
    """One stand-in on loopback; gives its target."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    if name == "detector":
        detector_grpc.add_DetectorServiceServicer_to_server(_Detector(fakes), server)
    elif name == "surface_agent":
        surface_grpc.add_SurfaceAgentServiceServicer_to_server(_SurfaceAgent(fakes), server)
    else:
        audio_grpc.add_AudioServiceServicer_to_server(_Audio(fakes), server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    fakes.targets[name] = f"127.0.0.1:{bound}"
    try:
        yield fakes.targets[name]
    finally:
        await server.stop(None)


def segment_ranges(fakes: FakeStages) -> list[tuple[float, float]]:
    """Start and end of every segment that was asked for, in seconds; an open end is infinity."""
    return sorted(
        time_range_from_proto(request.range)
        for request in fakes.requests
        if isinstance(request, detector_pb.EstimatePosesRequest)
    )


def sample_pack(
    name: str = "test", *, surface: str = "gravel", silent: tuple[str, ...] = ()
) -> bytes:
    """A small sample pack: two files of a sound that dies away; those named hold silence."""
    manifest = {
        "schema": "foley.sample-pack",
        "schema_version": 1,
        "name": name,
        "surface": surface,
        "footwear": "boot",
        "provenance": {"licence": "CC0-1.0"},
        "steps": [{"file": "1.wav"}, {"file": "2.wav", "gait": "run"}],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json"), json.dumps(manifest))
        for file in ("1.wav", "2.wav"):
            archive.writestr(zipfile.ZipInfo(file), _silence() if file in silent else _thud())
    return out.getvalue()


def _nobody(video: VideoInfo) -> bytes:
    """Pose tracks of a clip with nobody in it."""
    frames = np.arange(video.frame_count)
    poses = PoseTracks(
        width_px=video.width_px,
        height_px=video.height_px,
        time_s=frames / float(video.frame_rate),
        frame_index=frames,
        camera_from_previous=np.tile(np.eye(2, 3), (frames.size, 1, 1)),
        is_cut=np.zeros(frames.size, bool),
        is_duplicate=np.zeros(frames.size, bool),
        row_frame=np.zeros(0, np.int64),
        row_track=np.zeros(0, np.int64),
        box_xyxy_px=np.zeros((0, 4), np.float32),
        box_confidence=np.zeros(0, np.float32),
        box_is_detected=np.zeros(0, bool),
        landmarks_xy_px=np.zeros((0, LANDMARK_COUNT, 2), np.float32),
        visibility=np.zeros((0, LANDMARK_COUNT), np.float32),
        pose_confidence=np.zeros(0, np.float32),
        appearance_track=np.zeros(0, np.int64),
        appearance=np.zeros((0, 1), np.float32),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "poses.npz"
        poses.save(path)
        return path.read_bytes()


def _silence() -> bytes:
    return _stereo_24_bit(bytes(6 * 4800))


def _thud() -> bytes:
    """A tenth of a second of 200 Hz that dies away."""
    t = np.arange(4800) / 48_000
    tone = 0.3 * np.exp(-40 * t) * np.sin(2 * np.pi * 200 * t)
    whole = np.repeat((tone * 2**31).astype("<i4"), 2)
    return _stereo_24_bit(whole.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes())


def _stereo_24_bit(frames: bytes) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(48_000)
        file.writeframes(frames)
    return data.getvalue()
