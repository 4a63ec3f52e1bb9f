"""How a render is cut into work, what its results are called, and which states may follow which.

Keys are derived from everything that decides a result, link by link: the video's digest, the models' digest and the
options of that stage and of the stages before it. So equal work has equal keys and is found again: a changed seed
makes new sound but finds the old poses, an edited step finds the steps that were found, and another export format finds
the old sound. What is only known on the way
(what the surface agent answers with, which recordings a search found) goes into the keys behind it when it is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from foley_common.errors import FieldViolation, FoleyError, InvalidField
from foley_common.field_limits import MAX_EDL_LABELS_PER_S
from foley_common.media.info import VideoInfo
from foley_common.objects import derived_key_part
from foley_common.programme import SessionOptions
from foley_common.sound import EDIT_DECISION_LISTS, SessionFormat
from foley_common.timebase import Timecode, timecode_at
from foley_gateway.domain.types import (
    Clip,
    PoseOptions,
    Render,
    RenderFailure,
    RenderOptions,
    RenderStage,
    RenderState,
    SoundSearch,
    StageProgress,
    StepEdits,
    Style,
)

MIN_SEGMENT_SHARE = 0.25
"""A last segment shorter than this share of the grid is joined to the one before: warm-up would outweigh it."""

_CLIP_ID_LENGTH = 16  # hex digits; 64 bits, so a collision needs billions of clips
_RENDER_ID_LENGTH = 16

FULL_STAGES = tuple(RenderStage)
FOOTSTEPS_ONLY_STAGES = (RenderStage.POSES, RenderStage.FOOTSTEPS, RenderStage.EXPORTS)

_NEXT: dict[RenderState, frozenset[RenderState]] = {
    RenderState.QUEUED: frozenset({RenderState.RUNNING, RenderState.FAILED, RenderState.CANCELLED}),
    # Back to QUEUED when another version of the workflow takes a render up again.
    RenderState.RUNNING: frozenset(
        {RenderState.QUEUED, RenderState.SUCCEEDED, RenderState.FAILED, RenderState.CANCELLED}
    ),
    RenderState.PAUSED: frozenset({RenderState.RUNNING, RenderState.CANCELLED}),
    # A render whose files are gone from the store is made again.
    RenderState.SUCCEEDED: frozenset({RenderState.QUEUED}),
    RenderState.FAILED: frozenset({RenderState.QUEUED}),
    RenderState.CANCELLED: frozenset({RenderState.QUEUED}),
}


def may_follow(state: RenderState, following: RenderState) -> bool:
    """True when a render may go from one state to another.

    >>> may_follow(RenderState.FAILED, RenderState.QUEUED)
    True
    >>> may_follow(RenderState.SUCCEEDED, RenderState.FAILED)
    False
    """
    return following in _NEXT[state]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a clip that one `EstimatePoses` call answers for.

    Attributes:
        index: From 0, in order of time.
        start_time_s: First instant.
        end_time_s: First instant after it; None for until the end of the clip, so that rounding loses no frame.
        weight: Share of the clip, for progress; the weights of a plan sum to 1.
        output_key: Where its pose tracks are stored.
    """

    index: int
    start_time_s: float
    end_time_s: float | None
    weight: float
    output_key: str


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """All the places where a render's results go.

    Attributes:
        edited_prefix: Where the steps lie after the caller's changes; empty without any.
        steps_digest, places_digest: Of those steps, and of what of them decides where the ground is looked at; each
            empty while it is as found.
    """

    segments: tuple[Segment, ...]
    footsteps_prefix: str
    surfaces_key: str
    sound_prefix: str
    video_prefix: str
    exports_prefix: str
    sounds_prefix: str = ""
    edited_prefix: str = ""
    steps_digest: str = ""
    places_digest: str = ""


def answers_prefix(video_sha256: str) -> str:
    """Where answers of a vision model about a video are remembered.

    By its content and not beside the clip, so that the same video under another name is not asked about, and paid for,
    again. They go with the last clip of that content.
    """
    return f"visionAnswers/{video_sha256}"


def clip_id_of(video_sha256: str, display_name: str) -> str:
    """The id of a clip: the same video under the same name is the same clip."""
    return f"c-{derived_key_part(video_sha256, display_name, length=_CLIP_ID_LENGTH)}"


