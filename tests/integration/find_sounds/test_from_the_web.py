"""`FindSounds` over real gRPC, with real yt-dlp, against a real site on loopback: what it gives and what it refuses."""

from __future__ import annotations

import time

import pytest

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import SoundNotFound
from support.sound_desk import PREFIX, OpenDesk, sound_of
from support.sound_site import SoundSite


async def test_a_recording_at_an_address_is_stored_as_sound_with_where_it_came_from(
    desk: OpenDesk, site: SoundSite
):
    before = time.time()
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("gravel.wav"))
        (sound,) = answer.sounds
        assert await sound_of(agent, sound) == (2.0, ["audio"])
        assert agent.leftovers() == []
    assert answer.error is None
    assert sound.source_url == site.url("gravel.wav")
    assert sound.title == "gravel"
    assert sound.source == pb.SOUND_SOURCE_WEB
    assert sound.rights_confirmed
    assert sound.duration.ToTimedelta().total_seconds() == 2.0
    assert before - 1 <= sound.fetch_time.ToSeconds() <= time.time() + 1
    assert sound.sound.key.startswith(f"{PREFIX}/")
    assert sound.sound.media_type == "audio/flac"


@pytest.mark.parametrize(
    ("page", "seconds"),
    [("audio.html", 2.0), ("source.html", 2.0), ("og.html", 3.0), ("plain.wav", 2.0)],
)
async def test_pages_with_a_sound_in_them_give_it(
    desk: OpenDesk, site: SoundSite, page: str, seconds: float
):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url(page))
        assert answer.error is None, answer.reasons
        assert (await sound_of(agent, answer.sounds[0]))[0] == seconds


async def test_a_stream_in_fragments_is_put_together(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("list.m3u8"))
        assert answer.error is None, answer.reasons
        assert (await sound_of(agent, answer.sounds[0]))[0] == pytest.approx(3.0, abs=0.2)


async def test_a_list_is_gone_through_until_there_is_enough(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("feed.rss"), max_sound_count=2)
        assert agent.leftovers() == []
    assert [sound.title for sound in answer.sounds] == ["gravel 3 gravel.wav", "gravel 4 boots.wav"]
    assert [item.title for item in answer.rejected] == [
        "gravel 0 long.wav",
        "gravel 1 gone.wav",
        "gravel 2 text.wav",
    ]
    assert [sound.source_url for sound in answer.sounds] == [
        site.url("gravel.wav"),
        site.url("boots.wav"),
    ]
    reasons = [item.reason for item in answer.rejected]
    assert "longer than 10 s" in reasons[0]
    assert "404" in reasons[1]
    assert "no recording" in reasons[2]
    assert [part.done_count for part in answer.progress] == sorted(
        part.done_count for part in answer.progress
    )


BAD: list[tuple[str, str]] = [
    ("gone.wav", "404"),
    ("text.wav", "no recording that can be read"),
    ("typed.wav", "no recording that can be read"),
    ("silence.wav", "no sound to speak of"),
    ("long.wav", "longer than 10 s"),
    ("nested.rss", "a list of further addresses"),
    ("empty.html", "Unsupported URL"),
    ("large.wav", "larger than 2097152 bytes"),
    ("endless.wav", "larger than 2097152 bytes"),
    ("big.html", "larger than 2097152 bytes"),
    ("cut.wav", "10000 bytes"),
    ("drip.wav", "longer than 2 s"),
    ("drip-headers.wav", "longer than 2 s"),
    ("hang.wav", "timed out"),
    ("loop", "redirect"),
    ("gzip.wav", "compressed (gzip)"),
    ("live.m3u8", "live stream"),
    ("evil-file.html", "not available"),
    ("evil-file.m3u8", "scheme"),
]


@pytest.mark.parametrize(("path", "reason"), BAD, ids=[path for path, _ in BAD])
async def test_what_cannot_be_used_is_refused_with_its_reason(
    desk: OpenDesk, site: SoundSite, path: str, reason: str
):
    begun = time.monotonic()
    async with desk(site) as agent:
        answer = await agent.fetch(site.url(path))
        assert agent.leftovers() == []
    assert answer.sounds == []
    assert reason in answer.reasons
    assert isinstance(answer.error, SoundNotFound)
    assert reason in answer.error.message  # whoever shows no list of refusals shows this
    assert time.monotonic() - begun < 20


async def test_a_body_longer_than_it_says_is_taken_as_long_as_it_says(
    desk: OpenDesk, site: SoundSite
):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("lying.wav"))
    assert answer.error is None
    assert answer.sounds[0].duration.ToTimedelta().total_seconds() == 1.0


async def test_the_same_search_again_fetches_nothing_again(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        first = await agent.fetch(site.url("feed.rss"), max_sound_count=2)
        count = len(site.hits)
        again = await agent.fetch(site.url("feed.rss"), max_sound_count=2)
        assert again.sounds == first.sounds
        assert again.rejected == first.rejected
        assert len(site.hits) == count
        await agent.store.delete(first.sounds[0].sound.key)
        await agent.fetch(site.url("feed.rss"), max_sound_count=2)
        assert len(site.hits) > count


async def test_equal_recordings_are_stored_once(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        one = await agent.fetch(site.url("gravel.wav"))
        two = await agent.fetch(site.url("gravel.wav?again"))
    assert one.sounds[0].sound == two.sounds[0].sound
