"""The muxed file, decoded back: the picture is untouched and the sound stands where the WAV has it."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from foley_audio.render.wav import WavWriter
from foley_common.channels import layout_of
from foley_common.errors import UndecodableMedia
from foley_common.media.decode import frame_times_s, read_audio, read_frames
from foley_common.media.encode import VideoWriter
from foley_common.media.mux import MuxResult, mux
from foley_common.media.probe import probe
from foley_common.media.sound import sound_layout
from support import clips

MS = 48  # samples
CLICKS_S = (0.05, 0.31, 0.62, 1.17, 1.48, 1.83)


def _mux(video: Path, *, wav_s: float = 2.0) -> MuxResult:
    wav = clips.write_wav(video.with_name("mix.wav"), clips.clicks(CLICKS_S, wav_s))
    return mux(video, wav, video.with_name("foley.mp4"), probe(video))


def _sound(path: Path) -> NDArray[np.float32]:
    return np.concatenate(list(read_audio(path, sample_rate_hz=48_000)))


def _offset_samples(path: Path, start_s: float, end_s: float) -> int:
    """How much later the sound of a file is than the clicks, in a part of it, by cross-correlation."""
    part = slice(round(start_s * 48_000), round(end_s * 48_000))
    expected, found = clips.clicks(CLICKS_S, 2.0)[part, 0], _sound(path)[part, 0]
    correlation = np.correlate(found, expected, mode="full")
    return int(np.argmax(correlation)) - (len(expected) - 1)


def _payloads(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


CLIPS: dict[str, dict[str, Any]] = {
    "plain": {},
    "23.976": {"rate": clips.NTSC_24},
    "29.97": {"rate": clips.NTSC_30},
    "first stamp not 0": {"video_start_s": 0.5},
    "many B-frames": {"options": {"bf": "4", "b-adapt": "0"}, "rate": Fraction(25)},
    "no B-frames": {"options": {"bf": "0"}},
    "own sound": {"sound": clips.tone(2.0)},
    "surround": {"sound": clips.tone(2.0, 6)},
    "10 bit": {"codec": "libx265", "pixel_format": "yuv420p10le"},
    "odd size": {"width_px": 161, "height_px": 121, "pixel_format": "yuv444p"},
}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("kind", CLIPS)
def test_sound_within_a_millisecond_and_picture_untouched(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    video = clips.clip(tmp_path / f"clip.{suffix}", frame_count=60, **CLIPS[kind])
    result = _mux(video)

    assert result.copied
    assert result.untouched is None
    assert abs(_offset_samples(result.video, 0.0, 0.8)) < MS
    assert abs(_offset_samples(result.video, 1.0, 2.0)) < MS
    before, after = list(read_frames(video)), list(read_frames(result.video))
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(before, after, strict=True))
    assert np.allclose(frame_times_s(result.video), frame_times_s(video), atol=1e-6)


def test_packets_are_the_same_bytes(tmp_path: Path) -> None:
    video = clips.normal(tmp_path / "clip.mp4")

    assert _payloads(_mux(video).video) == _payloads(video)


def test_edit_list_hides_the_priming_of_aac(tmp_path: Path) -> None:
    data = _mux(clips.clip(tmp_path / "clip.mp4")).video.read_bytes()
    starts = []
    at = data.find(b"elst")
    while at >= 0:  # version 0: flags, count, then duration, media time, rate
        count = struct.unpack_from(">I", data, at + 8)[0]
        starts += [
            struct.unpack_from(">i", data, at + 12 + 12 * entry + 4)[0] for entry in range(count)
        ]
        at = data.find(b"elst", at + 1)

    assert 1024 in starts  # libavcodec's AAC encoder needs 1024 samples to start


def test_index_stands_first(tmp_path: Path) -> None:
    data = _mux(clips.clip(tmp_path / "clip.mp4")).video.read_bytes()

    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_kept(tmp_path: Path, degrees: int) -> None:
    result = _mux(clips.normal(tmp_path / "phone.mp4", rotation_degrees=degrees))

    assert result.copied
    assert probe(result.video).rotation_degrees == degrees


def test_variable_times_are_kept(tmp_path: Path) -> None:
    video, times_s = clips.variable_rate(tmp_path / "vfr.mp4")

    assert np.allclose(frame_times_s(_mux(video).video), times_s, atol=2e-5)


@pytest.mark.parametrize("nominal", [Fraction(30), clips.NTSC_30])
def test_time_code_of_a_variable_rate_counts_at_the_nominal_one(
    tmp_path: Path, nominal: Fraction
) -> None:
    """The time code track of the delivered file says how it counts (QuickTime File Format: number of frames)."""
    label = "10:00:00:00"
    video, times_s = clips.variable_rate(
        tmp_path / "vfr.mov", nominal=nominal, metadata={"timecode": label}
    )
    delivered = _mux(video).video
    assert np.allclose(frame_times_s(delivered), times_s, atol=2e-5)
    data = delivered.read_bytes()
    entry = data.rindex(b"tmcd") + 4  # the last one is the sample description
    timescale, duration, count = struct.unpack(">IIB", data[entry + 16 : entry + 25])
    assert Fraction(timescale, duration) == nominal
    assert count == 30
    assert probe(delivered).start_timecode == label


def test_hdr_tags_and_timecode_are_kept_and_places_are_not(tmp_path: Path) -> None:
    tags = {"color_trc": clips.PQ, "color_primaries": clips.BT2020, "colorspace": clips.BT2020}
    metadata = {"timecode": "01:00:00:00", "location": "+48.2-016.4/", "artist": "somebody"}
    video = clips.clip(
        tmp_path / "clip.mov",
        codec="libx265",
        pixel_format="yuv420p10le",
        colour=tags,
        metadata=metadata,
    )
    result = _mux(video)

    assert probe(result.video).start_timecode == "01:00:00:00"
    with av.open(str(result.video)) as container:
        frame = next(container.decode(video=0))
        assert (frame.color_trc, frame.color_primaries, frame.colorspace) == (
            clips.PQ,
            clips.BT2020,
            clips.BT2020,
        )
        assert not {"location", "artist"} & set(container.metadata)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_av1_is_copied(tmp_path: Path, suffix: str) -> None:
    result = _mux(clips.av1(tmp_path / f"clip.{suffix}"))

    assert result.copied
    assert probe(result.video).video_codec == "av1"
    assert abs(_offset_samples(result.video, 0.0, 2.0)) < MS


def test_vp9_is_kept_in_matroska_and_encoded_again_for_mp4(tmp_path: Path) -> None:
    video = clips.vp9(tmp_path / "clip.webm")
    result = _mux(video)

    assert not result.copied
    assert result.untouched is not None
    assert _payloads(result.untouched) == _payloads(video)
    assert probe(result.video).video_codec == "h264"
    assert [clips.frame_number_of(f.picture) for f in read_frames(result.video)] == list(range(30))
    for path in (result.video, result.untouched):
        assert abs(_offset_samples(path, 0.0, 2.0)) < MS
        assert np.allclose(frame_times_s(path), frame_times_s(video), atol=1e-3)


def test_picture_without_stamps_is_encoded_again(tmp_path: Path) -> None:
    video = clips.clip(tmp_path / "clip.avi", codec="libx264", frame_count=60)
    result = _mux(video)

    assert [clips.frame_number_of(f.picture) for f in read_frames(result.video)] == list(range(60))
    assert abs(_offset_samples(result.video, 0.0, 2.0)) < MS


@pytest.mark.parametrize("wav_s", [0.5, 2.0, 4.0])
def test_nothing_is_cut_short(tmp_path: Path, wav_s: float) -> None:
    result = _mux(clips.clip(tmp_path / "clip.mp4", frame_count=60), wav_s=wav_s)

    assert probe(result.video).duration_s == pytest.approx(2.0)
    assert len(_sound(result.video)) >= wav_s * 48_000


def test_one_frame(tmp_path: Path) -> None:
    result = _mux(clips.clip(tmp_path / "clip.mp4", frame_count=1))

    assert probe(result.video).frame_count == 1
    assert abs(_offset_samples(result.video, 0.0, 2.0)) < MS


def test_progress_never_leads(tmp_path: Path) -> None:
    video = clips.clip(tmp_path / "clip.mp4", frame_count=60)
    seen: list[tuple[int, int]] = []
    wav = clips.write_wav(tmp_path / "mix.wav", clips.tone(2.0))
    mux(
        video,
        wav,
        tmp_path / "out.mp4",
        probe(video),
        on_progress=lambda done, total: seen.append((done, total)),
    )

    assert seen == [(25, 60), (50, 60)]


def test_a_caller_that_stops_is_obeyed(tmp_path: Path) -> None:
    video = clips.clip(tmp_path / "clip.mp4", frame_count=60)
    wav = clips.write_wav(tmp_path / "mix.wav", clips.tone(2.0))

    def stop(done: int, total: int) -> None:
        raise UndecodableMedia("enough")

    with pytest.raises(UndecodableMedia, match="enough"):
        mux(video, wav, tmp_path / "out.mp4", probe(video), on_progress=stop)


@pytest.mark.parametrize("size", [(160, 120), (161, 121), (64, 48), (33, 95)])
def test_writer_keeps_pictures_times_and_size(tmp_path: Path, size: tuple[int, int]) -> None:
    width_px, height_px = size
    times_s = [0.0, 0.04, 0.12, 0.123, 0.5]
    wav = clips.write_wav(tmp_path / "mix.wav", clips.clicks(CLICKS_S, 2.0))
    path = tmp_path / "out.mp4"
    with VideoWriter(
        path,
        width_px=width_px,
        height_px=height_px,
        frame_rate=Fraction(25),
        sound=wav,
        quality_crf=10,
    ) as writer:
        for number, time_s in enumerate(times_s):
            writer.write(clips.picture(number, width_px, height_px), time_s)

    frames = list(read_frames(path))
    assert [
        clips.frame_number_of(frame.picture[:height_px, :width_px]) for frame in frames
    ] == list(range(5))
    assert np.allclose([frame.time_s for frame in frames], times_s, atol=2e-5)
    assert frames[0].picture.shape[:2] == (height_px + height_px % 2, width_px + width_px % 2)
    assert (
        np.abs(frames[0].picture[height_px - 5, 5].astype(int) - (30, 30, 200)).max() < 25
    )  # colours come back
    assert abs(_offset_samples(path, 0.0, 2.0)) < MS


def test_writer_is_exact_on_a_regular_grid(tmp_path: Path) -> None:
    rate = clips.NTSC_24
    with VideoWriter(tmp_path / "out.mp4", width_px=64, height_px=48, frame_rate=rate) as writer:
        for number in range(50):
            writer.write(clips.picture(number, 64, 48), float(number / rate))

    assert frame_times_s(tmp_path / "out.mp4").tolist() == [
        float(number / rate) for number in range(50)
    ]
    assert probe(tmp_path / "out.mp4").frame_rate == rate


def test_writer_takes_frames_that_are_nearer_than_its_clock_ticks(tmp_path: Path) -> None:
    times_s = [0.0, 0.033333, 0.033338, 0.033339, 0.066666]
    out = tmp_path / "out.mp4"
    with VideoWriter(out, width_px=64, height_px=48, frame_rate=Fraction(30)) as writer:
        for number, time_s in enumerate(times_s):
            writer.write(clips.picture(number, 64, 48), time_s)
    np.testing.assert_allclose(frame_times_s(out), times_s, atol=2.5 / 90_000)


def test_writer_refuses_wrong_pictures_and_times(tmp_path: Path) -> None:
    with VideoWriter(
        tmp_path / "out.mp4", width_px=64, height_px=48, frame_rate=Fraction(25)
    ) as writer:
        writer.write(clips.picture(0, 64, 48), 0.0)
        with pytest.raises(ValueError, match="shape"):
            writer.write(clips.picture(1, 48, 64), 0.1)
        with pytest.raises(ValueError, match="increase"):
            writer.write(clips.picture(1, 64, 48), 0.0)


def test_a_full_disk_is_an_oserror(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    video = clips.clip(tmp_path / "clip.mp4", frame_count=60)
    wav = clips.write_wav(tmp_path / "mix.wav", clips.tone(2.0))
    out = tmp_path / "foley.mp4"
    out.symlink_to(full)

    with pytest.raises(OSError, match="No space left") as caught:
        mux(video, wav, out, probe(video))
    assert caught.value.errno == 28


def _editors_clip(path: Path, **changes: Any) -> Path:
    """Motion JPEG in QuickTime, as editors' formats are: every picture whole, no MP4 codec."""
    made: dict[str, Any] = {
        "codec": "mjpeg",
        "pixel_format": "yuvj420p",
        "frame_count": 60,
        "rate": clips.NTSC_24,
        "metadata": {"timecode": "01:00:00:00"},
    }
    return clips.clip(path, **(made | changes))


