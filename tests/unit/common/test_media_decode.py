"""Frames and sound on one clock, whatever the container does with its own."""

from __future__ import annotations

import contextlib
import gc
import itertools
import struct
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from foley_common.errors import UndecodableMedia
from foley_common.media.audio_streams import sound_duration_s
from foley_common.media.decode import frame_times_s, read_ahead, read_audio, read_frames
from foley_common.media.pictures import BT601_COLORSPACE, BT709_COLORSPACE, UNSPECIFIED, Upright
from foley_common.observability.request_id import current_request_id, request_id_scope
from support import clips


def _sound(path: Path, rate_hz: int = 48_000) -> np.ndarray[Any, Any]:
    blocks = list(read_audio(path, sample_rate_hz=rate_hz))
    return np.concatenate(blocks) if blocks else np.zeros((0, 0), np.float32)


def _first_loud_s(sound: np.ndarray[Any, Any], rate_hz: int = 48_000) -> float:
    return float(np.argmax(np.abs(sound[:, 0]) > 0.05)) / rate_hz


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "mov", "flv"])
@pytest.mark.parametrize("start_s", [0.0, 0.5])
def test_first_frame_is_zero_in_every_container(
    tmp_path: Path, suffix: str, start_s: float
) -> None:
    path = clips.clip(tmp_path / f"clip.{suffix}", video_start_s=start_s, frame_count=40)
    frames = list(read_frames(path))

    assert [clips.frame_number_of(frame.picture) for frame in frames] == list(range(40))
    assert [frame.index for frame in frames] == list(range(40))
    assert np.allclose([frame.time_s for frame in frames], np.arange(40) / 30, atol=6e-4)
    assert np.array_equal([frame.time_s for frame in frames], frame_times_s(path))


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_a_part_gives_the_frames_of_that_part(tmp_path: Path, suffix: str) -> None:
    codec = "mpeg4" if suffix == "avi" else "libx264"
    path = clips.clip(tmp_path / f"clip.{suffix}", frame_count=90, codec=codec, options={"g": "24"})
    whole = list(read_frames(path))
    times_s = frame_times_s(path)

    for start, end in ((0, 10), (1, 3), (23, 26), (24, 25), (50, 90), (89, 90)):
        end_s = float(times_s[end]) if end < 90 else float("inf")
        part = list(read_frames(path, start_s=float(times_s[start]), end_s=end_s))
        assert [frame.index for frame in part] == list(range(start, end))
        assert [clips.frame_number_of(frame.picture) for frame in part] == list(range(start, end))
        assert all(
            np.array_equal(a.picture, b.picture)
            for a, b in zip(part, whole[start:end], strict=True)
        )


def test_a_part_of_a_program_stream_has_the_times_of_the_whole(tmp_path: Path) -> None:
    path = clips.clip(
        tmp_path / "dvd.mpg",
        frame_count=150,
        codec="mpeg2video",
        container="mpeg",
        options={"g": "15", "bf": "2"},
    )
    times_s = frame_times_s(path)
    assert times_s.size == 150
    for start in (31, 61, 64, 124):
        part = list(read_frames(path, start_s=float(times_s[start]) - 0.01))
        assert [frame.index for frame in part] == list(range(start, 150))
        np.testing.assert_array_equal([frame.time_s for frame in part], times_s[start:])


def test_segments_join_without_loss_or_repeat(tmp_path: Path) -> None:
    path, times_s = clips.variable_rate(tmp_path / "vfr.mp4")
    edges = [0.0, 0.31, 0.62, 0.93, float("inf")]
    indices = [
        f.index for a, b in itertools.pairwise(edges) for f in read_frames(path, start_s=a, end_s=b)
    ]

    assert indices == list(range(times_s.size))


def test_avi_with_b_frames_has_no_stamps_and_still_the_right_order(tmp_path: Path) -> None:
    path = clips.clip(tmp_path / "clip.avi", frame_count=60)
    frames = list(read_frames(path))

    assert [clips.frame_number_of(frame.picture) for frame in frames] == list(range(60))
    assert np.allclose([frame.time_s for frame in frames], np.arange(60) / 30)
    part = list(read_frames(path, start_s=0.5, end_s=1.0))
    assert (
        [clips.frame_number_of(frame.picture) for frame in part]
        == [frame.index for frame in part]
        == list(range(15, 30))
    )


