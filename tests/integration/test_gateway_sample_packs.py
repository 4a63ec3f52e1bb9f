"""Sample packs and sound without a video over both faces of the gateway, with stand-ins for the stages."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import wave
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.common.v1 import footstep_pb2, surface_pb2
from foley.gateway.v1 import render_service_pb2 as pb
from foley_common.errors import (
    InvalidField,
    ObjectNotFound,
    RecordingUnusable,
    SamplePackInvalid,
    UndecodableMedia,
)
from foley_common.rpc.errors import from_rpc_error
from foley_gateway import passing_folders
from support.gateways import Studio, attached, make_fakes, studio, subprocess_gateway
from support.stages import sample_pack, serving


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path) as running:
        yield running


async def upload(house: Studio, data: bytes, name: str = "boots.zip") -> Any:
    return await house.rest.post("/v1/samplePacks", files={"file": (name, data, "application/zip")})


def requests(kind: Any, header: Any, data: bytes) -> Any:
    async def stream() -> AsyncIterator[Any]:
        yield kind(header=header)
        for start in range(0, len(data), 1000):
            yield kind(chunk=data[start : start + 1000])

    return stream()


def recording() -> bytes:
    """Half a second of silence: what is heard in it is made up by the stand-in."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(48_000))
    return out.getvalue()


async def objects(house: Studio, prefix: str) -> list[str]:
    return [key async for key in house.fakes.store.list_keys(prefix)]


async def test_a_pack_is_stored_listed_read_and_deleted(house: Studio) -> None:
    answer = await upload(house, sample_pack("Kies"), "Kies Stiefel.zip")
    assert answer.status_code == 201, answer.text
    pack = answer.json()
    assert answer.headers["location"] == f"/v1/{pack['name']}"
    assert (pack["display_name"], pack["step_count"]) == ("Kies Stiefel.zip", 2)
    assert [group["gait_kind"] for group in pack["groups"]] == [
        "GAIT_KIND_UNSPECIFIED",
        "GAIT_KIND_RUN",
    ]
    assert pack["groups"][0]["surface"] == "SURFACE_GRAVEL"
    assert pack["provenance"]["licence"] == "CC0-1.0"
    again = (await upload(house, sample_pack("Kies"), "Kies Stiefel.zip")).json()
    assert again == pack
    other = (await upload(house, sample_pack("Holz", surface="wood"))).json()

    listed = (await house.rest.get("/v1/samplePacks", params={"page_size": 1})).json()
    assert [row["name"] for row in listed["sample_packs"]] == [other["name"]]
    token = listed["next_page_token"]
    rest = (await house.rest.get("/v1/samplePacks", params={"page_token": token})).json()
    assert [row["name"] for row in rest["sample_packs"]] == [pack["name"]]
    assert (await house.rest.get(f"/v1/{pack['name']}")).json() == pack
    data = (await house.rest.get(f"/v1/{pack['name']}/pack.zip")).content
    assert hashlib.sha256(data).hexdigest() == pack["pack"]["sha256"]

    gone = (await house.rest.delete(f"/v1/{pack['name']}")).json()
    assert gone == {"deleted_object_count": 1}
    missing = await house.rest.get(f"/v1/{pack['name']}")
    assert (missing.status_code, missing.json()["error"]["reason"]) == (404, "OBJECT_NOT_FOUND")
    assert await objects(house, "samplePacks/") == [f"{other['name']}/pack.zip"]


async def test_a_pack_that_breaks_a_rule_is_refused_and_not_kept(house: Studio) -> None:
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../gravel_1.wav", b"x")
    silent = sample_pack("Kies", silent=("2.wav",))
    for data, rule in (
        (evil.getvalue(), "path"),
        (b"no zip at all", "zip"),
        (silent, "silent"),
    ):
        answer = await upload(house, data)
        error = answer.json()["error"]
        assert (answer.status_code, error["reason"]) == (422, "SAMPLE_PACK_INVALID")
        assert error["metadata"]["rule"] == rule
    assert "'2.wav' of the sample pack 'Kies' is silent; put a recording" in error["message"]
    assert await objects(house, "samplePacks/") == []
    empty = await upload(house, b"")
    assert empty.json()["error"]["reason"] == "UNDECODABLE_MEDIA"


