"""How a render is cut into work and named; the state machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_common.footsteps import Sensitivity, Side
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef, key_problem
from foley_common.programme import LoudnessReport, SessionOptions
from foley_common.settings import StoreSettings
from foley_common.sound import (
    LoudnessPreset,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    SoundSource,
    StemKind,
)
from foley_common.surfaces import Surface
from foley_gateway import steps
from foley_gateway.codec import from_json, from_text, to_json, to_text
from foley_gateway.domain.plan import (
    RenderPlan,
    clip_id_of,
    fresh_progress,
    grid,
    may_follow,
    plan_render,
    render_id_of,
    started_again,
    with_answers,
    with_stage,
    with_style,
)
from foley_gateway.domain.types import (
    Clip,
    Ducking,
    PoseOptions,
    Render,
    RenderFailure,
    RenderOptions,
    RenderStage,
    RenderState,
    SoundResult,
    SoundSearch,
    Stem,
    Style,
    SurfaceOverride,
)
from foley_gateway.settings import GatewaySettings

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLIP = Clip(
    "c-1",
    "walk.mp4",
    ObjectRef("foley", "clips/c-1/source", "a" * 64, 10, "video/mp4"),
    VideoInfo(160, 120, Fraction(30000, 1001), 3600, 120.12, "h264"),
    MOMENT,
)


def _plan(options: RenderOptions | None = None, digest: str = "m", clip: Clip = CLIP) -> RenderPlan:
    return plan_render(clip, options or RenderOptions(), segment_s=60.0, results_digest=digest)


@given(st.floats(0.01, 20_000), st.floats(5, 600))
def test_the_grid_covers_the_clip_without_gaps_on_multiples(
    duration_s: float, segment_s: float
) -> None:
    cells = grid(duration_s, segment_s)
    assert cells[0][0] == 0
    assert cells[-1][1] is None
    assert [end for _, end, _ in cells[:-1]] == [start for start, _, _ in cells[1:]]
    assert [start for start, _, _ in cells] == [index * segment_s for index in range(len(cells))]
    assert sum(weight for _, _, weight in cells) == pytest.approx(1)
    assert all(weight > 0 for _, _, weight in cells)


def test_a_short_rest_joins_the_segment_before() -> None:
    assert len(grid(120.0, 60.0)) == 2
    assert len(grid(130.0, 60.0)) == 2
    assert len(grid(140.0, 60.0)) == 3


def test_every_key_is_legal_and_lies_under_the_clip() -> None:
    plan = _plan()
    keys = [segment.output_key for segment in plan.segments]
    keys += [
        plan.footsteps_prefix,
        plan.surfaces_key,
        plan.sound_prefix,
        plan.video_prefix,
        plan.exports_prefix,
    ]
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert key_problem(key) is None
        assert key.startswith("clips/c-1/")


def test_a_new_version_of_results_makes_renders_and_their_results_anew(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    settings = GatewaySettings(store=StoreSettings(root=tmp_path))
    found: list[tuple[str, RenderPlan]] = []
    for version in ("1", "2"):
        monkeypatch.setattr(steps, "RESULTS_VERSION", version)
        digest = steps.results_digest(settings)
        found.append((render_id_of("c-1", RenderOptions(), "", digest), _plan(digest=digest)))
    (old_id, old), (new_id, new) = found
    assert old_id != new_id
    assert old.segments[0].output_key != new.segments[0].output_key
    assert old.exports_prefix != new.exports_prefix


def test_a_change_moves_the_keys_behind_it_and_no_others() -> None:
    base = _plan()
    seed = _plan(RenderOptions(style=Style(seed=1)))
    assert (seed.segments, seed.footsteps_prefix, seed.surfaces_key) == (
        base.segments,
        base.footsteps_prefix,
        base.surfaces_key,
    )
    assert seed.sound_prefix != base.sound_prefix
    assert seed.exports_prefix != base.exports_prefix

    ground = _plan(RenderOptions(overrides=(SurfaceOverride(surface=Surface.SNOW),)))
    assert ground.footsteps_prefix == base.footsteps_prefix
    assert ground.surfaces_key != base.surfaces_key
    assert ground.sound_prefix != base.sound_prefix

    sensitive = _plan(RenderOptions(sensitivity=Sensitivity.HIGH))
    assert sensitive.segments == base.segments
    assert sensitive.footsteps_prefix != base.footsteps_prefix

    for other in (_plan(digest="n"), _plan(RenderOptions(poses=PoseOptions(max_people_count=2)))):
        assert other.segments[0].output_key != base.segments[0].output_key
        assert other.exports_prefix != base.exports_prefix
    local = _plan(RenderOptions(local_ground_only=True))
    assert local.footsteps_prefix == base.footsteps_prefix
    assert local.surfaces_key != base.surfaces_key

    renamed = _plan(clip=replace(CLIP, display_name="other.mp4"))
    assert renamed.sound_prefix == base.sound_prefix
    assert renamed.exports_prefix != base.exports_prefix


@pytest.mark.parametrize(
    "style",
    [
        Style(loudness_preset=LoudnessPreset.CINEMA),
        Style(engine=SoundEngine.SAMPLED),
        Style(sample_packs=(replace(CLIP.source, sha256="b" * 64),)),
        Style(room=Room.HALL),
        Style(perspective=Perspective.FAR),
        Style(ducking=Ducking(hold_s=0.0)),
        Style(sample_format=SampleFormat.FLOAT_32),
        Style(stems=True),
        Style(cloth=True),
        Style(nudge_s=0.02),
    ],
)
def test_what_is_heard_moves_the_sound_and_neither_steps_nor_grounds(style: Style) -> None:
    base, other = _plan(), _plan(RenderOptions(style=style))
    assert (other.segments, other.footsteps_prefix, other.surfaces_key) == (
        base.segments,
        base.footsteps_prefix,
        base.surfaces_key,
    )
    assert other.sound_prefix != base.sound_prefix
    assert other.video_prefix != base.video_prefix
    assert other.exports_prefix != base.exports_prefix


def test_a_search_for_sounds_moves_the_search_and_what_it_finds_moves_the_sound() -> None:
    searches = (None, SoundSearch(), SoundSearch(query="gravel"))
    options = [RenderOptions(sound_search=search) for search in searches]
    plans = [_plan(option) for option in options]
    assert len({plan.sounds_prefix for plan in plans}) == len(plans)
    assert len({plan.surfaces_key for plan in plans}) == 1
    assert len({plan.sound_prefix for plan in plans}) == 1  # nothing was found: it sounds the same
    style = Style(engine=SoundEngine.SAMPLED, sample_packs=(replace(CLIP.source, sha256="b" * 64),))
    found = with_style(plans[1], CLIP, options[1], style)
    assert found.sound_prefix != plans[1].sound_prefix
    assert found.exports_prefix != plans[1].exports_prefix
    assert found.surfaces_key == plans[1].surfaces_key


def test_what_answers_depend_on_moves_the_grounds_and_what_is_behind_them() -> None:
    options, base = RenderOptions(), _plan()
    one = with_answers(base, CLIP, options, answers_digest="local")
    two = with_answers(base, CLIP, options, answers_digest="local and a vision model")
    assert one == with_answers(two, CLIP, options, answers_digest="local")
    for name in ("surfaces_key", "sounds_prefix", "sound_prefix", "video_prefix", "exports_prefix"):
        assert getattr(one, name) != getattr(two, name)
    assert (one.segments, one.footsteps_prefix) == (base.segments, base.footsteps_prefix)


@pytest.mark.parametrize(
    "options",
    [
        RenderOptions(formats=(SessionFormat.CSV,)),
        RenderOptions(session=SessionOptions(handles_s=1.0)),
    ],
)
@pytest.mark.parametrize("footsteps_only", [False, True])
def test_what_is_exported_moves_the_exports_alone(
    options: RenderOptions, footsteps_only: bool
) -> None:
    base = _plan(RenderOptions(footsteps_only=footsteps_only))
    other = _plan(replace(options, footsteps_only=footsteps_only))
    assert other.exports_prefix != base.exports_prefix
    assert replace(other, exports_prefix=base.exports_prefix) == base


@pytest.mark.parametrize(
    "session", [SessionOptions(start_timecode="01:00:00:00"), SessionOptions(offset_s=1.0)]
)
def test_where_time_code_counts_from_moves_exports_and_videos(session: SessionOptions) -> None:
    """It is drawn into the annotated copy."""
    base, other = _plan(RenderOptions()), _plan(RenderOptions(session=session))
    assert other.exports_prefix != base.exports_prefix
    assert other.video_prefix != base.video_prefix
    moved = replace(other, exports_prefix=base.exports_prefix, video_prefix=base.video_prefix)
    assert moved == base


def test_a_style_moves_the_exports_of_footsteps_alone_too() -> None:
    """The style stands in `report.json`, and its nudge moves markers."""
    base = _plan(RenderOptions(footsteps_only=True))
    other = _plan(RenderOptions(footsteps_only=True, style=Style(nudge_s=0.5)))
    assert other.exports_prefix != base.exports_prefix


def test_poses_of_another_grid_are_not_found_again() -> None:
    one = _plan()
    other = plan_render(CLIP, RenderOptions(), segment_s=30.0, results_digest="m")
    assert other.segments[0].output_key != one.segments[0].output_key
    assert other.footsteps_prefix != one.footsteps_prefix


def test_ids_follow_what_decides() -> None:
    assert clip_id_of("a", "x.mp4") == clip_id_of("a", "x.mp4") != clip_id_of("a", "y.mp4")
    options, other = RenderOptions(), RenderOptions(style=Style(seed=1))
    assert render_id_of("c", options, "", "m") == render_id_of("c", RenderOptions(), "", "m")
    assert render_id_of("c", options, "", "m") != render_id_of("c", options, "", "n")
    assert render_id_of("c", options, "", "m") != render_id_of("c", other, "", "m")
    assert render_id_of("c", options, "r", "m") == render_id_of("c", other, "r", "n")
    assert render_id_of("c", options, "r", "m") != render_id_of("d", options, "r", "m")


def test_progress_never_falls_and_is_at_most_all() -> None:
    progress = fresh_progress(RenderOptions())
    progress = with_stage(progress, RenderStage.SOUND, 0.5)
    progress = with_stage(progress, RenderStage.SOUND, 0.2, reused=True)
    assert [row.fraction for row in progress] == [0, 0, 0, 0.5, 0, 0]
    assert progress[3].reused
    assert with_stage(progress, RenderStage.SOUND, 7.0)[3].fraction == 1
    assert len(fresh_progress(RenderOptions(footsteps_only=True))) == 3


def test_the_state_machine() -> None:
    final = [state for state in RenderState if state.is_final]
    assert set(final) == {RenderState.SUCCEEDED, RenderState.FAILED, RenderState.CANCELLED}
    for state in final:
        assert [after for after in RenderState if may_follow(state, after)] == [RenderState.QUEUED]
    assert not may_follow(RenderState.QUEUED, RenderState.SUCCEEDED)


def _render(**changes: object) -> Render:
    values: dict = {
        "clip_id": "c-1",
        "render_id": "r-1",
        "options": RenderOptions(overrides=(SurfaceOverride(1, 0.5, None, Surface.ICE),)),
        "state": RenderState.FAILED,
        "create_time": MOMENT,
        "update_time": MOMENT,
        "failure": RenderFailure("MODEL_MISSING", "no model", {"model": "x"}),
    }
    return Render(**{**values, **changes})


def test_starting_again_forgets_the_failure_and_counts() -> None:
    again = started_again(_render())
    assert (again.state, again.attempt, again.failure) == (RenderState.QUEUED, 2, None)
    assert again.workflow_id == "c-1.r-1.2" != _render().workflow_id


EVERYTHING = RenderOptions(
    style=Style(sample_packs=(CLIP.source,), room=Room.HALL, ducking=Ducking(3.0, 0.0)),
    session=SessionOptions("01:00:00:00", 1.5, 2.0),
    formats=(SessionFormat.OTIO,),
    sound_search=SoundSearch(sources=(SoundSource.WEB,)),
)
SOUND = SoundResult(
    *[CLIP.source] * 3,
    LoudnessReport(-23.0, -1.5, -23.0, -1.0),
    (Stem("left", CLIP.source, StemKind.FOOT, 1, Side.LEFT, -3.0),),
    "stereo",
    1.0,
    2.0,
)


def test_a_result_stored_before_there_were_stems_is_read() -> None:
    old = {name: to_json(SOUND)[name] for name in ("mix", "foley", "cues", "loudness")}
    assert from_json(SoundResult, {**old, "stems": []}).stems == ()
    stored = to_json(_render())
    for name in ("session", "formats", "local_ground_only", "sound_search"):
        del stored["options"][name]
    assert from_json(Render, stored) == _render()


@pytest.mark.parametrize(
    "value", [CLIP, _render(), _render(options=EVERYTHING), SOUND, _plan(), _plan(EVERYTHING)]
)
def test_values_survive_storage(value: object) -> None:
    assert from_text(type(value), to_text(value)) == value
    assert from_json(type(value), to_json(value)) == value
