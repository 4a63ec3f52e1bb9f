"""Which of a recording's audio streams the steps are in: a field recorder keeps its microphones apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from foley_audio.domain.content import find_content
from foley_audio.domain.segmentation import scan
from foley_audio.sampling.mono import RATE_HZ, MonoRecording
from foley_common.errors import UndecodableMedia
from foley_common.media.audio_streams import audio_streams
from foley_common.observability import get_logger

LISTENED_S = 60.0  # of every stream; about a hundred steps of a walk
SECONDS = "seconds of recording"
T = TypeVar("T")
_log = get_logger("foley_audio.sampling")


@dataclass(frozen=True, slots=True)
class ChosenStream:
    """The stream that is read.

    Attributes:
        number: Which one, from 1.
        count: How many there are.
        left_out: Those that cannot be decoded, from 1.
        listened_s: How much of all of them was listened to, to choose it.
    """

    number: int
    count: int
    left_out: tuple[int, ...] = ()
    listened_s: float = 0.0

    @property
    def words(self) -> str:
        """The stream for an error, with a blank before it; empty where there is only one.

        >>> ChosenStream(2, 3, left_out=(1,)).words
        ' (audio stream 2 of 3; stream 1 cannot be decoded)'
        """
        if self.count == 1:
            return ""
        gone = "".join(f"; stream {number} cannot be decoded" for number in self.left_out)
        return f" (audio stream {self.number} of {self.count}{gone})"


def in_seconds(on_progress: Callable[[int, int, str], None]) -> Callable[[float, float], None]:
    """Progress told as seconds done and seconds to come."""
    return lambda done_s, to_come_s: on_progress(
        round(done_s), math.ceil(done_s + to_come_s), SECONDS
    )


def read_best(choices: Sequence[ChosenStream], read: Callable[[ChosenStream], T]) -> T:
    """What comes of reading the first choice; where it cannot be decoded to its end, of the next one.

    Args:
        choices: Best first, at least one.
        read: Reads one of them; raises UndecodableMedia where it breaks off.

    Raises:
        UndecodableMedia: none can be read to its end; the error is the best one's.
    """
    failed: dict[int, UndecodableMedia] = {}
    for chosen in choices:
        try:
            return read(replace(chosen, left_out=tuple(sorted({*chosen.left_out, *failed}))))
        except UndecodableMedia as error:
            failed[chosen.number] = error
            _log_left_out(chosen.number, error)
    raise failed[choices[0].number]


def rank_streams(
    recording: Path,
    asked: int,
    *,
    on_listened: Callable[[float, float], None] = lambda _listened_s, _to_come_s: None,
) -> list[ChosenStream]:
    """The streams that may be read, best first; those that cannot be decoded are left out, and logged.

    Args:
        recording: Any container with sound.
        asked: The one stream that the caller wants, from 1; 0 puts those with most steps in their beginning first, the
            main one before others with as many.
        on_listened: Called, while streams are listened to, with the seconds heard and those to come, of listening and
            of reading a stream to its end afterwards; may raise to stop.

    Raises:
        UndecodableMedia: no sound can be read.
        InvalidField: there is no such stream.
    """
    streams = audio_streams(recording)
    if asked or streams.count == 1:
        streams.require(asked or 1)
        return [ChosenStream(asked or 1, streams.count)]
    share_s = [min(LISTENED_S, length_s or LISTENED_S) for length_s in streams.lengths_s]
    heard: dict[int, int] = {}
    failed: dict[int, UndecodableMedia] = {}
    for number in range(1, streams.count + 1):
        before_s, rest_s = sum(share_s[: number - 1]), sum(share_s[number - 1 :])

        def tell(read_s: float, before_s: float = before_s, rest_s: float = rest_s) -> None:
            on_listened(before_s + read_s, max(0.0, rest_s - read_s) + max(streams.lengths_s))

        try:
            heard[number] = _step_count(recording, number, tell)
        except UndecodableMedia as error:
            failed[number] = error
            _log_left_out(number, error)
    if not heard:
        raise failed[streams.main]
    return [
        ChosenStream(number, streams.count, tuple(failed), sum(share_s))
        for number in sorted(heard, key=lambda number: (-heard[number], number != streams.main))
    ]


def _log_left_out(number: int, error: UndecodableMedia) -> None:
    _log.warning("audio_stream_left_out", audio_stream=number, reason=error.message)


def _step_count(recording: Path, stream: int, on_read: Callable[[float], None]) -> int:
    """Steps in the beginning of a stream, speech and music left out."""
    found = 0
    mono = MonoRecording(recording, stream, until_s=LISTENED_S, on_read=on_read)
    for window in scan(mono.blocks(), RATE_HZ, in_coarse_steps=mono.in_coarse_steps):
        spans = find_content(window.mono, RATE_HZ) if window.steps else []
        contacts_s = [(step.span.contact - window.first) / RATE_HZ for step in window.steps]
        found += sum(
            not any(span.start_s <= contact_s < span.end_s for span in spans)
            for contact_s in contacts_s
        )
    return found
