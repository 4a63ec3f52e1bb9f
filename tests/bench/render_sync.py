"""Does the sound of a delivered file stay on its picture for hours? Cheap long videos, muxed and measured.

The picture is tiny and never changes; the sound is a burst of noise every few seconds. Both are decoded back from the
delivered file: the sound is compared with the mix, the times of the last frames with those of the source.
"""

from __future__ import annotations

import dataclasses
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from foley_audio.domain.types import PlacedCue
from foley_audio.render.sync import measure_sync
from foley_audio.render.wav import WavWriter
from foley_common.channels import MONO
from foley_common.media.decode import frame_times_s
from foley_common.media.mux import mux
from foley_common.media.probe import MediaLimits, probe

RATE_HZ = 48_000
GOAL_MS = 1.0
NTSC_24, NTSC_30 = Fraction(24_000, 1001), Fraction(30_000, 1001)
RATES: dict[str, Fraction | None] = {"23.976": NTSC_24, "29.97": NTSC_30, "variable": None}
CLOCK = Fraction(1, 90_000)


@dataclasses.dataclass(frozen=True)
class Held:
    """How well a delivered file holds: offset and drift of its sound, and what its last frame has moved."""

    offset_ms: float
    drift_ms: float
    picture_ms: float

    @property
    def reached(self) -> bool:
        """True when nothing is off by more than a millisecond."""
        return max(abs(self.offset_ms), abs(self.drift_ms), abs(self.picture_ms)) <= GOAL_MS


def long_video(path: Path, seconds: float, rate: Fraction | None) -> Path:
    """A grey picture of 64 × 48; without a rate, frames stand 33 to 67 ms apart as phones in the dark have them."""
    times = _times(seconds, rate)
    base = CLOCK if rate is None else 1 / rate
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream("libx264", rate=rate or Fraction(30))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = base
        stream.codec_context.options = {"preset": "ultrafast", "g": "6000", "tune": "zerolatency"}
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="bgr24")
        frame = frame.reformat(format="yuv420p")
        for pts in times:
            frame.pts, frame.time_base = int(pts), base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def _times(seconds: float, rate: Fraction | None) -> np.ndarray:
    if rate is not None:
        return np.arange(int(seconds * rate))
    gaps_s = np.random.default_rng(1).choice([1 / 30, 1 / 15, 1 / 20], size=int(30 * seconds))
    times_s = np.concatenate([[0.0], np.cumsum(gaps_s)])
    return np.round(times_s[times_s < seconds] / float(CLOCK)).astype(int)


def bursts(path: Path, seconds: float) -> list[PlacedCue]:
    """A mono mix with a burst of noise every three to five seconds."""
    dice = np.random.default_rng(2)
    total = round(seconds * RATE_HZ)
    onsets = np.cumsum(dice.integers(3 * RATE_HZ, 5 * RATE_HZ, round(seconds / 3)))
    onsets = onsets[onsets < total - RATE_HZ]
    burst = (0.3 * dice.standard_normal(960) * np.exp(-np.arange(960) / 150)).astype(np.float32)
    with WavWriter(path, sample_rate_hz=RATE_HZ, channels=MONO, total_samples=total) as file:
        for start in range(0, total, 60 * RATE_HZ):
            block = np.zeros(min(60 * RATE_HZ, total - start) + burst.size, np.float32)
            for onset in onsets[(onsets >= start) & (onsets < start + 60 * RATE_HZ)]:
                block[onset - start : onset - start + burst.size] += burst
            file.write(block[: min(60 * RATE_HZ, total - start), None])
    return [PlacedCue(f"s{i}", onset / RATE_HZ, int(onset)) for i, onset in enumerate(onsets)]


def held(folder: Path, seconds: float, rate: Fraction | None) -> Held:
    """Make, deliver and measure."""
    video = long_video(folder / "clip.mp4", seconds, rate)
    cues = bursts(folder / "mix.wav", seconds)
    info = probe(video, MediaLimits(max_duration_s=2 * seconds))
    delivered = mux(video, folder / "mix.wav", folder / "foley.mp4", info).video
    report = measure_sync(delivered, folder / "mix.wav", cues, mix_sample_rate_hz=RATE_HZ)
    before, after = frame_times_s(video), frame_times_s(delivered)
    moved_s = float(np.abs(before - after).max()) if before.size == after.size else np.inf
    return Held(report.delivered_offset_ms, report.delivered_drift_ms, 1000 * moved_s)


def print_sync(hours: float) -> None:
    """A line per frame rate."""
    for name, rate in RATES.items():
        with tempfile.TemporaryDirectory() as folder:
            found = held(Path(folder), 3600 * hours, rate)
        print(
            f"delivered after {hours:g} h at {name}: sound {found.offset_ms:+.3f} ms, drift {found.drift_ms:+.3f} ms, "
            f"picture {found.picture_ms:.3f} ms (goal {GOAL_MS:g}: {'reached' if found.reached else 'NOT reached'})",
            flush=True,
        )