async def test_packs_over_grpc(house: Studio) -> None:
    data = sample_pack()
    header = pb.UploadHeader(display_name="boots.zip")
    pack = await house.rpc.UploadSamplePack(requests(pb.UploadSamplePackRequest, header, data))
    assert pack.step_count == 2
    assert pack.groups[0].surface == surface_pb2.SURFACE_GRAVEL
    assert await house.rpc.GetSamplePack(pb.GetSamplePackRequest(name=pack.name)) == pack
    listed = await house.rpc.ListSamplePacks(pb.ListSamplePacksRequest())
    assert list(listed.sample_packs) == [pack]
    parts = [
        answer.chunk
        async for answer in house.rpc.DownloadSamplePack(
            pb.DownloadSamplePackRequest(name=pack.name)
        )
    ]
    assert b"".join(parts) == data
    gone = await house.rpc.DeleteSamplePack(pb.DeleteSamplePackRequest(name=pack.name))
    assert gone.deleted_object_count == 1
    wrong = {
        ObjectNotFound: house.rpc.GetSamplePack(pb.GetSamplePackRequest(name=pack.name)),
        InvalidField: house.rpc.GetSamplePack(pb.GetSamplePackRequest(name="clips/a")),
        SamplePackInvalid: house.rpc.UploadSamplePack(
            requests(pb.UploadSamplePackRequest, header, b"no zip")
        ),
    }
    for kind, call in wrong.items():
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert type(from_rpc_error(caught.value)) is kind


async def test_a_recording_becomes_a_pack(house: Studio) -> None:
    header = pb.BuildSamplePackHeader(
        surface=surface_pb2.SURFACE_GRAVEL,
        footwear=surface_pb2.FOOTWEAR_BOOT,
        gait_kind=footstep_pb2.GAIT_KIND_WALK,
        provenance=audio_pb.Provenance(title="garden"),
        audio_stream=2,
    )
    answer = await house.rpc.BuildSamplePack(
        requests(pb.BuildSamplePackRequest, header, recording())
    )
    assert answer.sample_pack.display_name == "gravel, boot, walk"
    assert [part.reason for part in answer.rejected] == ["speech"]
    asked = house.fakes.requests[-1]
    assert (asked.surface, asked.provenance.title) == (surface_pb2.SURFACE_GRAVEL, "garden")
    assert asked.audio_stream == 2
    # The recording itself is not kept.
    assert await objects(house, "samplePacks/") == [f"{answer.sample_pack.name}/pack.zip"]

    over_rest = await house.rest.post(
        "/v1/samplePacks:build",
        params={"surface": "SURFACE_SNOW", "title": "winter", "audio_stream": 1},
        files={"file": ("snow.flac", recording(), "audio/flac")},
    )
    assert over_rest.status_code == 201, over_rest.text
    assert house.fakes.requests[-1].audio_stream == 1
    assert over_rest.json()["sample_pack"]["display_name"] == "snow"
    assert over_rest.json()["sample_pack"]["audio_stream"] == 0  # this pack does not say
    assert over_rest.json()["rejected"][0]["range"]["end_offset"] == "2.500s"


def watch_build(house: Studio, data: bytes) -> Any:
    header = pb.BuildSamplePackHeader(surface=surface_pb2.SURFACE_GRAVEL)
    return house.rpc.WatchBuildSamplePack(requests(pb.WatchBuildSamplePackRequest, header, data))


async def test_a_recording_says_how_far_it_is(house: Studio) -> None:
    house.fakes.progress_count, house.fakes.pause_s = 8, 0.02
    answers = [answer async for answer in watch_build(house, recording())]
    assert [answer.WhichOneof("event") for answer in answers].count("result") == 1
    fractions = [answer.fraction for answer in answers[:-1]]
    assert len(fractions) > 3
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1.0
    built = answers[-1].result
    assert built.sample_pack.step_count == 2
    assert [part.reason for part in built.rejected] == ["speech"]
    assert await objects(house, "samplePacks/") == [f"{built.sample_pack.name}/pack.zip"]


async def test_who_leaves_a_recording_leaves_nothing_behind(house: Studio) -> None:
    house.fakes.hold("BuildSamplePack")
    call = watch_build(house, recording())
    async for answer in call:
        assert answer.WhichOneof("event") == "fraction"
        break
    await house.fakes.called("BuildSamplePack")
    call.cancel()
    await left_alone(house)
    assert house.fakes.cancelled["BuildSamplePack"] == 1
    assert await objects(house, "samplePacks/") == []


