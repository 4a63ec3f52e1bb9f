"""Recorded steps through the gateway and the real audio service: recording, pack, render, sound without a video."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest_asyncio
import soundfile

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.audio.v1 import audio_service_pb2_grpc
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley.gateway.v1 import render_service_pb2 as pb
from foley_audio.server import SERVICE_NAME, build_servicer
from foley_audio.settings import AudioSettings
from foley_common.packs import PackArchive
from foley_common.rpc.server import running_server
from foley_common.settings import StoreSettings
from foley_common.surfaces import Surface
from support.gateways import Studio, attached, make_fakes
from support.stages import one_stage, sample_pack
from support.steps import RATE_HZ, music_like, speech_like, synthetic_walk

WITHIN_S = 120.0  # a render's sound and videos on a machine that is busy with other things
LEAD_S = 0.004  # what of a step is heard before its contact


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    """A gateway whose audio service is the real one; people and ground are made up."""
    fakes, video = make_fakes(tmp_path)
    settings = AudioSettings(store=StoreSettings(root=tmp_path / "objects"), scratch_dir=tmp_path)
    servicer = build_servicer(settings)

    def add(server: grpc.aio.Server) -> None:
        audio_service_pb2_grpc.add_AudioServiceServicer_to_server(servicer, server)

    async with (
        one_stage(fakes, "detector"),
        one_stage(fakes, "surface_agent"),
        running_server(settings, service_name=SERVICE_NAME, add_servicer=add) as audio,
    ):
        fakes.targets["audio"] = audio.target
        async with attached(tmp_path, fakes, video) as running:
            yield running


def wav(sound: np.ndarray, rate_hz: int = RATE_HZ) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sound, rate_hz, format="WAV", subtype="PCM_24")
    return out.getvalue()


async def build(house: Studio, recording: bytes, surface: str = "SURFACE_CONCRETE") -> Any:
    return await house.rest.post(
        "/v1/samplePacks:build",
        params={"surface": surface, "display_name": "yard", "licence": "CC0-1.0"},
        files={"file": ("yard.wav", recording, "audio/wav")},
        timeout=WITHIN_S,
    )


async def cues_of(house: Studio) -> list[dict[str, Any]]:
    """The cues of the one sound in the store."""
    keys = [key async for key in house.fakes.store.list_keys("") if key.endswith("/cues.json")]
    (ref,) = [found for key in keys if (found := await house.fakes.store.find(key))]
    return json.loads(await house.fakes.store.read_bytes(ref))["cues"]


def stands(sound: np.ndarray, at: int, rate_hz: int) -> bool:
    """Whether a sound begins at this sample, after quiet."""
    before = np.abs(sound[max(0, at - rate_hz // 50) : at - round(LEAD_S * rate_hz)]).max()
    return bool(np.abs(sound[at : at + rate_hz // 20]).max() > 5 * before)


async def heard(call: Any) -> dict[str, tuple[pb.SoundFile, np.ndarray, int]]:
    """Files by name: what is said of them, their samples, shape ``(n, channels)``, and rate."""
    files: dict[str, tuple[pb.SoundFile, bytes]] = {}
    name = ""
    async for answer in call:
        if answer.WhichOneof("event") == "file":
            name = answer.file.file_name
            files[name] = (answer.file, b"")
        else:
            file, data = files[name]
            files[name] = (file, data + answer.chunk)
    return {
        name: (file, *soundfile.read(io.BytesIO(data), always_2d=True))
        for name, (file, data) in files.items()
    }


async def test_a_recording_is_heard_in_a_render(house: Studio, tmp_path: Path) -> None:
    sound, times_s = synthetic_walk(Surface.CONCRETE, 14)
    built = await build(house, wav(4 * sound))
    assert built.status_code == 201, built.text
    pack = built.json()["sample_pack"]
    assert times_s.size - 2 <= pack["step_count"] <= times_s.size
    zipped = (await house.rest.get(f"/v1/{pack['name']}/pack.zip")).content
    path = tmp_path / "pack.zip"
    path.write_bytes(zipped)
    with PackArchive(path) as archive:
        assert {step.surface for step in archive.manifest.steps} == {Surface.CONCRETE}

    # The same zip goes back in by hand, under a name of its own, and sounds the render.
    uploaded = (
        await house.rest.post(
            "/v1/samplePacks", files={"file": ("mine.zip", zipped, "application/zip")}
        )
    ).json()
    assert uploaded["pack"]["sha256"] == pack["pack"]["sha256"]
    clip = await house.upload()
    style = {"sample_packs": [uploaded["pack"]], "seed": 3}
    render = await house.render(clip["name"], options={"style": style})
    done = await house.ended(render["name"], WITHIN_S)
    assert done["state"] == "STATE_SUCCEEDED", done
    cues = await cues_of(house)
    assert len(cues) == len(house.fakes.steps())
    assert {cue["engine"] for cue in cues} == {"sampled"}
    assert all(cue["sample"].startswith("yard: ") for cue in cues)
    samples = [cue["sample"] for cue in cues]
    assert all(one != other for one, other in pairwise(samples))
    mix = (await house.rest.get(f"/v1/{done['name']}/files/mix.wav")).content
    programme, rate_hz = soundfile.read(io.BytesIO(mix), always_2d=True)
    assert all(stands(programme[:, 0], cue["onset_sample"], rate_hz) for cue in cues[1:])


async def test_a_pack_with_a_broken_step_ends_the_render_with_its_reason(house: Studio) -> None:
    silent = sample_pack("yard", surface="concrete", silent=("1.wav",))
    ref = await house.fakes.store.publish_bytes(silent, "packs/yard.zip", "application/zip")
    clip = await house.upload()
    style = {"sample_packs": [dataclasses.asdict(ref)]}
    render = await house.render(clip["name"], options={"style": style})
    done = await house.ended(render["name"], WITHIN_S)
    assert (done["state"], done["error_reason"]) == ("STATE_FAILED", "SAMPLE_PACK_INVALID")
    assert "'1.wav' of the sample pack 'yard' is silent; put a recording" in done["error_message"]


async def test_recordings_that_give_no_steps_are_refused_with_the_reason(house: Studio) -> None:
    hiss = 0.01 * np.random.default_rng(1).standard_normal(6 * RATE_HZ)
    for recording, found in (
        (music_like(8.0), "music"),
        (speech_like(8.0), "speech"),
        (hiss, "noise"),
        (np.zeros(6 * RATE_HZ), "nothing"),
    ):
        answer = await build(house, wav(recording))
        error = answer.json()["error"]
        assert (answer.status_code, error["reason"]) == (422, "RECORDING_UNUSABLE"), found
        assert error["metadata"]["found"] == found
    answer = await build(house, b"no sound at all")
    assert answer.json()["error"]["reason"] == "UNDECODABLE_MEDIA"
    assert [key async for key in house.fakes.store.list_keys("samplePacks/")] == []


async def test_single_steps_stand_at_their_sample_and_repeat_by_seed(house: Studio) -> None:
    wish = pb.RenderSoundRequest(
        surface=surface_pb2.SURFACE_WOOD,
        footwear=surface_pb2.FOOTWEAR_HIGH_HEEL,
        gait_kind=footstep_pb2.GAIT_KIND_WALK,
        strength=0.7,
        step_count=4,
        style=audio_pb.Style(seed=5, sample_rate_hz=96_000),
    )
    steps = await heard(house.rpc.RenderSound(wish))
    assert list(steps) == [f"step-00{i}.wav" for i in range(4)]
    assert len({file.sha256 for file, _, _ in steps.values()}) == 4
    for file, sound, rate_hz in steps.values():
        assert (rate_hz, file.sample_rate_hz, sound.shape[1]) == (96_000, 96_000, 1)
        (contact,) = file.contact_samples
        before = np.abs(sound[: max(1, contact - round(LEAD_S * rate_hz))]).max()
        assert np.abs(sound[contact : contact + rate_hz // 20]).max() > 5 * before
    again = await heard(house.rpc.RenderSound(wish))
    assert [file for file, _, _ in again.values()] == [file for file, _, _ in steps.values()]
    wish.style.seed = 6
    other = await heard(house.rpc.RenderSound(wish))
    mine = {file.sha256 for file, _, _ in steps.values()}
    assert not mine & {file.sha256 for file, _, _ in other.values()}


async def test_a_walk_without_a_video_plays_the_pack(house: Studio) -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 14)
    built = (await build(house, wav(4 * sound), "SURFACE_GRAVEL")).json()
    ref = built["sample_pack"]["pack"]
    wish = pb.RenderSoundRequest(
        surface=surface_pb2.SURFACE_GRAVEL,
        style=audio_pb.Style(
            seed=2,
            sample_packs=[
                media_pb2.ObjectRef(
                    bucket=ref["bucket"],
                    key=ref["key"],
                    sha256=ref["sha256"],
                    size_bytes=int(ref["size_bytes"]),
                    media_type=ref["media_type"],
                )
            ],
        ),
    )
    ((name, (file, walk, rate_hz)),) = (await heard(house.rpc.RenderSound(wish))).items()
    assert name == "walk.wav"
    assert 12 <= len(file.contact_samples) <= 14
    assert all(stands(walk[:, 0], at, rate_hz) for at in file.contact_samples[1:])
    wish.style.engine = audio_pb.SOUND_ENGINE_PROCEDURAL
    ((_, (synthesised, _, _)),) = (await heard(house.rpc.RenderSound(wish))).items()
    assert synthesised.contact_samples == file.contact_samples
    assert synthesised.sha256 != file.sha256
    assert [key async for key in house.fakes.store.list_keys("sounds/")] == []