def test_variable_times_are_kept(tmp_path: Path) -> None:
    path, times_s = clips.variable_rate(tmp_path / "vfr.mp4")

    assert np.allclose(frame_times_s(path), times_s, atol=2e-5)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pictures_stand_upright(tmp_path: Path, degrees: int) -> None:
    path = clips.clip(tmp_path / "phone.mp4", frame_count=8, rotation_degrees=degrees)

    frames = list(read_frames(path))
    assert len(frames) == 8
    for frame in frames:
        stored = np.rot90(frame.picture, degrees // 90)  # back to how it lies in the file
        assert clips.frame_number_of(stored) == frame.index
        assert (
            stored[100, 20, 2] > 150 > stored[100, 20, 0]
        )  # red below left, so nothing is mirrored


def test_a_mirrored_picture_is_mirrored(tmp_path: Path) -> None:
    path = tmp_path / "selfie.mp4"
    clips.clip(path, frame_count=2)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40  # ISO 14496-12, version 0: nine fixed-point numbers
    assert struct.unpack_from(">i", data, matrix)[0] == 0x10000
    struct.pack_into(">i", data, matrix, -0x10000)
    path.write_bytes(data)

    assert clips.frame_number_of(np.fliplr(list(read_frames(path))[1].picture)) == 1


def test_smaller_pictures_keep_shape_and_turn(tmp_path: Path) -> None:
    path = clips.clip(tmp_path / "phone.mp4", frame_count=2, rotation_degrees=90)

    assert next(read_frames(path, max_height_px=80)).picture.shape == (80, 60, 3)
    assert next(read_frames(path, max_height_px=9999)).picture.shape == (160, 120, 3)


@pytest.mark.parametrize("make", [clips.vp9, clips.av1])
def test_newer_codecs_decode(tmp_path: Path, make: Any) -> None:
    frames = list(read_frames(make(tmp_path / "clip.mkv")))

    assert [clips.frame_number_of(frame.picture) for frame in frames] == list(range(30))


def test_hdr_comes_out_in_8_bit_and_bright(tmp_path: Path) -> None:
    plain = next(
        read_frames(clips.clip(tmp_path / "a.mp4", codec="libx265", pixel_format="yuv420p10le"))
    ).picture
    hdr = next(read_frames(clips.ten_bit_hdr(tmp_path / "b.mp4"))).picture

    assert plain.dtype == hdr.dtype == np.uint8
    assert hdr.max() > plain.max() - 60  # 215/255 of PQ is thousands of nits: white, not grey
    assert hdr[10, 10].mean() < plain[10, 10].mean()  # 40/255 of PQ is 1 nit: nearly black


@pytest.mark.parametrize(
    ("height_px", "matrix"), [(576, BT601_COLORSPACE), (720, BT709_COLORSPACE)]
)
def test_what_says_no_colours_has_those_of_its_size(height_px: int, matrix: int) -> None:
    green = np.full((height_px, 64, 3), (40, 200, 60), np.uint8)
    frame = VideoFrame.from_ndarray(green, format="bgr24").reformat(
        format="yuv420p", dst_colorspace=matrix
    )
    frame.colorspace = UNSPECIFIED
    shown = Upright.for_frame(frame).picture(frame)
    assert np.abs(shown[8, 8].astype(int) - green[0, 0]).max() <= 4  # the other matrix is off by 20


def test_sound_stands_on_the_first_frame(tmp_path: Path) -> None:
    sound = clips.clicks([0.4], 1.0)
    path = clips.normal(tmp_path / "clip.mp4", sound=sound)

    assert _first_loud_s(_sound(path)) == pytest.approx(_first_loud_s(sound), abs=1e-3)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize(
    ("video_start_s", "sound_start_s"), [(0.0, 0.25), (0.2, 0.0), (1.0, 1.1), (0.5, 0.5)]
)
def test_late_and_early_sound(
    tmp_path: Path, suffix: str, video_start_s: float, sound_start_s: float
) -> None:
    clicks = clips.clicks([0.4, 0.9], 1.2)
    path = clips.clip(
        tmp_path / f"clip.{suffix}",
        video_start_s=video_start_s,
        sound_start_s=sound_start_s,
        sound=clicks,
        frame_count=45,
    )

    expected_s = _first_loud_s(clicks) + sound_start_s - video_start_s
    assert _first_loud_s(_sound(path)) == pytest.approx(
        expected_s, abs=2e-3 if suffix != "mp4" else 1e-3
    )


@pytest.mark.parametrize("pause_s", [0.1, 0.7])
def test_what_a_recorder_left_out_of_the_sound_is_silence(tmp_path: Path, pause_s: float) -> None:
    path = tmp_path / "paused.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for start_s in (0.0, 0.3 + pause_s):
            click = np.ascontiguousarray(clips.clicks([0.1], 0.3)[:, :1])
            frame = av.AudioFrame.from_ndarray(click.reshape(1, -1), format="flt", layout="mono")
            frame.sample_rate, frame.time_base = 48_000, Fraction(1, 48_000)
            frame.pts = round(start_s * 48_000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))

    sound = _sound(path)
    assert len(sound) == pytest.approx((0.6 + pause_s) * 48_000, abs=48)
    assert _first_loud_s(sound) == pytest.approx(0.1, abs=1e-3)
    assert _first_loud_s(sound[14_400:]) == pytest.approx(pause_s + 0.1, abs=2e-3)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 96_000])
