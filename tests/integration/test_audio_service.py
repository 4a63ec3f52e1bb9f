"""The audio service over real gRPC, with a real store in a directory and real videos."""

from __future__ import annotations

import csv
import dataclasses
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

from foley.audio.v1 import audio_service_pb2 as pb
from foley.audio.v1 import audio_service_pb2_grpc
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley_common.errors import (
    FoleyError,
    InvalidField,
    ObjectNotFound,
    SchemaMismatch,
    UndecodableMedia,
)
from foley_common.footsteps import DetectedFootsteps
from foley_common.media.probe import probe
from foley_common.media.sound import read_audio
from foley_common.objects import ObjectStore
from foley_common.rpc.convert import (
    duration_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    time_range_to_proto,
)
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.footsteps import detected_footsteps_to_bytes
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.surfaces import Place, RoomSize, Surface, SurfaceReport, SurfaceSpan
from support.audio import ground, read_wav, sine, walk
from support.audio_desk import running_audio
from support.clips import clip, tone, write_wav

PREFIX = "clips/c-1/renders/r-1"


@dataclass
class Desk:
    """A running service, its store and a client."""

    stub: audio_service_pb2_grpc.AudioServiceStub
    store: ObjectStore
    folder: Path

    async def put(self, content: bytes | Path, key: str) -> media_pb2.ObjectRef:
        put = self.store.publish if isinstance(content, Path) else self.store.publish_bytes
        return object_ref_to_proto(await put(content, key, "application/octet-stream"))  # type: ignore[arg-type]

    async def get(self, ref: media_pb2.ObjectRef) -> bytes:
        return await self.store.read_bytes(object_ref_from_proto(ref))

    async def wav(self, ref: media_pb2.ObjectRef) -> tuple[np.ndarray, int]:
        path = self.folder / "read.wav"
        path.write_bytes(await self.get(ref))
        return read_wav(path)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_audio(tmp_path) as (stub, store):
        yield Desk(stub, store, tmp_path)


async def scene(
    desk: Desk, *, sound: bool = True, count: int = 4, first_s: float = 0.4, seconds: int = 3
) -> dict[str, media_pb2.ObjectRef]:
    """A stored video, its footsteps and its ground."""
    path = clip(
        desk.folder / "walk.mp4",
        frame_count=seconds * 30,
        sound=tone(seconds) if sound else None,
    )
    steps = walk(count, first_s=first_s, step_time_s=0.6)
    detected = DetectedFootsteps(video=probe(path), footsteps=steps)
    return {
        "video": await desk.put(path, "clips/c-1/source"),
        "footsteps": await desk.put(
            detected_footsteps_to_bytes(detected), f"{PREFIX}/footsteps.binpb"
        ),
        "surfaces": await desk.put(
            surface_report_to_bytes(ground(Surface.WOOD)), f"{PREFIX}/surfaces.binpb"
        ),
    }


async def events(call: Any) -> list[Any]:
    return [event async for event in call]


async def error_of(call: Any) -> FoleyError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await (events(call) if hasattr(call, "__aiter__") else call)
    return from_rpc_error(caught.value)


