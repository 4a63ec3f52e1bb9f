"""`FindSounds` over real gRPC, with real yt-dlp, against a real site on loopback that plays every trick."""

from __future__ import annotations

import asyncio
import io
import os
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import grpc
import pytest

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import FetchRefused, FoleyError, InvalidField, SoundNotFound
from foley_common.objects import ObjectStore
from foley_common.packs import PackManifest, PackStep
from foley_common.rpc.convert import duration_to_proto, object_ref_from_proto, object_ref_to_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_common.surfaces import Surface
from foley_surface_agent.settings import SoundSettings, SurfaceAgentSettings
from foley_surface_agent.sounds.web.apart import PROGRAM
from support.sound_site import SoundSite, sound_site, steps_wav
from support.surface_desk import running_agent

PREFIX = "clips/c-1/sounds/gravel"
QUICK: dict[str, Any] = {
    "max_bytes": 2 << 20,
    "max_duration_s": 10.0,
    "max_seconds_per_sound": 2.0,
    "max_seconds": 20.0,
    "timeout_s": 1.0,
}


@dataclass
class Answer:
    """What a search gave."""

    sounds: list[Any] = field(default_factory=list)
    rejected: list[Any] = field(default_factory=list)
    progress: list[Any] = field(default_factory=list)
    error: FoleyError | None = None

    @property
    def reasons(self) -> str:
        return "; ".join(item.reason for item in self.rejected)


@dataclass
class Desk:
    """A running agent, its store, its scratch folder and a client."""

    stub: Any
    store: ObjectStore
    scratch: Path

    async def find(self, timeout_s: float = 60.0, **request: Any) -> Answer:
        message = pb.FindSoundsRequest(**{"output_prefix": PREFIX, **request})
        answer = Answer()
        try:
            async for event in self.stub.FindSounds(message, timeout=timeout_s):
                kind = event.WhichOneof("event")
                {"sound": answer.sounds, "rejected": answer.rejected, "progress": answer.progress}[
                    kind
                ].append(getattr(event, kind))
        except grpc.aio.AioRpcError as error:
            answer.error = from_rpc_error(error)
        return answer

    async def fetch(self, url: str, **request: Any) -> Answer:
        return await self.find(url=url, rights_confirmed=True, **request)

    def leftovers(self) -> list[str]:
        return [path.name for path in self.scratch.rglob("*")]


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def desk(tmp_path: Path) -> OpenDesk:
    @asynccontextmanager
    async def opened(site: SoundSite | None = None, **sounds: Any) -> AsyncIterator[Desk]:
        values = {**QUICK, **sounds}
        if site is not None:
            values |= {"web": True, "private_hosts": (site.name,)}
        store = StoreSettings(root=tmp_path / "store")
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        settings = SurfaceAgentSettings(
            store=store, sounds=SoundSettings.model_validate(values), scratch_dir=scratch
        )
        async with running_agent(settings) as stub:
            yield Desk(stub, open_store(store), scratch)

    return opened


@pytest.fixture
def elsewhere() -> Iterator[SoundSite]:
    """A site that nothing may ask."""
    with sound_site() as site:
        yield site


@pytest.fixture
def site(elsewhere: SoundSite) -> Iterator[SoundSite]:
    with sound_site(elsewhere.url("").rstrip("/")) as made:
        yield made


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("gravel boots.wav", "gravel slow.wav", "wood heels.wav"):
        (folder / name).write_bytes(steps_wav(1.0, seed=len(name)))
    (folder / "gravel broken.wav").write_bytes(b"no sound " * 100)
    return folder


async def sound_of(desk: Desk, sound: Any) -> tuple[float, list[str]]:
    """Seconds and kinds of streams of what was stored."""
    data = await desk.store.read_bytes(object_ref_from_proto(sound.sound))
    with av.open(io.BytesIO(data)) as container:
        kinds = [stream.type for stream in container.streams]
        samples = sum(frame.samples for frame in container.decode(audio=0))
        return samples / container.streams.audio[0].rate, kinds


