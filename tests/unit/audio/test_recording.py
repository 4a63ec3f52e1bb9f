from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foley_audio.render.recording import cut_slice
from foley_common.errors import InvalidField, UndecodableMedia
from support.audio import read_wav, sine
from support.clips import clicks, clip, write_wav


def test_the_first_sample_is_the_one_asked_for(tmp_path: Path) -> None:
    sound = np.zeros((4 * 48_000, 1), dtype=np.float32)
    sound[72_000] = 0.5
    cut_slice(
        write_wav(tmp_path / "r.wav", sound),
        1.5,
        2.0,
        tmp_path / "o.wav",
        sample_rate_hz=0,
        field="ranges[0]",
    )
    out, rate = read_wav(tmp_path / "o.wav")
    assert (rate, out.shape) == (48_000, (24_000, 1))
    assert np.flatnonzero(np.abs(out[:, 0]) > 0.1).tolist() == [0]


def test_sound_of_a_video(tmp_path: Path) -> None:
    video = clip(tmp_path / "v.mp4", frame_count=90, sound=clicks([0.5, 1.5], 3.0))
    cut_slice(video, 1.25, 2.25, tmp_path / "o.wav", sample_rate_hz=0, field="ranges[0]")
    out, rate = read_wav(tmp_path / "o.wav")
    loud = np.flatnonzero(np.abs(out).max(axis=1) > 0.1)
    assert loud[0] / rate == pytest.approx(0.25, abs=0.03)


def test_resampling_keeps_the_channels_and_the_length(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "r.wav", sine(440, -12, 2.0))
    cut_slice(source, 0.5, 1.5, tmp_path / "o.wav", sample_rate_hz=44_100, field="ranges[0]")
    out, rate = read_wav(tmp_path / "o.wav")
    assert (rate, out.shape) == (44_100, (44_100, 2))


def test_a_start_after_the_end_is_named(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "r.wav", sine(440, -12, 1.0))
    with pytest.raises(InvalidField, match="after the end"):
        cut_slice(source, 5.0, 6.0, tmp_path / "o.wav", sample_rate_hz=0, field="ranges[3]")


def test_a_slice_too_long_for_memory_is_refused(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "r.wav", sine(440, -12, 1.0))
    with pytest.raises(InvalidField, match="at most 600 s"):
        cut_slice(source, 0.0, 5_000.0, tmp_path / "o.wav", sample_rate_hz=0, field="ranges[0]")


@pytest.mark.parametrize("content", [b"", b"not sound at all", b"#EXTM3U\nfile:///etc/passwd\n"])
def test_what_is_no_recording(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(UndecodableMedia):
        cut_slice(tmp_path / "r", 0.0, 1.0, tmp_path / "o.wav", sample_rate_hz=0, field="ranges[0]")


@pytest.mark.parametrize(("file", "said"), [("recording", "the recording"), ("r.mp3", "'r.mp3'")])
def test_a_fetched_file_is_called_what_it_is(tmp_path: Path, file: str, said: str) -> None:
    (tmp_path / file).write_bytes(b"not sound at all")
    with pytest.raises(UndecodableMedia) as caught:
        cut_slice(
            tmp_path / file, 0.0, 1.0, tmp_path / "o.wav", sample_rate_hz=0, field="ranges[0]"
        )
    assert caught.value.message.startswith(f"{said} is not a recording we can read")
