"""The closed lists of how a programme may sound and in what it is delivered: what audio, gateway and client share."""

from __future__ import annotations

import enum

SAMPLE_RATES_HZ = (48_000, 96_000)
DEFAULT_SAMPLE_RATE_HZ = 48_000


class OriginalSound(enum.StrEnum):
    """What happens to the video's own sound."""

    KEEP = "keep"
    DUCK = "duck"
    DROP = "drop"


class LoudnessPreset(enum.StrEnum):
    """Where the programme's loudness goes; figures in `foley_audio.domain.loudness`."""

    EBU_R128 = "ebu_r128"
    ATSC_A85 = "atsc_a85"
    STREAMING_16 = "streaming_16"
    STREAMING_14 = "streaming_14"
    CINEMA = "cinema"


class SoundEngine(enum.StrEnum):
    """Where the sound of a step comes from."""

    PROCEDURAL = "procedural"
    SAMPLED = "sampled"


class Room(enum.StrEnum):
    """The room that the footsteps sound in; `AUTO` from what the surface agent says of the place, `NONE` is dry."""

    AUTO = "auto"
    NONE = "none"
    OUTDOOR = "outdoor"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    HALL = "hall"


class Perspective(enum.StrEnum):
    """How far away the footsteps sound; `AUTO` from each person's size in the picture."""

    AUTO = "auto"
    CLOSE = "close"
    MEDIUM = "medium"
    FAR = "far"


class SampleFormat(enum.StrEnum):
    """How a sample is written in the WAV files of a programme."""

    PCM_24 = "pcm24"
    FLOAT_32 = "float32"


class StemKind(enum.StrEnum):
    """What a stem holds."""

    FOOT = "foot"
    CLOTH = "cloth"
    ROOM = "room"
    ORIGINAL = "original"


class SessionFormat(enum.StrEnum):
    """A file that an export writes."""

    CSV = "csv"
    JSON = "json"
    TIMECODE_TEXT = "timecode_text"
    REPORT = "report"
    MIDI = "midi"
    OTIO = "otio"
    EDL = "edl"
    AAF = "aaf"
    REAPER = "reaper"
    BWF = "bwf"
    WEBVTT = "webvtt"
    ARCHIVE = "archive"
    RESOLVE_MARKERS = "resolve_markers"


EDIT_DECISION_LISTS = (SessionFormat.EDL, SessionFormat.RESOLVE_MARKERS)
"""Formats of two digits for frames: `foley_common.field_limits.MAX_EDL_LABELS_PER_S`."""


class SoundSource(enum.StrEnum):
    """Where a recording is looked for."""

    SAMPLE_PACK = "sample_pack"
    LIBRARY = "library"
    WEB = "web"
