from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from foley_audio.domain.cues import make_cues
from foley_audio.domain.mix import (
    ROOM_STEM,
    FoleyShape,
    LayerVoice,
    StemKey,
    Voices,
    as_stereo,
    cut,
    foley_blocks,
    stem_keys,
    sum_of,
)
from foley_audio.domain.room import GRID_SAMPLES
from foley_audio.domain.types import FootstepCue, SampleArray, StepSound, Style
from foley_common.footsteps import Footstep, Side
from foley_common.sound import Room, StemKind
from support.audio import ground, toy_room, video_info, walk

RATE_HZ = 48_000


def impulse(_cue: FootstepCue) -> StepSound:
    samples = np.zeros(1_000, dtype=np.float32)
    samples[137] = 1.0
    return StepSound(samples, 137)


def noise(cue: FootstepCue) -> StepSound:
    dice = np.random.default_rng(cue.spec.seed)
    return StepSound(dice.standard_normal(30_000).astype(np.float32), 700)


def rustle(cues: Sequence[FootstepCue]) -> Iterator[tuple[int, SampleArray]]:
    """A layer: half a second of a constant that begins 0.2 s before every step."""
    for cue in cues:
        yield cue.onset_sample - 9_600, np.full(24_000, 0.01, np.float32)


def stems(
    steps: Sequence[Footstep],
    voice: object,
    *,
    seconds: float,
    style: Style | None = None,
    layers: dict[StemKind, LayerVoice] | None = None,
    channels: int = 2,
) -> tuple[dict[StemKey, np.ndarray], np.ndarray]:
    """Every stem of a programme, shape ``(channels, n)``, and their sum as the programme has it."""
    style = style or Style(room=Room.NONE)
    cues = make_cues(steps, ground(), video_info(seconds), style)
    total = round(seconds * style.sample_rate_hz)
    voices = Voices(voice, layers or {}, toy_room)  # type: ignore[arg-type]
    keys = stem_keys(cues, voices.layers)
    whole = {key: np.zeros((channels, total), np.float32) for key in keys}
    together = np.zeros((channels, total), np.float32)
    position = 0
    shape = FoleyShape(total, style.sample_rate_hz, channels)
    for whole_parts in foley_blocks(cues, voices, shape):
        parts = cut(whole_parts, position, shape)
        size = next((len(part) for part in parts.values()), 1 << 17)
        for key, part in parts.items():
            whole[key][:, position : position + size] = part.T
        both = sum_of(parts, keys)
        if both is not None:
            together[:, position : position + size] = both.T
        position += size
    return whole, together


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_a_unit_impulse_stands_exactly_on_every_contact(rate_hz: int) -> None:
    """Close by there is no air to colour it: nothing but the contact's own sample sounds."""
    times_s = np.sort(np.random.default_rng(1).uniform(0.1, 59.0, 200))
    step = dataclasses.replace(walk(1)[0], person_height_px=10_000.0)
    steps = [
        dataclasses.replace(
            step, footstep_id=f"s{i}", initial_contact_time_s=float(t), toe_off_time_s=None
        )
        for i, t in enumerate(times_s)
    ]
    _, sound = stems(
        steps, impulse, seconds=60.0, style=Style(sample_rate_hz=rate_hz, room=Room.NONE)
    )
    found = np.flatnonzero(np.abs(sound).sum(axis=0) > 0.5)
    np.testing.assert_array_equal(found, np.unique([int(t * rate_hz + 0.5) for t in times_s]))


def test_a_distant_step_begins_at_its_sample_too() -> None:
    step = dataclasses.replace(walk(1)[0], person_height_px=30.0)
    _, sound = stems([step], impulse, seconds=2.0)
    heard = np.flatnonzero(np.abs(sound).sum(axis=0))
    assert heard[0] == 24_000
    assert np.abs(sound).sum(axis=0).argmax() <= 24_002  # the air's filter rises within 40 µs