async def test_sound_then_video_then_exports(desk: Desk) -> None:
    parts = await scene(desk)
    answers = await events(
        desk.stub.SynthesizeFootsteps(pb.SynthesizeFootstepsRequest(**parts, output_prefix=PREFIX))
    )
    result = answers[-1].result
    assert any(answer.HasField("progress") for answer in answers[:-1])
    assert result.mix.key == f"{PREFIX}/mix.wav"
    mix, rate = await desk.wav(result.mix)
    assert rate == 48_000
    assert mix.shape == (3 * 48_000, 2)
    assert result.loudness.true_peak_dbtp <= -1.0
    assert not result.loudness.silent
    assert result.channel_layout == "stereo"
    assert result.original_gain_db == result.loudness.gain_db
    foley, _ = await desk.wav(result.foley)
    at_rest = slice(0, round(0.3 * rate))  # before the first step only the original sounds
    assert not foley[at_rest].any()
    cues = json.loads(await desk.get(result.cues))
    assert [cue["onset_sample"] for cue in cues["cues"]] == [
        round((0.4 + 0.6 * i) * 48_000) for i in range(4)
    ]
    assert {cue["surface"] for cue in cues["cues"]} == {"wood"}

    video = (
        await events(
            desk.stub.RenderVideo(
                pb.RenderVideoRequest(
                    **parts, mix=result.mix, cues=result.cues, output_prefix=PREFIX
                )
            )
        )
    )[-1].result
    assert video.foley_video.key == f"{PREFIX}/foley.mp4"
    assert video.annotated_video.size_bytes > 0
    assert video.sync.placed_count == 4
    assert video.sync.max_placement_error_samples == 0
    assert abs(video.sync.delivered_offset_ms) <= 1.0

    exported = await desk.stub.ExportSession(
        pb.ExportSessionRequest(
            footsteps=parts["footsteps"],
            surfaces=parts["surfaces"],
            loudness=result.loudness,
            sync=video.sync,
            video_name="walk.mp4",
            output_prefix=PREFIX,
            mix=result.mix,
            foley=result.foley,
            cues=result.cues,
            video=video.foley_video,
        )
    )
    names = [file.file.key.removeprefix(f"{PREFIX}/") for file in exported.files]
    assert names == [
        *("footsteps.csv", "footsteps.json", "footsteps.txt", "report.json", "session.mid"),
        *("session.otio", "session.edl", "markers.edl", "session.aaf", "session.rpp"),
        "footsteps.vtt",
    ]
    rows = list(csv.DictReader(io.StringIO((await desk.get(exported.files[0].file)).decode())))
    assert len(rows) == 8
    assert rows[0]["event"] == "HEEL_STRIKE"
    report = json.loads(await desk.get(exported.files[3].file))
    assert report["sync"]["placed_count"] == 4
    assert report["loudness"]["target_lufs"] == -23.0


async def test_the_same_request_is_answered_from_the_store(desk: Desk) -> None:
    request = pb.SynthesizeFootstepsRequest(**await scene(desk), output_prefix=PREFIX)
    first = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
    again = await events(desk.stub.SynthesizeFootsteps(request))
    assert len(again) == 1  # no progress: no work
    assert again[0].result == first


async def test_a_lost_file_is_made_again(desk: Desk) -> None:
    request = pb.SynthesizeFootstepsRequest(**await scene(desk), output_prefix=PREFIX)
    first = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
    assert await desk.store.delete(first.mix.key)
    again = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
    assert again == first  # the same bytes too
    assert await desk.get(again.mix)


async def test_the_last_step_sounds_on_into_the_handles(desk: Desk) -> None:
    """A step 100 ms before the end, in a room: mix, footsteps and stems ring out in their broadcast wave files."""
    parts = await scene(desk, first_s=1.1)
    style = pb.Style(room=pb.ROOM_MEDIUM, stems=True)
    sound = (
        await events(
            desk.stub.SynthesizeFootsteps(
                pb.SynthesizeFootstepsRequest(
                    **parts, style=style, output_prefix=PREFIX, tails=True
                )
            )
        )
    )[-1].result
    assert sound.mix_tail.key == f"{PREFIX}/tails/mix.wav"
    assert sound.stems[0].tail.key == f"{PREFIX}/tails/stems/{sound.stems[0].name}.wav"
    request = pb.ExportSessionRequest(
        footsteps=parts["footsteps"],
        surfaces=parts["surfaces"],
        formats=[pb.SESSION_FORMAT_BWF, pb.SESSION_FORMAT_ARCHIVE],
        style=style,
        session=pb.SessionOptions(handles=duration_to_proto(2.0)),
        output_prefix=PREFIX,
        **{
            name: getattr(sound, name)
            for name in ("mix", "foley", "cues", "stems", "mix_tail", "foley_tail")
        },
    )
    exported = await desk.stub.ExportSession(request)
    files = {file.file.key.removeprefix(f"{PREFIX}/"): file.file for file in exported.files}
    wavs = {name: (await desk.wav(ref))[0] for name, ref in files.items() if name != "session.zip"}
    mix, foley = wavs.pop("mix.bwf.wav"), wavs.pop("foley.bwf.wav")
    start, end = 2 * 48_000, 5 * 48_000
    before, _ = await desk.wav(sound.mix)
    assert mix.shape == (7 * 48_000, 2)
    np.testing.assert_allclose(mix[start : end - 960], before[:-960], atol=0)
    assert not mix[:start].any()
    energy = [float(np.sum(foley[end + at : end + at + 9_600] ** 2)) for at in (0, 9_600, 28_800)]
    assert energy[0] > 10 * energy[1] > 100 * energy[2] > 0.0
    steps_of_samples = np.abs(np.diff(foley[end - 4_800 : end + 4_800], axis=0)).max(axis=1)
    assert steps_of_samples[4_790:4_810].max() < 0.2 * steps_of_samples.max()  # no click
    np.testing.assert_array_equal(mix[end:], foley[end:])  # the tone ends with the picture
    assert np.abs(sum(wavs.values()) - mix).max() < 10 ** (-90 / 20)
    with zipfile.ZipFile(io.BytesIO(await desk.get(files["session.zip"]))) as archive:
        assert not [name for name in archive.namelist() if "tail" in name or "mix.wav" in name]
    request.ClearField("mix_tail")
    request.output_prefix = f"{PREFIX}/silent"
    silent = await desk.stub.ExportSession(request)
    without, _ = await desk.wav(silent.files[0].file)
    np.testing.assert_array_equal(without[start:end], before)
    assert not without[end:].any()


