"""ExportSession over real gRPC: every format of real media, opened again after unzipping, by its own library."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import pytest_asyncio
import soundfile
from google.protobuf.duration_pb2 import Duration

from foley.audio.v1 import audio_service_pb2 as pb
from foley.audio.v1 import audio_service_pb2_grpc
from foley.common.v1 import footstep_pb2, media_pb2
from foley_common.errors import FoleyError, InvalidField, ObjectNotFound, UndecodableMedia
from foley_common.footsteps import DetectedFootsteps
from foley_common.media.probe import probe
from foley_common.objects import ObjectStore
from foley_common.rpc.convert import object_ref_from_proto, object_ref_to_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.footsteps import detected_footsteps_to_bytes
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.surfaces import Surface
from support.audio import ground, walk
from support.audio_desk import running_audio
from support.clips import clip
from support.sessions import (
    expected_frames,
    expected_samples,
    positions,
    read_aaf,
    read_bwf,
    read_edl,
    read_midi,
    read_otio,
    read_resolve_markers,
    read_rpp,
    read_vtt,
)

PREFIX = "clips/c-1/exports/e-1"
SECONDS, RATE_HZ = 4, 48_000
STEPS = walk(6, first_s=0.4, step_time_s=0.55)
STEMS = [
    ("track-1-left", pb.STEM_KIND_FOOT, footstep_pb2.SIDE_LEFT),
    ("track-1-right", pb.STEM_KIND_FOOT, footstep_pb2.SIDE_RIGHT),
]


@dataclass
class Desk:
    """A running service, its store, and a request with everything in it."""

    stub: audio_service_pb2_grpc.AudioServiceStub
    store: ObjectStore
    folder: Path
    request: pb.ExportSessionRequest

    async def put(self, content: bytes | Path, key: str) -> media_pb2.ObjectRef:
        put = self.store.publish if isinstance(content, Path) else self.store.publish_bytes
        return object_ref_to_proto(await put(content, key, "application/octet-stream"))  # type: ignore[arg-type]

    async def export(self, **changes: Any) -> dict[str, bytes]:
        """The files of an export by their names."""
        request = pb.ExportSessionRequest()
        request.CopyFrom(self.request)
        for name in ("stems", "formats"):
            if name in changes:
                request.ClearField(name)
                getattr(request, name).extend(changes.pop(name))
        request.MergeFrom(pb.ExportSessionRequest(**changes))
        answer = await self.stub.ExportSession(request)
        return {
            file.file.key.removeprefix(f"{PREFIX}/"): await self.store.read_bytes(
                object_ref_from_proto(file.file)
            )
            for file in answer.files
        }

    async def error(self, **changes: Any) -> FoleyError:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.export(**changes)
        return from_rpc_error(caught.value)


def noise(path: Path, seed: int) -> Path:
    samples = np.random.default_rng(seed).uniform(-0.5, 0.5, (SECONDS * RATE_HZ, 2))
    soundfile.write(path, samples, RATE_HZ, "PCM_24")
    return path


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_audio(tmp_path) as (stub, store):
        found = Desk(stub, store, tmp_path, pb.ExportSessionRequest())
        video = clip(tmp_path / "walk.mp4", frame_count=SECONDS * 30)
        detected = DetectedFootsteps(video=probe(video), footsteps=STEPS)
        sound = "clips/c-1/sound/s-1"
        found.request.CopyFrom(
            pb.ExportSessionRequest(
                footsteps=await found.put(
                    detected_footsteps_to_bytes(detected), "clips/c-1/f/footsteps.binpb"
                ),
                surfaces=await found.put(
                    surface_report_to_bytes(ground(Surface.WOOD)), "clips/c-1/surfaces.binpb"
                ),
                video=await found.put(video, "clips/c-1/video/foley.mp4"),
                mix=await found.put(noise(tmp_path / "mix.wav", 1), f"{sound}/mix.wav"),
                foley=await found.put(noise(tmp_path / "foley.wav", 2), f"{sound}/foley.wav"),
                cues=await found.put(b'{"schema": 1}', f"{sound}/cues.json"),
                stems=[
                    pb.Stem(
                        name=name,
                        sound=await found.put(
                            noise(tmp_path / "s.wav", 3 + i), f"{sound}/{name}.wav"
                        ),
                        kind=kind,
                        track_id=1,
                        side=side,
                    )
                    for i, (name, kind, side) in enumerate(STEMS)
                ],
                video_name="../a walk.mp4",
                output_prefix=PREFIX,
            )
        )
        yield found


async def test_an_archive_opens_after_unzipping_in_every_format(desk: Desk) -> None:
    nudge_s, offset_s, handles_s = 0.02, 10.0, 1.5
    files = await desk.export(
        formats=[pb.SESSION_FORMAT_ARCHIVE],
        style=pb.Style(nudge=Duration(nanos=20_000_000)),
        session=pb.SessionOptions(
            start_timecode="01:00:00:00",
            offset=Duration(seconds=10),
            handles=Duration(seconds=1, nanos=500_000_000),
        ),
    )
    sounds = ["mix", "foley", *(name for name, _, _ in STEMS)]
    assert set(files) == {"session.zip", *(f"{name}.bwf.wav" for name in sounds)}
    (desk.folder / "session.zip").write_bytes(files["session.zip"])
    with zipfile.ZipFile(desk.folder / "session.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(desk.folder / "un zipped")
    (root,) = (desk.folder / "un zipped").iterdir()
    assert root.name == "a walk"
    assert {path.name for path in root.iterdir()} == {
        *(f"{name}.bwf.wav" for name in sounds),
        *("README.txt", "foley.mp4", "cues.json", "footsteps.csv", "footsteps.json"),
        *("footsteps.txt", "report.json", "session.mid", "session.otio", "session.edl"),
        *("markers.edl", "session.aaf", "session.rpp", "footsteps.vtt"),
    }
    assert probe(root / "foley.mp4").frame_count == SECONDS * 30

    samples = expected_samples(STEPS, nudge_s + offset_s)
    frames = expected_frames(STEPS, Fraction(30), nudge_s=nudge_s, offset_s=offset_s)
    zero = 3600 * 30
    timeline, markers = read_otio((root / "session.otio").read_bytes())
    assert positions(markers) == samples
    media = {item.media_reference.target_url for item in timeline.find_clips()}
    project, rows = read_rpp((root / "session.rpp").read_text())
    assert {name: round(at * RATE_HZ) for name, at in positions(rows).items()} == samples
    media |= {row[1] for row in (item.find("FILE") for item in project.iter("SOURCE"))}
    tracks, marks = read_aaf(root / "session.aaf")
    assert positions(marks) == frames
    media |= {track["url"] for track in tracks.values() if "url" in track}
    edl, locators = read_edl((root / "session.edl").read_bytes().decode(), Fraction(30))
    assert {name: at - zero for name, at in positions(locators).items()} == frames
    media |= {edit.source_file for event in edl.events for edit in event.edits}
    in_resolve = read_resolve_markers((root / "markers.edl").read_bytes().decode(), Fraction(30))
    assert {name: at - zero for name, at in positions(in_resolve).items()} == frames
    assert media == {"foley.mp4", *(f"{name}.bwf.wav" for name in sounds)}
    notes, _ = read_midi((root / "session.mid").read_bytes())
    assert positions(notes) == pytest.approx(
        {name: at / RATE_HZ for name, at in samples.items()}, abs=0.00027
    )
    cues = positions(read_vtt((root / "footsteps.vtt").read_text()))
    assert cues == pytest.approx({n: at / RATE_HZ for n, at in samples.items()}, abs=0.00052)

    info, points = read_bwf(root / "foley.bwf.wav")
    assert positions(points) == expected_samples(STEPS, nudge_s + handles_s)
    assert info.bext.time_reference == round((3610 - handles_s) * RATE_HZ)
    before, _ = soundfile.read(desk.folder / "foley.wav")
    after, _ = soundfile.read(root / "foley.bwf.wav")
    handle = round(handles_s * RATE_HZ)
    np.testing.assert_array_equal(after[handle:-handle], before)
    shown = json.loads((root / "footsteps.json").read_text())
    assert shown["session"] == {
        "start_timecode": "01:00:00:00",
        "offset_s": 10.0,
        "handles_s": 1.5,
        "nudge_s": 0.02,
    }
    assert [event["time_seconds"] for event in shown["events"] if event["type"] == "strike"] == [
        pytest.approx(step.initial_contact_time_s) for step in STEPS
    ]
    assert shown["events"][0]["timecode"] == "01:00:10:12"
    readme = (root / "README.txt").read_text()
    assert all(path.name in readme for path in root.iterdir() if path.name != "README.txt")


async def test_without_a_wish_no_sound_is_copied(desk: Desk) -> None:
    files = await desk.export()
    assert list(files) == [
        *("footsteps.csv", "footsteps.json", "footsteps.txt", "report.json", "session.mid"),
        *("session.otio", "session.edl", "markers.edl", "session.aaf", "session.rpp"),
        "footsteps.vtt",
    ]
    timeline, _ = read_otio(files["session.otio"])
    assert [track.name for track in timeline.tracks] == [
        "picture",
        "track-1-left",
        "track-1-right",
        "mix",
    ]
    assert {item.media_reference.target_url for item in timeline.find_clips()} == {
        *("foley.mp4", "track-1-left.wav", "track-1-right.wav", "mix.wav")
    }


async def test_a_plain_archive_holds_the_sounds_as_they_are(desk: Desk) -> None:
    files = await desk.export(formats=[pb.SESSION_FORMAT_ARCHIVE])
    (desk.folder / "session.zip").write_bytes(files["session.zip"])
    with zipfile.ZipFile(desk.folder / "session.zip") as archive:
        assert archive.read("a walk/foley.wav") == (desk.folder / "foley.wav").read_bytes()
        assert not [name for name in archive.namelist() if name.endswith(".bwf.wav")]


async def test_the_same_request_is_answered_from_the_store_and_a_lost_file_is_made_again(
    desk: Desk,
) -> None:
    request = desk.request
    request.formats.extend([pb.SESSION_FORMAT_AAF, pb.SESSION_FORMAT_BWF])
    first = await desk.stub.ExportSession(request)
    for file in (request.footsteps, request.foley):  # no work is done: its inputs are not needed
        assert await desk.store.delete(file.key)
    assert await desk.stub.ExportSession(request) == first
    assert await desk.store.delete(first.files[0].file.key)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await desk.stub.ExportSession(request)
    assert isinstance(from_rpc_error(caught.value), ObjectNotFound)


async def test_files_are_in_the_order_of_the_formats_once_each(desk: Desk) -> None:
    files = await desk.export(
        formats=[pb.SESSION_FORMAT_WEBVTT, pb.SESSION_FORMAT_BWF, pb.SESSION_FORMAT_WEBVTT]
    )
    assert list(files) == [
        *("footsteps.vtt", "mix.bwf.wav", "foley.bwf.wav"),
        *("track-1-left.bwf.wav", "track-1-right.bwf.wav"),
    ]


async def test_formats_without_their_media_are_left_out_or_have_markers_only(desk: Desk) -> None:
    for name in ("mix", "foley", "cues", "video", "stems"):
        desk.request.ClearField(name)
    files = await desk.export(
        formats=[pb.SESSION_FORMAT_BWF, pb.SESSION_FORMAT_OTIO, pb.SESSION_FORMAT_ARCHIVE]
    )
    assert list(files) == ["session.otio", "session.zip"]
    timeline, markers = read_otio(files["session.otio"])
    assert len(markers) == 6
    assert not list(timeline.find_clips())


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("01:00:00;00", "drop-frame"),
        ("01:00:00:30", "frames to 29"),
        ("1:00", "HH:MM:SS"),
        ("24:00:00:00", "HH:MM:SS"),
    ],
)
async def test_a_start_time_code_that_does_not_fit_is_named(
    desk: Desk, start: str, said: str
) -> None:
    error = await desk.error(session=pb.SessionOptions(start_timecode=start))
    assert isinstance(error, InvalidField)
    assert error.metadata["fields"] == "session.start_timecode"
    assert said in error.message


async def test_a_sound_that_is_none_is_named(desk: Desk) -> None:
    desk.request.foley.CopyFrom(await desk.put(b"no sound at all", "clips/c-1/x/foley.wav"))
    error = await desk.error()
    assert isinstance(error, UndecodableMedia)
    assert "foley.wav" in error.message


@pytest.mark.parametrize(
    ("seconds", "kind"), [(3.0, "FLOAT"), (0.019, "PCM_24")], ids=["of another form", "too short"]
)
async def test_a_tail_of_another_sound_is_named(desk: Desk, seconds: float, kind: str) -> None:
    path = desk.folder / "tail.wav"
    soundfile.write(path, np.zeros((round(seconds * RATE_HZ), 2)), RATE_HZ, kind)
    error = await desk.error(mix_tail=await desk.put(path, "clips/c-1/sound/s-1/tails/mix.wav"))
    assert isinstance(error, UndecodableMedia)
    assert "tail of mix.wav" in error.message


async def test_numbers_that_are_none_do_not_break_a_file(desk: Desk) -> None:
    message = footstep_pb2.DetectedFootsteps.FromString(
        await desk.store.read_bytes(object_ref_from_proto(desk.request.footsteps))
    )
    for name in ("confidence", "strength", "x_px", "y_px", "person_height_px"):
        setattr(message.footsteps[0], name, float("nan"))
    message.footsteps[1].strength = 7.0
    message.footsteps[2].confidence = float("-inf")
    message.tracks.add(track_id=1, cadence_spm=float("nan"))
    desk.request.footsteps.CopyFrom(
        await desk.put(message.SerializeToString(), "clips/c-1/f/nan.binpb")
    )
    files = await desk.export(formats=list(pb.SessionFormat.values())[1:])
    assert len(positions(read_otio(files["session.otio"])[1])) == 6
    shown = json.loads(files["footsteps.json"])
    assert shown["footsteps"][0]["strength"] == 0.0
    assert shown["footsteps"][1]["strength"] == 1.0
    assert shown["tracks"][0]["cadence_spm"] is None
    assert json.loads(files["report.json"])["tracks"][0]["cadence_spm"] is None