def test_a_step_that_begins_before_an_earlier_one_is_heard_from_its_beginning() -> None:
    def approach(cue: FootstepCue) -> StepSound:
        """The second step is heard 80 ms before its contact, the first from its contact on."""
        lead = 0 if cue.footstep_id == "a" else 3_840
        return StepSound(np.ones(lead + 10, np.float32), lead)

    first_s = (GRID_SAMPLES + 100) / RATE_HZ
    step = dataclasses.replace(walk(1)[0], person_height_px=10_000.0, toe_off_time_s=None)
    steps = [
        dataclasses.replace(step, footstep_id=name, initial_contact_time_s=first_s + later_s)
        for name, later_s in (("a", 0.0), ("b", 0.001))
    ]
    _, sound = stems(steps, approach, seconds=first_s + 1.0)
    heard = np.flatnonzero(np.abs(sound).sum(axis=0))
    assert heard[0] == GRID_SAMPLES + 100 + 48 - 3_840


def test_a_programme_that_is_shorter_than_its_fade_begins_at_full_level() -> None:
    parts = {ROOM_STEM: np.ones((GRID_SAMPLES, 2), np.float32)}
    faded = cut(parts, 0, FoleyShape(100, RATE_HZ))[ROOM_STEM][:, 0]
    assert faded.tolist() == pytest.approx((np.arange(100, 0, -1) / 100).tolist())


def test_nudge_moves_every_step() -> None:
    near = [dataclasses.replace(step, person_height_px=10_000.0) for step in walk(4)]
    style = Style(room=Room.NONE, nudge_s=-0.2)
    _, sound = stems(near, impulse, seconds=4.0, style=style)
    found = np.flatnonzero(np.abs(sound).sum(axis=0) > 0.5)
    assert found.tolist() == [14_400, 40_800, 67_200, 93_600]


def test_steps_at_the_borders_are_cut_not_moved() -> None:
    first = dataclasses.replace(walk(1)[0], initial_contact_time_s=0.0, toe_off_time_s=None)
    last = dataclasses.replace(first, footstep_id="z", initial_contact_time_s=0.9999)
    _, sound = stems([first, last], impulse, seconds=1.0)
    assert sound.shape == (2, RATE_HZ)
    assert sound[:, 0].sum() > 0.9
    assert np.abs(sound[:, -1]).max() < 0.05  # the end of the programme fades


@pytest.mark.parametrize("nudge_s", [0.0, 0.001, 0.0499])
def test_a_step_whose_approach_is_cut_by_the_start_does_not_click(nudge_s: float) -> None:
    def rumble(cue: FootstepCue) -> StepSound:
        samples = np.full(9_600, 0.5, np.float32)
        return StepSound(samples, contact_index=2_400)

    step = dataclasses.replace(
        walk(1)[0], initial_contact_time_s=0.0, toe_off_time_s=None, person_height_px=10_000.0
    )
    _, sound = stems([step], rumble, seconds=1.0, style=Style(room=Room.SMALL, nudge_s=nudge_s))
    peak = np.abs(sound).max()
    assert 0.0 < np.abs(sound[:, 0]).max() < 1e-3 * peak
    assert np.abs(sound[:, 60]).max() > 0.3 * peak  # and is there a millisecond later


def test_every_step_is_made_once() -> None:
    made: list[str] = []

    def counting(cue: FootstepCue) -> StepSound:
        made.append(cue.footstep_id)
        return impulse(cue)

    stems(walk(8), counting, seconds=6.0)
    assert made == [step.footstep_id for step in walk(8)]


def test_no_cues_is_silence() -> None:
    whole, sound = stems([], impulse, seconds=0.1)
    assert not whole
    assert not sound.any()


def test_steps_are_told_apart_by_person_and_foot() -> None:
    steps = [*walk(4), *walk(3, track_id=2, first_s=0.7)]
    whole, together = stems(steps, noise, seconds=4.0)
    assert [key.name for key in whole] == [
        *("track-1-left", "track-1-right", "track-2-left", "track-2-right")
    ]
    right = whole[StemKey(StemKind.FOOT, 1, Side.RIGHT)]
    before = round(1.05 * RATE_HZ) - 700
    assert not right[:, :before].any()
    assert right[:, before:].any()
    np.testing.assert_allclose(sum(whole.values()), together, atol=1e-6)


