"""Recordings from packs of the request and from the library, and requests that are wrong."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import InvalidField, SoundNotFound
from foley_common.packs import PackManifest, PackStep
from foley_common.rpc.convert import duration_to_proto, object_ref_from_proto, object_ref_to_proto
from foley_common.surfaces import Surface
from support.sound_desk import OpenDesk
from support.sound_site import SoundSite, steps_wav


async def test_the_library_comes_before_the_web(desk: OpenDesk, site: SoundSite, library: Path):
    async with desk(site, library_dir=library) as agent:
        answer = await agent.find(query="footsteps on gravel", max_sound_count=2)
    assert [sound.title for sound in answer.sounds] == ["gravel boots", "gravel slow"]
    assert {sound.source for sound in answer.sounds} == {pb.SOUND_SOURCE_LIBRARY}
    assert not any(sound.HasField("fetch_time") for sound in answer.sounds)
    assert site.hits == []


async def test_a_recording_of_the_library_is_stored_as_it_is(desk: OpenDesk, library: Path):
    async with desk(library_dir=library) as agent:
        answer = await agent.find(query="heels on wood")
        (sound,) = answer.sounds
        data = await agent.store.read_bytes(object_ref_from_proto(sound.sound))
    assert data == (library / "wood heels.wav").read_bytes()
    assert sound.source_url == "library:wood%20heels.wav"


async def test_packs_of_the_request_come_first_and_are_named_not_copied(
    desk: OpenDesk, library: Path
):
    manifest = PackManifest("Mine", (PackStep("01.wav", Surface.GRAVEL),))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("manifest.json", manifest.to_json())
        archive.writestr("01.wav", steps_wav(0.5, rate_hz=48_000))
    async with desk(library_dir=library) as agent:
        ref = object_ref_to_proto(
            await agent.store.publish_bytes(data.getvalue(), "packs/mine.zip", "application/zip")
        )
        answer = await agent.find(query="gravel", max_sound_count=2, sample_packs=[ref])
        only = await agent.find(
            query="snow", sample_packs=[ref], sources=[pb.SOUND_SOURCE_SAMPLE_PACK]
        )
        assert agent.leftovers() == []
    assert [sound.source for sound in answer.sounds] == [
        pb.SOUND_SOURCE_SAMPLE_PACK,
        pb.SOUND_SOURCE_LIBRARY,
    ]
    assert answer.sounds[0].sound == ref
    assert isinstance(only.error, SoundNotFound)


async def test_nothing_found_says_where_was_looked(desk: OpenDesk, library: Path):
    async with desk(library_dir=library) as agent:
        answer = await agent.find(query="footsteps on ice")
    assert isinstance(answer.error, SoundNotFound)
    for part in ("footsteps on ice", "no sample packs", "library: nothing", "switched off"):
        assert part in answer.error.message


async def test_a_longest_recording_of_the_request_counts(desk: OpenDesk, library: Path):
    async with desk(library_dir=library) as agent:
        answer = await agent.find(query="gravel boots", max_duration=duration_to_proto(0.5))
    assert isinstance(answer.error, SoundNotFound)
    assert "longer than 0.5 s" in answer.reasons


@pytest.mark.parametrize(
    ("request_fields", "field_name"),
    [
        ({}, "query"),
        ({"query": "a", "url": "https://example.com"}, "query"),
        ({"query": "x" * 300}, "query"),
        ({"query": "a", "max_sound_count": 99}, "max_sound_count"),
        ({"query": "a", "output_prefix": "../x"}, "output_prefix"),
        ({"query": "a", "sources": [0]}, "sources[0]"),
        ({"query": "a", "max_duration": duration_to_proto(-1.0)}, "max_duration"),
    ],
)
async def test_wrong_fields_are_told(
    desk: OpenDesk, request_fields: dict[str, Any], field_name: str
):
    async with desk() as agent:
        answer = await agent.find(**request_fields)
    assert isinstance(answer.error, InvalidField)
    assert field_name in answer.error.metadata["fields"].split(",")
