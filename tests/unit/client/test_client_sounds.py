"""Footsteps without a video, sample packs, and renders that play them, through a gateway in this process."""

from __future__ import annotations

import dataclasses
import io
import json
import wave
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from rich.console import Console

from foley.common.v1 import footstep_pb2, surface_pb2
from foley_client.client import FoleyClient, RecordingSpec, SoundStyle, sound_request
from foley_client.home import Home
from foley_client.outputs import others_text
from foley_client.packs import stored_packs, zips_of
from foley_client.rpc.options import render_options
from foley_client.runner import RunJob, run_clip
from foley_client.show import PlainShow
from foley_client.sounds import PackJob, SoundJob, make_pack, make_sound
from foley_common.errors import (
    DigestMismatch,
    FoleyError,
    InvalidField,
    ObjectNotFound,
    RecordingUnusable,
    SamplePackInvalid,
    StoreReadOnly,
    UndecodableMedia,
)
from foley_common.footsteps import GaitKind
from foley_common.objects import sha256_of
from foley_common.packs import Provenance
from foley_common.sound import SoundEngine
from foley_common.surfaces import Footwear, Surface
from support import clips
from support.fake_gateway import FakeGateway, served
from support.stages import sample_pack

SAMPLED = SoundStyle(engine=SoundEngine.SAMPLED)


def wav(seconds: float = 0.5) -> bytes:
    """A hum: what is in a file of a fake gateway does not matter, but steps of packs must be heard."""
    hum = (2.0**20 * np.sin(np.arange(round(48_000 * seconds)) / 40)).astype("<i4")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(48_000)
        file.writeframes(hum.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
    return out.getvalue()


@pytest.fixture
def gateway() -> FakeGateway:
    gateway = FakeGateway()
    gateway.files = {"mix.wav": b"sound"}
    gateway.sounds = {"step-000.wav": (wav(), [96]), "step-001.wav": (wav(0.25), [48])}
    gateway.built = sample_pack()
    return gateway


@pytest_asyncio.fixture
async def target(gateway: FakeGateway) -> AsyncIterator[str]:
    async with served(gateway) as target:
        yield target


@pytest.fixture
def show() -> PlainShow:
    return PlainShow(Console(quiet=True))


@pytest.fixture
def boots(tmp_path: Path) -> Path:
    """A folder of steps, as a person has it."""
    folder = tmp_path / "my boots"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"gravel_boot_walk_{number:02d}.wav").write_bytes(wav(0.1 * number))
    (folder / "notes.txt").write_text("recorded in the garden")
    return folder


def sound_job(tmp_path: Path, target: str) -> SoundJob:
    request = sound_request(Surface.GRAVEL, footwear=Footwear.BOOT, strength=0.8, step_count=2)
    home = Home(tmp_path / "home")
    return SoundJob(request, {"surface": "gravel", "seed": 0}, (), tmp_path / "out", home, target)


def pack_job(tmp_path: Path, target: str, content: bytes = b"a recording") -> PackJob:
    recording = tmp_path / "garden.flac"
    recording.write_bytes(content)
    spec = RecordingSpec(
        Surface.GRAVEL, Footwear.BOOT, GaitKind.WALK, "garden", Provenance(licence="CC0-1.0")
    )
    return PackJob(recording, spec, tmp_path / "packs" / "garden.zip", Home(tmp_path), target)


