"""The first passes: every step is made once, the original is read once; both are measured and then lie on disk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foley_audio.domain import loudness
from foley_audio.domain.ducking import Ducking
from foley_audio.domain.mix import (
    FoleyShape,
    StemKey,
    Voices,
    as_stereo,
    cut,
    foley_blocks,
    stem_keys,
    sum_of,
    tail_start,
)
from foley_audio.domain.room import GRID_SAMPLES
from foley_audio.domain.types import FootstepCue, SampleArray, Style
from foley_audio.programme.parked import STEPS, Clock, ParkedTail
from foley_audio.render.meter import HopMeter, momentary_maximum_lufs
from foley_audio.render.scratch import ScratchTrack
from foley_common.channels import MOST_CHANNELS, SPEAKER_BITS, STEREO, ChannelLayout
from foley_common.field_limits import MAX_HANDLES_S
from foley_common.media.sound import read_audio, sound_layout
from foley_common.sound import OriginalSound

MEASURED_STEPS = 256  # steps whose loudness is measured for the balance, spread over the clip
MEASURED_ORIGINAL_S = 1200.0  # of the original that is measured for the balance, at most …
MEASURED_PART_S = 10.0  # … in parts of this length, spread over the clip


@dataclass(frozen=True, slots=True)
class Original:
    """The video's own sound.

    Attributes:
        layout: Its channels.
        read: ``(sample_rate_hz, block_samples)`` to blocks of shape ``(n, channels)``; sample 0 is the first frame.
    """

    layout: ChannelLayout
    read: Callable[[int, int], Iterator[SampleArray]]


def original_of(video: Path) -> Original | None:
    """A video's own sound; None when it has none."""
    layout = sound_layout(video)
    if layout is None:
        return None

    def read(sample_rate_hz: int, block_samples: int) -> Iterator[SampleArray]:
        return read_audio(video, sample_rate_hz=sample_rate_hz, block_samples=block_samples)

    return Original(layout, read)


def programme_layout(original: Original | None) -> ChannelLayout:
    """Channels of the programme: those of an original with more than two, else stereo.

    Layouts without a left and a right loudspeaker, of unknown loudspeakers, and of more than 7.1 are folded to stereo.
    """
    if original is None:
        return STEREO
    layout = original.layout
    kept = (
        2 < layout.channel_count <= MOST_CHANNELS
        and {"FL", "FR"} <= set(layout.speakers)
        and all(speaker in SPEAKER_BITS for speaker in layout.speakers)
    )
    return layout if kept else STEREO


@dataclass(frozen=True, slots=True)
class ParkedFoley:
    """Footsteps of a programme on disk.

    Attributes:
        foley: All stems together.
        stems: The same stem by stem; empty unless asked for.
        tail: How they go on after the programme; None unless asked for.
        step_lufs: Energy mean of the steps' momentary loudness, −inf without any.
    """

    foley: ScratchTrack
    stems: dict[StemKey, ScratchTrack]
    tail: ParkedTail | None
    step_lufs: float


