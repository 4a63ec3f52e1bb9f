from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foley_audio.domain.cues import make_cues
from foley_audio.domain.materials import load_materials
from foley_audio.domain.pool import PooledVoice
from foley_audio.domain.sample_choice import (
    NEVER_AGAIN,
    SampleInfo,
    choose_samples,
    pool_for,
)
from foley_audio.domain.sampled import BALL_MOVES, Sample, ball_delay_s, sampled_step
from foley_audio.domain.segmentation import without_offset
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import FootstepCue, StepSpec, Style
from foley_audio.sampling.bank import SampleBank
from foley_audio.voices import POOL_FROM_STEPS, PackFile, SampledVoice, synthesised
from foley_common.errors import SamplePackInvalid
from foley_common.footsteps import GaitKind, Side
from foley_common.packs import PackArchive, zip_folder
from foley_common.packs.silence import check_heard
from foley_common.surfaces import Footwear, Surface
from support.audio import ground, video_info, walk
from support.steps import synthetic_steps

RATE_HZ = 48_000


def spec(
    surface: Surface = Surface.GRAVEL,
    footwear: Footwear = Footwear.BOOT,
    *,
    gait_kind: GaitKind = GaitKind.WALK,
    strength: float = 0.5,
    seed: int = 1,
    stance_time_s: float = 0.62,
) -> StepSpec:
    return StepSpec(
        surface=surface,
        footwear=footwear,
        gait_kind=gait_kind,
        strike_pattern=None,
        strength=strength,
        stance_time_s=stance_time_s,
        side=Side.LEFT,
        wet=False,
        seed=seed,
    )


def infos(count: int, **more: object) -> list[SampleInfo]:
    """A pack of samples from soft to hard."""
    usual = {
        "pack": 0,
        "surface": Surface.GRAVEL,
        "footwear": Footwear.BOOT,
        "gait_kind": GaitKind.WALK,
    }
    return [
        SampleInfo(strength=i / max(1, count - 1), **{**usual, **more})  # type: ignore[arg-type]
        for i in range(count)
    ]


def cues_of(
    count: int, surface: Surface = Surface.GRAVEL, *, seed: int = 0, rate_hz: int = RATE_HZ
) -> list[FootstepCue]:
    steps = [
        *walk(count, track_id=1),
        *walk(count, track_id=2, first_s=0.7),
    ]
    style = Style(seed=seed, sample_rate_hz=rate_hz)
    return make_cues(steps, ground(surface, Footwear.BOOT), video_info(count * 0.6 + 2), style)


def burst(seconds: float = 0.25, seed: int = 1, ball_s: float | None = None) -> Sample:
    dice = np.random.default_rng(seed)
    size = round(seconds * RATE_HZ)
    sound = np.zeros(480 + size)
    decay = np.exp(-np.arange(size) / 900) * dice.standard_normal(size)
    sound[480:] += 0.2 * decay
    ball = None
    if ball_s is not None:
        ball = 480 + round(ball_s * RATE_HZ)
        sound[ball:] += 0.1 * decay[: sound.size - ball]
    sound[-480:] *= np.linspace(1, 0, 480)
    return Sample(sound.astype(np.float32), 480, ball, 0.5)


# Which sample


def test_no_sample_comes_again_before_four_others() -> None:
    cues = cues_of(120)
    chosen = choose_samples(cues, infos(7))
    for track_id in (1, 2):
        used = [chosen[cue.footstep_id] for cue in cues if cue.track_id == track_id]
        for i, sample in enumerate(used):
            assert sample not in used[max(0, i - NEVER_AGAIN) : i]


def test_all_samples_are_used_about_equally() -> None:
    cues = cues_of(200)
    counts = Counter(choose_samples(cues, infos(16)).values())
    assert set(counts) == set(range(16))
    assert max(counts.values()) <= 2.5 * min(counts.values())


def test_people_have_bags_of_their_own() -> None:
    cues = cues_of(40)
    chosen = choose_samples(cues, infos(12))
    first = [chosen[cue.footstep_id] for cue in cues if cue.track_id == 1]
    second = [chosen[cue.footstep_id] for cue in cues if cue.track_id == 2]
    assert first != second


def test_harder_steps_take_harder_samples() -> None:
    samples = infos(20)
    cues = cues_of(60)
    hard, soft = (
        [dataclasses.replace(cue, spec=dataclasses.replace(cue.spec, strength=s)) for cue in cues]
        for s in (0.85, 0.15)
    )
    strength_of = lambda cues: np.mean(  # noqa: E731
        [samples[i].strength for i in choose_samples(cues, samples).values()]
    )
    assert strength_of(hard) > 0.6
    assert strength_of(soft) < 0.4