async def test_a_file_that_was_replaced_is_made_again(desk: Desk) -> None:
    request = pb.SynthesizeFootstepsRequest(**await scene(desk), output_prefix=PREFIX)
    first = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
    await desk.store.publish_bytes(b"another sound", first.mix.key, first.mix.media_type)
    again = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
    assert again == first
    assert await desk.get(again.mix)


async def test_another_seed_sounds_different(desk: Desk) -> None:
    parts = await scene(desk, sound=False)
    mixes = [
        (
            await events(
                desk.stub.SynthesizeFootsteps(
                    pb.SynthesizeFootstepsRequest(
                        **parts, style=pb.Style(seed=seed), output_prefix=f"{PREFIX}/s{seed}"
                    )
                )
            )
        )[-1].result.mix.sha256
        for seed in (1, 2)
    ]
    assert mixes[0] != mixes[1]


async def test_a_studio_delivery(desk: Desk) -> None:
    """5.1 original, room, cloth, nudge, float stems; the picture with PCM beside the MP4."""
    path = clip(
        desk.folder / "walk.mov",
        frame_count=90,
        sound=tone(3, 6),
        audio_codec="pcm_s24le",
        sound_layout="5.1(side)",
    )
    detected = DetectedFootsteps(video=probe(path), footsteps=walk(4, first_s=0.4, step_time_s=0.6))
    indoors = dataclasses.replace(
        ground(Surface.WOOD).surfaces[0].answer, place=Place.INDOOR, room_size=RoomSize.SMALL
    )
    report = SurfaceReport(surfaces=(SurfaceSpan(0, 0.0, 9.0, indoors),))
    parts = {
        "video": await desk.put(path, "clips/c-2/source"),
        "footsteps": await desk.put(
            detected_footsteps_to_bytes(detected), f"{PREFIX}/footsteps.binpb"
        ),
        "surfaces": await desk.put(surface_report_to_bytes(report), f"{PREFIX}/surfaces.binpb"),
    }
    style = pb.Style(
        stems=True,
        cloth=True,
        sample_format=pb.SAMPLE_FORMAT_FLOAT_32,
        nudge=duration_to_proto(-0.1),
        perspective=pb.PERSPECTIVE_CLOSE,
        original_sound=pb.ORIGINAL_SOUND_DUCK,
        ducking=pb.Ducking(depth_db=6.0),
    )
    request = pb.SynthesizeFootstepsRequest(**parts, style=style, output_prefix=PREFIX)
    result = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
    assert result.channel_layout == "5.1(side)"
    assert [stem.name for stem in result.stems] == [
        *("track-1-left", "track-1-right", "track-1-cloth", "room", "original"),
    ]
    assert [stem.kind for stem in result.stems] == [
        *(pb.STEM_KIND_FOOT, pb.STEM_KIND_FOOT),
        *(pb.STEM_KIND_CLOTH, pb.STEM_KIND_ROOM, pb.STEM_KIND_ORIGINAL),
    ]
    assert result.stems[0].side == footstep_pb2.SIDE_LEFT
    assert result.stems[0].sound.key == f"{PREFIX}/stems/track-1-left.wav"
    mix, _ = await desk.wav(result.mix)
    assert mix.shape == (3 * 48_000, 6)
    total = sum([(await desk.wav(stem.sound))[0] for stem in result.stems])
    assert np.abs(total - mix).max() < 10 ** (-90 / 20)
    cues = json.loads(await desk.get(result.cues))
    assert cues["nudge_s"] == -0.1
    assert {cue["room"] for cue in cues["cues"]} == {"small"}
    again = await events(desk.stub.SynthesizeFootsteps(request))
    assert len(again) == 1  # found again, stems and all

    video = (
        await events(
            desk.stub.RenderVideo(
                pb.RenderVideoRequest(
                    **parts, mix=result.mix, cues=result.cues, output_prefix=PREFIX
                )
            )
        )
    )[-1].result
    assert video.sync.max_placement_error_samples == 0
    assert abs(video.sync.delivered_offset_ms) <= 1.0
    assert video.foley_video_untouched.key == f"{PREFIX}/foley.mov"
    assert video.foley_video_untouched.media_type == "video/quicktime"
    delivered = desk.folder / "foley.mp4"
    delivered.write_bytes(await desk.get(video.foley_video))
    info = probe(delivered)
    assert (info.audio_codec, info.audio_channel_count) == ("aac", 6)
    lossless = desk.folder / "foley.mov"
    lossless.write_bytes(await desk.get(video.foley_video_untouched))
    kept = np.concatenate(list(read_audio(lossless, sample_rate_hz=48_000)))
    np.testing.assert_array_equal(kept, mix.astype(np.float32))


