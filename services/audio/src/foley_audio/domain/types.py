"""What the audio service speaks about: placed steps, and how well a delivered file keeps time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlacedCue:
    """One footstep at its sample in the mix.

    Attributes:
        footstep_id: The step, for example ``t1-0007``.
        time_s: Initial contact, seconds from the first video frame.
        onset_sample: Sample of the mix at which the step was placed.
    """

    footstep_id: str
    time_s: float
    onset_sample: int


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How well the sound of a delivered file stands on the footsteps; the fields are those of the contract.

    Attributes:
        placed_count: Footsteps that were placed.
        max_placement_error_samples: Largest distance between ``round(time × rate)`` and a step's sample; must be 0.
        delivered_offset_ms: Sound of the delivered file, decoded back, against the mix; positive is late.
        delivered_drift_ms: Change of that offset from the first to the last part of the file.
        onsets_found_count: Footsteps whose onset an independent finder found again in the mix within 50 ms.
        onsets_searched_count: Footsteps loud and far enough from others for that search.
        onset_median_error_ms: Median of (found onset − contact); 0 when none was found.
    """

    placed_count: int = 0
    max_placement_error_samples: int = 0
    delivered_offset_ms: float = 0.0
    delivered_drift_ms: float = 0.0
    onsets_found_count: int = 0
    onsets_searched_count: int = 0
    onset_median_error_ms: float = 0.0
