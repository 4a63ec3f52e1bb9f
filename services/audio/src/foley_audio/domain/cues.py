"""Footsteps, grounds and shoes become cues: what is sounded at which sample, with which dice."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np

from foley_audio.domain.room import room_of
from foley_audio.domain.space import place_steps
from foley_audio.domain.types import FootstepCue, Placement, StepSpec, Style
from foley_common.footsteps import Footstep, GaitKind, Side
from foley_common.media.info import VideoInfo
from foley_common.surfaces import (
    DEFAULT_FOOTWEAR,
    DEFAULT_SURFACE,
    Footwear,
    FootwearSpan,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
)
from foley_common.timebase import nearest_sample

DRIFT_DIRECTIONS = 6  # directions of variation that drift slowly along a person's walk
DRIFT_MEMORY = 0.6  # AR(1) coefficient from one step to the next; hand-set
MIN_STANCE_S = 0.08  # shorter stances do not exist in running either
MAX_STANCE_S = 1.2  # longer ones are standing; the sound of the roll-off does not stretch further
USUAL_STANCE_S = {  # where the toe-off was not seen; textbook gait, walking 60 % of a 1.1 s stride
    GaitKind.WALK: 0.66,
    GaitKind.RUN: 0.24,
    GaitKind.STAIRS: 0.7,
    GaitKind.LANDING: 0.4,
    GaitKind.STOP: 0.8,
    GaitKind.TURN: 0.6,
    GaitKind.SCUFF: 0.5,
}


def make_cues(
    steps: Sequence[Footstep], surfaces: SurfaceReport, video: VideoInfo, style: Style
) -> list[FootstepCue]:
    """Turn footsteps into cues, in order of time.

    Steps before the first frame or after the end of the video are not sounded, nor those that the style's nudge moves
    there. The same foot of a person lands once in a sample: doubled steps sound once.

    Args:
        steps: Any order.
        surfaces: Grounds and shoes; where nothing is known the documented defaults are sounded.
        video: For the picture's size and the length.
        style: For the seed, the sampling rate, the room, the perspective and the nudge.

    Returns:
        One cue per audible step; equal times keep the order of the ids.
    """
    heard = heard_steps(steps, video, style)
    placements = place_steps(heard, video, style.perspective)
    drifts = _drifts(heard, style.seed)
    return [
        _cue(step, surfaces, style, placement=placement, drift=drift)
        for step, placement, drift in zip(heard, placements, drifts, strict=True)
    ]


def programme_samples(video: VideoInfo, sample_rate_hz: int) -> int:
    """Length of a programme: that of the video, at least one sample."""
    return max(1, nearest_sample(video.duration_s, sample_rate_hz))


def heard_steps(steps: Sequence[Footstep], video: VideoInfo, style: Style) -> list[Footstep]:
    """The steps that a programme sounds and sessions mark, in order; a foot that lands twice in a sample lands once."""
    heard: dict[tuple[int, Side, int], Footstep] = {}
    for step in sorted(steps, key=lambda step: (step.initial_contact_time_s, step.footstep_id)):
        if _is_in_programme(step, video, style):
            heard.setdefault((step.track_id, step.side, _onset_of(step, style)), step)
    return list(heard.values())


def _is_in_programme(step: Footstep, video: VideoInfo, style: Style) -> bool:
    """True when a step is in the video, and the nudge leaves it there."""
    total = programme_samples(video, style.sample_rate_hz)
    return (
        0.0 <= step.initial_contact_time_s < video.duration_s
        and 0 <= _onset_of(step, style) < total
    )


def _onset_of(step: Footstep, style: Style) -> int:
    return nearest_sample(step.initial_contact_time_s + style.nudge_s, style.sample_rate_hz)


def _cue(
    step: Footstep,
    surfaces: SurfaceReport,
    style: Style,
    *,
    placement: Placement,
    drift: tuple[float, ...],
) -> FootstepCue:
    answer = surfaces.surface_at(step.track_id, step.initial_contact_time_s)
    surface, wet, footwear = ground_of(step, surfaces)
    gait_kind = step.gait_kind or GaitKind.WALK
    spec = StepSpec(
        surface=surface,
        footwear=footwear,
        gait_kind=gait_kind,
        strike_pattern=step.strike_pattern,
        strength=min(1.0, max(0.0, step.strength)),
        stance_time_s=_stance_of(step, gait_kind),
        side=step.side,
        wet=wet,
        seed=step_seed(style.seed, step.footstep_id),
        drift=drift,
        floor=step_seed(style.seed, f"floor:{surface.value}"),
    )
    return FootstepCue(
        footstep_id=step.footstep_id,
        track_id=step.track_id,
        time_s=step.initial_contact_time_s,
        onset_sample=_onset_of(step, style),
        spec=spec,
        placement=placement,
        room=room_of(answer, style.room),
    )


def ground_of(step: Footstep, surfaces: SurfaceReport) -> tuple[Surface, bool, Footwear]:
    """The ground, whether it is wet, and the shoe that are sounded for a step; not known to be wet sounds dry."""
    return sounded_ground(
        surfaces.surface_at(step.track_id, step.initial_contact_time_s),
        surfaces.footwear_at(step.track_id, step.initial_contact_time_s),
    )


def sounded_ground(
    answer: SurfaceAnswer | None, shoe: FootwearSpan | None
) -> tuple[Surface, bool, Footwear]:
    """The same of what was said of ground and shoe there; None where nobody said anything."""
    return (
        answer.sounded if answer else DEFAULT_SURFACE,
        bool(answer and answer.wet),
        (shoe.footwear if shoe else None) or DEFAULT_FOOTWEAR,
    )


def step_seed(seed: int, name: str) -> int:
    """Seed of one thing of a render, 63 bits: stable for the pair, unrelated between names.

    >>> step_seed(1, "t1-0001") == step_seed(1, "t1-0001") != step_seed(1, "t1-0002")
    True
    """
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _drifts(steps: Sequence[Footstep], seed: int) -> list[tuple[float, ...]]:
    """An AR(1) walk per person through the directions of variation, unit variance."""
    fresh = math.sqrt(1.0 - DRIFT_MEMORY**2)
    state: dict[int, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    drifts: list[tuple[float, ...]] = []
    for step in steps:
        dice = np.random.default_rng(step_seed(seed, f"drift:{step.footstep_id}"))
        new = dice.standard_normal(DRIFT_DIRECTIONS)
        before = state.get(step.track_id)
        now = new if before is None else DRIFT_MEMORY * before + fresh * new
        state[step.track_id] = now
        drifts.append(tuple(float(value) for value in now))
    return drifts


def _stance_of(step: Footstep, gait_kind: GaitKind) -> float:
    stance = step.stance_time_s if step.stance_time_s is not None else USUAL_STANCE_S[gait_kind]
    return min(MAX_STANCE_S, max(MIN_STANCE_S, stance))
