"""From pose tracks of a clip's segments to its footsteps: the story on one screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from foley_common.footsteps import (
    DetectedFootsteps,
    DetectionStatistics,
    Footstep,
    ModelVersion,
    Sensitivity,
)
from foley_common.media.info import VideoInfo
from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.ground import person_motions
from foley_detector.domain.join import join_segments
from foley_detector.domain.learned import best_reading, with_strides_of
from foley_detector.domain.motion import gait_signals, leading_foot_signals
from foley_detector.domain.occlusion import without_hidden_legs
from foley_detector.domain.params import DEFAULT_PARAMS, MIN_CONFIDENCE, GaitParams
from foley_detector.domain.readings import chosen_reading
from foley_detector.domain.statistics import detection_statistics, track_of
from foley_detector.domain.steps import footsteps_of
from foley_detector.domain.types import FloatArray, GaitSignals, PersonMotion, Swing
from foley_detector.domain.views import swings_of
from foley_detector.event_network import default_network


def find_footsteps(
    segments: Sequence[PoseTracks],
    video: VideoInfo,
    sensitivity: Sensitivity = Sensitivity.MEDIUM,
    *,
    models: Sequence[ModelVersion] = (),
    statistics: DetectionStatistics | None = None,
    params: GaitParams = DEFAULT_PARAMS,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[DetectedFootsteps, PoseTracks]:
    """Join the segments of one clip and find every footstep in them.

    Args:
        segments: Pose tracks, one or more, in any order.
        video: What the probe said about the whole clip; copied into the result.
        sensitivity: Confidence a footstep needs (`params.MIN_CONFIDENCE`).
        models: Models that made the poses; copied into the result, before the event network where that was used.
        statistics: How much could be seen; counted from the poses when absent.
        params: Constants of the method.
        on_progress: Called with people done and people in all.

    Returns:
        Footsteps by time of contact, and the joined tracks whose ids they use. Nobody walks: no footsteps.
    """
    poses = without_hidden_legs(join_segments(segments))
    people = poses.track_ids
    network = default_network()
    footsteps: list[Footstep] = []
    for done, track_id in enumerate(people):
        on_progress(done, len(people))
        footsteps += person_footsteps(poses, track_id, params, network)
    on_progress(len(people), len(people))
    sure = [step for step in footsteps if step.confidence >= MIN_CONFIDENCE[sensitivity]]
    found = tuple(sorted(sure, key=lambda step: (step.initial_contact_time_s, step.track_id)))
    detected = DetectedFootsteps(
        video=video,
        footsteps=found,
        tracks=tuple(track_of(poses, track_id, found) for track_id in people),
        statistics=detection_statistics(poses) if statistics is None else statistics,
        models=(*models, *([network.version] if network else [])),
    )
    return detected, poses


def person_footsteps(
    poses: PoseTracks,
    track_id: int,
    params: GaitParams,
    network: Callable[[FloatArray], FloatArray] | None = None,
) -> list[Footstep]:
    """Every footstep of one person, sure or not, numbered by time."""
    steps: list[Footstep] = []
    for motion in person_motions(poses, track_id, params):
        signals = gait_signals(motion, params)
        if signals is not None:
            swings = _swings(motion, signals, network, params)
            if network is not None:
                signals = with_strides_of(swings, signals)
            steps += footsteps_of(swings, signals, track_id=track_id, params=params)
    return [
        replace(step, footstep_id=f"t{track_id}-{number:04d}")
        for number, step in enumerate(steps, start=1)
    ]


def _swings(
    motion: PersonMotion,
    signals: GaitSignals,
    network: Callable[[FloatArray], FloatArray] | None,
    params: GaitParams,
) -> list[Swing]:
    """By the event network, by rules where there is none or where it has not read the walk."""
    by_rules = swings_of(signals, leading_foot_signals(motion, signals, params), params)
    if network is None:
        return by_rules
    learned = best_reading(motion, signals, network, params)
    small = float(np.median(motion.height_px)) < params.small_person_px
    return chosen_reading(learned, by_rules, is_small=small)
