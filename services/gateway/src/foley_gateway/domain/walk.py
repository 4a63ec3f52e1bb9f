"""A short walk out of nothing: what a ground and a shoe sound like, without a video."""

from __future__ import annotations

import random
from fractions import Fraction

from foley_common.footsteps import Footstep, GaitKind, Side
from foley_common.media.info import VideoInfo
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    FootwearSpan,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)

WALK_S = 8.0
FIRST_STEP_S = 0.4  # so that a player that swallows its first moments swallows no step
LAST_STEP_S = 7.2  # the longest steps, in water, ring out before the end
STEP_INTERVAL_S = {  # usual cadences: 110 steps a minute walking, 170 running, 90 on stairs
    GaitKind.WALK: 0.545,
    GaitKind.RUN: 0.353,
    GaitKind.STAIRS: 0.667,
    GaitKind.LANDING: 1.5,
    GaitKind.STOP: 1.2,
    GaitKind.TURN: 0.7,
    GaitKind.SCUFF: 0.8,
}
STANCE_SHARE = {GaitKind.RUN: 0.7}  # of a step interval; walkers stand longer than a step
WALKING_STANCE_SHARE = 1.2  # 60 % of a stride of two steps
INTERVAL_SPREAD = 0.03  # of an interval, from step to step: healthy walkers vary by 2 to 4 %
STRENGTH_SPREAD = 0.05
WIDTH_PX, HEIGHT_PX = 1280, 720
PERSON_HEIGHT_PX = 432.0  # as near as a walker whose steps are mixed at 0 dB
FRAME_RATE = 30


def short_walk(
    surface: Surface,
    footwear: Footwear,
    gait_kind: GaitKind,
    strength: float,
    seed: int,
    *,
    wet: bool = False,
) -> tuple[VideoInfo, tuple[Footstep, ...], SurfaceReport]:
    """A picture nobody filmed, the steps in it, and what is known of ground and shoe.

    Args:
        surface: The ground.
        footwear: The shoe.
        gait_kind: The gait.
        strength: Of the usual step, 0 to 1; steps vary around it.
        seed: Of that variation.
        wet: True when the ground is wet.
    """
    dice = random.Random(f"walk:{seed}")
    interval_s = STEP_INTERVAL_S[gait_kind]
    steps: list[Footstep] = []
    time_s = FIRST_STEP_S
    while time_s <= LAST_STEP_S:
        stance_s = STANCE_SHARE.get(gait_kind, WALKING_STANCE_SHARE) * interval_s
        steps.append(
            Footstep(
                footstep_id=f"t1-{len(steps) + 1:04d}",
                track_id=1,
                side=Side.RIGHT if len(steps) % 2 else Side.LEFT,
                initial_contact_time_s=time_s,
                toe_off_time_s=time_s + stance_s,
                confidence=1.0,
                toe_off_confidence=1.0,
                strength=min(1.0, max(0.0, strength + dice.gauss(0.0, STRENGTH_SPREAD))),
                gait_kind=gait_kind,
                strike_pattern=None,
                x_px=WIDTH_PX / 2,
                y_px=HEIGHT_PX * 0.9,
                person_height_px=PERSON_HEIGHT_PX,
            )
        )
        time_s += interval_s * (1.0 + dice.gauss(0.0, INTERVAL_SPREAD))
    video = VideoInfo(
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        frame_rate=Fraction(FRAME_RATE),
        frame_count=round(WALK_S * FRAME_RATE),
        duration_s=WALK_S,
        video_codec="",
    )
    answer = SurfaceAnswer(
        surface=surface,
        best_guess=surface,
        group=None,
        confidence=1.0,
        source=AnswerSource.OVERRIDE,
        wet=wet,
    )
    report = SurfaceReport(
        surfaces=(SurfaceSpan(0, 0.0, WALK_S, answer),),
        footwear=(FootwearSpan(0, 0.0, WALK_S, footwear, 1.0, AnswerSource.OVERRIDE),),
    )
    return video, tuple(steps), report
