"""Sounds of every layout and of no sense."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foley_common.channels import layout_of, usual_layout
from foley_common.media.probe import probe
from foley_common.media.sound import LOUDEST, read_audio, sound_layout, sound_rate_hz
from support import clips
from support.audio import RATE_HZ, of_streams

MARKS_S = 0.1  # channel k sounds during the k-th of these


def marked(channels: int, rate_hz: int = 48_000) -> np.ndarray:
    """A burst per channel, one after the other."""
    step = round(MARKS_S * rate_hz)
    sound = np.zeros((step * (channels + 1), channels), np.float32)
    burst = 0.3 * np.random.default_rng(0).standard_normal(step // 2)
    for channel in range(channels):
        sound[channel * step : channel * step + step // 2, channel] = burst
    return sound


def order(sound: np.ndarray, channels: int, rate_hz: int = 48_000) -> list[int]:
    """Which channel sounds in which mark."""
    step = round(MARKS_S * rate_hz)
    return [
        int(np.argmax(np.sum(sound[k * step : k * step + step // 2] ** 2, axis=0)))
        for k in range(channels)
    ]


def tracks(
    path: Path, sounds: Sequence[np.ndarray], languages: Sequence[str] = (), rate_hz: int = 48_000
) -> Path:
    """A video with a sound stream per array of shape ``(n, channels)``, as cameras and editors write them."""
    import av

    silent = clips.clip(path.with_name(f"silent-{path.name}"), frame_count=30)
    with av.open(str(silent)) as source, av.open(str(path), "w") as output:
        picture = output.add_stream_from_template(source.streams.video[0])
        streams = []
        for number, sound in enumerate(sounds):
            stream = output.add_stream("pcm_s24le", rate=rate_hz)
            stream.codec_context.layout = usual_layout(sound.shape[1]).name
            if languages:
                stream.metadata["language"] = languages[number]
            streams.append(stream)
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = picture
                output.mux(packet)
        for stream, sound in zip(streams, sounds, strict=True):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound, np.float32).reshape(1, -1),
                format="flt",
                layout=usual_layout(sound.shape[1]).name,
            )
            frame.sample_rate, frame.pts = rate_hz, 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mov", ".mxf"])
@pytest.mark.parametrize(("count", "kept"), [(2, 2), (6, 6), (4, 2), (8, 2)])
def test_channels_in_streams_of_their_own_are_one_sound(
    tmp_path: Path, suffix: str, count: int, kept: int
) -> None:
    sound = 0.5 * marked(count)
    path = tracks(tmp_path / f"clip{suffix}", [sound[:, k : k + 1] for k in range(count)])
    layout = sound_layout(path)
    assert layout == usual_layout(kept)
    assert probe(path).audio_channel_count == kept
    for rate_hz in (48_000, 96_000):
        heard = everything(path, rate_hz)
        assert heard.shape[1] == kept
        assert order(heard, kept, rate_hz) == list(range(kept))
    blocks = list(read_audio(path, sample_rate_hz=48_000, block_samples=1000))
    assert {len(block) for block in blocks[:-1]} == {1000}
    np.testing.assert_allclose(np.concatenate(blocks)[: len(sound)], sound[:, :kept], atol=2e-7)


def test_streams_of_one_sound_may_end_apart(tmp_path: Path) -> None:
    sound = 0.5 * marked(2)
    path = tracks(tmp_path / "clip.mov", [sound[:, :1], sound[:9_000, 1:]])
    heard = everything(path)
    np.testing.assert_allclose(heard[: len(sound), 0], sound[:, 0], atol=2e-7)
    assert not heard[9_000:, 1].any()


def test_languages_and_mixes_beside_each_other_are_no_channels(tmp_path: Path) -> None:
    mono, stereo = 0.5 * marked(1), 0.5 * marked(2)
    for number, path in enumerate(
        (
            tracks(tmp_path / "a.mov", [mono, 0.5 * mono], ["eng", "fra"]),
            tracks(tmp_path / "b.mov", [stereo, 0.5 * stereo]),
            tracks(tmp_path / "c.mov", [stereo, mono]),
        )
    ):
        layout = sound_layout(path)
        assert layout == usual_layout(1 if number == 0 else 2)
        assert np.abs(everything(path)).max() == pytest.approx(
            np.abs(mono if number == 0 else stereo).max(), rel=1e-5
        )


def everything(path: Path, rate_hz: int = 48_000) -> np.ndarray:
    return np.concatenate(list(read_audio(path, sample_rate_hz=rate_hz)))


@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
@pytest.mark.parametrize("name", ["2.1", "quad", "5.0", "5.1", "5.1(side)", "6.1", "7.1"])
def test_every_channel_arrives(tmp_path: Path, name: str, rate_hz: int) -> None:
    import av

    channels = len(av.AudioLayout(name).channels)
    path = clips.clip(
        tmp_path / "clip.mov",
        frame_count=60,
        sound=marked(channels),
        audio_codec="pcm_s24le",
        sound_layout=name,
    )
    layout = sound_layout(path)
    assert layout is not None
    assert (layout.name, layout.channel_count) == (name, channels)
    sound = everything(path, rate_hz)
    assert sound.shape[1] == channels
    assert order(sound, channels, rate_hz) == list(range(channels))


def test_channels_without_a_name_are_taken_for_the_usual_ones(tmp_path: Path) -> None:
    """AAC writes 5.1 with surrounds at the side as a programme config that libav does not name."""
    path = clips.clip(
        tmp_path / "clip.mp4", frame_count=60, sound=marked(6), sound_layout="5.1(side)"
    )
    assert sound_layout(path) == usual_layout(6)
    assert order(everything(path), 6) == list(range(6))


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 96_000])
def test_a_low_or_high_rate_keeps_its_time(tmp_path: Path, rate_hz: int) -> None:
    times_s = (0.2, 0.9, 1.6)
    sound = np.zeros((2 * rate_hz, 1), np.float32)
    for time_s in times_s:
        sound[round(time_s * rate_hz) + np.arange(rate_hz // 100), 0] = 0.5
    path = clips.clip(
        tmp_path / "clip.mov",
        frame_count=60,
        sound=sound,
        audio_codec="pcm_s16le",
        sound_rate_hz=rate_hz,
    )
    assert sound_rate_hz(path) == rate_hz
    found = everything(path)
    assert len(found) == pytest.approx(2 * 48_000, abs=8)
    for time_s in times_s:
        near = found[round((time_s - 0.05) * 48_000) : round((time_s + 0.05) * 48_000), 0]
        rise = int(np.argmax(near > 0.25)) / 48_000 - 0.05
        assert abs(rise) < max(1.0 / rate_hz, 1.5 / 48_000)


@pytest.mark.parametrize("rate_hz", [48_000, 32_000])
def test_what_is_no_number_is_silence_and_nothing_is_louder_than_loud(
    tmp_path: Path, rate_hz: int
) -> None:
    sound = np.full((48_000, 2), 0.25, np.float32)
    sound[10_000:10_010, 0] = np.nan
    sound[20_000, 1] = np.inf
    sound[30_000, 0] = -1e30
    soundfile.write(tmp_path / "odd.wav", sound, 48_000, subtype="FLOAT")
    found = everything(tmp_path / "odd.wav", rate_hz)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1.5 * LOUDEST
    if rate_hz == 48_000:
        assert not found[10_000:10_010, 0].any()
        assert (found[20_000, 1], found[30_000, 0]) == (LOUDEST, -LOUDEST)
        np.testing.assert_array_equal(found[:10_000], sound[:10_000])


def test_loud_floats_are_kept(tmp_path: Path) -> None:
    sound = np.full((4_800, 1), 3.5, np.float32)
    soundfile.write(tmp_path / "hot.wav", sound, 48_000, subtype="FLOAT")
    np.testing.assert_array_equal(everything(tmp_path / "hot.wav"), sound)


def test_no_sound_no_layout(tmp_path: Path) -> None:
    path = clips.clip(tmp_path / "clip.mp4")
    assert sound_layout(path) is None
    assert sound_rate_hz(path) == 0


def test_layouts_say_where_their_channels_stand() -> None:
    assert layout_of("?", ("NONE",) * 6) == usual_layout(6)
    assert layout_of("5.1(side)", ("FL", "FR", "FC", "LFE", "SL", "SR")).weights == (
        *(1.0, 1.0, 1.0, 0.0, 1.41, 1.41),
    )
    assert usual_layout(8).weights == (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.41, 1.41)
    assert usual_layout(4).weights == (1.0, 1.0, 1.41, 1.41)


def test_a_stream_of_a_kind_nobody_can_decode_is_passed_over(tmp_path: Path) -> None:
    loud = 0.3 * np.ones(RATE_HZ)
    for unknown, channels in (([1], 1), ([1, 2], 0), ([2], 1), ([], 2)):
        file = of_streams(tmp_path / "camera.mov", [loud, loud], unknown=unknown)
        blocks = list(read_audio(file, sample_rate_hz=RATE_HZ))
        assert sum(block.shape[0] for block in blocks) == (RATE_HZ if channels else 0)
        assert {block.shape[1] for block in blocks} == ({channels} if channels else set())
