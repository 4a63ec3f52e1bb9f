"""Broadcast wave files: the samples of a WAV file, with origin, time reference and a marker per footstep.

Chunks: ``bext`` version 2 (EBU Tech 3285), ``iXML`` with the time code's rate, ``fmt``, ``data``, ``cue `` and
``LIST adtl`` with a label per marker and the stance as its length (Microsoft's RIFF, 1991). Beyond 4 GB the file is
RF64 (EBU Tech 3306). Samples are copied byte by byte. Handles are silence around them; where it is known how the sound
goes on after the picture, the handle after it has that.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

from foley_audio.domain.mix import tail_start
from foley_audio.export.clock import exact
from foley_audio.export.marks import Mark, file_marks
from foley_audio.export.media import Sound, in_units
from foley_audio.export.names import ascii_plain, plain
from foley_audio.export.scene import Scene
from foley_audio.render.wav_header import UNKNOWN_32
from foley_common.errors import UndecodableMedia
from foley_common.programme import LoudnessReport

ORIGINATOR = "Foley Studio"
BEXT_VERSION = 2
NO_LOUDNESS = 0x7FFF  # EBU Tech 3285: a loudness field that says nothing
LUFS_STEPS = 100  # loudness is written in hundredths
DESCRIPTION_BYTES, ORIGINATOR_BYTES, REFERENCE_BYTES = 256, 32, 32
LARGEST_RIFF_BYTES = UNKNOWN_32 - 1
LARGEST_CUE_SAMPLE = UNKNOWN_32 - 1  # cue points have 32 bits: 24.8 h at 48 kHz
COPY_BYTES = 1 << 20
Chunk = tuple[bytes, bytes]
"""Identity and content."""


@dataclass(frozen=True, slots=True)
class _Cue:
    sample: int
    length: int
    text: bytes


@dataclass(frozen=True, slots=True)
class _Part:
    """Samples of a file."""

    file: Path
    first_byte: int
    byte_count: int


def write_bwf(
    scene: Scene,
    sound: Sound,
    source: Path,
    path: Path,
    *,
    tail: Path | None = None,
    reference: str = "",
    loudness: LoudnessReport | None = None,
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write one sound as a broadcast wave file.

    Args:
        scene: The session.
        sound: What is written; its handles are.
        source: The WAV file that holds its samples.
        path: New file.
        tail: The WAV file in which the sound goes on, of the shape that it says; counts only where there are handles.
        reference: What tells this recording from every other, for example a digest.
        loudness: Of the sound, where it was measured; handles are not part of it.
        check: Called between blocks; may raise to stop the work.
    """
    facts = sound.facts
    frame_bytes = facts.bytes_per_frame
    handle_bytes = sound.handle_samples * frame_bytes
    data_bytes = facts.data_bytes + 2 * handle_bytes
    before = [
        (b"bext", _even(_bext(scene, sound, reference, loudness), b"\0")),
        (b"iXML", _even(_ixml(scene, sound), b"\n")),
        (b"fmt ", facts.format_chunk),
    ]
    if facts.is_float:  # required beside every format that is no PCM
        before.append((b"fact", struct.pack("<I", min(sound.file_samples, UNKNOWN_32))))
    cues = _cues(scene, sound)
    after = [(b"cue ", _cue_chunk(cues)), (b"LIST", _labels(cues))] if cues else []
    with path.open("wb") as out:
        _head(out, before, after, data_bytes, sound.file_samples)
        _silence(out, handle_bytes)
        left = data_bytes - handle_bytes
        for part in _parts(sound, source, tail):
            _copy(part, out, sound.file_name, check)
            left -= part.byte_count
        _silence(out, left)
        out.write(b"\0" * (data_bytes % 2))
        for chunk in after:
            out.write(_chunk(*chunk))


def _head(
    out: BinaryIO, before: list[Chunk], after: list[Chunk], data_bytes: int, samples: int
) -> None:
    """Everything before the samples. Sizes are known, so that nothing is written twice."""
    around = sum(len(_chunk(*chunk)) for chunk in (*before, *after))
    total = 4 + around + 8 + data_bytes + data_bytes % 2
    if total <= LARGEST_RIFF_BYTES:
        out.write(struct.pack("<4sI4s", b"RIFF", total, b"WAVE"))
        data = struct.pack("<4sI", b"data", data_bytes)
    else:
        ds64 = struct.pack("<QQQI", 0, data_bytes, samples, 0)
        total += len(_chunk(b"ds64", ds64))
        ds64 = struct.pack("<QQQI", total, data_bytes, samples, 0)
        out.write(struct.pack("<4sI4s", b"RF64", UNKNOWN_32, b"WAVE") + _chunk(b"ds64", ds64))
        data = struct.pack("<4sI", b"data", UNKNOWN_32)
    for chunk in before:
        out.write(_chunk(*chunk))
    out.write(data)


def _parts(sound: Sound, source: Path, tail: Path | None) -> list[_Part]:
    """What follows on the handle before the sound; silence fills the rest of the handle after it."""
    facts, after = sound.facts, sound.tail
    if tail is None or after is None:
        return [_Part(source, facts.data_start, facts.data_bytes)]
    border = tail_start(facts.total_samples, facts.sample_rate_hz)
    count = min(after.total_samples, facts.total_samples - border + sound.handle_samples)
    frame_bytes = facts.bytes_per_frame
    return [
        _Part(source, facts.data_start, border * frame_bytes),
        _Part(tail, after.data_start, count * frame_bytes),
    ]


