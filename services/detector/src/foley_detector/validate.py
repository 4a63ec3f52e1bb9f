"""What a request to the detector must be; every problem is reported at once."""

from __future__ import annotations

from foley.detector.v1 import detector_service_pb2 as pb
from foley_common.errors import FieldViolation, InvalidField
from foley_common.field_limits import MAX_PEOPLE_COUNT, MAX_PERSON_CONFIDENCE, MIN_PERSON_CONFIDENCE
from foley_common.rpc.convert import time_range_from_proto
from foley_common.rpc.validate import Violations
from foley_detector.convert import Span

MAX_SEGMENT_COUNT = 10_000
RESULT_SUFFIX = ".result.binpb"
"""What is stored beside a result, so that a repeated call gives the same answer."""


def check_estimate_poses(request: pb.EstimatePosesRequest) -> None:
    """Raises InvalidField."""
    found = Violations()
    found.object_ref(request.video, "video")
    _check_options(found, request.options)
    if found.key(request.output_key, "output_key"):
        found.key(request.output_key + RESULT_SUFFIX, "output_key")
    if request.HasField("range"):
        start_s, end_s = time_range_from_proto(request.range)
        found.require(start_s >= 0, "range.start_offset", f"must be >= 0 s, is {start_s} s")
        found.require(
            end_s > start_s,
            "range.end_offset",
            f"must be after start_offset ({start_s} s), is {end_s} s",
        )
    found.raise_if_any()


def check_find_footsteps(request: pb.FindFootstepsRequest) -> None:
    """Raises InvalidField."""
    found = Violations()
    count = len(request.segments)
    found.require(
        1 <= count <= MAX_SEGMENT_COUNT,
        "segments",
        f"must be 1 to {MAX_SEGMENT_COUNT} references, are {count}",
    )
    for number, segment in enumerate(request.segments):
        found.object_ref(segment, f"segments[{number}]")
    if found.require(request.HasField("video"), "video", "is required"):
        found.require(request.video.width_px > 0, "video.width_px", "must be greater than 0")
        found.require(request.video.height_px > 0, "video.height_px", "must be greater than 0")
    _check_sensitivity(found, request.sensitivity)
    _check_prefix(found, request.output_prefix)
    found.raise_if_any()


def check_detect_footsteps(request: pb.DetectFootstepsRequest) -> None:
    """Raises InvalidField."""
    found = Violations()
    found.object_ref(request.video, "video")
    _check_options(found, request.options)
    _check_sensitivity(found, request.sensitivity)
    _check_prefix(found, request.output_prefix)
    found.raise_if_any()


def check_span(span: Span, duration_s: float) -> None:
    """The part must begin inside the video. Raises InvalidField."""
    if span.start_s > 0 and span.start_s >= duration_s:
        problem = f"must be before the video's end at {duration_s:.3f} s, is {span.start_s} s"
        raise InvalidField([FieldViolation("range.start_offset", problem)])


def _check_options(found: Violations, options: pb.PoseOptions) -> None:
    confidence, count = options.min_person_confidence, options.max_people_count
    # The field is a 32-bit float: 0.95 arrives as 0.94999999 or 0.95000000.
    found.require(
        confidence == 0
        or MIN_PERSON_CONFIDENCE - 1e-6 <= confidence <= MAX_PERSON_CONFIDENCE + 1e-6,
        "options.min_person_confidence",
        f"must be 0 (default) or {MIN_PERSON_CONFIDENCE} to {MAX_PERSON_CONFIDENCE}, is {confidence:.4g}",
    )
    found.require(
        0 <= count <= MAX_PEOPLE_COUNT,
        "options.max_people_count",
        f"must be 0 (default) or 1 to {MAX_PEOPLE_COUNT}, is {count}",
    )


def _check_sensitivity(found: Violations, number: int) -> None:
    found.require(number in pb.Sensitivity.values(), "sensitivity", f"has no value {number}")


def _check_prefix(found: Violations, prefix: str) -> None:
    if found.key(prefix, "output_prefix"):
        found.key(f"{prefix}/footsteps{RESULT_SUFFIX}", "output_prefix")
