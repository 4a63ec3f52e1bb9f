"""A programme whose parts lie on disk, not yet levelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from foley_audio.domain.mix import StemKey
from foley_audio.domain.types import SampleArray
from foley_audio.render.scratch import ScratchTrack
from foley_common.channels import ChannelLayout

Progress = Callable[[int, int, str], None]
SECONDS = "seconds of sound"
STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a programme is and in what pieces it is worked on.

    Attributes:
        sample_rate_hz: Of the programme.
        total_samples: Length.
        block_samples: Samples worked on at a time.
        step_count: Steps that are made before.
        on_progress: Called with done, total and unit; may raise to stop the work.
    """

    sample_rate_hz: int
    total_samples: int
    block_samples: int
    step_count: int
    on_progress: Progress

    def blocks(self, multiple_of: int = 1) -> Iterator[tuple[int, int]]:
        """Start and end of every block, from first to last."""
        size = max(1, round(self.block_samples / multiple_of)) * multiple_of
        for start in range(0, self.total_samples, size):
            yield start, min(self.total_samples, start + size)

    def report(self, steps: int, samples: int, unit: str) -> None:
        """Steps and seconds count up to one total: every second passes twice, measured and written."""
        total = self.step_count + 2 * self.total_samples // self.sample_rate_hz
        self.on_progress(steps + samples // self.sample_rate_hz, total, unit)


@dataclass(frozen=True, slots=True)
class ParkedTail:
    """The footsteps as if the picture went on, from shortly before its end; at their places in the programme.

    Attributes:
        foley: All stems together.
        stems: The same stem by stem; empty unless asked for.
        start_sample: Where the tail begins, before the programme's end.
        end_sample: Where nothing sounds any more, not before the programme's end.
    """

    foley: ScratchTrack
    stems: dict[StemKey, ScratchTrack]
    start_sample: int
    end_sample: int

    def delete(self) -> None:
        """Give the scratch space back."""
        for track in (self.foley, *self.stems.values()):
            track.delete()


@dataclass(frozen=True, slots=True)
class Programme:
    """The parked parts of one programme.

    Attributes:
        layout: Channels of the programme.
        front: Channels of the programme that the footsteps' channels are, in order.
        foley: Footsteps, all stems together.
        stems: The same stem by stem; empty unless asked for.
        original: The video's own sound in the layout of the programme, ducked if so asked; None without.
        foley_gain: Of the footsteps against the original.
        original_pan: Gain that the original's samples already have: less than 1 for mono in two channels.
    """

    layout: ChannelLayout
    front: tuple[int, ...]
    foley: ScratchTrack
    stems: dict[StemKey, ScratchTrack]
    original: ScratchTrack | None
    foley_gain: float
    original_pan: float

    def read(self, start: int, end: int, gain: float) -> tuple[SampleArray, SampleArray]:
        """The sum, and the footsteps in it, of samples ``[start, end)``, shape ``(n, channels)``, before the limiter.

        Without an original both are the same array.
        """
        steps = self.part(self.foley, start, end, self.foley_gain * gain)
        if self.original is None:
            return steps, steps
        both = self.original.read(start, end)
        if gain != 1.0:
            both *= np.float32(gain)
        both += steps
        return both, steps

    def part(self, track: ScratchTrack, start: int, end: int, gain: float) -> SampleArray:
        """Samples ``[start, end)`` of footsteps in the programme's channels, shape ``(n, channels)``."""
        narrow = track.read(start, end)
        narrow *= np.float32(gain)
        if narrow.shape[1] == self.layout.channel_count:
            return narrow
        wide = np.zeros((end - start, self.layout.channel_count), np.float32)
        for column, channel in enumerate(self.front):
            wide[:, channel] = narrow[:, column]
        return wide

    def delete(self) -> None:
        """Give the scratch space back."""
        for track in (self.foley, *self.stems.values(), self.original):
            if track is not None:
                track.delete()
