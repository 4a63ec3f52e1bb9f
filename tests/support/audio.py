"""Sound with known properties, and small stored sessions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from foley_audio.domain.room import RoomResponse
from foley_audio.domain.types import FootstepCue, SampleArray, StepSound
from foley_common.footsteps import Footstep, GaitKind, Side, StrikePattern
from foley_common.media.info import VideoInfo
from foley_common.sound import Room
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    FootwearSpan,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)

RATE_HZ = 48_000


def sine(
    frequency_hz: float, level_dbfs: float, duration_s: float, rate_hz: int = 48_000
) -> np.ndarray:
    """A stereo sine, peak level in dBFS, shape ``(n, 2)``."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    one = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * frequency_hz * t)
    return np.stack([one, one], axis=1).astype(np.float32)


def walk(
    count: int = 8,
    *,
    first_s: float = 0.5,
    step_time_s: float = 0.55,
    track_id: int = 1,
    strength: float = 0.5,
) -> tuple[Footstep, ...]:
    """A walker from the left edge to the right one of a 640 × 360 picture."""
    return tuple(
        Footstep(
            footstep_id=f"t{track_id}-{i + 1:04d}",
            track_id=track_id,
            side=Side.LEFT if i % 2 == 0 else Side.RIGHT,
            initial_contact_time_s=first_s + i * step_time_s,
            toe_off_time_s=first_s + i * step_time_s + 0.62,
            confidence=0.9,
            toe_off_confidence=0.8,
            strength=strength,
            gait_kind=GaitKind.WALK,
            strike_pattern=StrikePattern.HEEL,
            x_px=640.0 * (i + 0.5) / count,
            y_px=300.0,
            person_height_px=216.0,
        )
        for i in range(count)
    )


def video_info(
    duration_s: float = 6.0, *, audio: bool = False, start_timecode: str = ""
) -> VideoInfo:
    """A 640 × 360 video at 30 frames a second."""
    return VideoInfo(
        width_px=640,
        height_px=360,
        frame_rate=Fraction(30),
        frame_count=round(duration_s * 30),
        duration_s=duration_s,
        video_codec="h264",
        audio_codec="aac" if audio else "",
        audio_sample_rate_hz=48_000 if audio else 0,
        audio_channel_count=2 if audio else 0,
        pixel_format="yuv420p",
        start_timecode=start_timecode,
    )


def ground(
    surface: Surface = Surface.CONCRETE, footwear: Footwear = Footwear.SNEAKER, end_s: float = 1e6
) -> SurfaceReport:
    """One ground and one shoe for everybody."""
    answer = SurfaceAnswer(
        surface=surface,
        best_guess=surface,
        group=None,
        confidence=1.0,
        source=AnswerSource.OVERRIDE,
    )
    return SurfaceReport(
        surfaces=(SurfaceSpan(0, 0.0, end_s, answer),),
        footwear=(FootwearSpan(0, 0.0, end_s, footwear, 1.0, AnswerSource.OVERRIDE),),
    )


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Samples of shape ``(n, channels)`` and the rate."""
    import soundfile

    samples, rate = soundfile.read(path, always_2d=True)
    return samples, rate


def toy_room(_room: Room, sample_rate_hz: int) -> RoomResponse:
    """After 0.1 s half of the sound in the zone's side (both in the middle), after 0.5 s a tenth everywhere."""
    heads = np.zeros((9, 2, sample_rate_hz // 5), np.float32)
    for zone in range(9):
        sides = {0: [0], 1: [0, 1], 2: [1]}[zone % 3]
        heads[zone, sides, sample_rate_hz // 10] = 0.5
    tail = np.zeros((2, sample_rate_hz), np.float32)
    tail[:, sample_rate_hz // 2] = 0.1
    return RoomResponse(heads, tail, sample_rate_hz)


def oversampled_peak_db(sound: np.ndarray, factor: int = 16) -> float:
    """True peak in dBTP, shape ``(n, channels)``, by polyphase interpolation in double precision: independent."""
    from scipy import signal

    fine = signal.resample_poly(
        np.pad(sound.astype(np.float64), ((256, 256), (0, 0))), factor, 1, axis=0
    )
    return 20 * math.log10(float(np.abs(fine).max()))


def of_streams(
    path: Path, sounds: list[np.ndarray], *, main: int = 1, unknown: Sequence[int] = ()
) -> Path:
    """A recorder's file with a mono stream per microphone, one of which players take.

    Those that are ``unknown`` (from 1, in a MOV file) name a codec that nobody knows.
    """
    import av

    with av.open(str(path), "w") as file:
        tracks = [file.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono") for _ in sounds]
        for number, track in enumerate(tracks, 1):
            track.disposition = av.stream.Disposition.default if number == main else 0
        for track, sound in zip(tracks, sounds, strict=True):
            samples = np.clip(32767 * sound, -32768, 32767).astype(np.int16)
            for start in range(0, samples.size, 4096):
                frame = av.AudioFrame.from_ndarray(
                    samples[None, start : start + 4096], "s16", "mono"
                )
                frame.sample_rate, frame.pts = RATE_HZ, start
                file.mux(track.encode(frame))
            file.mux(track.encode(None))
    if unknown:
        data, at = bytearray(path.read_bytes()), 0
        for number in range(1, len(sounds) + 1):
            at = data.index(b"stsd", at) + 16  # version, number of entries, length of the first
            if number in unknown:
                data[at : at + 4] = b"zzzz"
        path.write_bytes(data)
    return path


def thud(cue: FootstepCue, *, decay_samples: int = 2_000) -> StepSound:
    """A cheap step of ten times the decay: noise that dies away, harder when stronger."""
    dice = np.random.default_rng(cue.spec.seed)
    count = 10 * decay_samples
    sound = dice.standard_normal(count) * np.exp(-np.arange(count) / decay_samples)
    return StepSound((0.3 * cue.spec.strength * sound).astype(np.float32), 0)


def rustle(
    cues: Sequence[FootstepCue], *, sample_count: int = 10_000
) -> Iterator[tuple[int, SampleArray]]:
    """A cheap layer: faint noise that begins before every contact."""
    for cue in cues:
        dice = np.random.default_rng(cue.spec.seed + 1)
        sound = 0.01 * dice.standard_normal(sample_count)
        yield cue.onset_sample - 5_000, sound.astype(np.float32)
