"""Field rules of the audio service's requests."""

from __future__ import annotations

from foley.audio.v1 import audio_service_pb2 as pb
from foley.common.v1 import surface_pb2
from foley_audio.domain.types import SAMPLE_RATES_HZ
from foley_common.rpc.convert import time_range_from_proto
from foley_common.rpc.validate import Violations

MAX_RANGES = 100
MAX_BANK_STEPS = 256
SLICE_RATE_HZ = (8_000, 192_000)
MAX_VIDEO_NAME_LENGTH = 255


def check_synthesis(request: pb.SynthesizeFootstepsRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.video, "video")
    found.object_ref(request.footsteps, "footsteps")
    found.object_ref(request.surfaces, "surfaces")
    _style(request.style, found)
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_video(request: pb.RenderVideoRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.video, "video")
    found.object_ref(request.mix, "mix")
    found.object_ref(request.cues, "cues")
    found.object_ref(request.footsteps, "footsteps")
    found.object_ref(request.surfaces, "surfaces")
    if request.HasField("poses"):
        found.object_ref(request.poses, "poses")
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_export(request: pb.ExportSessionRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.footsteps, "footsteps")
    found.object_ref(request.surfaces, "surfaces")
    known = set(pb.SessionFormat.values()) - {pb.SESSION_FORMAT_UNSPECIFIED}
    for i, number in enumerate(request.formats):
        found.require(
            number in known, f"formats[{i}]", f"must be a format of SessionFormat, is {number}"
        )
    if request.HasField("style"):
        _style(request.style, found)
    found.require(
        len(request.video_name) <= MAX_VIDEO_NAME_LENGTH,
        "video_name",
        f"must have at most {MAX_VIDEO_NAME_LENGTH} characters, has {len(request.video_name)}",
    )
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_slices(request: pb.SliceSoundRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.recording, "recording")
    found.require(
        1 <= len(request.ranges) <= MAX_RANGES,
        "ranges",
        f"must be 1 to {MAX_RANGES}, are {len(request.ranges)}",
    )
    for i, message in enumerate(request.ranges):
        start_s, end_s = time_range_from_proto(message)
        found.require(
            start_s >= 0, f"ranges[{i}].start_offset", f"must be >= 0 s, is {start_s:g} s"
        )
        found.require(
            end_s > start_s,
            f"ranges[{i}].end_offset",
            f"must be after the start ({start_s:g} s), is {end_s:g} s",
        )
    lowest, highest = SLICE_RATE_HZ
    found.require(
        request.sample_rate_hz == 0 or lowest <= request.sample_rate_hz <= highest,
        "sample_rate_hz",
        f"must be 0 or {lowest} to {highest}, is {request.sample_rate_hz}",
    )
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_bank(request: pb.RenderStepBankRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    grounds = set(surface_pb2.Surface.values()) - {
        surface_pb2.SURFACE_UNSPECIFIED,
        surface_pb2.SURFACE_UNKNOWN,
    }
    found.require(request.surface in grounds, "surface", "must be a surface of the closed list")
    found.require(
        request.footwear in surface_pb2.Footwear.values(),
        "footwear",
        "must be a shoe of the closed list",
    )
    found.require(
        0.0 <= request.strength <= 1.0, "strength", f"must be 0 to 1, is {request.strength:g}"
    )
    found.require(
        0 <= request.step_count <= MAX_BANK_STEPS,
        "step_count",
        f"must be 1 to {MAX_BANK_STEPS} (0 takes the default), is {request.step_count}",
    )
    _sample_rate(request.sample_rate_hz, "sample_rate_hz", found)
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def _style(style: pb.Style, found: Violations) -> None:
    found.require(
        style.original_sound in pb.OriginalSound.values(),
        "style.original_sound",
        "must be a value of OriginalSound",
    )
    found.require(
        style.loudness_preset in pb.LoudnessPreset.values(),
        "style.loudness_preset",
        "must be a value of LoudnessPreset",
    )
    _sample_rate(style.sample_rate_hz, "style.sample_rate_hz", found)


def _sample_rate(value: int, field: str, found: Violations) -> None:
    found.require(
        value == 0 or value in SAMPLE_RATES_HZ,
        field,
        f"must be 0 or one of {SAMPLE_RATES_HZ}, is {value}",
    )
