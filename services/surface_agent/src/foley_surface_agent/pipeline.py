"""The story: look at the ground of every step, cut each path into grounds, ask about each, let the caller's word win.

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

from foley_common.errors import VisionModelUnavailable
from foley_common.footsteps import Footstep, Track
from foley_common.observability import get_logger
from foley_common.surfaces import AnswerSource, SurfaceReport
from foley_surface_agent.domain.decide import VisionFindings, report_of_models
from foley_surface_agent.domain.fallback import AnswerThresholds
from foley_surface_agent.domain.features import appearance, sharpness
from foley_surface_agent.domain.overrides import apply_overrides
from foley_surface_agent.domain.spans import SpanParams, grounds_of
from foley_surface_agent.domain.types import SURFACES, Ground, Override, StepVotes
from foley_surface_agent.keyframes import (
    MAX_PICTURE_HEIGHT_PX,
    GroundPatch,
    frame_near,
    ground_patches,
    person_height_px,
)
from foley_surface_agent.llm.base import VisionModel
from foley_surface_agent.sheet import contact_sheet

BLURRED_SHARE = 0.4  # a patch with less of the person's median sharpness than this is blurred
BATCH_PATCHES = 16  # patches classified at once: enough to keep the network busy, little memory


class GroundClassifier(Protocol):
    """Tells grounds from patches."""

    @property
    def name(self) -> str:
        """Name and version, for reports."""
        ...

    @property
    def thresholds(self) -> AnswerThresholds:
        """When its answers are sure."""
        ...

    def log_probabilities(self, patches: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Shape ``(n, 16)`` of patches of shape ``(n, 224, 224, 3)``."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One ground of one person, and the sheet to show a vision model (empty when none could be made)."""

    ground: Ground
    step: Footstep
    sheet: bytes


@dataclass(frozen=True, slots=True)
class SurfaceJob:
    """What is asked for one clip.

    Attributes:
        steps: Every footstep of the clip.
        tracks: Where people are.
        picture_height_px: Height of the displayed picture.
        clip_end_s: End of the clip.
        overrides: The caller's word.
    """

    steps: tuple[Footstep, ...]
    tracks: tuple[Track, ...]
    picture_height_px: int
    clip_end_s: float
    overrides: tuple[Override, ...] = ()

    @property
    def last_time_s(self) -> float:
        """End of the clip, or just after the last contact when that is later."""
        return max([self.clip_end_s, *(step.initial_contact_time_s + 0.001 for step in self.steps)])

    @property
    def needs_surface(self) -> bool:
        """False when the caller said the ground of everybody for the whole clip, or nobody walks."""
        said = any(
            o.surface is not None and o.covers(0.0, self.last_time_s) for o in self.overrides
        )
        return bool(self.steps) and not said

    @property
    def needs_footwear(self) -> bool:
        """False when the caller said everybody's shoes for the whole clip, or nobody walks."""
        said = any(
            o.footwear is not None and o.covers(0.0, self.last_time_s) for o in self.overrides
        )
        return bool(self.steps) and not said

    def steps_of(self, track_id: int) -> list[Footstep]:
        """A person's steps in order of time."""
        own = (step for step in self.steps if step.track_id == track_id)
        return sorted(own, key=lambda step: step.initial_contact_time_s)

    @property
    def track_ids(self) -> list[int]:
        """Everybody who steps, in order."""
        return sorted({step.track_id for step in self.steps})


def look_at_grounds(
    video: Path,
    job: SurfaceJob,
    classifier: GroundClassifier,
    *,
    sheet_px: int | None = None,
    params: SpanParams | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Sighting]:
    """Look at the ground of every step and cut each person's path into grounds.

    Args:
        video: The video.
        job: What is asked.
        classifier: Tells grounds from patches.
        sheet_px: Longest side of the sheets for a vision model; None makes none.
        params: How readily the ground changes.
        on_progress: Called with moments done and moments in all.

    Returns:
        In order of person and time.

    Raises:
        UndecodableMedia: the video cannot be decoded.
    """
    sightings: list[Sighting] = []
    for votes, steps in step_votes(video, job, classifier, on_progress=on_progress):
        for ground in grounds_of(votes, clip_end_s=job.clip_end_s, params=params):
            step = _clearest_step(ground, votes, steps)
            sheet = b"" if sheet_px is None else _sheet_of(video, step, job, sheet_px)
            sightings.append(Sighting(ground, step, sheet))
    return sightings


