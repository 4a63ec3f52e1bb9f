"""From a recording to a programme of recorded steps, over real gRPC, with a real store."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import pytest_asyncio
import soundfile

from foley.audio.v1 import audio_service_pb2 as pb
from foley.audio.v1 import audio_service_pb2_grpc
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley_common.errors import (
    FoleyError,
    InvalidField,
    RecordingUnusable,
    SamplePackInvalid,
    UndecodableMedia,
)
from foley_common.footsteps import DetectedFootsteps
from foley_common.media.probe import probe
from foley_common.objects import ObjectStore
from foley_common.rpc.convert import object_ref_from_proto, object_ref_to_proto, time_range_to_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.footsteps import detected_footsteps_to_bytes
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.surfaces import Surface
from support.audio import ground, of_streams, read_wav, walk
from support.audio_desk import running_audio
from support.clips import clip
from support.steps import RATE_HZ, music_like, synthetic_walk

PREFIX = "clips/c-1/renders/r-1"


@dataclass
class Desk:
    """A running service, its store and a client."""

    stub: audio_service_pb2_grpc.AudioServiceStub
    store: ObjectStore
    folder: Path

    async def put(self, content: bytes, key: str) -> media_pb2.ObjectRef:
        ref = await self.store.publish_bytes(content, key, "application/octet-stream")
        return object_ref_to_proto(ref)

    async def get(self, ref: media_pb2.ObjectRef) -> bytes:
        return await self.store.read_bytes(object_ref_from_proto(ref))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_audio(tmp_path) as (stub, store):
        yield Desk(stub, store, tmp_path)


def wav(sound: np.ndarray) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sound, RATE_HZ, format="WAV", subtype="PCM_24")
    return out.getvalue()


async def result_of(call: Any) -> Any:
    events = [event async for event in call]
    assert all(event.HasField("progress") for event in events[:-1])
    return events[-1].result


async def error_of(call: Any) -> FoleyError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (result_of(call) if hasattr(call, "__aiter__") else call)
    return from_rpc_error(caught.value)


async def programme(
    desk: Desk, surface: Surface, packs: list[media_pb2.ObjectRef], prefix: str
) -> pb.SynthesizeFootstepsRequest:
    """A request for a walk of eight steps on one ground, with recorded steps."""
    video = clip(desk.folder / "walk.mp4", frame_count=180)
    detected = DetectedFootsteps(video=probe(video), footsteps=walk(8, step_time_s=0.6))
    return pb.SynthesizeFootstepsRequest(
        video=await desk.put(video.read_bytes(), "clips/c-1/source"),
        footsteps=await desk.put(detected_footsteps_to_bytes(detected), f"{prefix}/steps.binpb"),
        surfaces=await desk.put(
            surface_report_to_bytes(ground(surface)), f"{prefix}/surfaces.binpb"
        ),
        style=pb.Style(engine=pb.SOUND_ENGINE_SAMPLED, sample_packs=packs),
        output_prefix=prefix,
    )


def pack_request(recording: media_pb2.ObjectRef) -> pb.BuildSamplePackRequest:
    return pb.BuildSamplePackRequest(
        recording=recording,
        surface=surface_pb2.SURFACE_GRAVEL,
        footwear=surface_pb2.FOOTWEAR_SNEAKER,
        gait_kind=footstep_pb2.GAIT_KIND_WALK,
        pack_name="garden path",
        output_prefix="packs/p-1",
        provenance=pb.Provenance(title="garden", licence="CC0-1.0", rights_confirmed=True),
    )


async def test_a_recording_becomes_a_pack_and_the_pack_a_programme(desk: Desk) -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 16)
    recording = await desk.put(wav(4 * sound), "sounds/garden")
    built = await result_of(desk.stub.BuildSamplePack(pack_request(recording)))
    assert built.step_count >= 14
    assert built.pack.media_type == "application/zip"
    again = await result_of(desk.stub.BuildSamplePack(pack_request(recording)))
    assert again == built
    with zipfile.ZipFile(io.BytesIO(await desk.get(built.pack))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["name"], manifest["provenance"]["licence"]) == ("garden path", "CC0-1.0")
    assert len(manifest["steps"]) == built.step_count

    request = await programme(desk, Surface.GRAVEL, [built.pack], PREFIX)
    made = await result_of(desk.stub.SynthesizeFootsteps(request))
    cues = json.loads(await desk.get(made.cues))["cues"]
    assert {cue["engine"] for cue in cues} == {"sampled"}
    assert len({cue["sample"] for cue in cues}) >= 7
    path = desk.folder / "foley.wav"
    path.write_bytes(await desk.get(made.foley))
    foley, rate = read_wav(path)
    for cue in cues:
        before = np.abs(foley[cue["onset_sample"] - rate // 50 : cue["onset_sample"] - 240]).max()
        after = np.abs(foley[cue["onset_sample"] : cue["onset_sample"] + rate // 20]).max()
        assert after > 5 * before

    request = await programme(desk, Surface.SNOW, [built.pack], "clips/c-1/renders/r-2")
    made = await result_of(desk.stub.SynthesizeFootsteps(request))
    cues = json.loads(await desk.get(made.cues))["cues"]
    assert {cue["engine"] for cue in cues} == {"procedural"}


async def test_every_single_step_is_cut(desk: Desk) -> None:
    sound, times_s = synthetic_walk(Surface.WOOD, 10)
    recording = await desk.put(wav(4 * sound), "sounds/wood")
    answer = await desk.stub.SliceSound(
        pb.SliceSoundRequest(recording=recording, single_steps=True, output_prefix="sounds/cut")
    )
    assert len(answer.slices) == times_s.size
    assert len({ref.sha256 for ref in answer.slices}) == times_s.size


async def test_the_stream_that_is_asked_for_is_cut(desk: Desk, tmp_path: Path) -> None:
    steps = 4 * synthetic_walk(Surface.WOOD, 6)[0]
    fewer = np.where(np.arange(steps.size) < 2 * RATE_HZ, steps, 0.0)
    file = of_streams(tmp_path / "field.mov", [steps, fewer])
    recording = await desk.put(file.read_bytes(), "sounds/field")

    async def cut(**more: Any) -> list[media_pb2.ObjectRef]:
        request = pb.SliceSoundRequest(recording=recording, output_prefix="sounds/cut", **more)
        return list((await desk.stub.SliceSound(request)).slices)

    assert (
        len(await cut(single_steps=True)) == len(await cut(single_steps=True, audio_stream=1)) == 6
    )
    assert len(await cut(single_steps=True, audio_stream=2)) < 6
    late = [time_range_to_proto(2.0, 3.0)]
    sounds = []
    for number in (0, 1, 2):
        (ref,) = await cut(ranges=late, audio_stream=number)
        path = tmp_path / f"{number}.wav"
        path.write_bytes(await desk.get(ref))
        sounds.append(read_wav(path)[0])
    assert np.array_equal(sounds[0], sounds[1])
    assert sounds[1].any()
    assert not sounds[2].any()
    for more in ({"ranges": late}, {"single_steps": True}):
        error = await error_of(cut(audio_stream=3, **more))
        assert isinstance(error, InvalidField)


async def test_what_cannot_be_a_pack_says_why(desk: Desk) -> None:
    music = await desk.put(wav(music_like(8.0)), "sounds/music")
    error = await error_of(desk.stub.BuildSamplePack(pack_request(music)))
    assert isinstance(error, RecordingUnusable)
    assert error.metadata["found"] == "music"
    text = await desk.put(b"no sound", "sounds/text")
    assert isinstance(
        await error_of(desk.stub.BuildSamplePack(pack_request(text))), UndecodableMedia
    )
    error = await error_of(
        desk.stub.SliceSound(
            pb.SliceSoundRequest(recording=music, single_steps=True, output_prefix="sounds/cut")
        )
    )
    assert isinstance(error, RecordingUnusable)


async def test_a_pack_that_breaks_a_rule_is_refused_by_key(desk: Desk) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../gravel_1.wav", wav(np.zeros(100)))
    pack = await desk.put(out.getvalue(), "packs/evil.zip")
    request = await programme(desk, Surface.GRAVEL, [pack], PREFIX)
    error = await error_of(desk.stub.SynthesizeFootsteps(request))
    assert isinstance(error, SamplePackInvalid)
    assert (error.metadata["key"], error.metadata["rule"]) == ("packs/evil.zip", "path")
