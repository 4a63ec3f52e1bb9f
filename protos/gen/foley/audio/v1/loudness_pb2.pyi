from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class LoudnessReport(_message.Message):
    __slots__ = ("integrated_lufs", "true_peak_dbtp", "target_lufs", "true_peak_ceiling_dbtp", "gain_db", "limiter_reduction_db", "shortfall_lu", "silent", "max_momentary_lufs", "max_short_term_lufs", "loudness_range_lu")
    INTEGRATED_LUFS_FIELD_NUMBER: _ClassVar[int]
    TRUE_PEAK_DBTP_FIELD_NUMBER: _ClassVar[int]
    TARGET_LUFS_FIELD_NUMBER: _ClassVar[int]
    TRUE_PEAK_CEILING_DBTP_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    LIMITER_REDUCTION_DB_FIELD_NUMBER: _ClassVar[int]
    SHORTFALL_LU_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    MAX_MOMENTARY_LUFS_FIELD_NUMBER: _ClassVar[int]
    MAX_SHORT_TERM_LUFS_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_RANGE_LU_FIELD_NUMBER: _ClassVar[int]
    integrated_lufs: float
    true_peak_dbtp: float
    target_lufs: float
    true_peak_ceiling_dbtp: float
    gain_db: float
    limiter_reduction_db: float
    shortfall_lu: float
    silent: bool
    max_momentary_lufs: float
    max_short_term_lufs: float
    loudness_range_lu: float
    def __init__(self, integrated_lufs: _Optional[float] = ..., true_peak_dbtp: _Optional[float] = ..., target_lufs: _Optional[float] = ..., true_peak_ceiling_dbtp: _Optional[float] = ..., gain_db: _Optional[float] = ..., limiter_reduction_db: _Optional[float] = ..., shortfall_lu: _Optional[float] = ..., silent: _Optional[bool] = ..., max_momentary_lufs: _Optional[float] = ..., max_short_term_lufs: _Optional[float] = ..., loudness_range_lu: _Optional[float] = ...) -> None: ...

class SyncReport(_message.Message):
    __slots__ = ("placed_count", "max_placement_error_samples", "delivered_offset_ms", "delivered_drift_ms", "onsets_found_count", "onsets_searched_count", "onset_median_error_ms")
    PLACED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_PLACEMENT_ERROR_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_DRIFT_MS_FIELD_NUMBER: _ClassVar[int]
    ONSETS_FOUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONSETS_SEARCHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ONSET_MEDIAN_ERROR_MS_FIELD_NUMBER: _ClassVar[int]
    placed_count: int
    max_placement_error_samples: int
    delivered_offset_ms: float
    delivered_drift_ms: float
    onsets_found_count: int
    onsets_searched_count: int
    onset_median_error_ms: float
    def __init__(self, placed_count: _Optional[int] = ..., max_placement_error_samples: _Optional[int] = ..., delivered_offset_ms: _Optional[float] = ..., delivered_drift_ms: _Optional[float] = ..., onsets_found_count: _Optional[int] = ..., onsets_searched_count: _Optional[int] = ..., onset_median_error_ms: _Optional[float] = ...) -> None: ...
