"""Every single footstep of a recording as a file of its own, with the recording's channels and rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from foley_audio.domain.content import find_content
from foley_audio.domain.segmentation import faded, scan
from foley_audio.domain.types import SampleArray
from foley_audio.render.recording import decoded_blocks, write_slice
from foley_audio.sampling.mono import RATE_HZ, MonoRecording
from foley_audio.sampling.streams import ChosenStream, in_seconds, rank_streams, read_best
from foley_common.errors import MediaTooLarge, RecordingUnusable
from foley_common.media.audio_streams import sound_duration_s

MAX_SINGLE_STEPS = 2000  # about twenty minutes of walking; an answer names every file


def cut_steps(
    recording: Path,
    folder: Path,
    *,
    sample_rate_hz: int,
    audio_stream: int = 0,
    on_progress: Callable[[int, int, str], None] = lambda _done, _total, _unit: None,
) -> list[Path]:
    """Cut every footstep found in a recording into a 24-bit WAV.

    Everything that begins like a footstep and is neither speech nor music is cut, good or not.

    Args:
        recording: Any container with sound.
        folder: Existing folder for the files.
        sample_rate_hz: Of the files; 0 keeps the recording's own.
        audio_stream: Which of the recording's audio streams, from 1; 0 takes the one with most steps in its beginning,
            of those that can be decoded.
        on_progress: Called with done, total and unit; may raise to stop the work.

    Returns:
        The files in order of time.

    Raises:
        UndecodableMedia: no sound can be read.
        RecordingUnusable: there are no footsteps in it.
        InvalidField: it has no such audio stream.
        MediaTooLarge: there are more than an answer can name.
    """
    tell = in_seconds(on_progress)
    choices = rank_streams(recording, audio_stream, on_listened=tell)
    return read_best(choices, lambda chosen: _cut(recording, chosen, folder, sample_rate_hz, tell))


def _cut(
    recording: Path,
    chosen: ChosenStream,
    folder: Path,
    sample_rate_hz: int,
    tell: Callable[[float, float], None],
) -> list[Path]:
    """The same of one stream."""
    length_s = sound_duration_s(recording, chosen.number)

    def read(read_s: float) -> None:
        tell(chosen.listened_s + read_s, max(0.0, length_s - read_s))

    mono = MonoRecording(recording, chosen.number, on_read=read)
    spans = _spans_s(mono, chosen.words)
    paths: list[Path] = []
    open_spans: list[tuple[Path, int, int, list[SampleArray]]] = []
    coming = 0
    rate = position = 0
    for rate, _index, block in decoded_blocks(
        recording, 0.0, chosen.number, on_packet=lambda: read(length_s)
    ):
        end = position + block.shape[0]
        while coming < len(spans) and spans[coming][0] * rate < end:
            path = folder / f"slice-{coming:03d}.wav"
            first, last = (round(time_s * rate) for time_s in spans[coming])
            open_spans.append((path, first, last, []))
            paths.append(path)
            coming += 1
        for _, first, last, pieces in open_spans:
            pieces.append(block[max(0, first - position) : max(0, last - position)])
        for path, _, last, pieces in open_spans:
            if last <= end:
                _write(path, pieces, rate, sample_rate_hz)
        open_spans = [item for item in open_spans if item[2] > end]
        position = end
    for path, _, _, pieces in open_spans:
        _write(path, pieces, rate, sample_rate_hz)
    return paths


def _spans_s(mono: MonoRecording, where: str) -> list[tuple[float, float]]:
    """Start and end of every footstep, in seconds; ``where`` is the stream's words for an error."""
    spans: list[tuple[float, float]] = []
    not_steps = 0
    for window in scan(mono.blocks(), RATE_HZ, in_coarse_steps=mono.in_coarse_steps):
        first_s = window.first / RATE_HZ
        content = find_content(window.mono, RATE_HZ) if window.steps else []
        for step in window.steps:
            contact_s = step.span.contact / RATE_HZ - first_s
            if any(span.start_s <= contact_s < span.end_s for span in content):
                not_steps += 1
                continue
            spans.append((step.span.first / RATE_HZ, step.span.end / RATE_HZ))
        if len(spans) > MAX_SINGLE_STEPS:
            raise MediaTooLarge(
                f"the recording has more than {MAX_SINGLE_STEPS} footsteps; cut it into parts with ranges first",
                limit=str(MAX_SINGLE_STEPS),
                unit="footsteps",
            )
    if not spans:
        raise RecordingUnusable(
            f"no footsteps were found in the recording{where}"
            + ("; there is speech or music in it" if not_steps else ""),
            found="speech or music" if not_steps else "nothing",
        )
    return spans


def _write(path: Path, pieces: Sequence[SampleArray], rate: int, wanted_hz: int) -> None:
    sound = np.concatenate(pieces)
    shaped = np.stack([faded(channel, rate) for channel in sound.T], axis=1)
    write_slice(path, shaped, rate, wanted_hz)