async def test_odd_originals_are_mixed(desk: Desk) -> None:
    """Mono at 8 kHz; 7.1; floating-point samples that are no numbers."""
    odd = tone(3, 2)
    odd[40_000:40_100] = np.nan
    odd[90_000] = np.inf
    originals: dict[str, dict[str, Any]] = {
        "telephone": {"sound": tone(3, 1, 8_000), "sound_rate_hz": 8_000},
        "7.1": {"sound": tone(3, 8)},
        "no numbers": {"sound": odd, "audio_codec": "pcm_f32le"},
    }
    for number, (name, original) in enumerate(originals.items()):
        made = {"audio_codec": "pcm_s16le"} | original
        path = clip(desk.folder / f"odd{number}.mov", frame_count=90, **made)
        parts = await scene(desk, sound=False)
        parts["video"] = await desk.put(path, f"clips/odd/{number}")
        style = pb.Style(stems=True)
        request = pb.SynthesizeFootstepsRequest(
            **parts, style=style, output_prefix=f"{PREFIX}/odd{number}"
        )
        result = (await events(desk.stub.SynthesizeFootsteps(request)))[-1].result
        assert result.channel_layout == ("7.1" if name == "7.1" else "stereo"), name
        mix, _ = await desk.wav(result.mix)
        assert np.isfinite(mix).all(), name
        stem, _ = await desk.wav(result.stems[-1].sound)
        assert np.abs(stem).max() > 0.01, name
        assert result.loudness.true_peak_dbtp <= -1.0, name


async def test_no_footsteps_and_no_sound_is_silence_not_an_error(desk: Desk) -> None:
    parts = await scene(desk, sound=False, count=0)
    result = (
        await events(
            desk.stub.SynthesizeFootsteps(
                pb.SynthesizeFootstepsRequest(**parts, output_prefix=PREFIX)
            )
        )
    )[-1].result
    mix, _ = await desk.wav(result.mix)
    assert result.loudness.silent
    assert mix.shape == (3 * 48_000, 2)
    assert not mix.any()