def step_votes(
    video: Path,
    job: SurfaceJob,
    classifier: GroundClassifier,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[tuple[StepVotes, list[Footstep]]]:
    """What the local classifier saw under every step, per person."""
    batch: list[GroundPatch] = []
    looks = _Looks(len(job.steps))
    patches = ground_patches(
        video,
        job.steps,
        job.tracks,
        picture_height_px=job.picture_height_px,
        on_progress=on_progress,
    )
    for patch in patches:
        batch.append(patch)
        if len(batch) == BATCH_PATCHES:
            looks.add(batch, classifier)
            batch = []
    looks.add(batch, classifier)
    position = {step.footstep_id: index for index, step in enumerate(job.steps)}
    found: list[tuple[StepVotes, list[Footstep]]] = []
    for track_id in job.track_ids:
        steps = job.steps_of(track_id)
        votes, seen = looks.of([position[step.footstep_id] for step in steps])
        times = np.array([step.initial_contact_time_s for step in steps])
        found.append((StepVotes(track_id, times, votes, seen), steps))
    return found


async def ask_about(
    sightings: Sequence[Sighting],
    model: VisionModel | None,
    *,
    max_calls: int,
    min_confidence: float,
) -> VisionFindings:
    """Ask a vision model about the grounds, the longest first, within a budget.

    Grounds that look alike to the local classifier are asked about once, and every person at least once while the
    budget lasts, for the shoes. The first failure ends the questions: whoever waits shall not wait for more of them.
    """
    if model is None:
        return VisionFindings(reason="no vision model is configured (no key is set)")
    findings = VisionFindings()
    for sighting in _in_order_of_worth(sightings):
        if not sighting.sheet:
            continue
        if not findings.is_news(sighting.ground):
            continue
        if findings.call_count == max_calls:
            findings.reason = f"the budget of {max_calls} looks was spent"
            break
        try:
            reply = await model.look(sighting.sheet)
        except VisionModelUnavailable as error:
            get_logger().warning("vision_model_unavailable", problem=error.message)
            findings.reason = error.message
            break
        findings.add(sighting.ground, reply, min_confidence=min_confidence)
    return findings


def report_of(
    sightings: Sequence[Sighting],
    findings: VisionFindings,
    job: SurfaceJob,
    classifier: GroundClassifier,
) -> SurfaceReport:
    """What is true of the clip, as far as we know: models first, then the caller's word over it."""
    report = report_of_models(
        [sighting.ground for sighting in sightings],
        findings,
        thresholds=classifier.thresholds,
        model=classifier.name,
        everybody=job.track_ids,
        clip_end_s=job.last_time_s,
    )
    final = apply_overrides(report, job.overrides, clip_end_s=job.last_time_s)
    left = {AnswerSource.LOCAL_MODEL, AnswerSource.DEFAULT} & {
        *(span.answer.source for span in final.surfaces),
        *(shoe.source for shoe in final.footwear),
    }
    return final if left else replace(final, fallback_reason="")


class _Looks:
    """Looks at the ground, gathered step by step."""

    def __init__(self, step_count: int) -> None:
        self._of: list[list[tuple[NDArray[np.float64], NDArray[np.float64], float]]] = [
            [] for _ in range(step_count)
        ]

    def add(self, batch: Sequence[GroundPatch], classifier: GroundClassifier) -> None:
        if not batch:
            return
        votes = classifier.log_probabilities(np.stack([item.patch for item in batch]))
        for item, vote in zip(batch, votes, strict=True):
            self._of[item.step].append((vote, appearance(item.patch), sharpness(item.patch)))

    def of(self, positions: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Votes ``(n, 16)`` and appearance ``(n, 5)`` of a person's steps, blurred looks left out."""
        sharp = [look[2] for position in positions for look in self._of[position]]
        least = BLURRED_SHARE * float(np.median(sharp)) if sharp else 0.0
        votes = np.full((len(positions), len(SURFACES)), np.nan)
        seen = np.full((len(positions), 5), np.nan)
        for row, position in enumerate(positions):
            looks = [look for look in self._of[position] if look[2] >= least]
            if looks:
                votes[row] = np.log(np.mean([np.exp(look[0]) for look in looks], axis=0))
                seen[row] = np.mean([look[1] for look in looks], axis=0)
        return votes, seen


def _clearest_step(ground: Ground, votes: StepVotes, steps: Sequence[Footstep]) -> Footstep:
    """The step whose vote agrees best with its ground; the middle one when nothing was seen."""
    positions = np.arange(ground.first, ground.last + 1)
    positions = positions[votes.seen[positions]]
    if ground.probabilities is None or positions.size == 0:
        return steps[(ground.first + ground.last) // 2]
    agreement = votes.log_probabilities[positions] @ ground.probabilities
    return steps[int(positions[int(agreement.argmax())])]


def _sheet_of(video: Path, step: Footstep, job: SurfaceJob, sheet_px: int) -> bytes:
    frame = frame_near(video, step.initial_contact_time_s)
    if frame is None:
        return b""
    boxes = next((track.boxes for track in job.tracks if track.track_id == step.track_id), ())
    height = person_height_px(step, boxes, job.picture_height_px)
    scale = (
        min(job.picture_height_px, MAX_PICTURE_HEIGHT_PX, frame.picture.shape[0])
        / job.picture_height_px
    )
    return contact_sheet(frame.picture, step, height_px=height, scale=scale, max_px=sheet_px)


def _in_order_of_worth(sightings: Sequence[Sighting]) -> list[Sighting]:
    """The longest ground of every person first, then the others, long before short."""

    def steps_in(sighting: Sighting) -> int:
        return sighting.ground.last - sighting.ground.first + 1

    by_length = sorted(
        sightings, key=lambda sighting: (-steps_in(sighting), sighting.ground.start_time_s)
    )
    first: dict[int, Sighting] = {}
    for sighting in by_length:
        first.setdefault(sighting.ground.track_id, sighting)
    chosen = list(first.values())
    return chosen + [sighting for sighting in by_length if sighting not in chosen]