async def test_steps_arrive_with_the_sample_of_their_contact(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    job = sound_job(tmp_path, target)
    heard = await make_sound(job, show)
    assert sorted(path.name for path in job.folder.iterdir()) == [
        "step-000.wav",
        "step-001.wav",
        "steps.json",
    ]
    told = json.loads((job.folder / "steps.json").read_text())
    assert told == json.loads(json.dumps(heard.to_json()))
    assert (told["schema"], told["surface"]) == (1, "gravel")
    assert told["files"] == [
        {"file": name, "contact_samples": [at], "sample_rate_hz": 48_000, "duration_s": seconds}
        for name, at, seconds in (("step-000.wav", 96, 0.5), ("step-001.wav", 48, 0.25))
    ]
    (wish,) = gateway.wishes
    assert (wish.surface, wish.step_count) == (surface_pb2.SURFACE_GRAVEL, 2)
    assert wish.gait_kind == footstep_pb2.GAIT_KIND_WALK


async def test_a_pack_without_the_ground_is_told(
    tmp_path: Path, target: str, gateway: FakeGateway, boots: Path
) -> None:
    said = io.StringIO()
    show = PlainShow(Console(file=said, width=200))
    job = dataclasses.replace(sound_job(tmp_path, target), packs=(boots,))
    await make_sound(job, show)
    assert "synthesised" not in said.getvalue()
    await make_sound(dataclasses.replace(job, facts={"surface": "ice"}), show)
    assert "no pack has ice: every step is synthesised" in said.getvalue()


async def test_what_an_earlier_command_left_is_told(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    job = sound_job(tmp_path, target)
    assert (await make_sound(job, show)).other_files == ()
    del gateway.sounds["step-001.wav"]
    heard = await make_sound(job, show)
    assert heard.other_files == ("step-001.wav",)
    assert others_text("out", heard.other_files).endswith("also in out: step-001.wav")
    assert others_text("out", [str(i) for i in range(30)]).endswith("9 and 20 more")


async def test_a_damaged_step_is_not_delivered(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.damages = "step-001.wav"
    job = sound_job(tmp_path, target)
    with pytest.raises(DigestMismatch, match=r"step-001\.wav arrived damaged"):
        await make_sound(job, show)
    assert [path.name for path in job.folder.iterdir()] == ["step-000.wav"]


async def test_a_name_that_climbs_stays_in_the_folder(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.sounds = {"../../evil.wav": (wav(), [1])}
    job = sound_job(tmp_path, target)
    heard = await make_sound(job, show)
    assert [file.file for file in heard.files] == ["evil.wav"]
    assert (job.folder / "evil.wav").exists()


def test_the_softest_step_is_not_taken_for_the_default() -> None:
    assert 0 < sound_request(Surface.SNOW, strength=0.0).strength < 0.01


async def test_a_walk_plays_packs_that_are_sent_once(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow, boots: Path
) -> None:
    request = sound_request(Surface.GRAVEL, style=SAMPLED)
    job = dataclasses.replace(sound_job(tmp_path, target), request=request, packs=(boots,))
    await make_sound(job, show)
    await make_sound(dataclasses.replace(job, request=sound_request(Surface.SNOW)), show)
    ((pack, data),) = gateway.packs.values()
    assert pack.display_name == "my boots.zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["gravel_boot_walk_01.wav", "gravel_boot_walk_02.wav"]
    assert [list(wish.style.sample_packs) for wish in gateway.wishes] == [[pack.pack]] * 2


async def test_a_render_plays_packs_in_the_order_given(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow, boots: Path
) -> None:
    snow = tmp_path / "snow.zip"
    snow.write_bytes(sample_pack("snow", surface="snow"))
    video = tmp_path / "clip.mp4"
    clips.normal(video)
    options = render_options(style=SAMPLED)
    job = RunJob(
        video, tmp_path / "out", options, Home(tmp_path / "home"), target, "clip", (snow, boots)
    )
    await run_clip(job, show)
    (render,) = gateway.renders.values()
    digests = [pack.sha256 for pack in render.options.style.sample_packs]
    assert digests[0] == sha256_of(snow)
    assert len(digests) == 2
    assert not options.style.sample_packs  # the caller's own message stays as it was
    await run_clip(job, show)
    assert len(gateway.packs) == 2


@pytest.mark.parametrize(
    "case",
    [
        ("none.zip", None, ObjectNotFound, "there is no sample pack"),
        ("text.zip", b"no zip", SamplePackInvalid, r"text\.zip: the pack is not a zip"),
        (
            "climbs.zip",
            {"../gravel_01.wav": wav()},
            SamplePackInvalid,
            r"climbs\.zip: .* climbs out",
        ),
        ("bomb.zip", {"gravel_01.wav": bytes(64 << 20)}, SamplePackInvalid, "times"),
        ("missing.zip", {"manifest.json": b'{"a": 1}'}, SamplePackInvalid, "manifest"),
        ("empty", "folder", SamplePackInvalid, "holds no WAV files"),
    ],
)
async def test_a_pack_that_cannot_be_played_is_told_before_anything_is_sent(
    tmp_path: Path,
    target: str,
    gateway: FakeGateway,
    show: PlainShow,
    case: tuple[str, object, type[FoleyError], str],
) -> None:
    name, content, kind, says = case
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, data in content.items():
                archive.writestr(entry, data)
    elif content == "folder":
        path.mkdir()
    job = dataclasses.replace(sound_job(tmp_path, target), packs=(path,))
    with pytest.raises(kind, match=says):
        await make_sound(job, show)
    assert gateway.packs == {}
    assert gateway.wishes == []


async def test_a_manifest_that_names_a_missing_file_is_refused(
    tmp_path: Path, target: str, show: PlainShow
) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w") as archive, zipfile.ZipFile(io.BytesIO(sample_pack())) as whole:
        for name in ("manifest.json", "1.wav"):
            archive.writestr(name, whole.read(name))
    job = dataclasses.replace(sound_job(tmp_path, target), packs=(path,))
    with pytest.raises(SamplePackInvalid, match=r"2\.wav"):
        await make_sound(job, show)


async def test_a_silent_step_is_said_before_anything_is_started(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    path = tmp_path / "garden.zip"
    path.write_bytes(sample_pack("Kies", silent=("2.wav",)))
    job = dataclasses.replace(sound_job(tmp_path, target), packs=(path,))
    with pytest.raises(SamplePackInvalid, match=r"garden\.zip: '2\.wav' .*'Kies' is silent; put a"):
        await make_sound(job, show)
    assert gateway.packs == {}


async def test_packs_are_found_on_any_page(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow, boots: Path
) -> None:
    async with FoleyClient(target) as client:
        with zips_of([boots]) as zips:
            (mine,) = await stored_packs(client, zips, show)
        for number in range(4):
            other = tmp_path / f"{number}.zip"
            other.write_bytes(sample_pack(str(number)))
            await client.upload_sample_pack(other)
        found = await client.find_sample_pack(mine.pack.sha256)
        assert found == mine
        assert await client.find_sample_pack("0" * 64) is None
        assert await client.delete_sample_pack(mine.name) == 1
        with pytest.raises(ObjectNotFound):
            await client.delete_sample_pack(mine.name)
    assert len(gateway.packs) == 4


async def test_a_recording_becomes_a_pack_and_says_what_is_not_in_it(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    job = pack_job(tmp_path, target)
    made = await make_pack(job, show)
    assert job.out.read_bytes() == gateway.built
    assert (made.step_count, made.name) == (3, "garden")
    assert made.rejected_counts() == {"speech": 2, "noise": 1}
    assert made.to_json()["rejected"][0] == {"start_s": 2.0, "end_s": 3.0, "reason": "noise"}  # type: ignore[index]
    (header,) = gateway.builds
    assert (header.surface, header.footwear) == (
        surface_pb2.SURFACE_GRAVEL,
        surface_pb2.FOOTWEAR_BOOT,
    )
    assert header.provenance.licence == "CC0-1.0"


@pytest.mark.parametrize("is_old", [False, True])
async def test_a_recording_on_its_way_to_a_pack_says_how_far_it_is(
    tmp_path: Path, target: str, gateway: FakeGateway, is_old: bool
) -> None:
    gateway.is_old = is_old
    out = io.StringIO()
    job = pack_job(tmp_path, target, b"a" * (2 << 20))
    with PlainShow(Console(file=out, width=200)) as show:
        made = await make_pack(job, show)
    assert job.out.read_bytes() == gateway.built
    assert made.step_count == 3
    said = [line for line in out.getvalue().splitlines() if "garden.flac" in line]
    uploaded = [f"uploading garden.flac: {percent}%" for percent in (25, 50, 75, 100)]
    looked = [f"looking for footsteps in garden.flac: {percent}%" for percent in (25, 50, 100)]
    assert said == uploaded + ([] if is_old else looked)
    assert len(gateway.builds) == 1


async def test_a_pack_that_arrives_damaged_is_not_written(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.damages = "samplePacks/p-0"
    job = pack_job(tmp_path, target)
    with pytest.raises(DigestMismatch):
        await make_pack(job, show)
    assert list(job.out.parent.iterdir()) == []


async def test_what_cannot_become_a_pack_says_why(
    tmp_path: Path, target: str, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.built = b""
    job = pack_job(tmp_path, target)
    with pytest.raises(RecordingUnusable, match="no footsteps"):
        await make_pack(job, show)
    assert not job.out.exists()
    gateway.builds.clear()
    empty = tmp_path / "empty.wav"
    empty.touch()
    wrong: list[tuple[PackJob, type[FoleyError]]] = [
        (dataclasses.replace(job, recording=tmp_path / "none.wav"), ObjectNotFound),
        (dataclasses.replace(job, recording=tmp_path), UndecodableMedia),
        (dataclasses.replace(job, out=tmp_path), InvalidField),
        (dataclasses.replace(job, out=job.recording / "a" / "pack.zip"), StoreReadOnly),
        (dataclasses.replace(job, recording=empty), UndecodableMedia),
    ]
    for bad, kind in wrong:
        with pytest.raises(kind):
            await make_pack(bad, show)
    assert gateway.builds == []