def test_resampling_moves_nothing(tmp_path: Path, rate_hz: int) -> None:
    wav = clips.write_wav(tmp_path / "clicks.wav", clips.clicks([0.4, 1.3], 2.0))
    sound = _sound(wav, rate_hz)
    blurred = np.abs(sound[: round(0.9 * rate_hz), 0])

    assert len(sound) == pytest.approx(2.0 * rate_hz, abs=2)
    assert _first_loud_s(blurred[:, None], rate_hz) == pytest.approx(0.4, abs=4e-4)


def test_blocks_have_one_size_and_all_channels(tmp_path: Path) -> None:
    path = clips.normal(tmp_path / "clip.mp4", sound=clips.tone(1.0, 6))
    blocks = list(read_audio(path, sample_rate_hz=48_000, block_samples=7_000))

    assert {block.shape for block in blocks[:-1]} == {(7_000, 6)}
    assert 0 < len(blocks[-1]) <= 7_000
    assert all(block.dtype == np.float32 for block in blocks)


def test_no_sound_gives_no_block(tmp_path: Path) -> None:
    assert list(read_audio(clips.clip(tmp_path / "clip.mp4"), sample_rate_hz=48_000)) == []


def test_sound_of_a_download_that_stopped(tmp_path: Path) -> None:
    sound = _sound(clips.cut_off(tmp_path / "clip.mp4"))

    assert 0.3 * 48_000 < len(sound) < 1.9 * 48_000


def test_not_a_video(tmp_path: Path) -> None:
    path = clips.not_a_video(tmp_path / "clip.mp4")
    with pytest.raises(UndecodableMedia):
        next(read_frames(path))
    with pytest.raises(UndecodableMedia):
        frame_times_s(path)
    with pytest.raises(UndecodableMedia):
        next(read_audio(path, sample_rate_hz=48_000))


