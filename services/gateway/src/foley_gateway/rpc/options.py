"""Between the contract's `RenderOptions` and the gateway's domain."""

from __future__ import annotations

from collections.abc import Sequence

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.common.v1 import surface_pb2
from foley.detector.v1 import detector_service_pb2 as detector_pb
from foley.gateway.v1 import render_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_agent_pb
from foley_common.field_limits import (
    MAX_OVERRIDES,
    MAX_PEOPLE_COUNT,
    MAX_PERSON_CONFIDENCE,
    MAX_QUERY_LENGTH,
    MAX_URL_LENGTH,
    MIN_PERSON_CONFIDENCE,
)
from foley_common.footsteps import Sensitivity
from foley_common.rpc.convert import duration_from_proto, duration_to_proto, enum_to_proto
from foley_common.rpc.validate import Violations
from foley_common.sound import SessionFormat, SoundSource
from foley_common.surfaces import Footwear, Surface
from foley_gateway.domain.types import PoseOptions, RenderOptions, SoundSearch, SurfaceOverride
from foley_gateway.rpc.step_edits import step_edits_from_proto, step_edits_to_proto
from foley_gateway.rpc.style import (
    session_from_proto,
    session_to_proto,
    style_from_proto,
    style_to_proto,
)
from foley_gateway.rpc.words import checked_word


def pose_options_to_proto(options: PoseOptions) -> detector_pb.PoseOptions:
    """Settings of person and pose finding to their message."""
    return detector_pb.PoseOptions(
        min_person_confidence=options.min_person_confidence,
        max_people_count=options.max_people_count,
    )


def sensitivity_to_proto(sensitivity: Sensitivity) -> int:
    """A sensitivity to its number."""
    return enum_to_proto(sensitivity, "SENSITIVITY", detector_pb.Sensitivity)


def format_to_proto(session_format: SessionFormat) -> int:
    """A format to its number."""
    return enum_to_proto(session_format, "SESSION_FORMAT", audio_pb.SessionFormat)