def park_foley(
    cues: Sequence[FootstepCue],
    voices: Voices,
    clock: Clock,
    folder: Path,
    *,
    channel_count: int,
    with_stems: bool,
    with_tail: bool,
) -> ParkedFoley:
    """Make every step once."""
    keys = stem_keys(cues, voices.layers)
    rate, total = clock.sample_rate_hz, clock.total_samples
    most_tail = round(MAX_HANDLES_S * rate) if with_tail else 0
    shape = FoleyShape(total, rate, channel_count, most_tail)
    tracks = _Tracks(folder, "", keys, channel_count, with_stems=with_stems)
    tail_from = tail_start(total, rate)
    tails = (
        _Tracks(
            folder,
            "tail-",
            keys,
            channel_count,
            with_stems=with_stems,
            # The limiter looks back over as much again as a tail reaches into the programme.
            first_sample=max(0, tail_from - (total - tail_from)),
        )
        if with_tail
        else None
    )
    every = max(1, -(-len(cues) // MEASURED_STEPS))
    energies: list[float] = []
    done = 0

    def on_step(sound: SampleArray, gains: tuple[float, ...]) -> None:
        nonlocal done
        if done % every == 0:
            loudest_lufs = momentary_maximum_lufs(sound, clock.sample_rate_hz)
            energies.append(math.hypot(*gains) ** 2 * 10 ** (loudest_lufs / 10))
        done += 1
        clock.report(done, 0, STEPS)

    start, sounds_until = 0, total
    for parts in foley_blocks(cues, voices, shape, on_step=on_step):
        tracks.put(cut(parts, start, shape), start)
        if tails is not None:
            tails.put(parts, start)
            if start + GRID_SAMPLES > total:
                sounds_until = max([sounds_until, *(start + _end(part) for part in parts.values())])
        start += GRID_SAMPLES
    tracks.fill(total)
    tail = None
    if tails is not None:
        end = min(sounds_until, total + most_tail)
        tail = ParkedTail(tails.foley, tails.stems, tail_from, end)
    mean = float(np.mean(energies)) if energies else 0.0
    step_lufs = 10 * math.log10(mean) if mean > 0 else -math.inf
    return ParkedFoley(tracks.foley, tracks.stems, tail, step_lufs)


def park_original(
    original: Original | None,
    cues: Sequence[FootstepCue],
    style: Style,
    clock: Clock,
    *,
    folder: Path,
    layout: ChannelLayout,
) -> tuple[ScratchTrack | None, float | None]:
    """The original sound in the programme's channels, ducked if so asked, and its loudness before; None without."""
    if original is None or style.original_sound is OriginalSound.DROP:
        return None, None
    rate = clock.sample_rate_hz
    ducks = style.original_sound is OriginalSound.DUCK
    ducking = Ducking([cue.onset_sample for cue in cues] if ducks else [], style.ducking, rate)
    track = ScratchTrack(folder / "original.f32", layout.channel_count)
    meter = HopMeter(rate, layout)
    part = round(MEASURED_PART_S * rate)
    every = max(1, math.ceil(clock.total_samples / (MEASURED_ORIGINAL_S * rate)))
    for block in original.read(rate, clock.block_samples):
        start = track.total_samples
        kept = block if layout.channel_count > 2 else as_stereo(block)
        kept = kept[: clock.total_samples - start]
        for first, last in _measured(start, start + kept.shape[0], part, every):
            meter.add(kept[first - start : last - start])
        if ducks:
            gain = ducking.gain(start, start + kept.shape[0])
            kept = (kept * gain[:, None]).astype(np.float32)
        track.append(kept)
        clock.report(clock.step_count, 0, STEPS)  # asks whether anybody still waits
        if track.total_samples >= clock.total_samples:
            break
    track.append_silence(clock.total_samples - track.total_samples)
    return track, loudness.integrated_lufs(meter.hop_power())


def _measured(start: int, end: int, part: int, every: int) -> Iterator[tuple[int, int]]:
    """Those samples of ``[start, end)`` that lie in every so many-th part."""
    while start < end:
        number, stop = start // part, min(end, (start // part + 1) * part)
        if number % every == 0:
            yield start, stop
        start = stop


class _Tracks:
    """Footsteps on their way to disk, all together and stem by stem, from a sample of the programme on."""

    def __init__(
        self,
        folder: Path,
        prefix: str,
        keys: Sequence[StemKey],
        channel_count: int,
        *,
        with_stems: bool,
        first_sample: int = 0,
    ) -> None:
        def track(name: str) -> ScratchTrack:
            path = folder / f"{prefix}{name}.f32"
            return ScratchTrack(path, channel_count, first_sample=first_sample)

        self._keys = keys
        self._first = first_sample
        self.foley = track("foley")
        self.stems = {
            key: track(f"stem-{number}") for number, key in enumerate(keys if with_stems else [])
        }

    def put(self, parts: Mapping[StemKey, SampleArray], start: int) -> None:
        """A block that starts at a sample of the programme, shape ``(n, channels)`` per stem."""
        if start + GRID_SAMPLES <= self._first:
            return
        for key, track in self.stems.items():
            self._append(track, parts.get(key), start)
        self._append(self.foley, sum_of(parts, self._keys), start)

    def fill(self, total_samples: int) -> None:
        """End all tracks there, with silence."""
        for track in (self.foley, *self.stems.values()):
            track.append_silence(total_samples - track.total_samples)

    def _append(self, track: ScratchTrack, part: SampleArray | None, start: int) -> None:
        if part is None:
            return
        part = part[max(0, self._first - start) :]
        track.append_silence(max(start, self._first) - track.total_samples)
        track.append(part)


def _end(part: SampleArray) -> int:
    """Sample of a block, shape ``(n, channels)``, from which on it is silent."""
    sounding = np.flatnonzero(part.any(axis=1))
    return int(sounding[-1]) + 1 if sounding.size else 0