def render_id_of(clip_id: str, options: RenderOptions, request_id: str, results_digest: str) -> str:
    """The id of a render: of its request id where there is one, else of everything that decides its results."""
    parts = (
        ("request", request_id) if request_id else ("options", canonical(options), results_digest)
    )
    return f"r-{derived_key_part(clip_id, *parts, length=_RENDER_ID_LENGTH)}"


def canonical(
    options: RenderOptions | PoseOptions | Style | SessionOptions | SoundSearch | StepEdits,
) -> str:
    """Options as one text; equal options give equal text."""
    told = asdict(options)
    if told.get("step_edits", ...) is None:
        del told["step_edits"]  # as before there were any: what was made then is found again
    return json.dumps(told, sort_keys=True)


def check_start_timecode(session: SessionOptions, video: VideoInfo) -> None:
    """Say before the work, not after it, that no frame of a clip can have the start time code that was asked for.

    Raises:
        InvalidField: naming the limit and what to write instead.
    """
    if not session.start_timecode or video.timecode_rate <= 0:
        return
    try:
        timecode_at(session.start_timecode, video.timecode_rate)
    except ValueError as error:
        raise InvalidField(
            [FieldViolation("options.session.start_timecode", str(error))]
        ) from error


def check_formats(formats: Sequence[SessionFormat], video: VideoInfo) -> None:
    """Say before the work, not after it, that a clip has too many frames a second for an edit decision list.

    Raises:
        InvalidField: naming the limit.
    """
    rate = video.timecode_rate
    lists = [item for item in formats if item in EDIT_DECISION_LISTS]
    if lists and rate > 0 and Timecode(rate).nominal_rate > MAX_EDL_LABELS_PER_S:
        raise InvalidField(
            [
                FieldViolation(
                    f"options.formats[{formats.index(item)}]",
                    f"an edit decision list has two digits for frames, at most {MAX_EDL_LABELS_PER_S} a second; this "
                    f"video has {float(rate):g}: leave {item.name} out",
                )
                for item in lists
            ]
        )


def stages_of(options: RenderOptions) -> tuple[RenderStage, ...]:
    """The stages of a render, in order."""
    return FOOTSTEPS_ONLY_STAGES if options.footsteps_only else FULL_STAGES


def fresh_progress(options: RenderOptions) -> tuple[StageProgress, ...]:
    """A row per stage, nothing done."""
    return tuple(StageProgress(stage) for stage in stages_of(options))


def with_stage(
    progress: tuple[StageProgress, ...],
    stage: RenderStage,
    fraction: float,
    *,
    reused: bool | None = None,
) -> tuple[StageProgress, ...]:
    """The rows with one stage moved on; a fraction never falls."""
    return tuple(
        replace(
            row,
            fraction=max(row.fraction, min(1.0, fraction)),
            reused=row.reused if reused is None else reused,
        )
        if row.stage is stage
        else row
        for row in progress
    )


def started_again(render: Render) -> Render:
    """An ended or abandoned render, ready for its next attempt. What was stored is found again."""
    return replace(
        render,
        state=RenderState.QUEUED,
        attempt=render.attempt + 1,
        progress=fresh_progress(render.options),
        files=(),
        summary=None,
        footsteps=None,
        failure=None,
    )


def brief(render: Render) -> Render:
    """A render without its changes of steps: up to 10,000 of them are too much where many renders stand."""
    return replace(render, options=replace(render.options, step_edits=None))


def given_up(render: Render) -> Render:
    """A render whose work never came to an end, however often it was taken up: once more would be in vain."""
    problem = (
        "the gateway was stopped in the middle of this render so often that it was given up; "
        "its log says why; create the render again to try once more"
    )
    failure = RenderFailure(FoleyError.reason, problem)
    return replace(render, state=RenderState.FAILED, failure=failure)


def grid(duration_s: float, segment_s: float) -> list[tuple[float, float | None, float]]:
    """Cut a clip on a fixed grid: ``(start, end, weight)``, the last end open.

    >>> grid(130.0, 60.0)
    [(0.0, 60.0, 0.46153846153846156), (60.0, None, 0.5384615384615384)]
    >>> grid(0.04, 60.0)
    [(0.0, None, 1.0)]
    """
    count = max(1, math.ceil(duration_s / segment_s))
    if count > 1 and duration_s - (count - 1) * segment_s < MIN_SEGMENT_SHARE * segment_s:
        count -= 1
    whole_s = duration_s if duration_s > 0 else segment_s
    cuts = [index * segment_s for index in range(count)]
    return [
        (start, None if index == count - 1 else cuts[index + 1],
         ((whole_s if index == count - 1 else cuts[index + 1]) - start) / whole_s)
        for index, start in enumerate(cuts)
    ]  # fmt: skip


