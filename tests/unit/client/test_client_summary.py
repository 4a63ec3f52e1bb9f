"""Figures and progress as people see them."""

from __future__ import annotations

import dataclasses
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from foley.common.v1 import surface_pb2
from foley.gateway.v1 import render_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2
from foley_client.grounds import GroundSpan, GroundSummary
from foley_client.rpc.convert import (
    FileView,
    GroundSoundView,
    RenderView,
    SoundView,
    StageView,
    error_of_render,
    render_view,
)
from foley_client.show import PlainShow, RichShow
from foley_client.stage_clock import StageClock
from foley_client.summary import (
    RunSummary,
    VisionSummary,
    WalkerSummary,
    cadence_spm,
    engines_of,
    summarise,
    vision_of,
    walkers_of,
)
from foley_client.tables import print_summary
from foley_common.errors import InvalidField, RenderCancelled, StoreFull

HEADER = (
    "frame,timecode,foot,event,time_seconds,confidence,"
    "track_id,x_px,y_px,surface,footwear,strength,gait,footstep_id\n"
)
SOUND = SoundView(False, -30.2, -23.0, 7.2, -1.0, 12, 0, 0.01, 11, 12)


def view(*stages: StageView, state: str = "running") -> RenderView:
    return RenderView("clips/c/renders/r", state, stages, (), 0, 0, None, "", "")


def test_walkers_are_counted_per_person_and_foot(tmp_path: Path) -> None:
    path = tmp_path / "footsteps.csv"
    rows = [
        (1, "LEFT", "HEEL_STRIKE", 1.0, "grass"),
        (2, "RIGHT", "HEEL_STRIKE", 1.1, "wood"),
        (1, "LEFT", "TOE_OFF", 1.2, "grass"),
        (1, "RIGHT", "HEEL_STRIKE", 1.6, "concrete"),
        (1, "LEFT", "HEEL_STRIKE", 2.2, "concrete"),
    ]
    path.write_text(
        HEADER
        + "".join(
            f"0,00:00:00:00,{f},{e},{t},0.9,{p},0,0,{s},,0.5,walk,x\n" for p, f, e, t, s in rows
        )
    )
    first, second = walkers_of(path)
    assert (first.track_id, first.left_count, first.right_count, first.step_count) == (1, 2, 1, 3)
    assert first.cadence_spm == pytest.approx(100.0)
    assert first.surfaces == ("concrete", "grass")
    assert first.footwear == ()
    assert (second.track_id, second.step_count, second.cadence_spm) == (2, 1, None)


def test_steps_are_counted_by_what_sounds_them(tmp_path: Path) -> None:
    cues = [{"engine": "procedural"}, {"engine": "sampled"}, {"engine": "procedural"}]
    (tmp_path / "cues.json").write_text(json.dumps({"cues": cues}))
    assert engines_of(tmp_path / "cues.json") == {"sampled": 1, "procedural": 2}


def test_nobody_walks(tmp_path: Path) -> None:
    path = tmp_path / "footsteps.csv"
    path.write_text(HEADER)
    assert walkers_of(path) == ()


def test_the_cadence_leaves_pauses_out() -> None:
    assert cadence_spm([0.0, 1.0, 10.0, 20.0]) == 60.0  # two pauses are no pace
    assert cadence_spm([0.0, 0.5, 1.0, 30.0, 30.5]) == 120.0
    assert cadence_spm([]) is None


def test_stage_times_run_from_the_end_of_the_one_before() -> None:
    clock = StageClock(10.0)
    clock.observe(view(StageView("poses", 0.0, False), StageView("sound", 0.0, False)), 10.5)
    clock.observe(view(StageView("poses", 0.5, False), StageView("sound", 0.0, False)), 12.0)
    clock.observe(view(StageView("poses", 1.0, False), StageView("sound", 0.0, False)), 14.0)
    clock.observe(view(StageView("poses", 1.0, False), StageView("sound", 1.0, False)), 15.0)
    assert clock.times_s() == {"poses": 4.0, "sound": 1.0}


def test_a_reused_stage_took_no_time() -> None:
    clock = StageClock(0.0)
    clock.observe(view(StageView("poses", 1.0, True)), 3.0)
    assert clock.times_s() == {"poses": 0.0}