@pytest.mark.parametrize("codec", ["mjpeg", "prores_ks"])
def test_an_editors_format_stays_in_quicktime_with_pcm(tmp_path: Path, codec: str) -> None:
    pixel_format = "yuv422p10le" if codec == "prores_ks" else "yuvj420p"
    video = _editors_clip(tmp_path / "clip.mov", codec=codec, pixel_format=pixel_format)
    result = _mux(video, wav_s=2.5)

    assert not result.copied
    assert result.untouched == tmp_path / "foley.mov"
    assert _payloads(result.untouched) == _payloads(video)
    assert np.allclose(frame_times_s(result.untouched), frame_times_s(video), atol=1e-6)
    info = probe(result.untouched)
    assert (info.audio_codec, info.start_timecode) == ("pcm_s24le", "01:00:00:00")
    assert probe(result.video).start_timecode == "01:00:00:00"
    written = _sound(tmp_path / "mix.wav")
    assert np.array_equal(_sound(result.untouched), written)
    assert abs(_offset_samples(result.video, 0.0, 2.0)) < MS


def test_vp9_in_mp4_goes_to_matroska(tmp_path: Path) -> None:
    result = _mux(clips.vp9(tmp_path / "clip.mp4"))

    assert result.untouched == tmp_path / "foley.mkv"
    assert not (tmp_path / "foley.mov").exists()


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_floats_and_high_rates_are_kept_on_request(tmp_path: Path, rate_hz: int) -> None:
    video = clips.clip(tmp_path / "clip.mp4", frame_count=60)
    sound = clips.clicks(CLICKS_S, 2.0, 2, rate_hz)
    soundfile.write(tmp_path / "mix.wav", sound, rate_hz, subtype="FLOAT")
    result = mux(
        video,
        tmp_path / "mix.wav",
        tmp_path / "foley.mp4",
        probe(video),
        lossless=True,
        is_float=True,
    )

    assert result.copied
    assert result.untouched == tmp_path / "foley.mov"
    info = probe(result.untouched)
    assert (info.audio_codec, info.audio_sample_rate_hz) == ("pcm_f32le", rate_hz)
    kept = np.concatenate(list(read_audio(result.untouched, sample_rate_hz=rate_hz)))
    assert np.array_equal(kept, sound)
    assert _payloads(result.untouched) == _payloads(video)
    delivered = np.concatenate(list(read_audio(result.video, sample_rate_hz=48_000)))
    expected = np.concatenate(list(read_audio(tmp_path / "mix.wav", sample_rate_hz=48_000)))
    found = np.correlate(delivered[:48_000, 0], expected[:48_000, 0], mode="full")
    assert abs(int(np.argmax(found)) - 47_999) < MS


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        *(("5.1", "5.1"), ("5.1(side)", "5.1"), ("7.1", "7.1"), ("quad", "quad"), ("5.0", "5.0")),
        ("mono", "mono"),
    ],
)
@pytest.mark.parametrize("suffix", ["mp4", "webm"])
def test_channels_are_delivered(tmp_path: Path, name: str, heard: str, suffix: str) -> None:
    """In AAC, and in the FLAC of a picture that MP4 does not take."""
    layout = layout_of(name, tuple(c.name for c in av.AudioLayout(name).channels))
    count = layout.channel_count
    sound = np.zeros((96_000, count), np.float32)
    for channel in range(count):
        start = 4_000 + 9_600 * channel
        sound[start : start + 4_800, channel] = clips.tone(0.1, 1)[:, 0]
    with WavWriter(
        tmp_path / "mix.wav", sample_rate_hz=48_000, channels=layout, total_samples=96_000
    ) as file:
        file.write(sound)
    video = tmp_path / f"clip.{suffix}"
    _ = clips.vp9(video) if suffix == "webm" else clips.clip(video, frame_count=30)
    result = mux(video, tmp_path / "mix.wav", tmp_path / "foley.mp4", probe(video))

    files = {result.video: heard} | ({result.untouched: name} if result.untouched else {})
    for path, expected in files.items():
        found = sound_layout(path)
        assert found is not None
        assert found.name == expected
        played = _sound(path)
        for channel in range(count):
            start = 4_000 + 9_600 * channel
            energy = np.sum(played[start : start + 4_800] ** 2, axis=0)
            assert int(np.argmax(energy)) == channel
