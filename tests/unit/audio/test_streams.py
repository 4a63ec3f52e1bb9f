"""Which audio stream of a recorder's file is read: damaged ones, progress and cancelling, lengths, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import structlog

from foley_audio.render import recording
from foley_audio.render.recording import decoded_blocks
from foley_audio.sampling import mono, streams
from foley_audio.sampling.builder import PackSpec, build_pack
from foley_audio.sampling.mono import MonoRecording
from foley_audio.sampling.slices import cut_steps
from foley_audio.sampling.streams import rank_streams
from foley_common.errors import (
    InvalidField,
    RecordingUnusable,
    RenderCancelled,
    UndecodableMedia,
)
from foley_common.media.audio_streams import audio_streams, sound_duration_s
from foley_common.packs import PackArchive
from foley_common.surfaces import Surface
from support.audio import of_streams
from support.steps import RATE_HZ, synthetic_walk

Tell = Callable[[int, int, str], None]


def steps() -> np.ndarray:
    return 4 * synthetic_walk(Surface.GRAVEL, 12)[0]


def packed(recording: Path, folder: Path, on_progress: Tell) -> None:
    folder.mkdir(exist_ok=True)
    build_pack(recording, PackSpec(Surface.GRAVEL), folder, on_progress=on_progress)


def cut(recording: Path, folder: Path, on_progress: Tell) -> None:
    folder.mkdir(exist_ok=True)
    cut_steps(recording, folder, sample_rate_hz=0, on_progress=on_progress)


def test_a_stream_that_nobody_can_decode_is_left_out_and_named(tmp_path: Path) -> None:
    walk = steps()
    file = of_streams(tmp_path / "field.mov", [walk, 0 * walk, walk], unknown=[1])
    assert audio_streams(file).main == 2  # players take one that they know
    with structlog.testing.capture_logs() as lines:
        pack = build_pack(file, PackSpec(Surface.GRAVEL), tmp_path)
    assert [(line["event"], line["audio_stream"]) for line in lines] == [
        ("audio_stream_left_out", 1)
    ]
    with PackArchive(pack.path) as archive:
        assert archive.manifest.audio_stream == 3
        assert archive.manifest.audio_streams_left_out == (1,)
    with pytest.raises(UndecodableMedia, match="audio stream 1 of the recording"):
        build_pack(file, PackSpec(Surface.GRAVEL, audio_stream=1), tmp_path)


@pytest.mark.parametrize("unknown", [[2], [2, 3]])
def test_streams_behind_the_one_that_is_read_may_be_of_any_kind(
    tmp_path: Path, unknown: list[int]
) -> None:
    """Their last packets, which end them, were taken for its own."""
    walk = steps()
    file = of_streams(tmp_path / "field.mov", [walk, walk, walk], unknown=unknown)
    assert sum(len(block) for _, _, block in decoded_blocks(file, 0.0, 1)) == walk.size
    pack = build_pack(file, PackSpec(Surface.GRAVEL, audio_stream=1), tmp_path)
    with PackArchive(pack.path) as archive:
        assert archive.manifest.audio_stream == 1


def test_what_a_codec_keeps_back_is_read_to_the_end_of_every_stream(tmp_path: Path) -> None:
    file, noise = tmp_path / "two.wma", np.random.default_rng(0).normal(0, 0.1, (2, 96_000))
    with av.open(str(file), "w", format="asf") as out:
        tracks = [out.add_stream("wmav2", rate=48_000, layout="stereo") for _ in range(2)]
        for track in tracks:
            track.bit_rate = 128_000
        for start in range(0, noise.shape[1], 960):
            for track in tracks:
                samples = np.ascontiguousarray(noise[:, start : start + 960], np.float32)
                frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
                frame.sample_rate, frame.pts = 48_000, start
                out.mux(track.encode(frame))
        for track in tracks:
            out.mux(track.encode(None))
    sizes = [sum(len(block) for _, _, block in decoded_blocks(file, 0.0, n)) for n in (1, 2)]
    assert sizes[0] == sizes[1] >= noise.shape[1] - 2048  # a frame of the codec


def damaged_aac(path: Path, packets: slice) -> int:
    """A walk in AAC, with noise in the place of some packets; gives its samples before that."""
    walk = steps()
    with av.open(str(path), "w") as out:
        track = out.add_stream("aac", rate=RATE_HZ, layout="mono")
        samples = np.ascontiguousarray(walk[None], np.float32)
        frame = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        frame.sample_rate, frame.pts = RATE_HZ, 0
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
    whole = sum(len(block) for _, _, block in decoded_blocks(path, 0.0))
    with av.open(str(path)) as file:
        places = [(p.pos, p.size) for p in file.demux(file.streams.audio[0]) if p.size]
    data, dice = bytearray(path.read_bytes()), np.random.default_rng(3)
    for at, size in places[packets]:
        assert at is not None
        data[at + 8 : at + size] = dice.bytes(size - 8)
    path.write_bytes(data)
    return whole


def test_a_damaged_packet_costs_no_more_than_itself(tmp_path: Path) -> None:
    file = tmp_path / "field.mkv"
    whole = damaged_aac(file, slice(100, 101))
    left = sum(len(block) for _, _, block in decoded_blocks(file, 0.0))
    assert whole - 2 * 1024 <= left <= whole


def test_where_too_much_is_damaged_the_recording_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_DAMAGED", 3)
    file = tmp_path / "field.mkv"
    damaged_aac(file, slice(100, 160))
    with pytest.raises(UndecodableMedia, match="cannot be read"):
        list(decoded_blocks(file, 0.0))


@pytest.mark.parametrize(("rate_hz", "layout"), [(RATE_HZ, "stereo"), (44_100, "mono")])
def test_a_recording_that_changes_its_form_is_told(
    tmp_path: Path, rate_hz: int, layout: str
) -> None:
    file = tmp_path / "field.aac"
    with file.open("wb") as both:
        for number, (rate, kind) in enumerate([(RATE_HZ, "mono"), (rate_hz, layout)]):
            part = tmp_path / f"{number}.aac"
            with av.open(str(part), "w", format="adts") as out:
                track = out.add_stream("aac", rate=rate, layout=kind)
                samples = np.zeros((1 + (kind == "stereo"), 2 * rate), np.float32)
                frame = av.AudioFrame.from_ndarray(samples, "fltp", kind)
                frame.sample_rate, frame.pts = rate, 0
                out.mux(track.encode(frame))
                out.mux(track.encode(None))
            both.write(part.read_bytes())
    with pytest.raises(UndecodableMedia, match="changes its sampling rate or its channels"):
        list(decoded_blocks(file, 0.0))


def test_where_the_other_streams_have_no_steps_the_one_left_out_is_said(tmp_path: Path) -> None:
    file = of_streams(tmp_path / "field.mov", [steps(), np.zeros(2 * RATE_HZ)], unknown=[1])
    with pytest.raises(RecordingUnusable, match="2 of 2; stream 1 cannot be decoded"):
        cut_steps(file, tmp_path, sample_rate_hz=0)


def test_where_no_stream_can_be_decoded_the_recording_cannot(tmp_path: Path) -> None:
    silence = np.zeros(RATE_HZ)
    file = of_streams(tmp_path / "field.mov", [silence, silence], unknown=[1, 2])
    with pytest.raises(UndecodableMedia, match="audio stream 1 of the recording"):
        rank_streams(file, 0)


def test_a_stream_that_breaks_off_gives_way_to_the_next_best(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = steps()
    file = of_streams(tmp_path / "field.mov", [0 * walk, walk[: walk.size // 2], walk])
    whole = mono.decoded_blocks

    def breaks_off(
        recording: Path, start_s: float, stream_number: int = 1, **more: Callable[[], None]
    ) -> Iterator[tuple[int, int, np.ndarray]]:
        for block in whole(recording, start_s, stream_number, **more):
            if stream_number == 3 and block[1] > 7 * RATE_HZ:
                raise UndecodableMedia("audio stream 3 of the recording cannot be read")
            yield block

    monkeypatch.setattr(mono, "decoded_blocks", breaks_off)
    monkeypatch.setattr(streams, "LISTENED_S", 6.0)
    with structlog.testing.capture_logs() as lines:
        manifest = build_pack(file, PackSpec(Surface.GRAVEL), tmp_path).manifest
        slices = tmp_path / "slices"
        slices.mkdir()
        assert len(cut_steps(file, slices, sample_rate_hz=0)) < 8
    assert (manifest.audio_stream, manifest.audio_streams_left_out) == (2, (3,))
    assert [line["audio_stream"] for line in lines] == [3, 3]
    with pytest.raises(UndecodableMedia, match="audio stream 3"):
        build_pack(file, PackSpec(Surface.GRAVEL, audio_stream=3), tmp_path)


@pytest.mark.parametrize("work", [packed, cut])
def test_listening_to_every_stream_says_how_far_it_is(
    tmp_path: Path, work: Callable[[Path, Path, Tell], None]
) -> None:
    walk = steps()
    length_s = walk.size / RATE_HZ
    file = of_streams(tmp_path / "field.mov", [0 * walk, walk, walk[: walk.size // 2]])
    seen: list[tuple[int, int, str]] = []
    work(file, tmp_path / "out", lambda *said: seen.append(said))
    done = [said[0] for said in seen]
    assert done == sorted(done)
    assert set(range(round(2.5 * length_s))) <= set(done)  # second by second
    totals = {said[1] for said in seen}
    assert max(totals) - min(totals) <= 1
    assert max(totals) == pytest.approx(3.5 * length_s, abs=1)
    assert done[-1] == pytest.approx(3.5 * length_s, abs=1)


@pytest.mark.parametrize("work", [packed, cut])
@pytest.mark.parametrize("after", [1, 40, 400, 800])
def test_who_cancels_is_waited_for_no_longer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Path, Path, Tell], None],
    after: int,
) -> None:
    """Nothing is decoded once the caller has gone, neither while streams are listened to nor afterwards."""
    walk = steps()
    file = of_streams(tmp_path / "field.mov", [0 * walk, walk])
    told = 0

    def gone(*_said: object) -> None:
        nonlocal told
        told += 1
        if told >= after:
            raise RenderCancelled("the caller has cancelled the work")

    with pytest.raises(RenderCancelled):
        work(file, tmp_path / "out", gone)
    assert told == after


def test_packets_of_other_streams_are_told_too(tmp_path: Path) -> None:
    """A stream may begin gigabytes behind the file's first byte, or never."""
    file = of_streams(tmp_path / "field.mkv", [np.zeros(5 * RATE_HZ), np.zeros(0)])
    told: list[None] = []
    assert not list(decoded_blocks(file, 0.0, 2, on_packet=lambda: told.append(None)))
    assert len(told) > 50


