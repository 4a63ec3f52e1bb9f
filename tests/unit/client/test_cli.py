"""The command line: help, closed lists, errors in one line with their exit status."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from foley_client import demo as demo_module
from foley_client import doctor as doctor_module
from foley_client.cli import app
from foley_client.commands import run as run_module
from foley_client.commands.common import errors_end_command, run_async
from foley_client.exit_codes import EXIT_CODE, MEANING, ExitCode
from foley_client.home import Home, held_lock
from foley_client.overrides import Said
from foley_client.rpc.options import (
    Ducking,
    Session,
    SoundSearch,
    SoundStyle,
    render_options,
)
from foley_client.runner import RunJob
from foley_client.session import target_of
from foley_client.summary import RunSummary, WalkerSummary
from foley_common.errors import InvalidField
from foley_common.footsteps import Sensitivity
from foley_common.objects import sha256_of
from foley_common.rpc.errors import error_classes
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    SoundSource,
)
from foley_common.surfaces import Footwear, Surface
from support import clips
from support.command_line import foley, words
from support.patience import END_S

DATA = Path(__file__).parents[2] / "data" / "rendered"


def test_every_reason_has_an_exit_status_and_every_status_a_meaning() -> None:
    assert set(EXIT_CODE) == set(error_classes())
    assert set(MEANING) == set(ExitCode)


def test_help_lists_commands_and_exit_statuses() -> None:
    text = words(foley("--help"))
    for name in ("run", "detect", "serve", "surface", "sound", "models", "doctor", "demo"):
        assert f" {name} " in text
    assert "130 cancelled" in text


@pytest.mark.parametrize("command", ["run", "detect", "doctor", "sound", "sound pack"])
def test_the_place_of_results_has_one_name(command: str) -> None:
    assert re.search(r"--output\b.* -o ", words(foley(*command.split(), "--help")))


def test_surfaces_and_shoes_are_closed_lists(tmp_path: Path) -> None:
    for option, closed in (("--surface", Surface), ("--footwear", Footwear)):
        result = foley("run", tmp_path / "x.mp4", option, "cheese")
        assert result.exit_code == ExitCode.USAGE
        said = re.sub(r"[\s│]+", "", result.output)
        assert "cheese" in said
        assert all(word in said for word in closed)


def test_options_of_sound_and_session_are_closed_lists_and_have_limits(tmp_path: Path) -> None:
    for option, closed in (
        ("--loudness", LoudnessPreset),
        ("--engine", SoundEngine),
        ("--room", Room),
        ("--perspective", Perspective),
        ("--sample-format", SampleFormat),
        ("--sample-rate", ("48000", "96000")),
        ("--format", SessionFormat),
    ):
        result = foley("run", tmp_path / "x.mp4", option, "cheese")
        assert result.exit_code == ExitCode.USAGE
        said = re.sub(r"[\s│]+", "", result.output)
        assert "cheese" in said
        assert all(word in said for word in closed)
    for option, beyond in (
        ("--duck-depth-db", 61),
        ("--duck-attack-ms", -1),
        ("--duck-hold-ms", 5001),
        ("--duck-release-ms", 5001),
        ("--nudge-ms", -1001),
        ("--offset-s", 86_401),
        ("--handles-s", 61),
    ):
        result = foley("run", tmp_path / "x.mp4", option, str(beyond))
        assert result.exit_code == ExitCode.USAGE
        assert f"Invalid value for '{option}'" in words(result)


@pytest.mark.parametrize("command", [("run", "x.mp4"), ("sound", "--surface", "ice")])
@pytest.mark.parametrize("seed", [1 << 63, -(1 << 63) - 1])
def test_a_seed_beyond_64_bits_is_a_wrong_option(command: tuple[str, ...], seed: int) -> None:
    result = foley(*command, "--seed", str(seed))
    assert result.exit_code == ExitCode.USAGE
    assert "Invalid value for '--seed': must be a whole number of 64 bits" in words(result)


def test_every_option_of_run_reaches_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Caught(Exception):
        pass

    jobs: list[RunJob] = []

    async def catch(job: RunJob, _show: object) -> None:
        jobs.append(job)
        raise Caught

    monkeypatch.setattr(run_module, "run_clip", catch)
    given = (
        *("--surface", "gravel", "--footwear", "boot", "--seed", "7", "--sensitivity", "high"),
        *("--original", "duck", "--local-ground", "--loudness", "cinema", "--engine", "sampled"),
        *("--room", "hall", "--perspective", "far", "--duck-depth-db", "12.5"),
        *("--duck-attack-ms", "0", "--duck-hold-ms", "100", "--duck-release-ms", "1500"),
        *("--sample-format", "float32", "--stems", "--cloth", "--nudge-ms", "-20"),
        *("--sample-rate", "96000"),
        *("--format", "midi", "--format", "csv", "--start-timecode", "10:00:00;02"),
        *("--offset-s", "-1.5", "--handles-s", "2"),
        *("--surface", "2:grass", "--surface", "1@3.5-8:wood", "--footwear", "2:socks"),
        *("--sound-query", "boots on gravel", "--sound-source", "library", "--rights-confirmed"),
    )
    assert isinstance(foley("run", tmp_path / "x.mp4", *given).exception, Caught)
    assert jobs[0].options == render_options(
        surface=Surface.GRAVEL,
        footwear=Footwear.BOOT,
        seed=7,
        sensitivity=Sensitivity.HIGH,
        original_sound=OriginalSound.DUCK,
        local_ground_only=True,
        style=SoundStyle(
            loudness=LoudnessPreset.CINEMA,
            engine=SoundEngine.SAMPLED,
            room=Room.HALL,
            perspective=Perspective.FAR,
            ducking=Ducking(12.5, 0.0, 0.1, 1.5),
            sample_format=SampleFormat.FLOAT_32,
            sample_rate_hz=96_000,
            stems=True,
            cloth=True,
            nudge_s=-0.02,
        ),
        session=Session((SessionFormat.MIDI, SessionFormat.CSV), "10:00:00;02", -1.5, 2.0),
        surfaces=[Said(Surface.GRASS, 2), Said(Surface.WOOD, 1, 3.5, 8.0)],
        shoes=[Said(Footwear.SOCKS, 2)],
        sound_search=SoundSearch("boots on gravel", "", True, (SoundSource.LIBRARY,)),
    )
    overrides = jobs[0].options.overrides
    assert [(one.track_id, one.HasField("range")) for one in overrides] == [
        (0, False),
        (2, False),
        (1, True),
    ]
    assert isinstance(foley("run", tmp_path / "x.mp4").exception, Caught)
    assert jobs[1].options == render_options(session=Session())
    for flag, wet in (("--wet", True), ("--dry", False)):
        assert isinstance(foley("run", tmp_path / "x.mp4", flag).exception, Caught)
        assert jobs[-1].options == render_options(session=Session(), wet=wet)
        assert [(one.HasField("wet"), one.wet) for one in jobs[-1].options.overrides] == [
            (True, wet)
        ]
    del jobs[2:]
    packs = ("--pack", tmp_path / "a.zip", "--pack", tmp_path / "b")
    assert isinstance(foley("run", tmp_path / "x.mp4", *packs).exception, Caught)
    assert jobs[2].packs == (tmp_path / "a.zip", tmp_path / "b")
    assert jobs[2].options == render_options(
        session=Session(), style=SoundStyle(engine=SoundEngine.SAMPLED)
    )
    assert jobs[2].disk_check
    for command in ("run", "detect"):
        assert isinstance(foley(command, tmp_path / "x.mp4", "--no-disk-check").exception, Caught)
        assert not jobs[-1].disk_check
    monkeypatch.setenv("FOLEY_DISK_CHECK", "0")
    assert isinstance(foley("run", tmp_path / "x.mp4").exception, Caught)
    assert not jobs[-1].disk_check


def test_words_that_change_nothing_or_win_are_told_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "footsteps.csv").write_text(
        "event,time_seconds,track_id\nHEEL_STRIKE,1.0,1\nTOE_OFF,1.4,1\n"
    )
    summary = RunSummary(str(tmp_path), ("footsteps.csv",), "r", 1, (), None, {}, (), 1.0, None)

    async def done(_job: RunJob, _show: object) -> RunSummary:
        return summary

    monkeypatch.setattr(run_module, "run_clip", done)
    table = tmp_path / "mine.csv"
    table.write_text("time_seconds,track_id,wet\n1.0,1,dry\n")
    told = foley("run", "x.mp4", "--surface", "2:wood", "--wet", "--steps", table, "--json")
    assert "--surface 2:wood changes nothing" in told.stderr
    assert "--wet wins over what the table of --steps says of 1 step" in told.stderr
    json.loads(told.stdout)


async def _stopped_by_sigterm() -> None:
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(END_S)


def test_sigterm_ends_a_command_as_ctrl_c_does() -> None:
    with pytest.raises(typer.Exit) as caught, errors_end_command():
        run_async(_stopped_by_sigterm())
    assert caught.value.exit_code == ExitCode.CANCELLED


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "ascii"])
def test_the_outcome_can_be_printed_whatever_the_terminal_and_the_names(
    charset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = f"{tmp_path}/:car: ü走😀{os.fsdecode(bytes([0xFC]))}"
    walker = WalkerSummary(1, 1, 1, None, ("wood",), ("boot",))
    summary = RunSummary(folder, ("a",), "r", 2, (walker,), None, {}, (), 1.0, None)

    async def done(_job: RunJob, _show: object) -> RunSummary:
        return summary

    monkeypatch.setattr(run_module, "run_clip", done)
    command = ["run", "x.mp4", "-o", folder]
    told = CliRunner(charset=charset).invoke(app, command)
    assert told.exit_code == 0, told.exception
    assert "/:car: " in told.stdout_bytes.decode(charset)
    told = CliRunner(charset=charset).invoke(app, [*command, "--json"])
    assert told.exit_code == 0, told.exception
    assert json.loads(told.stdout_bytes.decode(charset))["folder"] == folder


def test_the_grounds_of_a_table_reach_the_gateway_under_typed_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Caught(Exception):
        pass

    jobs: list[RunJob] = []

    async def catch(job: RunJob, _show: object) -> None:
        jobs.append(job)
        raise Caught

    monkeypatch.setattr(run_module, "run_clip", catch)
    table = tmp_path / "corrected.csv"
    table.write_text(
        "time_seconds,track_id,surface,footwear\n1,1,wood,boot\n2,1,grass,boot\n3,1,,boot\n"
    )
    given = ("--steps", table, "--surface", "1@2.5-:ice")
    assert isinstance(foley("run", tmp_path / "x.mp4", *given).exception, Caught)
    told = [(one.track_id, one.surface, one.footwear) for one in jobs[0].options.overrides]
    assert told == [(1, 6, 6), (1, 9, 6), (1, 0, 6), (1, 17, 0)]
    assert len(jobs[0].options.step_edits.edits) == 3
    table.write_text("time_seconds,track_id,surface\n1,1,wood\n1,1,grass\n")
    done = foley("run", tmp_path / "x.mp4", *given)
    assert done.exit_code == ExitCode.USAGE
    assert "corrected.csv line 3 and corrected.csv line 2 land at the same moment" in words(done)


@pytest.mark.parametrize(
    "option",
    [("--seed", "9" * 30), ("--surface", "9" * 11 + ":grass"), ("--footwear", "@9e9-:boot")],
)
def test_numbers_too_large_for_the_contract_are_a_wrong_invocation(
    tmp_path: Path, option: tuple[str, str]
) -> None:
    done = foley("run", tmp_path / "walk.mp4", *option)
    assert done.exit_code == ExitCode.USAGE
    assert option[0] in done.output


def test_packs_are_at_most_sixteen(tmp_path: Path) -> None:
    packs = [word for number in range(17) for word in ("--pack", f"{number}.zip")]
    for result in (
        foley("run", tmp_path / "x.mp4", *packs),
        foley("sound", "--surface", "gravel", *packs),
    ):
        assert result.exit_code == ExitCode.USAGE
        assert "at most 16 times, is 17" in words(result)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("--surface", "2@8-3:grass"), "does not end after it starts"),
        (("--surface", "two:grass"), "[PERSON][@FROM-TO]:WORD"),
        (("--footwear", "0:boot"), "people are numbered from 1"),
        (("--sound-query", "a", "--sound-url", "b"), "cannot be given with"),
        (("--rights-confirmed",), "ask for sounds too"),
    ],
)
def test_what_does_not_fit_together_is_a_wrong_invocation(
    tmp_path: Path, given: tuple[str, ...], problem: str
) -> None:
    result = foley("run", tmp_path / "x.mp4", *given)
    assert result.exit_code == ExitCode.USAGE
    assert problem in words(result)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    video = tmp_path / "clip.mp4"
    clips.normal(video)
    result = foley("run", video, "-o", tmp_path / "out", "--server", "127.0.0.1:9")
    assert result.exit_code == ExitCode.SERVICE
    assert "no gateway answers at 127.0.0.1:9" in result.output


def test_addresses_of_servers() -> None:
    assert target_of("grpc://host:1/") == "host:1"
    assert target_of("dns:///gateway:50051") == "dns:///gateway:50051"
    with pytest.raises(InvalidField, match="address of the page"):
        target_of("http://host:8080")
    with pytest.raises(InvalidField, match="no port"):
        target_of("host")


def test_serve_says_when_the_home_or_the_port_is_taken(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    with held_lock(home):
        taken = foley("serve", "--home", tmp_path)
    assert taken.exit_code == ExitCode.CONFLICT
    assert "in use by another process" in taken.output
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        busy = foley("serve", "--home", tmp_path, "--port", str(port))
    assert busy.exit_code == ExitCode.SERVICE
    assert f"port {port} cannot be used" in busy.output


def test_models_are_listed_with_their_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLEY_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    result = foley("models", "list")
    assert result.exit_code == 0
    assert "missing" in result.output
    assert "yolov8n.onnx" in result.output


def test_the_doctor_finds_missing_models_and_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLEY_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        doctor_module, "check_torch", list
    )  # imports torch: half a minute on a cold disk
    result = foley("doctor", "--home", tmp_path / "home", "-o", tmp_path / "out", "--json")
    assert result.exit_code == ExitCode.INTERNAL
    findings = {finding["what"]: finding for finding in json.loads(result.stdout)}
    assert findings["model yolov8n.onnx"]["verdict"] == "missing"
    assert "models fetch" in findings["model yolov8n.onnx"]["remedy"]
    assert findings["python"]["verdict"] == "ok"
    assert findings["services"]["verdict"] == "ok"
    assert findings["home"]["verdict"] == "ok"
    assert foley("doctor", "--home", tmp_path / "home", "-o", tmp_path / "out").exit_code == 1


def test_the_demo_falls_back_to_a_rendered_clip_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    rendered = tmp_path / "rendered.mp4"
    monkeypatch.setattr(demo_module, "rendered_clip", lambda: rendered)
    result = foley("demo")
    assert result.exit_code == 0
    assert result.stdout.strip() == str(rendered)
    assert "cannot be had" in result.stderr
    monkeypatch.setattr(demo_module, "rendered_clip", lambda: None)
    assert foley("demo").exit_code == ExitCode.INPUT


def test_a_demo_that_is_here_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    cached = demo_module.cached_demo()
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"clip")
    monkeypatch.setattr(demo_module, "DEMO_SHA256", sha256_of(cached))
    assert foley("demo").stdout.strip() == str(cached)


@pytest.mark.skipif(not DATA.is_dir(), reason="no rendered clips in this checkout")
def test_the_rendered_clip_of_a_checkout_is_found() -> None:
    found = demo_module.rendered_clip()
    assert found is not None
    assert found.parent == DATA