# From the web


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


@pytest.mark.parametrize("path", ["slow-to-read.html", "long.mpd"])
async def test_what_takes_all_memory_or_time_to_read_ends_its_own_search_and_nothing_else(
    desk: OpenDesk, site: SoundSite, path: str
):
    async with desk(site) as agent:
        task = asyncio.create_task(agent.fetch(site.url(path)))
        while not site.hits:
            await asyncio.sleep(0.05)
        longest_s = 0.0
        while not task.done():  # the service answers others while this goes on
            begun = time.monotonic()
            await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=30)
            longest_s = max(longest_s, time.monotonic() - begun)
            await asyncio.sleep(0.2)
        answer = await task
        after = await agent.fetch(site.url("gravel.wav"))
        assert agent.leftovers() == []
    assert isinstance(answer.error, SoundNotFound)
    assert "memory" in answer.reasons.lower()
    assert longest_s < 5
    assert len(after.sounds) == 1


async def test_the_process_that_fetches_is_told_no_secret_and_ends_with_its_search(
    desk: OpenDesk, site: SoundSite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOLEY_SURFACE_AGENT_VISION__API_KEY", "sk-of-somebody")
    async with desk(site, max_seconds_per_sound=60.0, timeout_s=30.0) as agent:
        task = asyncio.create_task(agent.fetch(site.url("drip.wav")))
        while not site.hits:
            await asyncio.sleep(0.05)
        (process,) = fetching()
        assert b"PATH=" in (process / "environ").read_bytes()
        assert b"sk-of-somebody" not in (process / "environ").read_bytes()
        task.cancel()
        begun = time.monotonic()
        while fetching():
            assert time.monotonic() - begun < 10
            await asyncio.sleep(0.05)


def fetching() -> list[Path]:
    """Processes of this test's that fetch, under /proc."""
    found: list[Path] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and PROGRAM.encode() in (folder / "cmdline").read_bytes():
                found.append(folder)
        except OSError:  # it has ended meanwhile
            continue
    return found


async def test_a_body_longer_than_it_says_is_taken_as_long_as_it_says(
    desk: OpenDesk, site: SoundSite
):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("lying.wav"))
    assert answer.error is None
    assert answer.sounds[0].duration.ToTimedelta().total_seconds() == 1.0


PRIVATE = [
    "evil-audio.html",
    "evil-og.html",
    "evil.m3u8",
    "redirect?to={elsewhere}/secret.wav",
    "redirect?status=307&to={elsewhere}/secret.wav",
    "redirect?to=//127.0.0.1:{port}/secret.wav",
    "redirect?to=http://localhost:{port}/secret.wav",
    "redirect?to=http://[::1]:{port}/secret.wav",
    "redirect?to=http://[::ffff:127.0.0.1]:{port}/secret.wav",
    "redirect?to=http://2130706433:{port}/secret.wav",
    "redirect?to=http://0x7f000001:{port}/secret.wav",
    "redirect?to=http://169.254.169.254/latest/meta-data/",
    "redirect?to=http://10.0.0.1/secret.wav",
    "redirect?to=https://192.168.1.1/secret.wav",
    "redirect?to=file:///etc/passwd",
    "redirect?to=ftp://127.0.0.1/secret.wav",
]


@pytest.mark.parametrize("path", PRIVATE)
async def test_no_redirect_embed_or_fragment_leads_to_a_private_address(
    desk: OpenDesk, site: SoundSite, elsewhere: SoundSite, path: str
):
    address = site.url(path.format(elsewhere=elsewhere.url("").rstrip("/"), port=elsewhere.port))
    async with desk(site) as agent:
        answer = await agent.fetch(address)
    assert answer.sounds == []
    assert elsewhere.hits == []
    assert any(word in answer.reasons for word in ("allowed", "http or https", "scheme"))


async def test_a_redirect_within_the_site_is_followed(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("redirect?to=/gravel.wav"))
    assert len(answer.sounds) == 1
    assert answer.sounds[0].source_url == site.url("gravel.wav")