def _copy(part: _Part, out: BinaryIO, name: str, check: Callable[[], None]) -> None:
    left = part.byte_count
    with part.file.open("rb") as samples:
        samples.seek(part.first_byte)
        while left:
            check()
            block = samples.read(min(COPY_BYTES, left))
            if not block:
                raise UndecodableMedia(f"{name} ends before its samples do", name=name)
            out.write(block)
            left -= len(block)


def _even(content: bytes, filling: bytes) -> bytes:
    """Content of an even length: libsndfile reads RF64 as if odd chunks before the samples were not padded."""
    return content + filling * (len(content) % 2)


def _chunk(identity: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", identity, len(content)) + content + b"\0" * (len(content) % 2)


def _silence(out: BinaryIO, count: int) -> None:
    """Zeros: silence in signed integers and in floating point."""
    while count > 0:
        out.write(bytes(min(COPY_BYTES, count)))
        count -= COPY_BYTES


def _bext(scene: Scene, sound: Sound, reference: str, loudness: LoudnessReport | None) -> bytes:
    facts = sound.facts
    coding = (
        f"A=PCM,F={facts.sample_rate_hz},W={facts.bits_per_sample},M={_mode(facts.channels)},"
        f"T={ORIGINATOR}{'; float' if facts.is_float else ''}\r\n"
    )
    return (
        _ascii(f"{sound.title} of {scene.title}, made by {ORIGINATOR}", DESCRIPTION_BYTES)
        + _ascii(ORIGINATOR, ORIGINATOR_BYTES)
        + _ascii(reference[:REFERENCE_BYTES], REFERENCE_BYTES)
        + bytes(
            10 + 8
        )  # date and time of origin: not known, and the same session gives the same bytes
        + struct.pack("<QH", sound.time_reference(scene.clock), BEXT_VERSION)
        + bytes(64)  # UMID
        + _loudness(loudness)
        + bytes(180)
        + coding.encode("ascii")
    )


def _loudness(report: LoudnessReport | None) -> bytes:
    """Integrated loudness, range, true peak, largest momentary and short-term loudness."""
    if report is None or report.silent:
        return struct.pack("<5h", *([NO_LOUDNESS] * 5))
    figures = (
        report.integrated_lufs,
        report.loudness_range_lu,
        report.true_peak_dbtp,
        report.max_momentary_lufs,
        report.max_short_term_lufs,
    )
    return struct.pack("<5h", *(round(figure * LUFS_STEPS) for figure in figures))


def _ixml(scene: Scene, sound: Sound) -> bytes:
    clock = scene.clock
    rate = f"{clock.rate.numerator}/{clock.rate.denominator}"
    flag = "DF" if clock.timecode.drop_frame else "NDF"
    high, low = divmod(sound.time_reference(clock), 1 << 32)  # as in bext
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<BWFXML><IXML_VERSION>1.61</IXML_VERSION>"
        f"<PROJECT>{escape(scene.title)}</PROJECT><TAKE>{escape(sound.title)}</TAKE>"
        f"<SPEED><MASTER_SPEED>{rate}</MASTER_SPEED><CURRENT_SPEED>{rate}</CURRENT_SPEED>"
        f"<TIMECODE_RATE>{rate}</TIMECODE_RATE><TIMECODE_FLAG>{flag}</TIMECODE_FLAG>"
        f"<FILE_SAMPLE_RATE>{sound.rate}</FILE_SAMPLE_RATE>"
        f"<AUDIO_BIT_DEPTH>{sound.facts.bits_per_sample}</AUDIO_BIT_DEPTH>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{high}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{low}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>"
        f"<TIMESTAMP_SAMPLE_RATE>{sound.rate}</TIMESTAMP_SAMPLE_RATE></SPEED>"
        "</BWFXML>\n"
    ).encode()


def _cues(scene: Scene, sound: Sound) -> list[_Cue]:
    """Footsteps that are heard in the file, at their sample of it."""
    rate = Fraction(sound.rate)
    found: list[_Cue] = []
    for mark in file_marks(scene.session, scene.clock, scene.marked_steps):
        if not _belongs(mark, sound):
            continue
        start = in_units(exact(mark.start_s), rate) + sound.handle_samples
        if not 0 <= start < min(sound.file_samples, LARGEST_CUE_SAMPLE):
            continue
        end = (
            start
            if mark.end_s is None
            else in_units(exact(mark.end_s), rate) + sound.handle_samples
        )
        found.append(_Cue(start, max(0, end - start), plain(mark.text).encode()))
    return found


def _belongs(mark: Mark, sound: Sound) -> bool:
    """A stem of one foot or one person has the marks of that foot or person, everything else all."""
    stem = sound.stem
    if stem is None:
        return True
    return stem.track_id in (0, mark.step.track_id) and stem.side in (None, mark.step.side)


def _cue_chunk(cues: list[_Cue]) -> bytes:
    points = (
        struct.pack("<II4sIII", i, cue.sample, b"data", 0, 0, cue.sample)
        for i, cue in enumerate(cues, start=1)
    )
    return struct.pack("<I", len(cues)) + b"".join(points)


def _labels(cues: list[_Cue]) -> bytes:
    return b"adtl" + b"".join(_label_chunks(cues))


def _label_chunks(cues: list[_Cue]) -> Iterator[bytes]:
    for i, cue in enumerate(cues, start=1):
        yield _chunk(b"labl", struct.pack("<I", i) + cue.text + b"\0")
        if cue.length:
            yield _chunk(b"ltxt", struct.pack("<II4sHHHH", i, cue.length, b"rgn ", 0, 0, 0, 0))


def _ascii(text: str, length: int) -> bytes:
    return ascii_plain(text, length).encode("ascii").ljust(length, b"\0")


def _mode(channels: int) -> str:
    return {1: "mono", 2: "stereo"}.get(channels, "multitrack")