def test_layers_stand_where_their_person_does() -> None:
    steps = [dataclasses.replace(step, x_px=640.0) for step in walk(3)]
    whole, _ = stems(steps, impulse, seconds=3.0, layers={StemKind.CLOTH: rustle})
    cloth = whole[StemKey(StemKind.CLOTH, 1)]
    assert not cloth[:, : 24_000 - 9_600].any()
    assert cloth[:, 24_000 - 9_600].any()
    assert np.abs(cloth[1]).sum() > 2 * np.abs(cloth[0]).sum()  # far right


def test_a_layer_may_begin_before_the_programme() -> None:
    steps = walk(2, first_s=0.1)
    whole, _ = stems(steps, impulse, seconds=3.0, layers={StemKind.CLOTH: rustle})
    assert whole[StemKey(StemKind.CLOTH, 1)][:, 0].any()


def test_a_room_answers_in_its_own_stem_and_moves_with_the_person() -> None:
    style = Style(room=Room.MEDIUM)
    left, right = (
        stems(
            [dataclasses.replace(walk(1)[0], x_px=x, person_height_px=150.0)],
            impulse,
            seconds=2.0,
            style=style,
        )[0]
        for x in (0.0, 640.0)
    )
    # The toy room answers 0.1 s later with 0.5 in the zone's side, and after 0.5 s with 0.1 everywhere.
    early, late = 24_000 + 4_800, 24_000 + 24_000
    assert left[ROOM_STEM][:, early] == pytest.approx([0.5, 0.0], abs=1e-4)
    assert right[ROOM_STEM][:, early] == pytest.approx([0.0, 0.5], abs=1e-4)
    assert left[ROOM_STEM][:, late] == pytest.approx([0.1, 0.1], abs=1e-4)
    assert not np.any(np.abs(left[ROOM_STEM][:, : early - 1]) > 1e-4)


def test_rooms_are_not_heard_under_the_sky() -> None:
    for room in (Room.OUTDOOR, Room.NONE, Room.AUTO):
        whole, _ = stems(walk(2), impulse, seconds=2.0, style=Style(room=room))
        assert ROOM_STEM not in whole


def test_three_front_channels_hold_steps_in_the_centre_and_the_room_at_the_sides() -> None:
    middle = [dataclasses.replace(walk(1)[0], x_px=320.0)]
    whole, _ = stems(middle, impulse, seconds=2.0, channels=3, style=Style(room=Room.MEDIUM))
    foot = whole[StemKey(StemKind.FOOT, 1, Side.LEFT)]
    assert np.abs(foot[1]).max() > 0.5
    assert not foot[[0, 2]].any()
    assert np.abs(whole[ROOM_STEM][[0, 2]]).max() > 0.05
    assert not whole[ROOM_STEM][1].any()


def test_mono_keeps_its_power() -> None:
    mono = np.random.default_rng(0).standard_normal((1_000, 1)).astype(np.float32)
    assert np.sum(as_stereo(mono) ** 2) == pytest.approx(np.sum(mono**2), rel=1e-5)


def test_stereo_is_untouched() -> None:
    stereo = np.random.default_rng(0).standard_normal((100, 2)).astype(np.float32)
    assert as_stereo(stereo) is stereo


def test_five_one_folds_centre_and_surrounds_in_and_leaves_the_lfe_out() -> None:
    half = np.sqrt(0.5)
    for channel, expected in enumerate(
        [(1, 0), (0, 1), (half, half), (0, 0), (half, 0), (0, half)]
    ):
        block = np.zeros((1, 6), dtype=np.float32)
        block[0, channel] = 1.0
        assert as_stereo(block)[0] == pytest.approx(expected, abs=1e-6)
