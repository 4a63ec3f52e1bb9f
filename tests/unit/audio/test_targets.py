from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from foley_audio.domain.cues import USUAL_STANCE_S
from foley_audio.domain.excitation import force_bumps
from foley_audio.domain.materials import EFFECT_NAMES, Materials, load_materials
from foley_audio.domain.synthesis import LEVEL_DB_PER_STRENGTH, Synthesizer
from foley_audio.domain.targets import STANCE_SHARE, between_takes, target_of
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface, SurfaceGroup

DRAWS = 2000
AUDIBLE_DB = 3.0
TWICE_DB = 3.0  # 10 lg 2
NOT_RECORDED = (Surface.ASPHALT, Surface.STONE, Surface.ICE, Surface.MUD)


@pytest.fixture(scope="module")
def materials() -> Materials:
    return load_materials()


@pytest.fixture(scope="module")
def synthesizer(materials: Materials) -> Synthesizer:
    return Synthesizer(materials)


@pytest.fixture(scope="module")
def puddle_db(synthesizer: Synthesizer) -> np.ndarray:
    """`octaves_db` of a walk through a puddle."""
    puddle = dataclasses.replace(turning(1), surface=Surface.WATER, gait_kind=GaitKind.WALK)
    return octaves_db(puddle, synthesizer)


def turning(seed: int) -> StepSpec:
    return StepSpec(
        surface=Surface.GRASS,
        footwear=Footwear.SNEAKER,
        gait_kind=GaitKind.TURN,
        strike_pattern=None,
        strength=0.5,
        stance_time_s=USUAL_STANCE_S[GaitKind.TURN],
        side=Side.LEFT,
        wet=False,
        seed=seed,
        floor=0,
    )


def drawn(takes: np.ndarray) -> np.ndarray:
    return np.array([between_takes(takes, np.random.default_rng(i)) for i in range(DRAWS)])