@pytest.mark.parametrize("suffix", ["mov", "mkv", "mp4"])
def test_a_length_is_that_of_the_stream_that_is_read(tmp_path: Path, suffix: str) -> None:
    file = of_streams(
        tmp_path / f"field.{suffix}", [np.zeros(2 * RATE_HZ), np.zeros(5 * RATE_HZ)], main=2
    )
    assert audio_streams(file).count == 2
    for stream, length_s in ((1, 2.0), (2, 5.0), (None, 5.0)):
        assert sound_duration_s(file, stream) == pytest.approx(length_s, abs=0.05)
    for stream, length_s in ((1, 2.0), (2, 5.0)):
        assert MonoRecording(file, stream).duration_s == pytest.approx(length_s, abs=0.05)


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_number_that_no_stream_has_is_refused(tmp_path: Path, number: int) -> None:
    """Only as a wish 0 means something: the one with most steps."""
    file = of_streams(tmp_path / "field.mov", [np.zeros(RATE_HZ), np.zeros(RATE_HZ)])
    said = (
        rf"audio_stream: is {number}; the recording has 2 audio streams, counted from 1: name one"
    )
    for refuses in (
        lambda: next(decoded_blocks(file, 0.0, number)),
        lambda: MonoRecording(file, number),
        lambda: sound_duration_s(file, number),
        *([lambda: rank_streams(file, number)] if number else []),
    ):
        with pytest.raises(InvalidField, match=said):
            refuses()
    assert rank_streams(file, 0) == [
        streams.ChosenStream(number, 2, listened_s=2.0) for number in (1, 2)
    ]
