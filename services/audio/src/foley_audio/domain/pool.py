"""Steps played from a pool: each ground, shoe, movement and strength is synthesised a few dozen times, then varied.

Several times cheaper than a fresh step. What is pooled is made when it is first needed and is the same in every
process (its seed is its place in the pool), so forgetting and making it again changes nothing. A playing is one pooled
step with a little of another under it, at a speed, colour, level and phase of its own and with its own time between
heel and toe; none of the last four of its pool is played again, and no two are paired again before each was paired with
all others.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.filterbank import ATTACK_END_S
from foley_audio.domain.synthesis import (
    HIGHEST_PEAK,
    LEVEL_DB_PER_STRENGTH,
    Synthesizer,
)
from foley_audio.domain.targets import STANCE_SHARE, TILT_DB_PER_STRENGTH
from foley_audio.domain.transforms import allpass, causal_filter, high_shelf, product
from foley_audio.domain.types import FootstepCue, SampleArray, StepSound, StepSpec
from foley_common.footsteps import Side

POOL_SIZE = 64  # steps per kind; with the variations no two of 10,000 playings are alike
FORBIDDEN = 4  # so many last played steps of a kind are not played again
STRENGTH_BINS = 4
MOST_SAMPLES = (
    24_000_000  # held at once, 48 MB; the kind that was not used for longest is forgotten
)
WHOLE_SCALE = (
    32_767  # pooled samples are 16 bit of their own peak: errors lie 98 dB under it, memory is half
)
SPEED_SPREAD = (
    0.02  # standard deviation of the playing speed: a third of a semitone, still the same shoe
)
STRETCH_SPREAD = 0.05  # of the time after the attack, by which ball and toe come earlier or later
LONGEST_STRETCH = 1.3  # further than this a stretched recording is heard as one
TILT_SPREAD_DB = 1.0  # of what is above `TILT_HZ`
LEVEL_SPREAD_DB = 0.7
TILT_HZ = 1_500.0
OCTAVES_ABOVE = (
    2.0  # a tilt in dB per octave above 1 kHz is about so many dB on what lies above `TILT_HZ`
)
UNDER = (0.37, 0.6)  # how much of another step lies under one: sine of this angle, −9 to −5 dB
# Around one pitch of each range the phase turns, as it does when a heel rolls in; two in the octaves of hard clicks.
TURNED_HZ = ((80.0, 500.0), (500.0, 1_600.0), (1_600.0, 5_000.0))
TURN_QUALITY = 1.0
EMPHASIS = 0.12  # a line between samples takes 3 dB at 16 kHz on average: this gives them back
FADE_S = 0.005  # the end of a playing
BEND_S = 0.01  # the speed passes from that of the attack to that of the rest within this


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """What the steps of one pool have in common: a step without its own dice. The same kind is the same object."""

    spec: StepSpec
    sample_rate_hz: int

    @property
    def name(self) -> str:
        """Stable in every process."""
        spec = self.spec
        strike = spec.strike_pattern.value if spec.strike_pattern else ""
        words = (spec.surface.value, spec.footwear.value, spec.gait_kind.value, strike)
        return ":".join((*words, f"{spec.strength:.3f}", str(spec.wet), str(spec.floor)))


@dataclass(frozen=True, slots=True, eq=False)
class _Pooled:
    """A step, its high pitches raised by `EMPHASIS`.

    Attributes:
        samples: shape ``(n,)``, whole numbers up to `WHOLE_SCALE`.
        scale: Times which they are the sound.
        energy: Of the sound, sum of squares.
        contact_index: Sample of the contact.
    """

    samples: NDArray[np.int16]
    scale: float
    energy: float
    contact_index: int


@dataclass(slots=True)
class _Pool:
    steps: dict[int, _Pooled] = field(default_factory=dict[int, _Pooled])
    last: deque[int] = field(default_factory=lambda: deque[int](maxlen=FORBIDDEN))
    pairs: dict[int, set[int]] = field(default_factory=dict[int, set[int]])


class PooledVoice:
    """Makes the sound of cues from pools; a ``StepVoice``.

    Which step of its pool a cue gets depends on the cues asked for before it, so ask in order of time, as a mix does. A
    cue that was asked for once keeps its sound. One voice serves one programme.

    Args:
        synthesizer: Makes what is pooled.
        sample_rate_hz: Of the programme.
        size: Steps per pool; two more than `FORBIDDEN` at least.
    """

    def __init__(
        self, synthesizer: Synthesizer, sample_rate_hz: int, *, size: int = POOL_SIZE
    ) -> None:
        if size < FORBIDDEN + 2:
            raise ValueError(f"size must be more than {FORBIDDEN + 1}, got {size}")
        self._synthesizer = synthesizer
        self._rate = sample_rate_hz
        self._size = size
        self._kinds: dict[tuple[object, ...], _Kind] = {}
        self._pools: OrderedDict[_Kind, _Pool] = OrderedDict()
        self._held = 0
        self._chosen: dict[str, tuple[int, int]] = {}

    def __call__(self, cue: FootstepCue, /) -> StepSound:
        """Sound of a cue, as close by: the mix places it."""
        kind = self._kind_of(cue.spec)
        pool = self._pools.setdefault(kind, _Pool())
        self._pools.move_to_end(kind)
        dice = np.random.default_rng(cue.spec.seed)
        main, under = self._choose(cue.footstep_id, pool, dice)
        for index in (main, under):
            if index not in pool.steps:
                pool.steps[index] = self._make(kind, index)
                self._held += pool.steps[index].samples.size
        one, other = pool.steps[main], pool.steps[under]
        samples = _layered(one, other, float(dice.uniform(*UNDER)))
        self._forget()
        return _varied(samples, one.contact_index, kind, cue, dice)

    def _kind_of(self, spec: StepSpec) -> _Kind:
        strength = min(STRENGTH_BINS - 1, int(spec.strength * STRENGTH_BINS))
        floor = spec.floor % self._synthesizer.floor_count(spec.surface)
        shared = (spec.surface, spec.footwear, spec.gait_kind, spec.strike_pattern, spec.wet)
        key = (*shared, strength, floor)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _kind_of(spec, self._rate, strength, floor)
        return kind

    def _choose(self, footstep_id: str, pool: _Pool, dice: np.random.Generator) -> tuple[int, int]:
        first, second = dice.random(2)
        if footstep_id not in self._chosen:
            allowed = [i for i in range(self._size) if i not in pool.last]
            main = allowed[int(first * len(allowed))]
            heard = pool.pairs.setdefault(main, set())
            if len(heard) == self._size - 1:
                heard.clear()
            others = [i for i in range(self._size) if i != main and i not in heard]
            under = others[int(second * len(others))]
            heard.add(under)
            self._chosen[footstep_id] = main, under
            pool.last.append(main)
        return self._chosen[footstep_id]

    def _make(self, kind: _Kind, index: int) -> _Pooled:
        spec = replace(kind.spec, seed=step_seed(index, f"pool:{kind.name}"))
        sound = self._synthesizer.step(spec, sample_rate_hz=self._rate)
        samples = sound.samples.copy()
        samples[1:-1] += np.float32(EMPHASIS) * (2 * samples[1:-1] - samples[:-2] - samples[2:])
        energy = float(np.sum(samples * samples)) + 1e-20
        scale = max(float(np.abs(samples).max(initial=0.0)), 1e-20) / WHOLE_SCALE
        whole = np.rint(samples / np.float32(scale)).astype(np.int16)
        return _Pooled(whole, scale, energy, sound.contact_index)

    def _forget(self) -> None:
        """Drop sounds of the kinds not used for longest; what was played last there is remembered."""
        for pool in self._pools.values():
            if self._held <= MOST_SAMPLES:
                return
            if pool is not next(reversed(self._pools.values())):
                self._held -= sum(step.samples.size for step in pool.steps.values())
                pool.steps.clear()


def _kind_of(spec: StepSpec, rate: int, strength_bin: int, floor: int) -> _Kind:
    common = replace(
        spec,
        strength=(strength_bin + 0.5) / STRENGTH_BINS,
        stance_time_s=USUAL_STANCE_S[spec.gait_kind],
        side=Side.LEFT,  # both feet wear the same shoe; what differs between them is drawn
        seed=0,
        drift=(),
        floor=floor,
    )
    return _Kind(common, rate)


def _layered(main: _Pooled, under: _Pooled, angle: float) -> SampleArray:
    """One step with some of another under it, contact on contact, as loud as the one."""
    weight = under.scale * math.sin(angle) * math.sqrt(main.energy / under.energy)
    longer, added = main.samples.astype(np.float32), under.samples.astype(np.float32)
    longer *= np.float32(main.scale * math.cos(angle))
    added *= np.float32(weight)
    if longer.size < added.size:
        longer, added = added, longer
    longer[: added.size] += added
    return longer


def _varied(
    samples: SampleArray, contact: int, kind: _Kind, cue: FootstepCue, dice: np.random.Generator
) -> StepSound:
    """One playing of a layer of pooled steps."""
    spec, rate = cue.spec, kind.sample_rate_hz
    shake: list[float] = dice.standard_normal(4).tolist()
    if spec.drift:
        # As plain numbers: four are too few for arrays to be quick.
        drift = islice(cycle(spec.drift), len(shake))
        shake = [math.sqrt(0.5) * (own + slow) for own, slow in zip(shake, drift, strict=True)]
    speed = math.exp(SPEED_SPREAD * shake[0])
    longer = (spec.stance_time_s / kind.spec.stance_time_s) ** STANCE_SHARE
    stretch = longer * math.exp(STRETCH_SPREAD * shake[1])
    stretch = min(LONGEST_STRETCH, max(1 / LONGEST_STRETCH, stretch))
    harder = spec.strength - kind.spec.strength
    tilt_db = TILT_SPREAD_DB * shake[2] + OCTAVES_ABOVE * TILT_DB_PER_STRENGTH * harder
    level_db = LEVEL_SPREAD_DB * shake[3] + LEVEL_DB_PER_STRENGTH * harder
    played, contact = _resampled(samples, contact, speed, stretch, rate)
    turned = [low * (high / low) ** dice.random() / rate for low, high in TURNED_HZ]
    shelf = high_shelf(TILT_HZ / rate, 10 ** (tilt_db / 20))
    turns = allpass(turned, TURN_QUALITY)
    played = causal_filter(played, product(shelf[0], turns[0]), product(shelf[1], turns[1]))
    fade = min(played.size, round(FADE_S * rate))
    played[-fade:] *= _fall(fade)
    gain = 10 ** (level_db / 20)
    peak = max(float(played.max()), -float(played.min())) + 1e-12
    played *= np.float32(min(gain, HIGHEST_PEAK / peak))
    return StepSound(played, contact)


@lru_cache(maxsize=8)
def _fall(count: int) -> SampleArray:
    """From 1 to 0, shape ``(count,)``; not to be written to."""
    return np.linspace(1.0, 0.0, count, dtype=np.float32)


@lru_cache(maxsize=8)
def _numbers(count: int) -> SampleArray:
    """0, 1, 2, …, shape ``(count,)``; not to be written to."""
    return np.arange(count, dtype=np.float32)


def _resampled(
    samples: SampleArray, contact: int, speed: float, stretch: float, rate: int
) -> tuple[SampleArray, int]:
    """Read off faster or slower, the part after the attack stretched; the new samples and their contact.

    The contact stays on a sample: places are counted from it. Between samples a line is drawn; `EMPHASIS` has made up
    for what that takes from the highest pitches.
    """
    lead = int(contact / speed)
    attack, bend = int(ATTACK_END_S * rate / speed), int(BEND_S * rate)
    tail_speed = speed / stretch
    bent = (
        contact + attack * speed + 0.5 * bend * (speed + tail_speed)
    )  # place where the tail begins
    last = samples.size - 2
    tail = max(0, int((last - bent) / tail_speed))
    place = np.empty(lead + attack + bend + tail, dtype=np.float32)
    head = lead + attack
    n = _numbers(1 << max(head, bend, tail).bit_length())
    np.multiply(n[:head], np.float32(speed), out=place[:head])
    place[:head] += np.float32(contact - lead * speed)
    over = n[:bend]
    place[head : head + bend] = (contact + attack * speed) + over * (
        np.float32(speed) + over * np.float32(0.5 * (tail_speed - speed) / bend)
    )
    np.multiply(n[:tail], np.float32(tail_speed), out=place[head + bend :])
    place[head + bend :] += np.float32(bent)
    if tail == 0:
        place = place[place <= last]
    below = np.floor(place)
    first = below.astype(np.intp)
    place -= below
    # All are inside; looking twice ("raise") takes longer than the rest.
    between = (samples[1:] - samples[:-1]).take(first, mode="clip")
    between *= place
    between += samples.take(first, mode="clip")
    return between, lead