def test_a_step_lies_between_two_takes_of_its_kind() -> None:
    takes = np.array([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    found = drawn(takes)
    assert (found >= 0).all()  # never beyond a take on the other side
    assert not found[:, 2].any()  # nor where no take is
    assert (found.max(axis=0) <= takes.max(axis=0) + 1e-9).all()


def test_steps_vary_as_much_as_the_takes() -> None:
    takes = np.random.default_rng(1).standard_normal((200, 6))
    assert drawn(takes).std() == pytest.approx(takes.std(), rel=0.05)


def octaves_db(spec: StepSpec, synthesizer: Synthesizer) -> np.ndarray:
    """Powers of five octaves from 500 Hz in the attack and twice behind it, dB, mean of steps, shape ``(3, 5)``."""
    found = []
    for seed in range(8):
        sound = synthesizer.step(dataclasses.replace(spec, seed=seed, floor=seed))
        power = np.zeros((3, 5))
        heard = sound.samples[sound.contact_index :].astype(np.float64)
        for part, piece in enumerate(np.split(heard, [1440, 4800])):
            spectrum = np.abs(np.fft.rfft(piece, 1 << 16)) ** 2
            octave = np.log2(np.maximum(np.fft.rfftfreq(1 << 16, 1 / 48_000), 1.0) / 500.0)
            power[part] = [spectrum[(octave >= n) & (octave < n + 1)].sum() for n in range(5)]
        found.append(10 * np.log10(power + 1e-12))
    return np.mean(found, axis=0)


@pytest.mark.parametrize(
    "surface", [surface for surface in Surface if surface is not Surface.WATER]
)
def test_every_ground_is_heard_to_be_wet(
    surface: Surface, materials: Materials, synthesizer: Synthesizer
) -> None:
    """Dirt, gravel, sand, snow, mud and ice differed by less than a decibel.

    The least difference of level that is heard in noise is about 1 dB (Zwicker and Fastl, Psychoacoustics); steps
    differ by 2 dB from each other in their splash alone (`SPLASH_SPREAD_DB`). 3 dB are both.
    """
    dry = dataclasses.replace(turning(1), surface=surface, gait_kind=GaitKind.WALK)
    wet = dataclasses.replace(dry, wet=True)
    gained = octaves_db(wet, synthesizer) - octaves_db(dry, synthesizer)
    assert np.abs(gained).max() > AUDIBLE_DB
    if materials.grounds[surface].group is SurfaceGroup.SOLID:
        assert gained[2, :4].max() > 4.0  # drops and film behind the clicks
    elif materials.grounds[surface].group is SurfaceGroup.AGGREGATE:
        assert gained[0, 2:].max() < 0.0  # grains that stick together do not rustle

    def duration_s(spec: StepSpec) -> float:
        dice = np.random.default_rng(1)
        return target_of(spec, materials, force_bumps(spec, dice), dice).duration_s

    assert duration_s(wet) > duration_s(dry)


@pytest.mark.parametrize(
    "surface", [surface for surface in Surface if surface is not Surface.WATER]
)
def test_a_wet_ground_is_no_deeper_than_a_puddle_and_no_harder_a_step(
    surface: Surface, puddle_db: np.ndarray, materials: Materials, synthesizer: Synthesizer
) -> None:
    """The upper bounds: of what is heard when, and of the whole.

    A ground and a splash that are equally strong add up to 3 dB; more than that above the louder one of dry step and
    puddle would be water deeper than the puddle that the splash is taken from. Loose and soft grounds drink half of it:
    what is heard after a tenth of a second, when only water sounds, is 3 dB under the puddle's or less. And the
    loudest 50 ms say how hard a foot lands: a quarter of what lies between the softest and the hardest step
    (`LEVEL_DB_PER_STRENGTH`) would be taken for another strength.
    """
    dry = dataclasses.replace(turning(1), surface=surface, gait_kind=GaitKind.WALK)
    wet = dataclasses.replace(dry, wet=True)
    louder = np.maximum(octaves_db(dry, synthesizer), puddle_db)
    wet_db = octaves_db(wet, synthesizer)
    assert (wet_db - louder).max() < TWICE_DB
    if materials.grounds[surface].group in (SurfaceGroup.AGGREGATE, SurfaceGroup.SOFT):
        late_db = 10 * np.log10((10 ** (np.stack([wet_db, puddle_db])[:, 2] / 10)).sum(axis=1))
        assert late_db[0] < late_db[1] - TWICE_DB

    def loudest_db(spec: StepSpec) -> float:
        found = []
        for seed in range(8):
            samples = synthesizer.step(dataclasses.replace(spec, seed=seed, floor=seed)).samples
            power = np.convolve(samples.astype(np.float64) ** 2, np.full(2400, 1 / 2400))
            found.append(10 * np.log10(power.max()))
        return float(np.mean(found))

    assert abs(loudest_db(wet) - loudest_db(dry)) < LEVEL_DB_PER_STRENGTH / 4


def test_a_puddle_is_wet_already(materials: Materials) -> None:
    puddle = dataclasses.replace(turning(1), surface=Surface.WATER)

    def powers_db(spec: StepSpec) -> np.ndarray:
        dice = np.random.default_rng(spec.seed)
        return target_of(spec, materials, force_bumps(spec, dice), dice).powers_db

    assert (powers_db(dataclasses.replace(puddle, wet=True)) == powers_db(puddle)).all()


def test_wet_steps_are_not_equally_wet(materials: Materials, synthesizer: Synthesizer) -> None:
    """A splash that is always the same would be heard to repeat."""
    wet = dataclasses.replace(turning(1), surface=Surface.CONCRETE, wet=True)
    late = [
        20
        * np.log10(np.abs(synthesizer.step(dataclasses.replace(wet, seed=i)).samples[9600:]).max())
        for i in range(12)
    ]
    assert np.std(late) > 1.0


def test_a_step_that_stands_longer_sounds_longer_by_half_as_much(materials: Materials) -> None:
    def duration_s(stance_s: float) -> float:
        spec = dataclasses.replace(turning(1), stance_time_s=stance_s)
        dice = np.random.default_rng(1)
        return target_of(spec, materials, force_bumps(spec, dice), dice).duration_s

    assert duration_s(0.8) / duration_s(0.4) == pytest.approx(2**STANCE_SHARE)


def test_a_movement_recorded_once_varies_as_much_as_those_recorded_often(
    materials: Materials,
) -> None:
    ground = materials.grounds[Surface.GRASS]
    turned = np.flatnonzero(ground.anchor_effects == EFFECT_NAMES.index("wander"))
    others = np.delete(np.arange(len(ground.anchors)), turned[1:])
    once = dataclasses.replace(
        ground,
        anchors=ground.anchors[others],
        anchor_floors=ground.anchor_floors[others],
        anchor_effects=ground.anchor_effects[others],
    )
    scarce = dataclasses.replace(materials, grounds={**materials.grounds, Surface.GRASS: once})
    tables = np.array([powers(scarce, seed) for seed in range(200)])
    varied = (tables - tables.mean(axis=0)).std()
    strayed = np.sqrt(np.mean(ground.strays.astype(np.float64) ** 2))
    assert varied == pytest.approx(strayed, rel=0.25)


def powers(materials: Materials, seed: int) -> np.ndarray:
    """Of one turning step on grass, where it is well above the floor."""
    spec = turning(seed)
    dice = np.random.default_rng(seed)
    return target_of(spec, materials, force_bumps(spec, dice), dice).powers_db


def test_strays_are_of_grounds_of_the_same_kind_only(materials: Materials) -> None:
    solid, loose = materials.grounds[Surface.WOOD], materials.grounds[Surface.SNOW]
    assert solid.strays is materials.grounds[Surface.STONE].strays
    assert loose.strays is materials.grounds[Surface.GRAVEL].strays
    recorded = [surface for surface in Surface if surface not in NOT_RECORDED]
    count = sum(len(materials.grounds[surface].anchors) for surface in recorded)
    assert 0.8 * count < len(solid.strays) + len(loose.strays) <= count


def test_strays_have_no_mean(materials: Materials) -> None:
    for surface in (Surface.WOOD, Surface.SNOW):
        strays = materials.grounds[surface].strays
        assert np.abs(strays.mean(axis=0)).max() < 0.1 * strays.std()


def test_the_same_dice_give_the_same_step() -> None:
    takes = np.random.default_rng(2).standard_normal((5, 3))
    first, again = (between_takes(takes, np.random.default_rng(7)) for _ in range(2))
    assert first.tobytes() == again.tobytes()


def heard_ms(spec: StepSpec, synthesizer: Synthesizer) -> np.ndarray:
    """How long after its contact each of 24 steps is within 20 dB of its loudest millisecond, shape ``(24,)``."""
    found: list[float] = []
    for seed in range(24):
        sound = synthesizer.step(dataclasses.replace(spec, seed=seed, floor=seed))
        power = np.convolve(sound.samples.astype(np.float64) ** 2, np.ones(48) / 48, "same")
        first = int(np.argmax(power > 0.01 * power.max()))
        found.append((first - sound.contact_index) / 48)
    return np.array(found)


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("gait_kind", [GaitKind.WALK, GaitKind.SCUFF])
def test_steps_are_heard_from_their_contact_on(
    surface: Surface, gait_kind: GaitKind, synthesizer: Synthesizer
) -> None:
    """Slides began to be heard 20 to 60 ms late, steps in water and mud 6 ms and up to 22."""
    late_ms = heard_ms(
        dataclasses.replace(turning(1), surface=surface, gait_kind=gait_kind), synthesizer
    )
    assert late_ms.min() > -0.6  # half the window and no more: nothing is heard before the contact
    assert np.median(late_ms) < 4.0
    if surface in (Surface.WATER, Surface.MUD) and gait_kind is GaitKind.WALK:
        assert np.percentile(late_ms, 90) < 8.0


def test_a_slide_still_swells(synthesizer: Synthesizer) -> None:
    def peak_ms(gait_kind: GaitKind) -> float:
        spec = dataclasses.replace(turning(1), surface=Surface.TILE, gait_kind=gait_kind)
        sounds = [synthesizer.step(dataclasses.replace(spec, seed=seed)) for seed in range(12)]
        peaks = [np.argmax(np.abs(sound.samples)) - sound.contact_index for sound in sounds]
        return float(np.median(peaks)) / 48

    assert peak_ms(GaitKind.SCUFF) > 30.0
    assert peak_ms(GaitKind.WALK) < 10.0
