"""The Python client against a gateway in this process: every call over real gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from google.protobuf import json_format

from foley.gateway.v1 import render_pb2
from foley_client.client import (
    Ducking,
    FoleyClient,
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    Session,
    SessionFormat,
    SoundEngine,
    SoundStyle,
    SyncFoleyClient,
    is_final,
    render_options,
)
from foley_client.rpc import gateway as module
from foley_common.errors import (
    ClipNotFound,
    DigestMismatch,
    RenderNotFound,
    StageUnavailable,
    UndecodableMedia,
)
from foley_common.objects import sha256_of
from foley_common.surfaces import Footwear, Surface
from support.fake_gateway import FakeGateway, served

States = render_pb2.Render.State


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest_asyncio.fixture
async def client(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FoleyClient]:
    monkeypatch.setattr(module, "WATCH_PAUSE_S", 0.01)
    async with served(gateway) as target, FoleyClient(target) as client:
        yield client


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "my clip.mp4"
    path.write_bytes(bytes(range(256)) * 5000)  # more than one message
    return path


async def test_a_clip_arrives_whole_under_its_name(client: FoleyClient, video: Path) -> None:
    clip = await client.upload_clip(video)
    assert clip.display_name == "my clip.mp4"
    assert clip.source.sha256 == sha256_of(video)
    assert clip.source.size_bytes == video.stat().st_size


async def test_a_clip_is_found_again_on_any_page(
    client: FoleyClient, video: Path, tmp_path: Path
) -> None:
    first = await client.upload_clip(video)
    for number in range(4):
        other = tmp_path / f"{number}.mp4"
        other.write_bytes(bytes([number]))
        await client.upload_clip(other)
    found = await client.find_clip(sha256_of(video))
    assert found is not None
    assert found.name == first.name
    assert await client.find_clip("0" * 64) is None
    assert await client.find_clip(sha256_of(video), found.display_name) == found
    assert await client.find_clip(sha256_of(video), "another name.mp4") is None
    assert len([clip async for clip in client.list_clips()]) == 5


async def test_errors_keep_their_class(client: FoleyClient, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video at all")
    with pytest.raises(UndecodableMedia, match="no container"):
        await client.upload_clip(bad)
    with pytest.raises(ClipNotFound) as caught:
        await client.create_render("clips/none")
    assert caught.value.metadata == {"name": "clips/none"}
    with pytest.raises(RenderNotFound):
        await anext(client.watch_render("clips/c/renders/r"))


async def test_a_watch_survives_a_gateway_that_goes_away(
    client: FoleyClient, gateway: FakeGateway, video: Path
) -> None:
    clip = await client.upload_clip(video)
    started = await client.create_render(clip.name)
    gateway.goes_away = 12  # the channel itself tries four times
    states = [render.state async for render in client.watch_render(started.render.name)]
    assert states == [States.STATE_RUNNING, States.STATE_SUCCEEDED]


async def test_a_watch_that_was_taken_up_again_counts_failures_anew(
    client: FoleyClient, gateway: FakeGateway, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WATCH_PAUSE_S", 0.01)
    monkeypatch.setattr(module, "WATCH_RETRIES", 1)
    clip = await client.upload_clip(video)
    started = await client.create_render(clip.name)
    gateway.breaks_off = 4  # in a long render many a gateway is replaced
    states = [render.state async for render in client.watch_render(started.render.name)]
    assert states[-1] == States.STATE_SUCCEEDED


async def test_a_gateway_that_stays_away_ends_the_watch(
    client: FoleyClient, gateway: FakeGateway, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WATCH_RETRIES", 1)
    clip = await client.upload_clip(video)
    started = await client.create_render(clip.name)
    gateway.goes_away = 10_000
    with pytest.raises(StageUnavailable):
        await anext(client.watch_render(started.render.name))


async def test_a_download_is_whole_or_not_at_all(
    client: FoleyClient, gateway: FakeGateway, video: Path, tmp_path: Path
) -> None:
    gateway.files = {"mix.wav": b"s" * 5000}
    clip = await client.upload_clip(video)
    started = await client.create_render(clip.name)
    final = [render async for render in client.watch_render(started.render.name)][-1]
    assert is_final(final)
    promised = final.files[0].file.sha256
    to = tmp_path / "mix.wav"
    assert await client.download_file(final.name, "mix.wav", to, sha256=promised) == 5000
    assert to.read_bytes() == b"s" * 5000
    gateway.damages = "mix.wav"
    with pytest.raises(DigestMismatch):
        await client.download_file(final.name, "mix.wav", to, sha256=promised)
    assert to.read_bytes() == b"s" * 5000
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_the_blocking_client_does_the_same(video: Path, tmp_path: Path) -> None:
    gateway = FakeGateway()
    gateway.files = {"foley.mp4": b"v"}
    gateway.endings = [States.STATE_SUCCEEDED, States.STATE_FAILED]

    async def serve(ready: asyncio.Future[str], stop: asyncio.Event) -> None:
        async with served(gateway) as target:
            ready.set_result(target)
            await stop.wait()

    import threading

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    ready: asyncio.Future[str] = loop.create_future()
    stop = asyncio.Event()
    serving = asyncio.run_coroutine_threadsafe(serve(ready, stop), loop)

    async def target() -> str:
        return await ready

    try:
        with SyncFoleyClient(asyncio.run_coroutine_threadsafe(target(), loop).result()) as client:
            clip = client.upload_clip(video)
            render = client.render(
                clip.name, render_options(surface=Surface.WOOD), request_id="one"
            )
            assert render.state == States.STATE_SUCCEEDED
            assert client.create_render(clip.name, request_id="one").render.name == render.name
            to = tmp_path / "foley.mp4"
            client.download_file(render.name, "foley.mp4", to, sha256=render.files[0].file.sha256)
            assert to.read_bytes() == b"v"
            assert [one.name for one in client.list_clips()] == [clip.name]
            assert client.find_clip(clip.source.sha256) == clip
            assert client.find_clip("0" * 64) is None
            assert client.find_sample_pack("0" * 64) is None
            with pytest.raises(StageUnavailable, match="detector is away"):
                client.render(clip.name, request_id="two")
    finally:
        loop.call_soon_threadsafe(stop.set)
        serving.result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_the_blocking_client_has_every_call_of_the_other_one() -> None:
    calls = {name for name in dir(FoleyClient) if not name.startswith("_")}
    assert calls <= set(dir(SyncFoleyClient))


def test_wishes_become_the_contracts_options() -> None:
    options = render_options(
        surface=Surface.SNOW, footwear=Footwear.BOOT, seed=7, footsteps_only=True
    )
    assert options.overrides[0].track_id == 0
    assert render_options() == render_options(surface=None)
    assert not render_options().overrides
    assert options.style.seed == 7
    assert options.footsteps_only
    assert not options.style.HasField("ducking")
    assert not options.style.HasField("nudge")
    for surface in Surface:
        assert render_options(surface=surface).overrides[0].surface
    for footwear in Footwear:
        assert render_options(footwear=footwear).overrides[0].footwear


def test_wishes_about_sound_and_session_become_the_contracts_options() -> None:
    options = render_options(
        original_sound=OriginalSound.DUCK,
        style=SoundStyle(
            loudness=LoudnessPreset.CINEMA,
            engine=SoundEngine.SAMPLED,
            room=Room.HALL,
            perspective=Perspective.FAR,
            ducking=Ducking(depth_db=12.5, attack_s=0.0, release_s=1.5),
            sample_format=SampleFormat.FLOAT_32,
            sample_rate_hz=96_000,
            stems=True,
            cloth=True,
            nudge_s=-0.02,
        ),
        session=Session((SessionFormat.MIDI, SessionFormat.CSV), "10:00:00;02", -1.5, 2.0),
        local_ground_only=True,
    )
    assert json_format.MessageToDict(options, preserving_proto_field_name=True) == {
        "sensitivity": "SENSITIVITY_MEDIUM",
        "style": {
            "original_sound": "ORIGINAL_SOUND_DUCK",
            "loudness_preset": "LOUDNESS_PRESET_CINEMA",
            "engine": "SOUND_ENGINE_SAMPLED",
            "room": "ROOM_HALL",
            "perspective": "PERSPECTIVE_FAR",
            "ducking": {"depth_db": 12.5, "attack": "0s", "release": "1.500s"},
            "sample_format": "SAMPLE_FORMAT_FLOAT_32",
            "sample_rate_hz": 96000,
            "stems": True,
            "cloth": True,
            "nudge": "-0.020s",
        },
        "session": {"start_timecode": "10:00:00;02", "offset": "-1.500s", "handles": "2s"},
        "formats": ["SESSION_FORMAT_MIDI", "SESSION_FORMAT_CSV"],
        "local_ground_only": True,
    }
