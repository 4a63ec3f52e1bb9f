"""The story: look at the ground of every step, cut each path into grounds, ask about scenes, let the caller's word win.

Three parts, because they wait for different things: `look_at_grounds` computes (a worker thread), `ask_about` waits
for the network, `report_of` decides and does neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import BudgetExceeded, VisionModelUnavailable
from foley_common.media.decode import TimedFrame
from foley_common.observability import get_logger
from foley_common.surfaces import AnswerSource, FootwearSpan, SurfaceReport
from foley_surface_agent.domain.cuts import SpanParams
from foley_surface_agent.domain.decide import VisionFindings, report_of_models
from foley_surface_agent.domain.fallback import AnswerThresholds
from foley_surface_agent.domain.features import APPEARANCE_SIZE, appearance, sharpness
from foley_surface_agent.domain.overrides import apply_overrides
from foley_surface_agent.domain.places import pooled_by_place
from foley_surface_agent.domain.scenes import scenes_of
from foley_surface_agent.domain.spans import parted
from foley_surface_agent.domain.surroundings import told_together
from foley_surface_agent.domain.types import SURFACES, Ground, StepVotes
from foley_surface_agent.feet_watch import FeetWatch
from foley_surface_agent.job import SurfaceJob
from foley_surface_agent.keyframes import GroundPatch, ground_patches
from foley_surface_agent.llm.base import UnusableReply, VisionModel
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.llm.prompt import MAX_LABELLED_PEOPLE
from foley_surface_agent.shot_watch import ShotWatch
from foley_surface_agent.views import SceneView, Walker, view_of

BLURRED_SHARE = 0.4  # a patch with less of the person's median sharpness than this is blurred
MAX_UNUSABLE_IN_A_ROW = (
    2  # one odd answer is an accident; a model that cannot answer costs no more than two
)
NO_MODEL = "no vision model is configured (no key is set)"
BATCH_PATCHES = 16  # patches classified at once: enough to keep the network busy, little memory


_Look = tuple[NDArray[np.float64], float]  # what a patch tells, and how sharp it is


class GroundClassifier(Protocol):
    """Tells grounds from patches."""

    @property
    def name(self) -> str:
        """Name and version, for reports."""
        ...

    @property
    def thresholds(self) -> AnswerThresholds:
        """When its answers about the ground under steps are sure."""
        ...

    @property
    def picture_temperature(self) -> float:
        """What the looks at a picture are pooled with (`looks.pooled`)."""
        ...

    @property
    def picture_thresholds(self) -> AnswerThresholds:
        """When its answers about a picture are sure."""
        ...

    def log_probabilities(self, patches: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Shape ``(n, 16)`` of patches of shape ``(n, 224, 224, 3)``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What was seen of a clip.

    Attributes:
        grounds: In order of person and time, cut wherever something changed (`domain.spans.parted`).
        views: Scenes for a vision model, most worth asking first; empty when none is asked.
        feet: Bare feet, where colour tells, in order of person and time.
    """

    grounds: tuple[Ground, ...] = ()
    views: tuple[SceneView, ...] = ()
    feet: tuple[FootwearSpan, ...] = ()