def test_plain_progress_says_each_thing_once() -> None:
    out = io.StringIO()
    show = PlainShow(Console(file=out))
    show.waiting("waiting for detector")
    show.waiting("waiting for detector")
    for fraction in (0.0, 0.1, 0.2, 0.3, 0.31, 1.0, 1.0):
        show.render(view(StageView("poses", fraction, False)))
    show.render(view(StageView("poses", 1.0, False), StageView("sound", 1.0, True)))
    assert out.getvalue().splitlines() == [
        "waiting for detector",
        "people and poses: 10%",
        "people and poses: 30%",
        "people and poses: 100%",
        "sound: found, not made again",
    ]


def test_work_without_a_render_says_its_quarters() -> None:
    out = io.StringIO()
    show = PlainShow(Console(file=out))
    for fraction in (0.0, 0.01, 0.3, 0.31, 0.6, 1.0, 1.0):
        show.working("looking", fraction)
    assert out.getvalue().splitlines() == [
        "looking: 0%",
        "looking: 30%",
        "looking: 60%",
        "looking: 100%",
    ]
    screen = io.StringIO()
    with RichShow(Console(file=screen, force_terminal=True, width=100)) as bars:
        bars.waiting("starting")
        bars.working("looking [for] steps", 0.0)
        bars.working("looking [for] steps", 0.42)
    assert "looking [for] steps" in screen.getvalue()
    assert "42%" in screen.getvalue()


def test_bars_work_on_a_terminal() -> None:
    out = io.StringIO()
    with RichShow(Console(file=out, force_terminal=True, width=100)) as show:
        show.waiting("waiting for [detector]")
        show.render(view(StageView("poses", 0.5, False)))
        show.render(view(StageView("poses", 1.0, False), StageView("sound", 1.0, True)))
        show.note("a [note]")
    assert "[note]" in out.getvalue()
    assert "people and poses" in out.getvalue()


def test_the_summary_table_holds_the_figures() -> None:
    out = io.StringIO()
    walker = WalkerSummary(1, 6, 5, 112.4, ("wood",), ("sneaker",))
    summary = RunSummary(
        "out/walk",
        ("foley.mp4",),
        "r",
        11,
        (walker,),
        SOUND,
        {"poses": 4.2, "sound": 0.0},
        ("sound",),
        9.9,
        1 << 30,
    )
    print_summary(Console(file=out, width=120), summary)
    text = out.getvalue()
    for words in (
        "11",
        "112",
        "wood",
        "-30.2 LUFS",
        "7.2 LU short",
        "-1.0 dBTP",
        "0 samples",
        "+0.01 ms",
    ):
        assert words in text
    for words in ("4.2 s", "reused", "9.9 s", "1024 MiB", "out/walk"):
        assert words in text
    mixed = replace(summary, engines={"sampled": 6, "procedural": 5})
    print_summary(Console(file=out, width=120), mixed)
    assert "6 recorded, 5 synthesised" in out.getvalue()
    assert "not heard" not in out.getvalue()
    less = replace(summary, engines={"sampled": 0, "procedural": 9})
    print_summary(Console(file=out, width=120), less)
    assert "9 synthesised, 2 not heard: outside the video" in out.getvalue()
    print_summary(Console(file=out, width=120), replace(summary, walkers=()))
    assert "11 footsteps; ask for --format csv" in out.getvalue()
    assert "No footsteps found" not in out.getvalue()
    silent = replace(summary, footstep_count=0, walkers=(), sound=replace(SOUND, silent=True))
    print_summary(Console(file=out), silent)
    assert "No footsteps found" in out.getvalue()
    assert "silent" in out.getvalue()
    assert summary.to_json()["footstep_count"] == 11


def test_words_of_strangers_do_not_command_the_terminal() -> None:
    evil = "\x1b]0;owned\x07[red]boots"
    sound = GroundSoundView(*[""] * len(dataclasses.fields(GroundSoundView)))
    sound = replace(sound, surface="grass", query=evil, title=evil, licence=evil, step_count=1)
    vision = VisionSummary("m", 1, 0, 9, 0.0, evil)
    span = GroundSpan(1, 0.0, None, "grass", True, 0.5, "local_model")
    summary = RunSummary(
        "out",
        (),
        "r",
        1,
        (),
        None,
        {},
        (),
        1.0,
        None,
        (sound,),
        vision=vision,
        ground=GroundSummary((span,), evil),
    )
    said = io.StringIO()
    print_summary(Console(file=said, width=200, force_terminal=True, color_system=None), summary)
    assert "owned" in said.getvalue()
    assert "\x1b]" not in said.getvalue()
    assert "\x07" not in said.getvalue()


