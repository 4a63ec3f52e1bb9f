"""What a render is said to take on disk, against what its files are made of."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from foley_client.disk_need import SPARE_BYTES, DiskNeed, disk_need
from foley_client.rpc.options import Session, SoundStyle, render_options
from foley_common.media.info import VideoInfo
from foley_common.sound import OriginalSound, Room, SampleFormat, SessionFormat

VIDEO_BYTES = 50_000_000
MINUTE = VideoInfo(1920, 1080, Fraction(25), 1500, 60.0, "h264", 0, False, "aac", 48_000, 2)
ONE_BYTES = 60 * 48_000 * 2 * 3
"""A minute of stereo in 24 bit at 48 kHz."""


def need(style: SoundStyle | None = None, *, video: VideoInfo = MINUTE, **more: object) -> DiskNeed:
    return disk_need(render_options(style=style, **more), video, VIDEO_BYTES)  # type: ignore[arg-type]


def sound_bytes(found: DiskNeed, videos: int = 4) -> int:
    return found.results_bytes - SPARE_BYTES - videos * VIDEO_BYTES


@pytest.mark.parametrize(
    ("style", "ones"),
    [
        (SoundStyle(), 2),  # mix, footsteps
        (SoundStyle(cloth=True, room=Room.HALL), 2),  # in these
        (SoundStyle(stems=True), 2 + 4 + 1 + 1),  # two people's feet, room, original
        (SoundStyle(stems=True, cloth=True), 2 + 6 + 1 + 1),
        (SoundStyle(stems=True, room=Room.NONE), 2 + 4 + 1),
        (SoundStyle(sample_rate_hz=96_000), 2 * (2 + 1)),  # and the mix in foley.mov
        (SoundStyle(stems=True, sample_rate_hz=96_000), 2 * (8 + 1)),
        (SoundStyle(sample_format=SampleFormat.FLOAT_32), 4 / 3 * (2 + 1)),
    ],
)
def test_stems_and_finer_samples_need_room(style: SoundStyle, ones: float) -> None:
    assert sound_bytes(need(style)) == pytest.approx(ones * ONE_BYTES)


def test_the_original_counts_where_it_is_heard() -> None:
    stems = SoundStyle(stems=True)
    dropped = need(stems, original_sound=OriginalSound.DROP)
    silent = need(stems, video=dataclasses.replace(MINUTE, audio_codec="", audio_channel_count=0))
    assert sound_bytes(dropped) == sound_bytes(silent) == 7 * ONE_BYTES
    surround = dataclasses.replace(MINUTE, audio_channel_count=6)
    assert sound_bytes(need(video=surround)) == 3 * 2 * ONE_BYTES
    assert sound_bytes(need(video=surround, original_sound=OriginalSound.DROP)) == 2 * ONE_BYTES
    many = dataclasses.replace(MINUTE, audio_channel_count=16)  # folded to stereo
    assert sound_bytes(need(video=many)) == 2 * ONE_BYTES


@pytest.mark.parametrize(
    ("session", "ones", "videos"),
    [
        (Session(), 2, 4),
        (Session((SessionFormat.MIDI,)), 2, 4),
        (Session((SessionFormat.BWF,)), 4, 4),
        (Session((SessionFormat.ARCHIVE,)), 4, 5),
        (Session((SessionFormat.ARCHIVE,), handles_s=3.0), 2 + 4 * 66 / 60, 5),
    ],
)
def test_copies_of_the_sound_need_room(session: Session, ones: float, videos: int) -> None:
    assert sound_bytes(need(session=session), videos) == pytest.approx(ones * ONE_BYTES)


def test_stems_are_copied_too() -> None:
    everything = need(SoundStyle(stems=True), session=Session((SessionFormat.BWF,)))
    assert sound_bytes(everything) == 2 * 8 * ONE_BYTES


def test_footsteps_alone_need_next_to_nothing() -> None:
    alone = need(SoundStyle(stems=True, sample_rate_hz=96_000), footsteps_only=True)
    assert alone.results_bytes == SPARE_BYTES


def test_work_needs_the_video_the_results_and_what_stages_park() -> None:
    found = need(SoundStyle(stems=True, sample_rate_hz=96_000))
    parked = 8 * 60 * 96_000 * 2 * 4  # every part in floating point
    written = 8 * 2 * ONE_BYTES
    assert found.stored_bytes == VIDEO_BYTES + found.results_bytes
    assert found.scratch_bytes == VIDEO_BYTES + parked + written
    assert found.work_bytes == found.stored_bytes + found.scratch_bytes
    assert found.together_bytes == found.stored_bytes + max(
        found.scratch_bytes, found.results_bytes
    )
    assert "8 sound files of 96 kHz and 33 MiB each, stems for 2 people" in found.words