def plan_render(
    clip: Clip, options: RenderOptions, *, segment_s: float, results_digest: str
) -> RenderPlan:
    """Where every result of a render goes.

    Args:
        clip: The video.
        options: What the render shall be.
        segment_s: Grid on which the clip is cut, in seconds.
        results_digest: Digest of what decides results beside the inputs: models and versions.
    """
    home = f"clips/{clip.clip_id}"
    poses = derived_key_part(
        clip.source.sha256,
        results_digest,
        str(segment_s),
        canonical(options.poses),
    )
    footsteps = derived_key_part(poses, options.sensitivity.value)
    edited = (
        f"{home}/footsteps/{derived_key_part(footsteps, canonical(options.step_edits))}"
        if options.step_edits
        else ""
    )
    plan = RenderPlan(
        segments=tuple(
            Segment(index, start, end, weight, f"{home}/poses/{poses}/{index:04d}.npz")
            for index, (start, end, weight) in enumerate(grid(clip.video.duration_s, segment_s))
        ),
        footsteps_prefix=f"{home}/footsteps/{footsteps}",
        surfaces_key="",
        sound_prefix="",
        video_prefix="",
        exports_prefix="",
        edited_prefix=edited,
    )
    return with_answers(plan, clip, options, answers_digest="")


def with_edited_steps(plan: RenderPlan, *, steps_digest: str, places_digest: str) -> RenderPlan:
    """The plan once it is known what became of the steps: equal steps are equal work, however they were edited.

    Args:
        plan: The plan so far.
        steps_digest: Of the steps; empty when they are as found.
        places_digest: Of where they stand; empty when that is as found.
    """
    return replace(plan, steps_digest=steps_digest, places_digest=places_digest)


def with_answers(
    plan: RenderPlan, clip: Clip, options: RenderOptions, *, answers_digest: str
) -> RenderPlan:
    """The plan once it is known what the surface agent's answers depend on.

    Args:
        plan: The plan so far.
        clip: The video.
        options: What the render shall be.
        answers_digest: Digest of the models that look at the ground; empty when nobody said.
    """
    home = f"clips/{clip.clip_id}"
    overrides = json.dumps([asdict(override) for override in options.overrides], sort_keys=True)
    decides = (overrides, str(options.local_ground_only), answers_digest)
    if plan.places_digest:
        decides += (plan.places_digest,)
    surfaces = derived_key_part(_last(plan.footsteps_prefix), *decides)
    search = "" if options.sound_search is None else canonical(options.sound_search)
    packs = json.dumps([asdict(pack) for pack in options.style.sample_packs], sort_keys=True)
    changed = replace(
        plan,
        surfaces_key=f"{home}/surfaces/{surfaces}.binpb",
        sounds_prefix=f"{home}/sounds/{derived_key_part(surfaces, search, packs)}",
    )
    return with_style(changed, clip, options, options.style)


def with_style(plan: RenderPlan, clip: Clip, options: RenderOptions, style: Style) -> RenderPlan:
    """The plan once it is known which style sounds: that of the options, with the recordings that a search found."""
    home = f"clips/{clip.clip_id}"
    surfaces = _last(plan.surfaces_key).removesuffix(".binpb")
    steps = (plan.steps_digest,) if plan.steps_digest else ()
    sound = derived_key_part(surfaces, canonical(style), *steps)
    found = _last(plan.footsteps_prefix)
    alone = derived_key_part(found, *steps) if steps else found
    exports = derived_key_part(
        alone if options.footsteps_only else sound,
        str(options.footsteps_only),
        clip.display_name,
        canonical(style),
        canonical(options.session),
        json.dumps(options.formats),
    )
    return replace(
        plan,
        sound_prefix=f"{home}/sound/{sound}",
        video_prefix=f"{home}/video/{_labelled(sound, options.session)}",
        exports_prefix=f"{home}/exports/{exports}",
    )


def _labelled(sound: str, session: SessionOptions) -> str:
    """Videos of a sound: one more for every place that the time code drawn into them counts from."""
    if not session.start_timecode and not session.offset_s:
        return sound
    return derived_key_part(sound, session.start_timecode, repr(session.offset_s))


def _last(key: str) -> str:
    return key.rpartition("/")[2]
