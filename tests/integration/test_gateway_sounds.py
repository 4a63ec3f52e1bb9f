"""A render with a sound search: the gateway chains search, packs and synthesis over real gRPC, with stand-in stages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.common.v1 import surface_pb2
from foley.gateway.v1 import render_pb2
from foley.gateway.v1 import render_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_pb
from foley_common.errors import (
    FetchRefused,
    RecordingUnusable,
    SoundNotFound,
    StageUnavailable,
)
from foley_common.rpc.convert import duration_to_proto
from foley_common.surfaces import AnswerSource, Surface, SurfaceAnswer, SurfaceReport, SurfaceSpan
from foley_gateway import agent_facts
from support.gateways import Studio, studio


def answer(surface: Surface, *suggestions: str) -> SurfaceAnswer:
    return SurfaceAnswer(
        surface, surface, None, 0.9, AnswerSource.VISION_MODEL, sound_suggestions=suggestions
    )


TWO_GROUNDS = SurfaceReport(
    (
        SurfaceSpan(1, 0.0, 1.4, answer(Surface.GRAVEL, "boots on gravel")),
        SurfaceSpan(1, 1.4, 2.0, answer(Surface.GRASS)),
    )
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path) as running:
        running.fakes.report = TWO_GROUNDS
        yield running


async def sound(house: Studio, name: str, source: int = surface_pb.SOUND_SOURCE_WEB) -> Any:
    return surface_pb.FoundSound(
        sound=await house.fakes.put(name.encode(), f"sounds/{name}", "audio/flac"),
        source_url=f"https://example.com/{name}",
        title=name,
        uploader="Somebody",
        licence="CC BY 4.0",
        source=source,  # type: ignore[arg-type]
        duration=duration_to_proto(2.0),
        rights_confirmed=True,
    )


def refused(name: str) -> Any:
    return surface_pb.RejectedSound(source_url=name, title=name, reason="it is music")


async def rendered(house: Studio, **search: Any) -> dict[str, Any]:
    clip = await house.upload()
    render = await house.render(clip["name"], options={"sound_search": search})
    return await house.ended(render["name"])


def requests_of(house: Studio, kind: type) -> list[Any]:
    return [request for request in house.fakes.requests if isinstance(request, kind)]


async def test_recordings_are_found_cut_and_sounded(house: Studio):
    house.fakes.sounds = {
        "boots on gravel": [refused("noise"), await sound(house, "gravel.flac")],
        "footsteps on grass": [await sound(house, "grass.flac", surface_pb.SOUND_SOURCE_LIBRARY)],
    }
    house.fakes.packs = {"sounds/gravel.flac": 12, "sounds/grass.flac": 5}
    render = await rendered(house, rights_confirmed=True, sources=["SOUND_SOURCE_WEB"])
    assert render["state"] == "STATE_SUCCEEDED"

    first, second = requests_of(house, surface_pb.FindSoundsRequest)
    assert (first.query, second.query) == ("boots on gravel", "footsteps on grass")
    assert first.rights_confirmed
    assert list(first.sources) == [surface_pb.SOUND_SOURCE_WEB]
    pack_request = requests_of(house, audio_pb.BuildSamplePackRequest)[0]
    assert pack_request.surface == surface_pb2.SURFACE_GRAVEL
    assert pack_request.provenance.licence == "CC BY 4.0"
    assert pack_request.provenance.source_url == "https://example.com/gravel.flac"
    (made,) = requests_of(house, audio_pb.SynthesizeFootstepsRequest)
    assert made.style.engine == audio_pb.SOUND_ENGINE_SAMPLED
    assert [pack.key.rsplit("/", 1)[-1] for pack in made.style.sample_packs] == ["pack.zip"] * 2
    (export,) = requests_of(house, audio_pb.ExportSessionRequest)
    assert export.style == made.style

    gravel, grass = render["summary"]["ground_sounds"]
    assert (gravel["surface"], gravel["query"], gravel["step_count"]) == (
        "SURFACE_GRAVEL",
        "boots on gravel",
        12,
    )
    assert gravel["sound"]["licence"] == "CC BY 4.0"
    assert gravel["rejected"] == [
        {"source_url": "noise", "title": "noise", "reason": "it is music"}
    ]
    assert gravel["fallback_reason"] == grass["fallback_reason"] == ""
    assert grass["sound"]["source"] == "SOUND_SOURCE_LIBRARY"


async def test_what_the_slicer_cannot_use_is_refused_and_the_next_is_tried(house: Studio):
    house.fakes.sounds = {
        "boots on gravel": [
            await sound(house, "music.flac"),
            await sound(house, "quiet.flac"),
            await sound(house, "good.flac"),
        ]
    }
    house.fakes.packs = {
        "sounds/music.flac": RecordingUnusable("music covers the footsteps", found="music"),
        "sounds/quiet.flac": 0,
        "sounds/good.flac": 9,
    }
    render = await rendered(house)
    gravel, grass = render["summary"]["ground_sounds"]
    assert gravel["sound"]["title"] == "good.flac"
    assert [(item["title"], item["reason"]) for item in gravel["rejected"]] == [
        ("music.flac", "music covers the footsteps"),
        ("quiet.flac", "no footsteps were found in it"),
    ]
    assert "nothing for footsteps on grass" in grass["fallback_reason"]
    (made,) = requests_of(house, audio_pb.SynthesizeFootstepsRequest)
    assert len(made.style.sample_packs) == 1


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        (FetchRefused("fetching from the web is switched off", rule="switch"), "switched off"),
        (SoundNotFound("no recording was found for gravel"), "no recording was found"),
    ],
)
async def test_without_a_recording_steps_are_synthesised_and_it_is_said(
    house: Studio, ends: Exception, reason: str
):
    house.fakes.sounds = {"boots on gravel": [ends], "footsteps on grass": [ends]}
    render = await rendered(house)
    assert render["state"] == "STATE_SUCCEEDED"
    for item in render["summary"]["ground_sounds"]:
        assert reason in item["fallback_reason"]
        assert "sound" not in item or item["sound"] is None
    (made,) = requests_of(house, audio_pb.SynthesizeFootstepsRequest)
    assert made.style.engine == audio_pb.SOUND_ENGINE_PROCEDURAL
    assert not made.style.sample_packs


async def test_no_recording_that_can_be_cut_says_why(house: Studio):
    house.fakes.sounds = {"boots on gravel": [await sound(house, "talk.flac")]}
    house.fakes.packs = {"sounds/talk.flac": RecordingUnusable("somebody speaks", found="speech")}
    gravel, _ = (await rendered(house))["summary"]["ground_sounds"]
    assert gravel["fallback_reason"].endswith("somebody speaks")


async def test_packs_of_the_caller_are_used_as_they_are(house: Studio):
    ref = await house.fakes.put(b"pack", "packs/mine.zip", "application/zip")
    mine = await sound(house, "ignored", surface_pb.SOUND_SOURCE_SAMPLE_PACK)
    mine.sound.CopyFrom(ref)
    house.fakes.sounds = {"boots on gravel": [mine]}
    clip = await house.upload()
    pack = {
        "bucket": ref.bucket,
        "key": ref.key,
        "sha256": ref.sha256,
        "size_bytes": str(ref.size_bytes),
        "media_type": ref.media_type,
    }
    render = await house.render(
        clip["name"], options={"sound_search": {}, "style": {"sample_packs": [pack]}}
    )
    ended = await house.ended(render["name"])
    assert requests_of(house, surface_pb.FindSoundsRequest)[0].sample_packs[0] == ref
    assert requests_of(house, audio_pb.BuildSamplePackRequest) == []
    gravel = ended["summary"]["ground_sounds"][0]
    assert gravel["sample_pack"]["key"] == "packs/mine.zip"
    assert gravel["step_count"] == 0
    (made,) = requests_of(house, audio_pb.SynthesizeFootstepsRequest)
    assert list(made.style.sample_packs) == [ref]


async def test_an_address_is_taken_for_the_ground_that_lasts_longest(house: Studio):
    url = "https://example.com/walk"
    house.fakes.sounds = {url: [await sound(house, "walk.flac")]}
    house.fakes.packs = {"sounds/walk.flac": 4}
    render = await rendered(house, url=url, rights_confirmed=True)
    gravel, grass = render["summary"]["ground_sounds"]
    assert gravel["step_count"] == 4
    assert "taken for gravel" in grass["fallback_reason"]
    assert [request.url for request in requests_of(house, surface_pb.FindSoundsRequest)] == [url]


async def test_a_search_that_succeeded_is_not_made_again(house: Studio):
    house.fakes.sounds = {
        "boots on gravel": [await sound(house, "gravel.flac")],
        "footsteps on grass": [await sound(house, "grass.flac")],
    }
    house.fakes.packs = {"sounds/gravel.flac": 12, "sounds/grass.flac": 5}
    clip = await house.upload()
    for seed in ("1", "2"):
        render = await house.render(
            clip["name"], options={"sound_search": {}, "style": {"seed": seed}}
        )
        assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"
    assert house.fakes.calls["FindSounds"] == 2
    assert house.fakes.calls["SynthesizeFootsteps"] == 2


async def test_a_search_that_failed_is_made_again(house: Studio):
    await rendered(house)
    assert house.fakes.calls["FindSounds"] == 2
    clip = await house.upload()
    render = await house.render(clip["name"], options={"sound_search": {}, "style": {"seed": "2"}})
    await house.ended(render["name"])
    assert house.fakes.calls["FindSounds"] == 4


async def test_without_a_search_nothing_is_looked_for(house: Studio):
    clip = await house.upload()
    ended = await house.ended((await house.render(clip["name"]))["name"])
    assert house.fakes.calls["FindSounds"] == 0
    assert ended["summary"]["ground_sounds"] == []


# What the surface agent's answers depend on


async def test_a_vision_key_set_later_makes_a_new_render_and_new_answers(
    house: Studio, monkeypatch: pytest.MonkeyPatch
):
    clip = await house.upload()
    first = await house.ended((await house.render(clip["name"]))["name"])
    again = await house.render(clip["name"])
    assert again["name"] == first["name"]
    house.fakes.answers_digest = "answers-2, with a vision model"
    house.fakes.report = replace(TWO_GROUNDS, fallback_reason="")
    monkeypatch.setattr(agent_facts, "FRESH_S", 0.0)  # what was told is old by now
    other = await house.render(clip["name"])
    assert other["name"] != first["name"]
    ended = await house.ended(other["name"])
    assert ended["state"] == "STATE_SUCCEEDED"
    reused = {row["stage"]: row["reused"] for row in ended["progress"]}
    assert reused["RENDER_STAGE_POSES"]
    assert reused["RENDER_STAGE_FOOTSTEPS"]
    assert not reused["RENDER_STAGE_SURFACES"]
    one, two = (
        request.output_key for request in requests_of(house, surface_pb.ClassifySurfacesRequest)
    )
    assert one != two


async def test_a_render_can_be_asked_for_while_the_agent_is_away(house: Studio):
    house.fakes.fail["DescribeAgent"] = StageUnavailable("away", stage="surface-agent")
    clip = await house.upload()
    render = await house.render(clip["name"])
    del house.fakes.fail["DescribeAgent"]
    assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"


async def test_over_grpc_a_search_and_words_for_a_span_reach_the_agent(house: Studio):
    clip = await house.upload()
    house.fakes.sounds = {"boots on gravel": [await sound(house, "gravel.flac")]}
    override = surface_pb.SurfaceOverride(track_id=1, surface=surface_pb2.SURFACE_GRAVEL)
    override.range.start_offset.CopyFrom(duration_to_proto(1.0))
    override.range.end_offset.CopyFrom(duration_to_proto(1.5))
    options = render_pb2.RenderOptions(overrides=[override])
    options.sound_search.query = "boots on gravel"
    options.sound_search.sources.append(surface_pb.SOUND_SOURCE_LIBRARY)
    await house.rpc.CreateRender(
        pb.CreateRenderRequest(parent=clip["name"], request_id="grpc", options=options)
    )
    listed = await house.rpc.ListRenders(pb.ListRendersRequest(parent=clip["name"]))
    render = await house.ended(listed.renders[0].name)
    assert render["state"] == "STATE_SUCCEEDED", render
    (asked,) = requests_of(house, surface_pb.ClassifySurfacesRequest)
    assert list(asked.overrides) == [override]
    searches = requests_of(house, surface_pb.FindSoundsRequest)
    assert searches
    assert all(search.query == "boots on gravel" for search in searches)
    assert all(list(search.sources) == [surface_pb.SOUND_SOURCE_LIBRARY] for search in searches)
