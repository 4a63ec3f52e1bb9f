"""The measurement finds errors that are there, and none that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from bench.render_sync import RATES, held

from foley_audio.domain import sync
from foley_audio.domain.types import PlacedCue
from foley_audio.render.sync import measure_sync, mix_level
from foley_common.media.mux import mux
from foley_common.media.probe import probe
from support import clips

RATE_HZ = 48_000
STEPS_S = (0.3, 0.82, 1.36, 1.9, 2.41, 2.95)


def _cues(times_s: tuple[float, ...] = STEPS_S, *, off_samples: int = 0) -> list[PlacedCue]:
    return [
        PlacedCue(f"t1-{number:04d}", time_s, round(time_s * RATE_HZ) + off_samples)
        for number, time_s in enumerate(times_s, 1)
    ]


def _wav(
    path: Path, *, late_s: float = 0.0, stretch: float = 1.0, times_s: tuple[float, ...] = STEPS_S
) -> Path:
    return clips.write_wav(
        path, clips.clicks([time_s * stretch + late_s for time_s in times_s], 3.5)
    )


@pytest.mark.parametrize("off", [0, 1, -3])
def test_placement_is_compared_sample_by_sample(off: int) -> None:
    assert sync.placement_error_samples(_cues(off_samples=off), RATE_HZ) == abs(off)


def test_no_steps_no_error() -> None:
    assert sync.placement_error_samples([], RATE_HZ) == 0


@pytest.mark.parametrize("lag", [0, 1, 37, -240])
@pytest.mark.parametrize("gain", [1.0, -0.4])
def test_offset_of_a_copy(lag: int, gain: float) -> None:
    sound = np.random.default_rng(1).standard_normal(20_000)
    late = np.roll(np.pad(sound, 1_000), lag) * abs(gain)

    assert sync.offset_samples(np.pad(sound, 1_000), late, max_lag=500) == pytest.approx(
        lag, abs=0.01
    )


def test_offset_between_samples() -> None:
    time = np.arange(8_000)
    sound = np.exp(-(((time - 4_000) / 60.0) ** 2))
    late = np.exp(-(((time - 4_000.3) / 60.0) ** 2))

    assert sync.offset_samples(sound, late, max_lag=100) == pytest.approx(0.3, abs=0.02)


def test_silence_has_no_offset() -> None:
    assert sync.offset_samples(np.zeros(100), np.ones(100), max_lag=10) == 0.0


def test_onsets_are_found_without_knowing_the_steps(tmp_path: Path) -> None:
    onsets = sync.find_onsets(mix_level(_wav(tmp_path / "mix.wav")))

    assert onsets == pytest.approx(STEPS_S, abs=1.5e-3)


def test_onsets_over_a_steady_background(tmp_path: Path) -> None:
    sound = clips.clicks(STEPS_S, 3.5) + clips.tone(3.5) * 0.1
    onsets = sync.find_onsets(mix_level(clips.write_wav(tmp_path / "mix.wav", sound)))

    assert onsets == pytest.approx(STEPS_S, abs=3e-3)


@pytest.mark.parametrize("sound", [np.zeros((48_000, 2), np.float32), clips.tone(1.0)[2_400:]])
def test_no_onsets_in_silence_or_in_the_middle_of_a_tone(tmp_path: Path, sound: np.ndarray) -> None:
    onsets = sync.find_onsets(mix_level(clips.write_wav(tmp_path / "mix.wav", sound)))

    assert onsets[onsets > 0.01].size == 0


def test_only_steps_that_stand_alone_and_can_be_heard_are_searched(tmp_path: Path) -> None:
    level = mix_level(_wav(tmp_path / "mix.wav", times_s=(0.3, 0.4, 1.0, 2.0)))

    alone = sync.isolated(np.array([0.3, 0.4, 1.0, 1.5, 2.0]))
    assert sync.audible(alone, level.astype(float)).tolist() == [1.0, 2.0]


def test_measured_in_a_delivered_file(tmp_path: Path) -> None:
    video = clips.clip(tmp_path / "clip.mp4", frame_count=84, rate=clips.NTSC_24)
    mix = _wav(tmp_path / "mix.wav")
    delivered = mux(video, mix, tmp_path / "foley.mp4", probe(video)).video
    report = measure_sync(delivered, mix, _cues(), mix_sample_rate_hz=RATE_HZ)

    assert (report.placed_count, report.max_placement_error_samples) == (6, 0)
    assert abs(report.delivered_offset_ms) < 0.1
    assert abs(report.delivered_drift_ms) < 0.1
    assert (report.onsets_found_count, report.onsets_searched_count) == (6, 6)
    assert abs(report.onset_median_error_ms) < 1.5


def test_a_late_file_is_called_late(tmp_path: Path) -> None:
    delivered = _wav(tmp_path / "late.wav", late_s=0.021)
    report = measure_sync(
        delivered, _wav(tmp_path / "mix.wav"), _cues(), mix_sample_rate_hz=RATE_HZ
    )

    assert report.delivered_offset_ms == pytest.approx(21.0, abs=0.05)
    assert report.delivered_drift_ms == pytest.approx(0.0, abs=0.05)


def test_drift_is_seen(tmp_path: Path) -> None:
    times_s = tuple(np.arange(0.5, 29.5, 0.5))
    mix = clips.write_wav(tmp_path / "mix.wav", clips.clicks(times_s, 30.0))
    slow = clips.write_wav(
        tmp_path / "slow.wav", clips.clicks([1.0005 * time_s for time_s in times_s], 30.0)
    )
    report = measure_sync(slow, mix, _cues(times_s), mix_sample_rate_hz=RATE_HZ)

    # 0.5 ms per second; the middles of the two compared parts are 20 s apart
    assert report.delivered_drift_ms == pytest.approx(10.0, abs=3.0)


def test_sound_that_stands_beside_the_steps_is_not_called_good(tmp_path: Path) -> None:
    mix = _wav(tmp_path / "mix.wav", late_s=0.03)
    report = measure_sync(mix, mix, _cues(), mix_sample_rate_hz=RATE_HZ)

    assert report.onset_median_error_ms == pytest.approx(30.0, abs=1.5)

    far = _wav(tmp_path / "far.wav", late_s=0.2)
    assert measure_sync(far, far, _cues(), mix_sample_rate_hz=RATE_HZ).onsets_found_count == 0


def test_a_step_that_is_looked_for_and_not_found_is_told(tmp_path: Path) -> None:
    """The third swells over a steady background by 20 dB in 50 ms: it is heard, but nobody could say when it begins."""
    steps = [time_s for time_s in STEPS_S if time_s != STEPS_S[2]]
    sound = clips.clicks(steps, 3.5)
    time_s = np.arange(len(sound)) / RATE_HZ
    swell_db = np.interp(time_s - STEPS_S[2], [0, 0.05, 0.1, 0.3], [0, 20, 20, 0])
    hiss = 10 ** ((swell_db - 60) / 20) * np.random.default_rng(1).standard_normal(len(sound))
    mix = clips.write_wav(tmp_path / "mix.wav", sound + hiss[:, None].astype(np.float32))
    report = measure_sync(mix, mix, _cues(), mix_sample_rate_hz=RATE_HZ)

    assert (report.onsets_found_count, report.onsets_searched_count) == (5, 6)
    assert abs(report.onset_median_error_ms) < 1.5


def test_silence_is_measured_as_nothing(tmp_path: Path) -> None:
    mix = clips.write_wav(tmp_path / "mix.wav", np.zeros((48_000, 2), np.float32))
    report = measure_sync(mix, mix, [], mix_sample_rate_hz=RATE_HZ)

    assert report == type(report)()


SOURCES: dict[str, dict[str, Any]] = {
    "23.976": {"rate": clips.NTSC_24},
    "sound starts late": {"sound": clips.tone(3.0), "sound_start_s": 0.4},
    "sound starts early": {"sound": clips.tone(3.0), "video_start_s": 0.4},
    "first stamp before 0": {"video_start_s": -0.5},
    "many B-frames": {"options": {"bf": "4", "b-adapt": "0"}},
    "variable rate": {"times_s": [n / 30 for n in range(105) if n % 7 not in (2, 3)]},
}


def _raw_times_s(path: Path) -> tuple[float, float]:
    """First frame shown and first loud sample of a file, in its own seconds: by its stamps, not by our readers."""
    with av.open(str(path)) as container:
        shown = min(float(f.pts * f.time_base) for f in container.decode(video=0))
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.05)
            if loud.size:
                return shown, float(frame.pts * frame.time_base) + int(loud[0]) / frame.sample_rate
    raise AssertionError("nothing loud")


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("kind", SOURCES)
def test_the_delivered_file_is_measured_as_a_player_has_it(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    """Whatever stamps the source begins with: edit lists and priming are in what is measured, and agree with it."""
    video = clips.clip(tmp_path / f"clip.{suffix}", **{"frame_count": 105, **SOURCES[kind]})
    mix = _wav(tmp_path / "mix.wav")
    delivered = mux(video, mix, tmp_path / "foley.mp4", probe(video)).video
    report = measure_sync(delivered, mix, _cues(), mix_sample_rate_hz=RATE_HZ)

    assert abs(report.delivered_offset_ms) < 0.1
    assert abs(report.delivered_drift_ms) < 0.1
    shown_s, loud_s = _raw_times_s(delivered)
    first = np.flatnonzero(np.abs(clips.clicks(STEPS_S, 3.5)[:, 0]) > 0.05)[0]
    assert loud_s - shown_s == pytest.approx(first / RATE_HZ, abs=1e-3)


@pytest.mark.parametrize("late_s", [0.0, 0.0213, -0.0213])
def test_a_wrong_edit_list_would_be_seen(tmp_path: Path, late_s: float) -> None:
    """The sound of a file is shifted by stamps alone, as AAC priming would be without its edit list."""
    sound = clips.clicks(STEPS_S, 3.5)
    path = clips.clip(tmp_path / "clip.mkv", frame_count=105, sound=sound, audio_codec="flac",
                      sound_start_s=0.1 + late_s, video_start_s=0.1)  # fmt: skip
    report = measure_sync(path, _wav(tmp_path / "mix.wav"), _cues(), mix_sample_rate_hz=RATE_HZ)

    assert report.delivered_offset_ms == pytest.approx(1000 * late_s, abs=1.1)  # Matroska's clock


def test_a_mix_of_96_khz_is_delivered_in_time(tmp_path: Path) -> None:
    video = clips.clip(tmp_path / "clip.mp4", frame_count=105)
    sound = clips.clicks(STEPS_S, 3.5, 2, 96_000)
    soundfile.write(tmp_path / "mix.wav", sound, 96_000, subtype="PCM_24")
    delivered = mux(video, tmp_path / "mix.wav", tmp_path / "foley.mp4", probe(video)).video
    cues = [PlacedCue(f"s{t}", t, round(t * 96_000)) for t in STEPS_S]
    report = measure_sync(delivered, tmp_path / "mix.wav", cues, mix_sample_rate_hz=96_000)

    assert report.max_placement_error_samples == 0
    assert abs(report.delivered_offset_ms) < 0.1
    assert report.onsets_found_count == 6


def test_onsets_are_found_across_the_borders_of_minutes(tmp_path: Path) -> None:
    times_s = (59.7, 59.99, 60.3, 119.998, 120.5)
    mix = clips.write_wav(tmp_path / "mix.wav", clips.clicks(times_s, 121.0, 1))
    report = measure_sync(mix, mix, _cues(times_s), mix_sample_rate_hz=RATE_HZ)

    assert (report.onsets_found_count, report.onsets_searched_count) == (5, 5)


@pytest.mark.parametrize("name", RATES)
def test_nothing_drifts_in_a_minute(tmp_path: Path, name: str) -> None:
    assert held(tmp_path, 60.0, RATES[name]).reached


@pytest.mark.slow
def test_nothing_drifts_in_twenty_minutes(tmp_path: Path) -> None:
    """Three hours: `python -m tests.bench.render --sync-hours 3`."""
    assert held(tmp_path, 1200.0, RATES["23.976"]).reached


def test_of_two_files_the_worse_is_reported(tmp_path: Path) -> None:
    mix, late = _wav(tmp_path / "mix.wav"), _wav(tmp_path / "late.wav", late_s=0.021)
    for one, other in ((mix, late), (late, mix)):
        report = measure_sync(one, mix, _cues(), mix_sample_rate_hz=RATE_HZ, untouched=other)
        assert report.delivered_offset_ms == pytest.approx(21.0, abs=0.05)
