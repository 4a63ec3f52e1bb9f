"""What is asked and what is measured of one programme: what audio and gateway share of it, as the contract has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """Where the positions of an exported session count from, and how much media its clips keep.

    Attributes:
        start_timecode: Of the first video frame; empty takes the source's own.
        offset_s: Added to every position.
        handles_s: Extra media kept on both ends of every clip.
    """

    start_timecode: str = ""
    offset_s: float = 0.0
    handles_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LoudnessReport:
    """Loudness of one finished programme after ITU-R BS.1770-5 and EBU R 128; the fields are those of the contract.

    Attributes:
        integrated_lufs: −70 (the absolute gate) when silent.
        true_peak_dbtp: −120 when silent.
        target_lufs: What was aimed at.
        true_peak_ceiling_dbtp: Ceiling.
        gain_db: Gain applied to reach the target.
        limiter_reduction_db: Most that the limiter took away at any moment.
        shortfall_lu: How far below the target the programme stays.
        silent: True when no 400 ms of the programme are above −70 LUFS.
        max_momentary_lufs: Loudest 400 ms; −70 when silent.
        max_short_term_lufs: Loudest 3 s; −70 when silent.
        loudness_range_lu: EBU Tech 3342; 0 for programmes of less than 3 s.
    """

    integrated_lufs: float
    true_peak_dbtp: float
    target_lufs: float
    true_peak_ceiling_dbtp: float
    gain_db: float = 0.0
    limiter_reduction_db: float = 0.0
    shortfall_lu: float = 0.0
    silent: bool = False
    max_momentary_lufs: float = -70.0
    max_short_term_lufs: float = -70.0
    loudness_range_lu: float = 0.0


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