async def left_alone(house: Studio) -> None:
    """Wait until the stage has been told to stop and nothing of its work is in the store; a busy machine takes long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(30):
            while not house.fakes.cancelled["BuildSamplePack"] or await objects(
                house, "samplePacks/"
            ):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def watched_over_rest(house: Studio, data: bytes) -> AsyncIterator[httpx.Response]:
    async with house.rest.stream(
        "POST",
        "/v1/samplePacks:build",
        params={"surface": "SURFACE_GRAVEL"},
        files={"file": ("garden.flac", data, "audio/flac")},
        headers={"Accept": "text/event-stream"},
    ) as answer:
        yield answer


async def events_of(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


async def test_a_recording_says_how_far_it_is_over_rest(house: Studio) -> None:
    house.fakes.progress_count, house.fakes.pause_s = 8, 0.02
    async with watched_over_rest(house, recording()) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [event async for event in events_of(answer)]
    assert [name for name, _ in events].count("result") == 1
    assert {name for name, _ in events[:-1]} == {"progress"}
    fractions = [said["fraction"] for _, said in events[:-1]]
    assert fractions[0] == 0.0
    assert len(fractions) > 3
    assert fractions == sorted(set(fractions))
    name, built = events[-1]
    assert name == "result"
    assert built["sample_pack"]["step_count"] == 2
    assert [part["reason"] for part in built["rejected"]] == ["speech"]
    assert await objects(house, "samplePacks/") == [f"{built['sample_pack']['name']}/pack.zip"]


async def test_who_hangs_up_on_a_recording_over_rest_leaves_nothing_behind(house: Studio) -> None:
    house.fakes.hold("BuildSamplePack")
    async with watched_over_rest(house, recording()) as answer:
        async for name, said in events_of(answer):
            assert (name, said) == ("progress", {"fraction": 0.0})
            await house.fakes.called("BuildSamplePack")
            break
    await left_alone(house)
    assert house.fakes.cancelled["BuildSamplePack"] == 1
    assert await objects(house, "samplePacks/") == []


async def test_who_hangs_up_while_the_recording_is_stored_leaves_nothing_behind(
    house: Studio,
) -> None:
    house.fakes.hold("BuildSamplePack")
    for _ in range(12):  # some of them fall into the storing
        async with watched_over_rest(house, recording()) as answer:
            async for name, _said in events_of(answer):
                assert name == "progress"
                break
    quiet = 0
    async with asyncio.timeout(30):
        while (
            quiet < 20
        ):  # looks in a row at an empty store: what was still being written has come and gone
            await asyncio.sleep(0.1)
            quiet = 0 if await objects(house, "samplePacks/") else quiet + 1


async def test_what_a_killed_gateway_leaves_of_a_recording_is_deleted_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes, video = make_fakes(tmp_path)
    async with serving(fakes):
        async with subprocess_gateway(tmp_path, fakes, video) as house:
            fakes.hold("BuildSamplePack")
            call = watch_build(house, recording())
            assert (await anext(aiter(call))).WhichOneof("event") == "fraction"
            await fakes.called("BuildSamplePack")
        (left,) = await objects(house, "samplePacks/")
        assert left.endswith("/recording")
        async with attached(tmp_path, fakes, video) as house:  # it may still be another one's
            await upload(house, sample_pack("Kies"))
            assert len(await objects(house, "samplePacks/")) == 2
        soon_s = passing_folders._now_s() + 3 * 24 * 3600.0
        monkeypatch.setattr(passing_folders, "_now_s", lambda: soon_s)
        async with attached(tmp_path, fakes, video) as house, asyncio.timeout(10):
            while left in await objects(house, "samplePacks/"):
                await asyncio.sleep(0.02)
            (kept,) = await objects(house, "samplePacks/")
            assert kept.endswith("/pack.zip")


async def test_what_is_wrong_with_a_watched_recording_is_an_answer_or_an_event(
    house: Studio,
) -> None:
    async with watched_over_rest(house, b"no sound") as answer:
        assert answer.status_code == 422
        assert json.loads(await answer.aread())["error"]["reason"] == "UNDECODABLE_MEDIA"
    house.fakes.fail["BuildSamplePack"] = RecordingUnusable("music; take another", found="music")
    async with watched_over_rest(house, recording()) as answer:
        *_, (name, said) = [event async for event in events_of(answer)]
    assert (name, said["error"]["reason"]) == ("problem", "RECORDING_UNUSABLE")
    assert said["error"]["message"] == "music; take another"
    assert await objects(house, "samplePacks/") == []


async def test_a_recording_that_breaks_a_rule_says_so_while_it_is_watched(house: Studio) -> None:
    house.fakes.fail["BuildSamplePack"] = RecordingUnusable("music; take another", found="music")
    for data, kind in ((recording(), RecordingUnusable), (b"no sound", UndecodableMedia)):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            assert [answer async for answer in watch_build(house, data)] == []
        assert type(from_rpc_error(caught.value)) is kind
    call = house.rpc.WatchBuildSamplePack(iter([pb.WatchBuildSamplePackRequest(chunk=b"x")]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        assert [answer async for answer in call] == []
    assert type(from_rpc_error(caught.value)) is InvalidField


async def test_a_recording_that_cannot_be_used_says_why_and_leaves_nothing(house: Studio) -> None:
    text = await house.rest.post(
        "/v1/samplePacks:build",
        params={"surface": "SURFACE_SNOW"},
        files={"file": ("notes.txt", b"no sound", "text/plain")},
    )
    assert text.json()["error"]["reason"] == "UNDECODABLE_MEDIA"
    assert house.fakes.calls["BuildSamplePack"] == 0
    house.fakes.fail["BuildSamplePack"] = RecordingUnusable("music; take another", found="music")
    answer = await house.rest.post(
        "/v1/samplePacks:build",
        params={"surface": "SURFACE_SNOW"},
        files={"file": ("song.mp3", recording(), "audio/mpeg")},
    )
    assert answer.json()["error"]["reason"] == "RECORDING_UNUSABLE"
    assert await objects(house, "samplePacks/") == []
    for query in ({"surface": "SURFACE_LAVA"}, {"surface": "SURFACE_UNKNOWN"}, {}):
        bad = await house.rest.post(
            "/v1/samplePacks:build", params=query, files={"file": ("a", recording(), "audio/mpeg")}
        )
        assert (bad.status_code, bad.json()["error"]["reason"]) == (400, "INVALID_FIELD")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await house.rpc.BuildSamplePack(
            requests(
                pb.BuildSamplePackRequest,
                pb.BuildSamplePackHeader(surface=surface_pb2.SURFACE_SNOW),
                b"",
            )
        )
    assert isinstance(from_rpc_error(caught.value), UndecodableMedia)


async def test_a_render_names_packs_and_one_that_is_gone_is_told_at_once(house: Studio) -> None:
    pack = (await upload(house, sample_pack())).json()
    clip = await house.upload()
    style = {"engine": "SOUND_ENGINE_SAMPLED", "sample_packs": [pack["pack"]]}
    render = await house.render(clip["name"], options={"style": style})
    done = await house.ended(render["name"])
    assert done["state"] == "STATE_SUCCEEDED", done
    styles = [request.style for request in house.fakes.requests if hasattr(request, "style")]
    assert styles[0].sample_packs[0].sha256 == pack["pack"]["sha256"]

    await house.rest.delete(f"/v1/{pack['name']}")
    style["seed"] = 5  # type: ignore[assignment]
    refused = await house.rest.post(
        f"/v1/{clip['name']}/renders", json={"options": {"style": style}}
    )
    assert (refused.status_code, refused.json()["error"]["reason"]) == (404, "OBJECT_NOT_FOUND")


async def heard(call: Any) -> dict[str, tuple[pb.SoundFile, bytes]]:
    """Files and their bytes by name."""
    files: dict[str, tuple[pb.SoundFile, bytes]] = {}
    name = ""
    async for answer in call:
        if answer.WhichOneof("event") == "file":
            name = answer.file.file_name
            files[name] = (answer.file, b"")
        else:
            file, data = files[name]
            files[name] = (file, data + answer.chunk)
    return files


async def test_single_steps_and_a_walk_are_heard_and_not_kept(house: Studio) -> None:
    wish = pb.RenderSoundRequest(
        surface=surface_pb2.SURFACE_GRAVEL,
        footwear=surface_pb2.FOOTWEAR_BOOT,
        strength=0.8,
        step_count=3,
        style=audio_pb.Style(seed=7),
    )
    steps = await heard(house.rpc.RenderSound(wish))
    assert list(steps) == ["step-000.wav", "step-001.wav", "step-002.wav"]
    asked = house.fakes.requests[-1]
    assert (asked.step_count, asked.seed) == (3, 7)
    assert asked.strength == pytest.approx(0.8)
    for file, data in steps.values():
        assert (file.sha256, file.size_bytes) == (hashlib.sha256(data).hexdigest(), len(data))
        assert list(file.contact_samples) == [48]

    wish.step_count = 0
    walk = await heard(house.rpc.RenderSound(wish))
    assert list(walk) == ["walk.wav"]
    file, _ = walk["walk.wav"]
    assert (list(file.contact_samples), file.sample_rate_hz) == ([19200], 48_000)
    assert not house.fakes.requests[-1].HasField("video")
    assert await objects(house, "sounds/") == []

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await heard(house.rpc.RenderSound(pb.RenderSoundRequest(step_count=999, strength=2)))
    error = from_rpc_error(caught.value)
    assert isinstance(error, InvalidField)
    assert set(error.metadata["fields"].split(",")) == {"surface", "strength", "step_count"}