async def test_slices_are_where_they_were_asked_for(desk: Desk) -> None:
    sound = sine(1000, -6, 4.0)
    sound[: 2 * 48_000] = 0
    recording = await desk.put(write_wav(desk.folder / "r.wav", sound), "sounds/r")
    response = await desk.stub.SliceSound(
        pb.SliceSoundRequest(
            recording=recording,
            ranges=[time_range_to_proto(1.5, 2.5), time_range_to_proto(3.5, 9.0)],
            sample_rate_hz=24_000,
            output_prefix="sounds/cut",
        )
    )
    first, rate = await desk.wav(response.slices[0])
    last, _ = await desk.wav(response.slices[1])
    assert rate == 24_000
    assert first.shape == (24_000, 2)
    assert np.abs(first[:11_900]).max() < 0.01
    assert np.abs(first[12_100:]).max() > 0.4
    assert last.shape == (12_000, 2)  # the recording ends there


async def test_a_bank_holds_steps_with_their_contact(desk: Desk) -> None:
    answers = await events(
        desk.stub.RenderStepBank(
            pb.RenderStepBankRequest(
                surface=surface_pb2.SURFACE_GRAVEL,
                footwear=surface_pb2.FOOTWEAR_BOOT,
                gait_kind=footstep_pb2.GAIT_KIND_RUN,
                step_count=3,
                output_prefix="banks/b",
            )
        )
    )
    steps = [answer.step for answer in answers if answer.HasField("step")]
    assert len(steps) == 3
    sound, rate = await desk.wav(steps[0].sound)
    contact = steps[0].contact_sample
    assert contact <= rate // 200  # next to nothing precedes the contact
    assert np.abs(sound[:contact]).max() < 0.5 * np.abs(sound[contact:]).max()
    assert len({step.sound.sha256 for step in steps}) == 3


async def test_everything_wrong_is_said_at_once(desk: Desk) -> None:
    error = await error_of(
        desk.stub.SynthesizeFootsteps(
            pb.SynthesizeFootstepsRequest(style=pb.Style(sample_rate_hz=44_100))
        )
    )
    assert isinstance(error, InvalidField)
    assert {"footsteps", "surfaces", "style.sample_rate_hz", "output_prefix"} <= set(
        error.metadata["fields"].split(",")
    )


async def test_a_missing_object_is_named(desk: Desk) -> None:
    parts = await scene(desk)
    parts["footsteps"].key = "clips/c-1/nothing"
    error = await error_of(
        desk.stub.SynthesizeFootsteps(pb.SynthesizeFootstepsRequest(**parts, output_prefix=PREFIX))
    )
    assert isinstance(error, ObjectNotFound)


async def test_bytes_that_are_no_footsteps(desk: Desk) -> None:
    parts = await scene(desk)
    parts["footsteps"] = await desk.put(b"\xff\xff\xff", f"{PREFIX}/broken.binpb")
    error = await error_of(
        desk.stub.SynthesizeFootsteps(pb.SynthesizeFootstepsRequest(**parts, output_prefix=PREFIX))
    )
    assert isinstance(error, SchemaMismatch)


async def test_a_recording_that_is_none(desk: Desk) -> None:
    recording = await desk.put(b"#EXTM3U\n/etc/passwd\n", "sounds/playlist")
    error = await error_of(
        desk.stub.SliceSound(
            pb.SliceSoundRequest(
                recording=recording, ranges=[time_range_to_proto(0, 1)], output_prefix="sounds/cut"
            )
        )
    )
    assert isinstance(error, UndecodableMedia)


@pytest.mark.parametrize(("start_s", "end_s"), [(-1.0, 1.0), (2.0, 1.0), (60.0, 61.0)])
async def test_ranges_outside_the_recording(desk: Desk, start_s: float, end_s: float) -> None:
    recording = await desk.put(write_wav(desk.folder / "r.wav", sine(1000, -6, 1.0)), "sounds/r")
    error = await error_of(
        desk.stub.SliceSound(
            pb.SliceSoundRequest(
                recording=recording,
                ranges=[time_range_to_proto(start_s, end_s)],
                output_prefix="sounds/cut",
            )
        )
    )
    assert isinstance(error, InvalidField)
    assert "ranges[0]" in error.metadata["fields"]
