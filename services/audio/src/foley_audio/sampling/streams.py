"""Which of a recording's audio streams the steps are in: a field recorder keeps its microphones apart."""

from __future__ import annotations

from pathlib import Path

from foley_audio.domain.content import find_content
from foley_audio.domain.segmentation import scan
from foley_audio.render.recording import audio_stream_count, main_audio_stream
from foley_audio.sampling.mono import RATE_HZ, MonoRecording
from foley_common.errors import FieldViolation, InvalidField

LISTENED_S = 60.0  # of every stream; about a hundred steps of a walk


def choose_stream(recording: Path, asked: int) -> tuple[int, int]:
    """The stream that is read, from 1, and how many there are.

    Args:
        recording: Any container with sound.
        asked: The stream that the caller wants, from 1; 0 takes the one with most steps in its beginning, the main
            one where none has more than it.

    Raises:
        UndecodableMedia: no sound can be read.
        InvalidField: there is no such stream.
    """
    count = audio_stream_count(recording)
    if asked > count:
        streams = "1 audio stream" if count == 1 else f"{count} audio streams"
        raise InvalidField(
            [FieldViolation("audio_stream", f"is {asked}; the recording has {streams}")]
        )
    if asked or count == 1:
        return asked or 1, count
    main = main_audio_stream(recording)
    heard = [_step_count(recording, number) for number in range(1, count + 1)]
    most = max(heard)
    return (main if heard[main - 1] == most else heard.index(most) + 1), count


def _step_count(recording: Path, stream: int) -> int:
    """Steps in the beginning of a stream, speech and music left out."""
    found = 0
    for window in scan(MonoRecording(recording, stream, until_s=LISTENED_S).blocks(), RATE_HZ):
        spans = find_content(window.mono, RATE_HZ) if window.steps else []
        contacts_s = [(step.span.contact - window.first) / RATE_HZ for step in window.steps]
        found += sum(
            not any(span.start_s <= contact_s < span.end_s for span in spans)
            for contact_s in contacts_s
        )
    return found
