"""`foley sound` and `foley sound pack`: what is typed reaches the gateway, and what is wrong is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foley_client.commands import sound as sound_module
from foley_client.exit_codes import ExitCode
from foley_client.rpc.options import (
    SoundStyle,
    sound_request,
)
from foley_client.rpc.sounds import RecordingSpec
from foley_client.sounds import Heard, HeardFile, MadePack, PackJob, SoundJob
from foley_common.footsteps import GaitKind
from foley_common.packs import Provenance, Rejection
from foley_common.sound import (
    SoundEngine,
)
from foley_common.surfaces import Footwear, Surface
from support.command_line import foley, words


def test_every_option_of_sound_reaches_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[SoundJob] = []

    async def catch(job: SoundJob, _show: object) -> Heard:
        jobs.append(job)
        return Heard(job.facts, (HeardFile("step-000.wav", (96,), 48_000, 0.5),))

    monkeypatch.setattr(sound_module, "make_sound", catch)
    given = (
        *("--surface", "gravel", "--footwear", "boot", "--gait", "run", "--strength", "0.8"),
        *("--count", "3", "--seed", "7", "--wet", "--out", tmp_path, "--json"),
    )
    result = foley("sound", *given)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["files"][0]["contact_samples"] == [96]
    assert jobs[0].folder == tmp_path
    assert jobs[0].request == sound_request(
        Surface.GRAVEL,
        footwear=Footwear.BOOT,
        gait_kind=GaitKind.RUN,
        strength=0.8,
        step_count=3,
        seed=7,
        wet=True,
    )
    assert json.loads(result.stdout)["wet"] is True
    walk = foley("sound", "--surface", "snow", "--pack", tmp_path / "a.zip")
    assert "contact at sample" in walk.output
    assert jobs[1].packs == (tmp_path / "a.zip",)
    assert jobs[1].request == sound_request(
        Surface.SNOW, footwear=Footwear.SNEAKER, style=SoundStyle(engine=SoundEngine.SAMPLED)
    )
    assert "no sample pack" not in walk.output
    synthesised = foley("sound", "--surface", "snow", "--engine", "sampled")
    assert "no sample pack is given (--pack): every step is synthesised" in words(synthesised)


@pytest.mark.parametrize(
    ("shoe", "gait", "weather", "meant"),
    [
        ("High heel", "land", "--wet", (Footwear.HIGH_HEEL, GaitKind.LANDING, True)),
        ("dress-shoe", "Landing", "--dry", (Footwear.DRESS_SHOE, GaitKind.LANDING, False)),
    ],
)
def test_words_are_taken_as_people_say_them(
    monkeypatch: pytest.MonkeyPatch,
    shoe: str,
    gait: str,
    weather: str,
    meant: tuple[Footwear, GaitKind, bool],
) -> None:
    jobs: list[SoundJob] = []

    async def catch(job: SoundJob, _show: object) -> Heard:
        jobs.append(job)
        return Heard(job.facts, (HeardFile("walk.wav", (96,), 48_000, 0.5),))

    monkeypatch.setattr(sound_module, "make_sound", catch)
    result = foley("sound", "--surface", "GRAVEL", "--footwear", shoe, "--gait", gait, weather)
    assert result.exit_code == 0, result.output
    footwear, gait_kind, wet = meant
    assert jobs[0].request == sound_request(
        Surface.GRAVEL, footwear=footwear, gait_kind=gait_kind, wet=wet
    )
    assert jobs[0].facts["gait"] == "landing"


def test_sound_says_what_is_wrong() -> None:
    for given, says in (
        ((), "--surface: is required"),
        (("--surface", "lava"), "lava"),
        (("--surface", "mud", "--gait", "fly"), "'fly' is not one of walk, run"),
        (("--surface", "mud", "--strength", "1.5"), "--strength"),
        (("--surface", "mud", "--count", "0"), "--count"),
        (("--surface", "mud", "--count", "257"), "--count"),
        (("--surface", "mud", "--count", "2", "--pack", "a.zip"), "leave out --count"),
    ):
        result = foley("sound", *given)
        assert result.exit_code == ExitCode.USAGE, given
        assert says in words(result)


def test_grounds_shoes_and_gaits_are_listed() -> None:
    text = words(foley("sound", "list"))
    told = json.loads(foley("sound", "list", "--json").stdout)
    assert told == {
        "surfaces": list(Surface),
        "footwear": list(Footwear),
        "gaits": list(GaitKind),
    }
    assert all(word in text for group in told.values() for word in group)


def test_a_recording_is_told_from_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[PackJob] = []
    noise = tuple(Rejection(at, at + 0.5, "noise") for at in range(40))

    async def catch(job: PackJob, _show: object) -> MadePack:
        jobs.append(job)
        return MadePack(str(job.out), "garden", 12, noise, 2, 3)

    monkeypatch.setattr(sound_module, "make_pack", catch)
    recording, out = tmp_path / "garden.flac", tmp_path / "garden.zip"
    plain = ("sound", "pack", recording, "--surface", "gravel", "--out", out)
    result = foley(*plain)
    assert result.exit_code == 0, result.output
    assert "12 steps in" in words(result)
    assert "Not taken: 40 × noise" in words(result)
    assert "… and 10 more" in words(result)
    assert "Of audio stream 2 of 3: the one with most steps" in words(result)
    assert jobs[0].spec == RecordingSpec(Surface.GRAVEL)
    assert "Of audio stream 2 of 3: as asked" in words(foley(*plain, "--stream", "2"))
    assert jobs.pop(1).spec == RecordingSpec(Surface.GRAVEL, audio_stream=2)
    for number in ("0", "-1"):
        refused = foley(*plain, "--stream", number)
        assert refused.exit_code == 2
        assert f"is {number}; audio streams are counted from 1" in words(refused)
        assert "leave it out for the one with most steps" in words(refused)
    given = (
        *("--footwear", "boot", "--gait", "walk", "--name", "garden", "--title", "my garden"),
        *("--source-url", "https://example.com/a", "--uploader", "me", "--licence", "CC0-1.0"),
        *("--rights-confirmed", "--json"),
    )
    told = json.loads(foley(*plain, *given).stdout)
    assert (told["step_count"], len(told["rejected"])) == (12, 40)
    assert (told["audio_stream"], told["audio_stream_count"]) == (2, 3)
    assert jobs[1].spec == RecordingSpec(
        Surface.GRAVEL,
        Footwear.BOOT,
        GaitKind.WALK,
        "garden",
        Provenance("https://example.com/a", "my garden", "me", "CC0-1.0", rights_confirmed=True),
    )
    assert foley("sound", "pack", recording, "--out", out).exit_code == ExitCode.USAGE
