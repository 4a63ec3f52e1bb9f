"""Which recorded step sounds for which footstep.

The ground must be the one that is walked on: packs that do not have it leave the step to synthesis. Among its steps the
nearest shoe and gait are taken (`HARDNESS`, `GAIT_DISTANCE`). Each person has a bag of its own: the last
`NEVER_AGAIN` are out of it, samples that were used more often come later, and harder steps draw harder samples.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from foley_audio.domain.types import FootstepCue, StepSpec
from foley_common.footsteps import GaitKind
from foley_common.surfaces import Footwear, Surface

NEVER_AGAIN = 4  # the last so many samples of a person are not taken again
FEWEST_SAMPLES = 6  # a smaller choice is widened to further gaits in the same shoe
STRENGTH_SPREAD = 0.2  # of the strength of the samples drawn for a step, as a standard deviation
LEAST_LIKELY = 0.02  # so that no sample is out for good
USED_AGAIN = (
    0.25  # a sample is so much less likely for every time it was used more than the least used one
)
UNKNOWN_SHOE, UNKNOWN_GAIT = (
    0.15,
    0.1,
)  # a pack that does not say serves all, after one that says the right thing
GAIT_WEIGHT = (
    0.5  # a shoe that is half the scale off is as bad as a gait that has nothing to do with it
)
HARDNESS = {  # of soles, bare skin 0 to a narrow hard heel 1; ordinal, hand-set
    Footwear.BAREFOOT: 0.0,
    Footwear.SOCKS: 0.1,
    Footwear.SNEAKER: 0.35,
    Footwear.FLAT: 0.45,
    Footwear.SANDAL: 0.5,
    Footwear.BOOT: 0.7,
    Footwear.DRESS_SHOE: 0.8,
    Footwear.HIGH_HEEL: 1.0,
}
GAIT_DISTANCE = {  # 0 the same, 1 nothing in common; by how the foot lands and how hard, hand-set
    frozenset({GaitKind.WALK, GaitKind.STAIRS}): 0.2,
    frozenset({GaitKind.WALK, GaitKind.TURN}): 0.3,
    frozenset({GaitKind.WALK, GaitKind.STOP}): 0.3,
    frozenset({GaitKind.STAIRS, GaitKind.TURN}): 0.3,
    frozenset({GaitKind.STAIRS, GaitKind.STOP}): 0.3,
    frozenset({GaitKind.TURN, GaitKind.STOP}): 0.3,
    frozenset({GaitKind.TURN, GaitKind.SCUFF}): 0.4,
    frozenset({GaitKind.STOP, GaitKind.SCUFF}): 0.5,
    frozenset({GaitKind.RUN, GaitKind.LANDING}): 0.4,
    frozenset({GaitKind.RUN, GaitKind.STAIRS}): 0.5,
    frozenset({GaitKind.RUN, GaitKind.WALK}): 0.6,
}


@dataclass(frozen=True, slots=True)
class SampleInfo:
    """What decides whether a recorded step is taken.

    Attributes:
        pack: Position of its pack; earlier packs win.
        surface: The ground.
        footwear: The shoe; None serves every shoe.
        gait_kind: The gait; None serves every gait.
        strength: How hard the foot lands, 0 to 1.
    """

    pack: int
    surface: Surface
    footwear: Footwear | None
    gait_kind: GaitKind | None
    strength: float


@dataclass(slots=True)
class _Person:
    """What one person's feet used so far."""

    recent: deque[int] = field(default_factory=lambda: deque[int](maxlen=NEVER_AGAIN))
    used: dict[int, int] = field(default_factory=dict[int, int])


def choose_samples(cues: Sequence[FootstepCue], samples: Sequence[SampleInfo]) -> dict[str, int]:
    """The sample of every footstep that a pack covers.

    Args:
        cues: In order of time.
        samples: Of all packs.

    Returns:
        Position in ``samples`` by footstep id; ids that are not in it are synthesised.
    """
    people: dict[int, _Person] = {}
    chosen: dict[str, int] = {}
    pools: dict[tuple[Surface, Footwear, GaitKind], list[int]] = {}
    for cue in cues:
        spec = cue.spec
        key = (spec.surface, spec.footwear, spec.gait_kind)
        if key not in pools:
            pools[key] = pool_for(spec, samples)
        if not pools[key]:
            continue
        person = people.setdefault(cue.track_id, _Person())
        chosen[cue.footstep_id] = _drawn(spec, pools[key], samples, person)
    return chosen


def pool_for(spec: StepSpec, samples: Sequence[SampleInfo]) -> list[int]:
    """Positions of the samples that may sound for a step, the first pack's that has its ground; empty when none has."""
    on_ground = [i for i, sample in enumerate(samples) if sample.surface is spec.surface]
    if not on_ground:
        return []
    pack = min(samples[i].pack for i in on_ground)
    candidates = [i for i in on_ground if samples[i].pack == pack]
    by_distance: dict[tuple[float, float], list[int]] = {}
    for i in candidates:
        shoe, gait = shoe_distance(samples[i], spec), gait_distance(samples[i], spec)
        by_distance.setdefault((shoe + GAIT_WEIGHT * gait, shoe), []).append(i)
    ordered = sorted(by_distance)
    pool = list(by_distance[ordered[0]])
    for distance in ordered[1:]:
        if len(pool) >= FEWEST_SAMPLES:
            break
        if distance[1] == ordered[0][1]:
            pool += by_distance[distance]
    return sorted(pool)


def shoe_distance(sample: SampleInfo, spec: StepSpec) -> float:
    """How far a sample's shoe is from a step's, 0 to 1."""
    if sample.footwear is None:
        return UNKNOWN_SHOE
    return abs(HARDNESS[sample.footwear] - HARDNESS[spec.footwear])


def gait_distance(sample: SampleInfo, spec: StepSpec) -> float:
    """How far a sample's gait is from a step's, 0 to 1."""
    if sample.gait_kind is None:
        return UNKNOWN_GAIT
    if sample.gait_kind is spec.gait_kind:
        return 0.0
    return GAIT_DISTANCE.get(frozenset({sample.gait_kind, spec.gait_kind}), 1.0)


def _drawn(
    spec: StepSpec, pool: Sequence[int], samples: Sequence[SampleInfo], person: _Person
) -> int:
    """One sample out of a person's bag; the step's own dice decide."""
    recent = list(person.recent)[-min(NEVER_AGAIN, len(pool) - 1) :] if len(pool) > 1 else []
    free = [i for i in pool if i not in recent]
    least = min(person.used.get(i, 0) for i in free)
    weights = np.array(
        [
            max(
                LEAST_LIKELY,
                math.exp(-0.5 * ((samples[i].strength - spec.strength) / STRENGTH_SPREAD) ** 2),
            )
            * USED_AGAIN ** (person.used.get(i, 0) - least)
            for i in free
        ]
    )
    dice = np.random.default_rng([spec.seed, 1])
    drawn = dice.random() * float(weights.sum())
    at = free[min(len(free) - 1, int(np.searchsorted(np.cumsum(weights), drawn, "right")))]
    person.recent.append(at)
    person.used[at] = person.used.get(at, 0) + 1
    return at