def test_a_narrow_terminal_loses_no_figure() -> None:
    walker = WalkerSummary(1, 1234, 1235, 109.6, ("concrete",), ("sneaker",))
    summary = RunSummary("out", (), "r", 2469, (walker,), None, {}, (), 1.0, None)
    said = io.StringIO()
    print_summary(Console(file=said, width=52), summary)
    assert "…" not in said.getvalue()
    assert "2469" in said.getvalue()


def test_a_failed_render_is_the_error_of_its_reason() -> None:
    failed = replace(view(state="failed"), error_reason="STORE_FULL", error_message="no space left")
    assert isinstance(error_of_render(failed), StoreFull)
    assert isinstance(error_of_render(replace(failed, error_reason="INVALID_FIELD")), InvalidField)
    assert isinstance(error_of_render(view(state="cancelled")), RenderCancelled)
    unknown = error_of_render(replace(failed, error_reason="NEW_ONE"))
    assert unknown is not None
    assert unknown.reason == "INTERNAL"
    assert error_of_render(view(state="succeeded")) is None


def test_the_right_to_a_recording_is_kept_with_where_and_when_it_came_from() -> None:
    render = render_pb2.Render()
    item = render.summary.ground_sounds.add(surface=surface_pb2.SURFACE_GRAVEL)
    item.sound.source = surface_agent_service_pb2.SOUND_SOURCE_WEB
    item.sound.source_url = "https://example.com/steps.wav"
    item.sound.rights_confirmed = True
    item.sound.fetch_time.FromJsonString("2026-11-27T01:36:41Z")
    render.summary.ground_sounds.add(surface=surface_pb2.SURFACE_GRASS)
    gravel, grass = render_view(render).ground_sounds
    assert (gravel.source, gravel.rights_confirmed) == ("web", True)
    assert gravel.fetch_time == "2026-11-27T01:36:41Z"
    assert (grass.source, grass.rights_confirmed, grass.fetch_time) == ("", False, "")


def test_what_the_vision_model_was_asked_and_why_it_was_not_believed_is_shown(
    tmp_path: Path,
) -> None:
    report = tmp_path / "report.json"
    usage = {
        "model": "m",
        "call_count": 3,
        "cached_call_count": 1,
        "prompt_token_count": 800,
        "completion_token_count": 90,
        "cost_usd": 0.0123,
        "failed_call_count": 1,
    }
    report.write_text(
        json.dumps({"vision_usage": usage, "surface_fallback_reason": "answered [401]"})
    )
    vision = vision_of(report)
    assert vision == VisionSummary("m", 3, 1, 890, 0.0123, "answered [401]")
    out = io.StringIO()
    summary = RunSummary("out", (), "r", 0, (), None, {}, (), 1.0, None, vision=vision)
    print_summary(Console(file=out, width=200), summary)
    told = out.getvalue()
    assert "890 tokens, 0.0123 US dollars" in told
    assert "answered [401]" in told
    report.write_text(json.dumps({"vision_usage": None, "surface_fallback_reason": "no key"}))
    assert vision_of(report) is None


@pytest.mark.parametrize("name", ["report.json", "footsteps.json"])
def test_the_grounds_are_told_from_whichever_file_was_asked_for(tmp_path: Path, name: str) -> None:
    span = {
        "track_id": 1,
        "start_seconds": 0.0,
        "end_seconds": 2.0,
        "surface": None,
        "sounded": "mud",
        "confidence": 0.4,
        "source": "local_model",
        "wet": None,
    }
    told = {"surfaces": [span], "surface_fallback_reason": "answered 503"}
    for left in ("report.json", "footsteps.json"):  # of an earlier run
        (tmp_path / left).write_text(json.dumps({"surfaces": []}))
    (tmp_path / name).write_text(json.dumps(told))
    render = replace(view(state="succeeded"), files=(FileView(name, "", 1),))
    summary = summarise(
        tmp_path, render, stage_times_s={}, total_time_s=1.0, peak_memory_bytes=None
    )
    assert summary.ground is not None
    assert summary.ground.fallback_reason == "answered 503"
    assert [one.ground for one in summary.ground.spans] == ["mud"]