def test_ntsc_times_are_exact(tmp_path: Path) -> None:
    path = clips.clip(tmp_path / "clip.mp4", rate=clips.NTSC_24, frame_count=48)

    assert frame_times_s(path)[47] == float(47 / Fraction(24_000, 1001))


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_an_interlaced_frame_shows_its_first_field(order: str, tmp_path: Path) -> None:
    """A block that moves 6 pixels a field: in a woven frame its edges are a comb, half a frame late."""
    fields = [np.roll(clips.picture(5, 160, 120), 6 * n, axis=1) for n in range(24)]
    frames = clips.woven(fields)
    if order == "bff":
        frames = [np.where(np.arange(120)[:, None, None] % 2, a, b) for a, b in _pairs(fields)]
    path = clips.clip(
        tmp_path / "fields.mp4",
        pictures=frames,
        rate=Fraction(15),
        field_order=order,
        options={"crf": "10"},
    )
    seen = list(read_frames(path))
    assert [frame.time_s for frame in seen] == pytest.approx((np.arange(12) / 15).tolist())
    for number, frame in enumerate(seen):
        first, second = (
            np.abs(frame.picture.astype(float) - fields[2 * number + k]).mean() for k in range(2)
        )
        assert first < 6
        assert second > 2 * first
    later = list(read_frames(path, start_s=0.3, end_s=0.6))
    assert [frame.index for frame in later] == [5, 6, 7, 8]


def _pairs(fields: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    return list(zip(fields[::2], fields[1::2], strict=True))


def test_the_length_of_a_sound_is_read_from_its_container(tmp_path: Path) -> None:
    import soundfile

    for suffix in ("wav", "flac", "ogg", "mp3"):
        path = tmp_path / f"sound.{suffix}"
        soundfile.write(path, np.zeros((2 * 44_100, 2)), 44_100)
        assert sound_duration_s(path) == pytest.approx(2.0, abs=0.06)
    with pytest.raises(UndecodableMedia, match="no sound"):
        sound_duration_s(clips.clip(tmp_path / "silent.mp4", frame_count=10))
    text = tmp_path / "notes.txt"
    text.write_text("no media")
    with pytest.raises(UndecodableMedia):
        sound_duration_s(text)


def test_one_frame_is_read_ahead_and_no_more() -> None:
    taken: list[int] = []

    def source() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    with read_ahead(source()) as frames:
        seen = []
        for number in frames:
            seen.append(number)
            assert len(taken) <= number + 2
    assert seen == taken == list(range(10))


def test_what_reading_ahead_raises_comes_after_the_frames_before_it() -> None:
    def source() -> Iterator[int]:
        yield 0
        yield 1
        raise UndecodableMedia("broken off")

    seen: list[int] = []
    with read_ahead(source()) as frames, pytest.raises(UndecodableMedia):
        seen.extend(frames)
    assert seen == [0, 1]
    assert not [one for one in threading.enumerate() if one.name.startswith("read")]


def test_what_is_logged_while_reading_ahead_is_of_the_same_request() -> None:
    def source() -> Iterator[str]:
        while True:
            yield current_request_id()

    with request_id_scope() as own, read_ahead(source()) as frames:
        assert [next(frames), next(frames)] == [own, own]


def test_an_error_does_not_keep_the_video_open(tmp_path: Path) -> None:
    video = clips.normal(tmp_path / "held.mp4")

    def opened() -> list[Path]:
        links = list(Path("/proc/self/fd").iterdir())
        return [link for link in links if link.exists() and link.samefile(video)]

    def cancelled() -> None:
        with read_ahead(read_frames(video)) as frames:
            next(frames)
            assert opened()
            {}["nothing"]

    with pytest.raises(KeyError) as caught:
        cancelled()
    assert caught.tb  # which holds the frames of the stack, as a job's future does
    assert not opened()


def test_a_look_into_a_video_leaves_nothing_to_the_garbage_collector(tmp_path: Path) -> None:
    def alive() -> int:
        return sum(type(one) is VideoFrame for one in gc.get_objects())  # no proxy is asked

    video = clips.clip(tmp_path / "turned.mp4", rotation_degrees=90)
    gc.collect()
    gc.disable()
    try:
        before = alive()  # others' that are still held
        for _ in range(3):
            with contextlib.closing(read_frames(video)) as frames:
                assert next(frames).picture.shape[:2] == (160, 120)
        assert alive() == before
    finally:
        gc.enable()


def test_who_leaves_early_leaves_no_reader() -> None:
    with read_ahead(iter(range(100))) as frames:
        assert next(frames) == 0
    assert not [one for one in threading.enumerate() if one.name.startswith("read")]