def test_left_feet_sound_higher_than_right_ones() -> None:
    left, right = (
        sampled_step(
            burst(), dataclasses.replace(spec(), side=side), ground_db=0.0, sample_rate_hz=RATE_HZ
        )
        for side in (Side.LEFT, Side.RIGHT)
    )
    assert (
        0.97 < left.samples.size / right.samples.size < 0.995
    )  # a foot's own pitch, no other shoe


def test_the_seed_decides_and_nothing_else() -> None:
    samples = infos(12)
    assert choose_samples(cues_of(30), samples) == choose_samples(cues_of(30), samples)
    assert choose_samples(cues_of(30), samples) != choose_samples(cues_of(30, seed=5), samples)
    at_96 = choose_samples(cues_of(30, rate_hz=96_000), samples)
    assert at_96 == choose_samples(cues_of(30), samples)


def test_other_grounds_are_left_to_synthesis() -> None:
    assert choose_samples(cues_of(10, Surface.SNOW), infos(8)) == {}
    assert choose_samples(cues_of(10), []) == {}
    assert choose_samples([], infos(8)) == {}


def test_the_nearest_shoe_and_gait_are_taken() -> None:
    samples = [
        *infos(6, footwear=Footwear.HIGH_HEEL),
        *infos(6, footwear=Footwear.DRESS_SHOE),
        *infos(6, footwear=Footwear.BAREFOOT),
    ]
    assert pool_for(spec(), samples) == list(range(6, 12))
    samples = [*infos(6, gait_kind=GaitKind.RUN), *infos(6, gait_kind=GaitKind.STAIRS)]
    assert pool_for(spec(), samples) == list(range(6, 12))
    samples = [*infos(6, footwear=None, gait_kind=None), *infos(6, footwear=Footwear.HIGH_HEEL)]
    assert pool_for(spec(), samples) == list(range(6))


def test_a_small_choice_is_widened_to_other_gaits_in_the_same_shoe() -> None:
    samples = [
        *infos(2),
        *infos(6, gait_kind=GaitKind.STAIRS),
        *infos(6, footwear=Footwear.SNEAKER),
    ]
    assert pool_for(spec(), samples) == list(range(8))


def test_earlier_packs_win() -> None:
    samples = [*infos(3, pack=1), *infos(3, pack=0, footwear=Footwear.SOCKS)]
    assert pool_for(spec(), samples) == [3, 4, 5]


def test_two_samples_take_turns_and_one_repeats() -> None:
    two = list(choose_samples(cues_of(10)[::2], infos(2)).values())
    assert all(a != b for a, b in zip(two, two[2:], strict=False)) or len(set(two)) == 2
    assert set(choose_samples(cues_of(5), infos(1)).values()) == {0}


# How it is played


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_the_contact_is_where_it_is_said_to_be(rate_hz: int) -> None:
    sound = np.zeros(9600, np.float32)
    sound[700] = 0.5
    for seed in range(5):
        out = sampled_step(
            Sample(sound, 700, None, 0.5), spec(seed=seed), ground_db=0.0, sample_rate_hz=rate_hz
        )
        assert abs(int(np.argmax(np.abs(out.samples))) - out.contact_index) <= 1
        assert out.contact_index < 0.1 * rate_hz


