"""Files read back by libsndfile and by libav, which both know more about WAV than we do."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from foley_audio.render.scratch import ScratchTrack
from foley_audio.render.wav import LARGEST_RIFF_BYTES, WavWriter, encoded, write_mono
from foley_common.channels import MONO, STEREO, ChannelLayout, layout_of, usual_layout
from foley_common.errors import FoleyError, StoreFull
from foley_common.sound import SampleFormat

NAMES = ("2.1", "3.0", "quad", "4.0", "5.0", "5.1", "5.1(side)", "6.1", "7.0", "7.1", "7.1(wide)")


def named(name: str) -> ChannelLayout:
    return layout_of(name, tuple(channel.name for channel in av.AudioLayout(name).channels))


def noise(count: int, channels: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (count, channels)).astype(np.float32)


def written(path: Path, sound: np.ndarray, layout: ChannelLayout, kind: SampleFormat) -> Path:
    with WavWriter(
        path,
        sample_rate_hz=48_000,
        channels=layout,
        total_samples=len(sound),
        sample_format=kind,
    ) as file:
        for start in range(0, len(sound), 400):
            file.write(sound[start : start + 400])
    return path


@pytest.mark.parametrize("count", [0, 1, 2, 7, 4_097])
def test_three_bytes_a_sample(count: int) -> None:
    """Against Python's own integers; beyond full scale is clipped."""
    block = (1.5 * noise(count, 2)).astype(np.float32)
    expected = b"".join(
        max(-(1 << 23), min((1 << 23) - 1, round(float(value) * (1 << 23)))).to_bytes(
            3, "little", signed=True
        )
        for value in block.reshape(-1)
    )
    assert bytes(encoded(block, SampleFormat.PCM_24)) == expected


@pytest.mark.parametrize("kind", SampleFormat)
@pytest.mark.parametrize("layout", [MONO, STEREO, *map(named, NAMES)], ids=lambda x: x.name)
def test_others_read_what_was_written(
    tmp_path: Path, layout: ChannelLayout, kind: SampleFormat
) -> None:
    sound = noise(1_001, layout.channel_count)
    path = written(tmp_path / "x.wav", sound, layout, kind)
    found, rate = soundfile.read(path, always_2d=True)
    assert rate == 48_000
    assert soundfile.info(path).subtype == ("PCM_24" if kind is SampleFormat.PCM_24 else "FLOAT")
    assert np.abs(found - sound).max() <= (2.0**-24 if kind is SampleFormat.PCM_24 else 0)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        if layout not in (MONO, STEREO):
            assert stream.codec_context.layout.name == layout.name
        assert sum(frame.samples for frame in container.decode(stream)) == 1_001
    assert path.stat().st_size % 2 == 0


def test_24_bit_rounds_and_clips() -> None:
    step = 2.0**-23
    sound = np.array([[0.4 * step, 0.6 * step, 1.0, -1.0, 2.0, -3.0]], np.float32).T
    data = np.frombuffer(bytes(encoded(sound, SampleFormat.PCM_24)), np.uint8).reshape(-1, 3)
    whole = [int.from_bytes(bytes(row), "little", signed=True) for row in data]
    assert whole == [0, 1, 2**23 - 1, -(2**23), 2**23 - 1, -(2**23)]


def test_silence_stays_silence() -> None:
    assert not any(bytes(encoded(np.zeros((100, 2), np.float32), SampleFormat.PCM_24)))


def test_beyond_4_gib_the_header_is_rf64(tmp_path: Path) -> None:
    """Only the header is written: the rest of the file is a hole."""
    total = LARGEST_RIFF_BYTES // 6 + 1
    path = tmp_path / "long.wav"
    WavWriter(path, sample_rate_hz=48_000, channels=2, total_samples=total)
    head = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(len(head) + 6 * total)
    assert (head[:4], head[8:16]) == (b"RF64", b"WAVEds64")
    assert struct.unpack_from("<QQQ", head, 20) == (len(head) - 8 + 6 * total, 6 * total, total)
    info = soundfile.info(path)
    assert (info.frames, info.channels, info.subtype) == (total, 2, "PCM_24")
    with av.open(str(path)) as container:
        assert container.duration == pytest.approx(1e6 * total / 48_000, rel=1e-6)


def test_an_odd_number_of_bytes_is_filled_up(tmp_path: Path) -> None:
    write_mono(tmp_path / "one.wav", np.array([0.25], np.float32), 48_000)
    data = (tmp_path / "one.wav").read_bytes()
    assert len(data) % 2 == 0
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert soundfile.read(tmp_path / "one.wav")[0].tolist() == [0.25]


def test_too_little_sound_is_noticed(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="6 bytes of sound fewer"),
        WavWriter(tmp_path / "x.wav", sample_rate_hz=48_000, channels=2, total_samples=2) as file,
    ):
        file.write(np.zeros((1, 2), np.float32))


def test_a_full_disk_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(FoleyError):
        WavWriter(tmp_path / "no" / "x.wav", sample_rate_hz=48_000, channels=2, total_samples=1)
    full = tmp_path / "full.wav"
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    full.symlink_to("/dev/full")
    with pytest.raises(StoreFull):
        WavWriter(full, sample_rate_hz=48_000, channels=2, total_samples=1)


def test_unknown_loudspeakers_have_no_mask() -> None:
    assert usual_layout(12).wave_mask == 0
    assert usual_layout(6).wave_mask == 0x3F
    assert named("5.1(side)").wave_mask == 0x60F
    assert named("7.1").wave_mask == 0x63F


def test_a_scratch_track_gives_back_what_it_got_with_silence_as_holes(tmp_path: Path) -> None:
    track = ScratchTrack(tmp_path / "t.f32", 3)
    sound = noise(500, 3)
    track.append(np.zeros((1_000, 3), np.float32))
    track.append(sound)
    track.append_silence(700)
    track.append(sound)
    track.append(np.zeros((50, 3), np.float32))
    assert track.total_samples == 2_750
    whole = track.read(-10, 2_800)
    assert whole.shape == (2_810, 3)
    np.testing.assert_array_equal(whole[1_010:1_510], sound)
    np.testing.assert_array_equal(whole[2_210:2_710], sound)
    assert not whole[:1_010].any()
    assert not whole[1_510:2_210].any()
    assert not whole[2_710:].any()
    track.delete()
    assert not (tmp_path / "t.f32").exists()
