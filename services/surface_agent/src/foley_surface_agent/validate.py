"""What a request must hold; every violation is told at once."""

from __future__ import annotations

from foley.common.v1 import surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.field_limits import (
    MAX_OVERRIDES,
    MAX_QUERY_LENGTH,
    MAX_SAMPLE_PACKS,
    MAX_URL_LENGTH,
)
from foley_common.packs import PackLimits
from foley_common.rpc.convert import duration_from_proto, time_range_from_proto
from foley_common.rpc.validate import Violations
from foley_surface_agent.domain.sounds import MAX_SOUND_COUNT

MAX_PICTURE_BYTES = 32 * 2**20  # a 24 megapixel photograph of best quality has 20 MiB


def check_classify_surfaces(request: pb.ClassifySurfacesRequest) -> None:
    """Raises InvalidField."""
    violations = Violations()
    violations.object_ref(request.video, "video")
    violations.object_ref(request.footsteps, "footsteps")
    violations.key(request.output_key, "output_key")
    if request.answers_prefix:
        violations.key(request.answers_prefix, "answers_prefix")
    count = len(request.overrides)
    violations.require(
        count <= MAX_OVERRIDES, "overrides", f"must be at most {MAX_OVERRIDES}, are {count}"
    )
    for index, override in enumerate(request.overrides[:MAX_OVERRIDES]):
        _check_override(override, f"overrides[{index}]", violations)
    violations.raise_if_any()


def check_classify_picture(request: pb.ClassifyPictureRequest) -> None:
    """Raises InvalidField."""
    violations = Violations()
    if violations.object_ref(request.picture, "picture"):
        size = request.picture.size_bytes
        violations.require(
            size <= MAX_PICTURE_BYTES,
            "picture",
            f"must have at most {MAX_PICTURE_BYTES} bytes, has {size}",
        )
    violations.raise_if_any()


def check_find_sounds(request: pb.FindSoundsRequest) -> None:
    """Raises InvalidField."""
    violations = Violations()
    has_query, has_url = bool(request.query.strip()), bool(request.url.strip())
    violations.require(
        has_query != has_url, "query", "must be set when url is not, and must not be when it is"
    )
    for name, limit in (("query", MAX_QUERY_LENGTH), ("url", MAX_URL_LENGTH)):
        length = len(getattr(request, name))
        violations.require(
            length <= limit, name, f"must have at most {limit} characters, has {length}"
        )
    count = request.max_sound_count
    violations.require(
        0 <= count <= MAX_SOUND_COUNT,
        "max_sound_count",
        f"must be from 1 to {MAX_SOUND_COUNT}, or 0 for the default, is {count}",
    )
    violations.key(request.output_prefix, "output_prefix")
    for index, number in enumerate(request.sources):
        violations.require(
            number != pb.SOUND_SOURCE_UNSPECIFIED and number in pb.SoundSource.values(),
            f"sources[{index}]",
            f"must be a known source, is {number}",
        )
    packs = len(request.sample_packs)
    violations.require(
        packs <= MAX_SAMPLE_PACKS,
        "sample_packs",
        f"must be at most {MAX_SAMPLE_PACKS}, are {packs}",
    )
    for index, pack in enumerate(request.sample_packs[:MAX_SAMPLE_PACKS]):
        field = f"sample_packs[{index}]"
        if violations.object_ref(pack, field):
            most = PackLimits().max_zip_bytes
            violations.require(
                pack.size_bytes <= most,
                field,
                f"must have at most {most} bytes, has {pack.size_bytes}",
            )
    if request.HasField("max_duration"):
        length_s = duration_from_proto(request.max_duration)
        violations.require(length_s > 0, "max_duration", f"must be > 0 s, is {length_s:g} s")
    violations.raise_if_any()


def _check_override(override: pb.SurfaceOverride, field: str, violations: Violations) -> None:
    violations.require(
        override.track_id >= 0, f"{field}.track_id", f"must be 0 or a track, is {override.track_id}"
    )
    known_surface = override.surface in surface_pb2.Surface.values()
    violations.require(
        known_surface, f"{field}.surface", f"must be a known surface, is {override.surface}"
    )
    known_shoe = override.footwear in surface_pb2.Footwear.values()
    violations.require(
        known_shoe, f"{field}.footwear", f"must be a known footwear, is {override.footwear}"
    )
    violations.require(
        override.surface != surface_pb2.SURFACE_UNKNOWN,
        f"{field}.surface",
        "must be a surface; leave it unset for the models to find out",
    )
    violations.require(
        override.footwear != surface_pb2.FOOTWEAR_UNKNOWN,
        f"{field}.footwear",
        "must be a footwear; leave it unset for the models to find out",
    )
    says_something = bool(override.surface or override.footwear or override.HasField("wet"))
    violations.require(says_something, field, "must set surface, footwear or wet")
    if override.HasField("range"):
        start_s, end_s = time_range_from_proto(override.range)
        violations.require(
            start_s >= 0, f"{field}.range.start_offset", f"must be >= 0 s, is {start_s:g} s"
        )
        violations.require(
            end_s > start_s,
            f"{field}.range",
            f"must end after it starts ({start_s:g} s to {end_s:g} s)",
        )