async def test_cookies_last_for_one_search_only(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        await agent.fetch(site.url("cookie.wav"))
        with_cookie = [hit.path for hit in site.hits if "session=" in hit.headers.get("cookie", "")]
        assert with_cookie  # the site's own, within the search that it was set in
        count = len(site.hits)
        await agent.fetch(site.url("boots.wav"))
        assert all("cookie" not in hit.headers for hit in site.hits[count:])


async def test_nothing_of_the_machine_is_told_or_used(
    desk: OpenDesk, site: SoundSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    plugins = home / ".config" / "yt-dlp" / "plugins" / "evil" / "yt_dlp_plugins" / "extractor"
    plugins.mkdir(parents=True)
    (plugins / "evil.py").write_text(f"open({str(tmp_path / 'plugin-ran')!r}, 'w')\n")
    (home / ".config" / "yt-dlp" / "config").write_text("--exec 'touch config-ran'\n")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    async with desk(site) as agent:
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        answer = await agent.fetch(site.url("gravel.wav"))
    assert answer.error is None, answer.reasons
    assert not (tmp_path / "plugin-ran").exists()
    assert not list(tmp_path.rglob("config-ran"))
    assert not (home / ".cache").exists()
    for hit in site.hits:
        assert "authorization" not in hit.headers
        assert hit.headers["accept-encoding"] == "identity"


async def test_a_search_that_is_cancelled_stops_and_leaves_nothing(desk: OpenDesk, site: SoundSite):
    async with desk(site, max_seconds_per_sound=60.0, timeout_s=30.0) as agent:
        task = asyncio.create_task(agent.fetch(site.url("drip.wav")))
        while not site.hits:
            await asyncio.sleep(0.05)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while agent.leftovers():
            assert time.monotonic() - begun < 10
            await asyncio.sleep(0.05)


async def test_a_search_ends_with_its_deadline(desk: OpenDesk, site: SoundSite):
    async with desk(site, max_seconds_per_sound=60.0, timeout_s=30.0) as agent:
        begun = time.monotonic()
        answer = await agent.fetch(site.url("drip.wav"), timeout_s=3.0)
        assert answer.error is not None
        assert answer.error.reason == "DEADLINE_EXCEEDED"
        assert time.monotonic() - begun < 8


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


async def test_rights_must_be_confirmed(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        by_address = await agent.find(url=site.url("gravel.wav"))
        by_words = await agent.find(query="gravel", sources=[pb.SOUND_SOURCE_WEB])
    for answer in (by_address, by_words):
        assert isinstance(answer.error, FetchRefused)
        assert answer.error.metadata["rule"] == "rights"
    assert site.hits == []


async def test_the_web_is_off_unless_it_is_switched_on(desk: OpenDesk, site: SoundSite):
    async with desk() as agent:
        answer = await agent.fetch(site.url("gravel.wav"))
        told = await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=10)
    assert isinstance(answer.error, FetchRefused)
    assert answer.error.metadata["rule"] == "switch"
    assert list(told.sound_sources) == [pb.SOUND_SOURCE_SAMPLE_PACK]
    assert site.hits == []


async def test_an_address_off_the_list_is_refused_at_once(desk: OpenDesk, elsewhere: SoundSite):
    async with desk(elsewhere, allowed_hosts=("example.com",)) as agent:
        answer = await agent.fetch("https://evil.example/steps.wav")
    assert isinstance(answer.error, FetchRefused)
    assert answer.error.metadata["rule"] == "host"


async def test_a_search_where_no_name_can_be_resolved_says_so(desk: OpenDesk, site: SoundSite):
    async with desk(site, allowed_hosts=("youtube.invalid",)) as agent:
        answer = await agent.find(
            query="gravel", rights_confirmed=True, sources=[pb.SOUND_SOURCE_WEB]
        )
    assert isinstance(answer.error, SoundNotFound)
    assert "not on the list of allowed hosts" in answer.reasons  # youtube.com is not, here


# From the house


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