def override_to_proto(override: SurfaceOverride) -> surface_agent_pb.SurfaceOverride:
    """What the caller knows better to its message."""
    message = surface_agent_pb.SurfaceOverride(
        track_id=override.track_id,
        surface=enum_to_proto(override.surface, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        footwear=enum_to_proto(override.footwear, "FOOTWEAR", surface_pb2.Footwear),  # type: ignore[arg-type]
        wet=override.wet,
    )
    if override.start_time_s is not None:
        message.range.start_offset.CopyFrom(duration_to_proto(override.start_time_s))
    if override.end_time_s is not None:
        message.range.end_offset.CopyFrom(duration_to_proto(override.end_time_s))
    return message


def options_to_proto(options: RenderOptions) -> render_pb2.RenderOptions:
    """Render options to their message."""
    return render_pb2.RenderOptions(
        poses=pose_options_to_proto(options.poses),
        sensitivity=sensitivity_to_proto(options.sensitivity),  # type: ignore[arg-type]
        overrides=[override_to_proto(override) for override in options.overrides],
        style=style_to_proto(options.style),
        footsteps_only=options.footsteps_only,
        session=session_to_proto(options.session),
        formats=[format_to_proto(item) for item in options.formats],  # type: ignore[misc]
        local_ground_only=options.local_ground_only,
        sound_search=_search_to_proto(options.sound_search),
        step_edits=step_edits_to_proto(options.step_edits),
    )


def options_from_proto(message: render_pb2.RenderOptions) -> RenderOptions:
    """A message to render options; what is not set takes its default.

    Raises:
        InvalidField: with every violation there is.
    """
    found = Violations()
    options = RenderOptions(
        poses=_poses_from_proto(message.poses, "options.poses", found),
        sensitivity=checked_word(
            message.sensitivity,
            "SENSITIVITY",
            detector_pb.Sensitivity,
            Sensitivity,
            "options.sensitivity",
            found,
        )
        or Sensitivity.MEDIUM,
        overrides=_overrides_from_proto(message.overrides, "options.overrides", found),
        style=style_from_proto(message.style, "options.style", found),
        footsteps_only=message.footsteps_only,
        session=session_from_proto(message.session, "options.session", found),
        formats=_formats_from_proto(message.formats, "options.formats", found),
        local_ground_only=message.local_ground_only,
        sound_search=(
            _search_from_proto(message.sound_search, "options.sound_search", found)
            if message.HasField("sound_search")
            else None
        ),
        step_edits=step_edits_from_proto(message.step_edits, "options.step_edits", found),
    )
    found.raise_if_any()
    return options


def _poses_from_proto(
    message: detector_pb.PoseOptions, where: str, found: Violations
) -> PoseOptions:
    confidence, people = message.min_person_confidence, message.max_people_count
    found.require(
        not confidence or MIN_PERSON_CONFIDENCE <= round(confidence, 6) <= MAX_PERSON_CONFIDENCE,
        f"{where}.min_person_confidence",
        f"must be 0 or from {MIN_PERSON_CONFIDENCE} to {MAX_PERSON_CONFIDENCE}, is {confidence:g}",
    )
    found.require(
        0 <= people <= MAX_PEOPLE_COUNT,
        f"{where}.max_people_count",
        f"must be from 0 to {MAX_PEOPLE_COUNT}, is {people}",
    )
    return PoseOptions(confidence, people)


def _overrides_from_proto(
    messages: Sequence[surface_agent_pb.SurfaceOverride], where: str, found: Violations
) -> tuple[SurfaceOverride, ...]:
    count = len(messages)
    found.require(count <= MAX_OVERRIDES, where, f"must be at most {MAX_OVERRIDES}, are {count}")
    return tuple(
        _override_from_proto(message, f"{where}[{index}]", found)
        for index, message in enumerate(messages[:MAX_OVERRIDES])
    )


def _override_from_proto(
    message: surface_agent_pb.SurfaceOverride, where: str, found: Violations
) -> SurfaceOverride:
    start_s = end_s = None
    if message.HasField("range"):
        start_s = duration_from_proto(message.range.start_offset)
        if message.range.HasField("end_offset"):
            end_s = duration_from_proto(message.range.end_offset)
        found.require(
            start_s >= 0 and (end_s is None or end_s > start_s),
            f"{where}.range",
            "must start at 0 or later and end after its start",
        )
    found.require(
        message.track_id >= 0, f"{where}.track_id", f"must be 0 or more, is {message.track_id}"
    )
    # The surface agent asks for it too, but only when minutes of looking for steps are over.
    says_something = bool(message.surface or message.footwear or message.HasField("wet"))
    found.require(says_something, where, "must set surface, footwear or wet")
    surface = checked_word(
        message.surface, "SURFACE", surface_pb2.Surface, Surface, f"{where}.surface", found
    )
    footwear = checked_word(
        message.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear, f"{where}.footwear", found
    )
    wet = message.wet if message.HasField("wet") else None
    return SurfaceOverride(message.track_id, start_s, end_s, surface, footwear, wet)


def _formats_from_proto(
    numbers: Sequence[int], where: str, found: Violations
) -> tuple[SessionFormat, ...]:
    """Each format once, in the order they were asked for."""
    words: dict[SessionFormat, None] = {}
    for index, number in enumerate(numbers):
        field = f"{where}[{index}]"
        found.require(number != 0, field, "must be a format, is unspecified")
        word = checked_word(
            number, "SESSION_FORMAT", audio_pb.SessionFormat, SessionFormat, field, found
        )
        if word is not None:
            words[word] = None
    return tuple(words)


def _search_to_proto(search: SoundSearch | None) -> render_pb2.SoundSearch | None:
    if search is None:
        return None
    return render_pb2.SoundSearch(
        query=search.query,
        url=search.url,
        rights_confirmed=search.rights_confirmed,
        sources=[  # type: ignore[misc]
            enum_to_proto(source, "SOUND_SOURCE", surface_agent_pb.SoundSource)
            for source in search.sources
        ],
    )


def _search_from_proto(
    message: render_pb2.SoundSearch, where: str, found: Violations
) -> SoundSearch:
    found.require(
        not (message.query.strip() and message.url.strip()),
        f"{where}.url",
        "must be empty when there is a query; ask for one of them",
    )
    for name, limit in (("query", MAX_QUERY_LENGTH), ("url", MAX_URL_LENGTH)):
        length = len(getattr(message, name))
        found.require(
            length <= limit,
            f"{where}.{name}",
            f"must have at most {limit} characters, has {length}",
        )
    sources: dict[SoundSource, None] = {}
    for index, number in enumerate(message.sources):
        field = f"{where}.sources[{index}]"
        found.require(number != 0, field, "must be a source, is unspecified")
        source = checked_word(
            number, "SOUND_SOURCE", surface_agent_pb.SoundSource, SoundSource, field, found
        )
        if source is not None:
            sources[source] = None
    query, url = message.query.strip(), message.url.strip()  # blanks are not asked for
    return SoundSearch(query, url, message.rights_confirmed, tuple(sources))