def look_at_grounds(
    video: Path,
    job: SurfaceJob,
    classifier: GroundClassifier,
    *,
    sheet_px: int | None = None,
    max_views: int = 0,
    params: SpanParams | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Looks:
    """Look at the ground of every step, cut each person's path into grounds, and pool what is one place.

    Args:
        video: The video.
        job: What is asked.
        classifier: Tells grounds from patches.
        sheet_px: Longest side of the sheets for a vision model; None makes none.
        max_views: Most scenes to make sheets of.
        params: How readily the ground changes.
        on_progress: Called with moments done and moments in all.

    Raises:
        UndecodableMedia: the video cannot be decoded.
    """
    shots, feet = ShotWatch(), feet_watch_of(job)
    walkers = {
        walker.votes.track_id: walker
        for walker in step_votes(
            video, job, classifier, on_progress=on_progress, shots=shots, feet=feet
        )
    }
    shoes = feet.footwear(job.last_time_s, shots.cuts_s)
    grounds = [
        ground
        for walker in walkers.values()
        for ground in parted(
            walker.votes, clip_end_s=job.clip_end_s, params=params, cuts_s=shots.cuts_s
        )
    ]
    votes = {track: walker.votes for track, walker in walkers.items()}
    grounds = told_together(pooled_by_place(grounds, votes, params))
    if sheet_px is None:
        return Looks(tuple(grounds), feet=shoes)
    scenes = scenes_of(grounds, votes, params)
    views = [
        view_of(
            scene,
            grounds,
            walkers,
            video=video,
            tracks=job.tracks,
            picture_height_px=job.picture_height_px,
            cuts_s=shots.cuts_s,
            max_people=MAX_LABELLED_PEOPLE,
            sheet_px=sheet_px,
        )
        for scene in scenes[:max_views]
    ]
    return Looks(tuple(grounds), tuple(view for view in views if view.sheet), shoes)


def look_at_feet(
    video: Path,
    job: SurfaceJob,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Looks:
    """Look at the feet only, for a caller who has said the ground of the whole clip.

    Raises:
        UndecodableMedia: the video cannot be decoded.
    """
    shots, feet = ShotWatch(), feet_watch_of(job)
    for _ in ground_patches(
        video,
        job.steps,
        job.tracks,
        picture_height_px=job.picture_height_px,
        on_progress=on_progress,
        on_frame=_both(shots, feet),
    ):
        pass
    return Looks(feet=feet.footwear(job.last_time_s, shots.cuts_s))


def feet_watch_of(job: SurfaceJob) -> FeetWatch:
    """What looks at feet; at nobody's when the caller has said the shoes of everybody."""
    steps = job.steps if job.needs_footwear else ()
    return FeetWatch(steps, job.tracks, job.picture_height_px)


def step_votes(
    video: Path,
    job: SurfaceJob,
    classifier: GroundClassifier,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    shots: ShotWatch | None = None,
    feet: FeetWatch | None = None,
) -> list[Walker]:
    """What the local classifier saw under every step, per person, in order of track id.

    Cuts and feet are looked at in the same frames by those who are given.
    """
    batch: list[GroundPatch] = []
    looks = _StepLooks(len(job.steps))
    watch = shots or ShotWatch()
    patches = ground_patches(
        video,
        job.steps,
        job.tracks,
        picture_height_px=job.picture_height_px,
        on_progress=on_progress,
        on_frame=watch.see if feet is None else _both(watch, feet),
    )
    for patch in patches:
        batch.append(patch)
        if len(batch) == BATCH_PATCHES:
            looks.add(batch, classifier)
            batch = []
    looks.add(batch, classifier)
    position = {step.footstep_id: index for index, step in enumerate(job.steps)}
    found: list[Walker] = []
    for track_id in job.track_ids:
        steps = job.steps_of(track_id)
        votes, seen = looks.of([position[step.footstep_id] for step in steps])
        times = np.array([step.initial_contact_time_s for step in steps])
        found.append(Walker(steps, StepVotes(track_id, times, votes, seen)))
    return found


async def ask_about(
    views: Sequence[SceneView],
    model: VisionModel | None,
    budget: Budget,
    findings: VisionFindings,
    *,
    min_confidence: float,
) -> None:
    """Ask a vision model about scenes, one question each, within a budget; what it says goes into ``findings``.

    The first failure of the endpoint ends the questions: whoever waits shall not wait for more of them. An answer
    that cannot be used leaves its own scene to the local classifier; two in a row end the questions too. What was
    answered stands, also when this is cancelled.
    """
    if model is None:
        findings.reason = NO_MODEL
        return
    unusable_count = 0
    for view in views:
        try:
            reply = await model.look(view.sheet, budget)
        except UnusableReply as error:
            get_logger().warning("vision_reply_unusable", problem=error.message)
            budget.failed()
            findings.reason = error.message
            unusable_count += 1
            if unusable_count == MAX_UNUSABLE_IN_A_ROW:
                break
            continue
        except (VisionModelUnavailable, BudgetExceeded) as error:
            get_logger().warning("vision_model_unavailable", problem=error.message)
            if isinstance(error, VisionModelUnavailable):
                budget.failed()
            findings.is_unanswered = isinstance(error, VisionModelUnavailable) or budget.left_s <= 0
            findings.reason = error.message
            break
        finally:
            findings.usage = budget.usage
        unusable_count = 0
        findings.add(view.grounds, view.track_ids, reply, min_confidence=min_confidence)
    findings.usage = budget.usage


def report_of(
    grounds: Sequence[Ground],
    findings: VisionFindings,
    job: SurfaceJob,
    classifier: GroundClassifier,
    feet: Sequence[FootwearSpan] = (),
) -> SurfaceReport:
    """What is true of the clip, as far as we know: models first, then the caller's word over it."""
    report = report_of_models(
        grounds,
        findings,
        thresholds=classifier.thresholds,
        model=classifier.name,
        everybody=job.track_ids,
        clip_end_s=job.last_time_s,
        feet=feet,
    )
    final = apply_overrides(report, job.overrides, clip_end_s=job.last_time_s)
    left = {AnswerSource.LOCAL_MODEL, AnswerSource.DEFAULT} & {
        *(span.answer.source for span in final.surfaces),
        *(shoe.source for shoe in final.footwear),
    }
    return final if left else replace(final, fallback_reason="")


def _both(shots: ShotWatch, feet: FeetWatch) -> Callable[[TimedFrame], bool]:
    def see(frame: TimedFrame) -> bool:
        feet.see(frame)
        return shots.see(frame)

    return see


class _StepLooks:
    """What patches of the ground tell, gathered step by step: each with its sharpness."""

    def __init__(self, step_count: int) -> None:
        self._votes: list[list[_Look]] = [[] for _ in range(step_count)]
        self._looks: list[list[_Look]] = [[] for _ in range(step_count)]

    def add(self, batch: Sequence[GroundPatch], classifier: GroundClassifier) -> None:
        sharp = [sharpness(item.patch) for item in batch]
        named = [number for number, item in enumerate(batch) if item.names]
        if named:
            votes = classifier.log_probabilities(np.stack([batch[i].patch for i in named]))
            for number, vote in zip(named, votes, strict=True):
                self._votes[batch[number].step].append((np.exp(vote), sharp[number]))
        for item, sharpness_of_it in zip(batch, sharp, strict=True):
            if item.compares:
                self._looks[item.step].append((appearance(item.patch), sharpness_of_it))

    def of(self, positions: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Votes ``(n, 16)`` and appearance ``(n, 5)`` of a person's steps, blurred patches left out.

        A step has both or, as not a number, neither.
        """
        votes = np.log(_sharp_means([self._votes[place] for place in positions], len(SURFACES)))
        looks = _sharp_means([self._looks[place] for place in positions], APPEARANCE_SIZE)
        unseen = np.isnan(votes[:, 0]) | np.isnan(looks[:, 0])
        votes[unseen], looks[unseen] = np.nan, np.nan
        return votes, looks


def _sharp_means(found: Sequence[Sequence[_Look]], size: int) -> NDArray[np.float64]:
    """Mean of what each step's patches tell but the blurred ones, shape ``(n, size)``; NaN without any."""
    sharp = [sharpness for looks in found for _, sharpness in looks]
    least = BLURRED_SHARE * float(np.median(sharp)) if sharp else 0.0
    means = np.full((len(found), size), np.nan)
    for row, looks in enumerate(found):
        kept = [values for values, sharpness in looks if sharpness >= least]
        if kept:
            means[row] = np.mean(kept, axis=0)
    return means