def test_the_same_spec_gives_the_same_sound_and_another_seed_another() -> None:
    sample = burst()
    one, two, other = (
        sampled_step(sample, spec(seed=seed), ground_db=0.0, sample_rate_hz=RATE_HZ).samples
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert one.size != other.size or not np.allclose(one, other)


def test_strength_makes_a_step_louder_and_brighter() -> None:
    def heard(strength: float) -> tuple[float, float]:
        out = sampled_step(
            burst(), spec(strength=strength), ground_db=0.0, sample_rate_hz=RATE_HZ
        ).samples.astype(float)
        power = np.abs(np.fft.rfft(out)) ** 2
        hz = np.fft.rfftfreq(out.size, 1 / RATE_HZ)
        return 10 * np.log10((out**2).sum()), float((hz * power).sum() / power.sum())

    (soft_db, soft_hz), (hard_db, hard_hz) = heard(0.2), heard(0.8)
    assert hard_db - soft_db == pytest.approx(0.6 * 14.0, abs=0.2)
    assert hard_hz > soft_hz


def test_sampled_and_synthesised_steps_are_equally_loud() -> None:
    synthesizer, materials = Synthesizer(load_materials()), load_materials()
    for surface in (Surface.GRAVEL, Surface.WOOD):
        made, played = (
            10 * np.log10(np.mean([(sound.astype(float) ** 2).sum() for sound in sounds]))
            for sounds in (
                [synthesizer.step(spec(surface, Footwear.BOOT, seed=i)).samples for i in range(20)],
                [
                    sampled_step(
                        burst(seed=i),
                        spec(surface, seed=i),
                        ground_db=materials.grounds[surface].level_db
                        + materials.shoes[Footwear.BOOT].level_db,
                        sample_rate_hz=RATE_HZ,
                    ).samples
                    for i in range(20)
                ],
            )
        )
        assert played == pytest.approx(made, abs=3.0)


def test_96_khz_sounds_like_48_khz() -> None:
    low, high = (
        sampled_step(burst(), spec(), ground_db=0.0, sample_rate_hz=rate)
        for rate in (48_000, 96_000)
    )
    assert high.samples.size == pytest.approx(2 * low.samples.size, abs=4)
    size = min(low.samples.size, high.samples.size // 2)
    assert np.corrcoef(low.samples[:size], high.samples[: 2 * size : 2])[0, 1] > 0.98


@pytest.mark.parametrize("stance_time_s", [0.4, 0.62, 0.9])
def test_the_ball_lands_when_the_stance_says(stance_time_s: float) -> None:
    sample = burst(0.4, ball_s=0.11)
    wanted = spec(seed=3, stance_time_s=stance_time_s)
    out = sampled_step(sample, wanted, ground_db=0.0, sample_rate_hz=RATE_HZ)
    power = out.samples.astype(float) ** 2
    step = 96
    level = 10 * np.log10(power[: power.size // step * step].reshape(-1, step).mean(axis=1) + 1e-9)
    after = out.contact_index // step + 15
    rise = level[after:] - np.maximum.reduce([np.roll(level, k)[after:] for k in (1, 2, 3, 4)])
    found_s = (after + int(np.argmax(rise)) - out.contact_index / step) * step / RATE_HZ
    least, most = (0.11 * limit for limit in BALL_MOVES)
    usual_s = float(np.clip(0.18 * stance_time_s, least, most))
    assert found_s == pytest.approx(usual_s, rel=0.35)


def test_a_ball_is_moved_no_further_than_a_recording_bears() -> None:
    for seed in range(20):
        dice = np.random.default_rng(seed)
        far = ball_delay_s(spec(stance_time_s=3.0), 0.1, dice)
        near = ball_delay_s(spec(stance_time_s=0.1), 0.1, dice)
        assert 0.1 * BALL_MOVES[0] <= near <= far <= 0.1 * BALL_MOVES[1]


# Packs in use


def pack_of(
    folder: Path, surface: Surface = Surface.GRAVEL, count: int = 8, name: str = "p"
) -> Path:
    source = folder / name
    source.mkdir()
    for i, step in enumerate(synthetic_steps(surface, count)):
        soundfile.write(
            source / f"{surface.value}_boot_walk_{i:02d}.wav", step.sound, RATE_HZ, subtype="PCM_24"
        )
    path = folder / f"{name}.zip"
    zip_folder(source, path)
    return path


def test_a_folder_of_files_is_described_by_listening(tmp_path: Path) -> None:
    with PackArchive(pack_of(tmp_path)) as archive:
        bank = SampleBank([archive], {Surface.GRAVEL})
        assert len(bank.samples) == 8
        assert np.std([info.strength for info in bank.samples]) > 0.01
        for i, step in enumerate(synthetic_steps(Surface.GRAVEL, 8)):
            sample = bank.sample(i)
            assert sample.contact_index == pytest.approx(step.contact, abs=480)
        assert SampleBank([archive], {Surface.SNOW}).samples == ()


@pytest.mark.parametrize("offset", [0.1, -0.3])
def test_a_recorders_constant_offset_is_not_played(tmp_path: Path, offset: float) -> None:
    clean, shifted = tmp_path / "clean", tmp_path / "shifted"
    for folder, constant in ((clean, 0.0), (shifted, offset)):
        folder.mkdir()
        for i, step in enumerate(synthetic_steps(Surface.GRAVEL, 4)):
            sound = 0.5 * step.sound / np.abs(step.sound).max() + constant
            soundfile.write(folder / f"gravel_{i}.wav", sound, RATE_HZ, subtype="PCM_24")
        zip_folder(folder, folder.with_suffix(".zip"))
    with (
        PackArchive(clean.with_suffix(".zip")) as expected,
        PackArchive(shifted.with_suffix(".zip")) as given,
    ):
        check_heard(given)
        banks = [SampleBank([archive], {Surface.GRAVEL}) for archive in (expected, given)]
        for i in range(4):
            one, other = (bank.sample(i) for bank in banks)
            assert one.contact_index == other.contact_index
            np.testing.assert_allclose(other.sound, one.sound, atol=1e-4)
            assert abs(float(other.sound.mean())) < 1e-3 * float(np.abs(other.sound).max())


def test_taking_an_offset_away_leaves_a_step_as_it_is() -> None:
    for surface in (Surface.WOOD, Surface.CARPET):  # the deepest thumps
        for step in synthetic_steps(surface, 4):
            rest = without_offset(step.sound, RATE_HZ) - step.sound
            assert np.sum(rest**2) < 10**-2.5 * np.sum(step.sound**2)


def test_a_pack_step_of_nothing_but_offset_is_silent(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    soundfile.write(folder / "gravel_1.wav", np.full(9_600, 0.2), RATE_HZ, subtype="PCM_24")
    zip_folder(folder, tmp_path / "p.zip")
    with (
        PackArchive(tmp_path / "p.zip") as archive,
        pytest.raises(SamplePackInvalid, match="is silent"),
    ):
        check_heard(archive)


def test_a_pack_step_of_channels_in_opposite_phase_is_played(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (step,) = synthetic_steps(Surface.GRAVEL, 1)
    for name, other in (("same", 1.0), ("opposite", -1.0)):
        stereo = np.outer(0.5 * step.sound / np.abs(step.sound).max(), [1.0, other])
        soundfile.write(folder / f"gravel_{name}.wav", stereo, RATE_HZ, subtype="PCM_24")
    zip_folder(folder, tmp_path / "p.zip")
    with PackArchive(tmp_path / "p.zip") as archive:
        check_heard(archive)
        bank = SampleBank([archive], {Surface.GRAVEL})
        np.testing.assert_allclose(bank.sample(0).sound, bank.sample(1).sound, atol=1e-6)


def test_a_voice_plays_packs_and_synthesises_the_rest(tmp_path: Path) -> None:
    synthesizer = Synthesizer(load_materials())
    covered, other = cues_of(6), cues_of(6, Surface.SNOW)
    other = [dataclasses.replace(cue, footstep_id=f"s{cue.footstep_id}") for cue in other]
    pack = PackFile(pack_of(tmp_path), "packs/p.zip")
    with SampledVoice([*covered, *other], [pack], synthesizer, RATE_HZ) as voice:
        assert set(voice.chosen) == {cue.footstep_id for cue in covered}
        for cue in other:
            expected = synthesizer.voice(RATE_HZ)(cue)
            np.testing.assert_array_equal(voice(cue).samples, expected.samples)
        again = [voice(cue).samples for cue in covered]
        for cue, sound in zip(reversed(covered), reversed(again), strict=True):
            np.testing.assert_array_equal(voice(cue).samples, sound)  # whatever the order
        cues_file = tmp_path / "cues.json"
        ids = [covered[0].footstep_id, other[0].footstep_id]
        cues_file.write_text(json.dumps({"cues": [{"footstep_id": name} for name in ids]}))
        voice.note_engines(cues_file)
        noted = json.loads(cues_file.read_text())["cues"]
        assert [cue["engine"] for cue in noted] == ["sampled", "procedural"]
        assert noted[0]["sample"].startswith("p: gravel_boot_walk_")
        assert "sample" not in noted[1]


def test_a_pack_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    synthesizer = Synthesizer(load_materials())
    silent = tmp_path / "silent"
    silent.mkdir()
    soundfile.write(silent / "gravel_1.wav", np.zeros(4800), RATE_HZ)
    zip_folder(silent, tmp_path / "silent.zip")
    with pytest.raises(SamplePackInvalid, match="pack 'silent' is silent; put a") as caught:
        SampledVoice(
            cues_of(2), [PackFile(tmp_path / "silent.zip", "packs/s.zip")], synthesizer, RATE_HZ
        )
    assert caught.value.metadata["pack"] == "silent"
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    with pytest.raises(SamplePackInvalid) as caught:
        SampledVoice(
            cues_of(2), [PackFile(tmp_path / "broken.zip", "packs/b.zip")], synthesizer, RATE_HZ
        )
    assert caught.value.metadata["key"] == "packs/b.zip"


def test_very_many_steps_come_from_pools() -> None:
    synthesizer = Synthesizer(load_materials())
    few, many = (
        synthesised(count, synthesizer, RATE_HZ) for count in (POOL_FROM_STEPS, POOL_FROM_STEPS + 1)
    )
    assert not isinstance(few, PooledVoice)
    assert isinstance(many, PooledVoice)
