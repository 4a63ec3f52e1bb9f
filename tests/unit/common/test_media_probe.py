"""Every kind of clip, good and bad, as `probe` sees it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from foley_common.errors import MediaTooLarge, UndecodableMedia
from foley_common.media.decode import frame_times_s
from foley_common.media.probe import (
    STAGE_LIMITS,
    MediaLimits,
    is_variable,
    nominal_rate_of,
    probe,
    rate_of,
)
from support import clips


def test_plain_clip(tmp_path: Path) -> None:
    info = probe(clips.normal(tmp_path / "clip.mp4"))

    assert (info.width_px, info.height_px, info.frame_count) == (160, 120, 30)
    assert info.frame_rate == 30
    assert info.duration_s == pytest.approx(1.0)
    assert (info.video_codec, info.pixel_format) == ("h264", "yuv420p")
    assert (info.audio_codec, info.audio_sample_rate_hz, info.audio_channel_count) == (
        "aac",
        48_000,
        2,
    )
    assert not info.variable_frame_rate


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (clips.empty, "empty"),
        (clips.not_a_video, "not a video"),
        (clips.png_picture, "PNG picture"),
        (clips.audio_only, "sound but no picture"),
        (clips.without_index, "truncated or incomplete"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, make: Any, says: str) -> None:
    with pytest.raises(UndecodableMedia, match=says) as caught:
        probe(make(tmp_path / "Mein Film.mp4"))

    assert "'Mein Film.mp4'" in caught.value.message
    assert caught.value.metadata["file"] == "Mein Film.mp4"
    assert str(tmp_path) not in repr((caught.value.message, caught.value.metadata))


def test_error_quotes_the_librarys_reason(tmp_path: Path) -> None:
    with pytest.raises(UndecodableMedia, match="moov atom not found"):
        probe(clips.without_index(tmp_path / "clip.mp4"))


@pytest.mark.parametrize("kind", ["hls", "concat", "dash"])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.m3u8", "clip.mpd", "clip.ffconcat"])
def test_a_playlist_opens_nothing_else(tmp_path: Path, kind: str, name: str) -> None:
    secret = clips.normal(tmp_path / "secret.mp4")

    for target in ("secret.mp4", str(secret), f"file:{secret}"):
        with pytest.raises(UndecodableMedia):
            probe(clips.playlist(tmp_path / name, target, kind=kind))


def test_a_playlist_reaches_no_address(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/clip.mp4"
        for kind in ("hls", "concat", "dash"):
            with pytest.raises(UndecodableMedia):
                probe(clips.playlist(tmp_path / "clip.mp4", url, kind=kind))
        with pytest.raises(TimeoutError):
            server.accept()


def test_image_pattern_and_protocol_names_are_only_names(tmp_path: Path) -> None:
    for name in ("frame%03d.mp4", "concat:a.mp4|b.mp4", "http:example.mp4"):
        assert probe(clips.clip(tmp_path / name, container="mp4", frame_count=3)).frame_count == 3


NAMES = ["mit Leerzeichen.mp4", 'o\'brien "final".mp4', "прогулка 歩く.mp4", "no_suffix", "a.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_good(tmp_path: Path, name: str) -> None:
    assert probe(clips.clip(tmp_path / name, container="mp4", frame_count=5)).frame_count == 5


@pytest.mark.parametrize(
    ("degrees", "size"), [(90, (120, 160)), (180, (160, 120)), (270, (120, 160))]
)
def test_phone_rotation(tmp_path: Path, degrees: int, size: tuple[int, int]) -> None:
    info = probe(clips.normal(tmp_path / "phone.mp4", rotation_degrees=degrees))

    assert info.rotation_degrees == degrees
    assert (info.width_px, info.height_px) == size


def test_variable_rate(tmp_path: Path) -> None:
    path, times_s = clips.variable_rate(tmp_path / "vfr.mp4")
    info = probe(path)

    assert info.variable_frame_rate
    assert info.frame_count == times_s.size
    assert float(info.frame_rate) == pytest.approx((times_s.size - 1) / times_s[-1], rel=1e-4)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize(
    "nominal",
    [
        Fraction(30),
        clips.NTSC_30,
        Fraction(25),
        clips.NTSC_24,
        Fraction(60),
        Fraction(60_000, 1001),
    ],
)
def test_a_variable_rate_is_labelled_at_the_usual_one_that_its_frames_keep(
    tmp_path: Path, suffix: str, nominal: Fraction
) -> None:
    path, times_s = clips.variable_rate(tmp_path / f"vfr.{suffix}", nominal=nominal)
    info = probe(path)
    assert info.variable_frame_rate
    assert float(info.frame_rate) == pytest.approx((times_s.size - 1) / times_s[-1], rel=2e-3)
    if (
        suffix == "mkv"
    ):  # stamps of whole milliseconds: 30 and 29.97 cannot be told in a second and a half
        assert float(info.nominal_frame_rate) == pytest.approx(float(nominal), rel=2e-3)
    else:
        assert info.nominal_frame_rate == nominal


@pytest.mark.parametrize("average", [30.0, 29.97])
def test_a_rate_that_jitters_is_its_average(average: float) -> None:
    dice = np.random.default_rng(1)
    times_s = (np.arange(3000) + dice.uniform(-0.2, 0.2, 3000)) / average
    times_s[[0, -1]] = np.array([0, 2999]) / average
    rate = rate_of(times_s, None)
    assert is_variable(times_s, rate)
    assert float(nominal_rate_of(times_s, rate)) == pytest.approx(average, abs=1e-3)


@pytest.mark.parametrize(
    ("first_hz", "second_hz"),
    [(24, 30), (30, 24), (24, 60), (60, 24), (25, 60), (12, 15), (24, 25)],
)
@pytest.mark.parametrize("alternating", [True, False])
def test_of_two_rates_that_equally_many_frames_keep_it_is_the_higher_one(
    first_hz: int, second_hz: int, alternating: bool
) -> None:
    """The median of such steps lies between the two, where no frame stands."""
    pairs = np.tile([1 / first_hz, 1 / second_hz], (50, 1))
    steps_s = (pairs if alternating else pairs.T).ravel()
    times_s = np.concatenate([[0.0], np.cumsum(steps_s)])
    assert nominal_rate_of(times_s, rate_of(times_s, None)) == max(first_hz, second_hz)
    dice = np.random.default_rng(1)
    jittering_s = np.sort(times_s + dice.uniform(-0.0005, 0.0005, times_s.size))
    found = float(nominal_rate_of(jittering_s, rate_of(jittering_s, None)))
    nearest = min((first_hz, second_hz), key=lambda rate: abs(rate - found))
    assert found == pytest.approx(nearest, rel=2e-3)  # 30 and 29.97 cannot be told in 100 frames


@pytest.mark.parametrize(
    ("rate_hz", "jitter_s", "count"),
    [(50, 0.004, 3000), (50, 0.006, 3000), (25, 0.005, 300), (60, 0.005, 300), (60, 0.008, 3000)],
)
def test_frames_that_stray_are_of_the_rate_that_they_stray_from(
    rate_hz: int, jitter_s: float, count: int
) -> None:
    for seed in range(20):
        dice = np.random.default_rng(seed)
        times_s = np.sort(np.arange(count) / rate_hz + dice.normal(0, jitter_s, count))
        found = float(nominal_rate_of(times_s, rate_of(times_s, Fraction(rate_hz))))
        assert found == pytest.approx(rate_hz, rel=1.5e-3), seed  # the rate or its 1000/1001


@pytest.mark.parametrize("count", [1000, 1001, 1002, 1003])
def test_film_pulled_down_to_video_is_film(count: int) -> None:
    steps_s = np.tile([3, 2], count // 2 + 1)[:count] / 59.94
    times_s = np.concatenate([[0.0], np.cumsum(steps_s)])
    assert nominal_rate_of(times_s, rate_of(times_s, None)) == Fraction(24_000, 1001)
    on_grid_s = np.floor(np.arange(count) * 60 / 24) / 60
    assert nominal_rate_of(on_grid_s, rate_of(on_grid_s, Fraction(24))) == 24


@pytest.mark.parametrize(
    ("shares", "nominal"),
    [
        ({24: 80, 30: 20}, 24),  # 25 on average, which no frame keeps
        ({60: 45, 30: 30, 24: 25}, 60),
        ({30: 40, 24: 20, 60: 40}, 60),
        ({24: 51, 60: 49}, 24),
    ],
)
def test_of_several_rates_it_is_the_one_that_most_frames_keep(
    shares: dict[int, int], nominal: int
) -> None:
    steps_s = np.concatenate([np.full(count, 1 / rate) for rate, count in shares.items()])
    times_s = np.concatenate([[0.0], np.cumsum(steps_s)])
    assert nominal_rate_of(times_s, rate_of(times_s, None)) == nominal
    shuffled_s = np.concatenate([[0.0], np.cumsum(np.random.default_rng(1).permutation(steps_s))])
    assert nominal_rate_of(shuffled_s, rate_of(shuffled_s, None)) == nominal


@pytest.mark.parametrize(
    ("times_s", "nominal"),
    [
        ([], 25),
        ([0.0], 25),
        ([0.0, 1 / 30], 30),
        ([0.0, 0.0], 25),
        ([0.0] * 10, 25),
        ([0.0, 0.0, 1 / 24, 1 / 24, 2 / 24, 2 / 24], 24),  # every stamp twice
    ],
)
def test_too_few_or_equal_times_still_have_a_rate(times_s: list[float], nominal: int) -> None:
    times = np.array(times_s, np.float64)
    assert nominal_rate_of(times, rate_of(times, Fraction(25))) == nominal


def test_the_last_frame_is_as_long_as_most_are(tmp_path: Path) -> None:
    times_s = [n / 30 for n in range(10)] + [2 + n / 30 for n in range(10)]
    path = clips.clip(tmp_path / "pause.mp4", frame_count=20, times_s=times_s)
    assert probe(path).duration_s == pytest.approx(2 + 10 / 30, abs=2e-3)


def test_a_regular_rate_is_what_time_code_counts(tmp_path: Path) -> None:
    info = probe(clips.clip(tmp_path / "clip.mp4", rate=Fraction(19), frame_count=40))
    assert (info.frame_rate, info.timecode_rate) == (19, 19)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "ts", "mov"])
@pytest.mark.parametrize("rate", [Fraction(25), clips.NTSC_30, clips.NTSC_24])
def test_rates_are_exact_in_every_container(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    codec = "mpeg4" if suffix == "avi" else "libx264"
    info = probe(clips.clip(tmp_path / f"clip.{suffix}", rate=rate, frame_count=60, codec=codec))

    assert info.frame_rate == rate
    assert info.frame_count == 60
    assert not info.variable_frame_rate


@pytest.mark.parametrize(
    "said", [None, Fraction(0), Fraction(100_000), Fraction(90_000), Fraction(1, 3600)]
)
def test_a_rate_that_lies_is_derived_from_the_times(said: Fraction | None) -> None:
    assert rate_of(np.arange(100) / 25, said) == 25
    assert rate_of(np.arange(100) * 1001 / 30_000, said) == clips.NTSC_30


def test_container_that_claims_90_khz(tmp_path: Path) -> None:
    assert probe(clips.with_lying_rate(tmp_path / "clip.mp4")).frame_rate == 25


def test_one_stamp_off_the_grid_is_variable() -> None:
    times_s = np.arange(50) / 25
    assert not is_variable(times_s, Fraction(25))
    times_s[20] += 0.012
    assert is_variable(times_s, Fraction(25))


@pytest.mark.parametrize("codec", ["libx265", "libx264"])
def test_ten_bit_hdr(tmp_path: Path, codec: str) -> None:
    info = probe(clips.ten_bit_hdr(tmp_path / "hdr.mp4", codec=codec))

    assert info.pixel_format == "yuv420p10le"
    assert info.frame_count == 30


@pytest.mark.parametrize(
    ("make", "name", "codec"),
    [
        (clips.vp9, "clip.webm", "vp9"),
        (clips.vp9, "clip.mp4", "vp9"),
        (clips.av1, "clip.mp4", "av1"),
        (clips.av1, "clip.mkv", "av1"),
    ],
)
def test_newer_codecs(tmp_path: Path, make: Any, name: str, codec: str) -> None:
    info = probe(make(tmp_path / name))

    assert info.video_codec == codec
    assert info.frame_count == 30


def test_surround_sound_none_and_odd_sizes(tmp_path: Path) -> None:
    assert (
        probe(clips.normal(tmp_path / "a.mp4", sound=clips.tone(1.0, 6))).audio_channel_count == 6
    )
    assert not probe(clips.clip(tmp_path / "b.mp4")).has_audio
    odd = probe(clips.clip(tmp_path / "c.mp4", width_px=161, height_px=121, pixel_format="yuv444p"))
    assert (odd.width_px, odd.height_px) == (161, 121)


def test_one_frame(tmp_path: Path) -> None:
    info = probe(clips.clip(tmp_path / "one.mp4", frame_count=1, rate=Fraction(25)))

    assert info.frame_count == 1
    assert info.duration_s == pytest.approx(1 / 25)
    assert not info.variable_frame_rate


@pytest.mark.parametrize("keep", [0.3, 0.5, 0.99])
def test_a_download_that_stopped_is_refused(tmp_path: Path, keep: float) -> None:
    path = clips.cut_off(tmp_path / "clip.mp4", keep=keep)

    assert frame_times_s(path).size > 5, "the head itself decodes"
    with pytest.raises(UndecodableMedia, match=r"truncated or incomplete: \d+ bytes are missing"):
        probe(path)


def test_a_box_that_runs_to_the_end_is_whole(tmp_path: Path) -> None:
    path = clips.normal(tmp_path / "clip.mp4", muxer={"movflags": "+faststart"})
    data = bytearray(path.read_bytes())
    start = data.rindex(b"mdat") - 4
    assert start + int.from_bytes(data[start : start + 4], "big") == len(data), "mdat stands last"
    data[start : start + 4] = bytes(4)
    path.write_bytes(data)

    assert probe(path).frame_count > 5


def test_nothing_left_to_decode(tmp_path: Path) -> None:
    with pytest.raises(UndecodableMedia, match="no frame"):
        probe(clips.cut_off(tmp_path / "clip.mp4", keep=0.001))


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (MediaLimits(max_duration_s=0.5), "duration_s"),
        (MediaLimits(max_pixel_count=100), "pixel_count"),
        (MediaLimits(max_size_bytes=1000), "size_bytes"),
        (MediaLimits(max_frame_count=10), "frame_count"),
    ],
)
def test_limits_name_themselves(tmp_path: Path, limits: MediaLimits, what: str) -> None:
    with pytest.raises(MediaTooLarge, match=r"'clip\.mp4' .* at most .* taken; ") as caught:
        probe(clips.normal(tmp_path / "clip.mp4"), limits)

    assert caught.value.metadata["limit_name"] == what
    assert caught.value.metadata["file"] == "clip.mp4"


def test_a_long_film_is_taken_and_what_was_let_in_is_not_judged_again(tmp_path: Path) -> None:
    film = clips.clip(
        tmp_path / "film.mp4", frame_count=211, times_s=[60.0 * i for i in range(211)]
    )
    assert probe(film).duration_s == pytest.approx(211 * 60)
    longer = clips.clip(
        tmp_path / "longer.mp4", frame_count=361, times_s=[60.0 * i for i in range(361)]
    )
    with pytest.raises(MediaTooLarge):
        probe(longer)
    assert probe(longer, STAGE_LIMITS).duration_s == pytest.approx(361 * 60)


def test_start_timecode(tmp_path: Path) -> None:
    path = clips.clip(
        tmp_path / "clip.mov", rate=clips.NTSC_30, metadata={"timecode": "01:00:00;02"}
    )

    assert probe(path).start_timecode == "01:00:00;02"
