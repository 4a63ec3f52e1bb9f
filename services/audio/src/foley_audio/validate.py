"""Field rules of the audio service's requests, and what of the contract this release does not serve yet."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from foley.audio.v1 import audio_service_pb2 as pb
from foley.common.v1 import footstep_pb2, surface_pb2
from foley_common.errors import MediaTooLarge
from foley_common.field_limits import (
    MAX_BANK_STEPS,
    MAX_DUCK_DEPTH_DB,
    MAX_DUCK_TIME_S,
    MAX_HANDLES_S,
    MAX_NUDGE_S,
    MAX_SAMPLE_PACKS,
    MAX_SESSION_OFFSET_S,
)
from foley_common.media.info import VideoInfo
from foley_common.media.probe import STAGE_LIMITS
from foley_common.rpc.convert import duration_from_proto, time_range_from_proto
from foley_common.rpc.validate import Violations
from foley_common.sound import SAMPLE_RATES_HZ
from foley_common.timebase import is_timecode

MAX_RANGES = 100
SLICE_RATE_HZ = (8_000, 192_000)
MAX_NAME_LENGTH = 255


def check_synthesis(request: pb.SynthesizeFootstepsRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    if request.HasField("video"):
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
    _session(request.session, found)
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_export(request: pb.ExportSessionRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.footsteps, "footsteps")
    found.object_ref(request.surfaces, "surfaces")
    for name in ("cues", "mix", "foley", "video", "mix_tail", "foley_tail"):
        if request.HasField(name):
            found.object_ref(getattr(request, name), name)
    for name in ("mix", "foley"):
        found.require(
            request.HasField(name) or not request.HasField(f"{name}_tail"),
            f"{name}_tail",
            f"must be absent without {name}",
        )
    for i, stem in enumerate(request.stems):
        found.object_ref(stem.sound, f"stems[{i}].sound")
        if stem.HasField("tail"):
            found.object_ref(stem.tail, f"stems[{i}].tail")
        _word(stem.kind, pb.StemKind, f"stems[{i}].kind", found)
        _word(stem.side, footstep_pb2.Side, f"stems[{i}].side", found)
    known = set(pb.SessionFormat.values()) - {pb.SESSION_FORMAT_UNSPECIFIED}
    for i, number in enumerate(request.formats):
        found.require(
            number in known, f"formats[{i}]", f"must be a format of SessionFormat, is {number}"
        )
    if request.HasField("style"):
        _style(request.style, found)
    _session(request.session, found)
    _name(request.video_name, "video_name", found)
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_slices(request: pb.SliceSoundRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.recording, "recording")
    if request.single_steps:
        found.require(not request.ranges, "ranges", "must be empty with single_steps")
    else:
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
    found.require(
        request.audio_stream >= 0,
        "audio_stream",
        f"must be 1 or more (0 leaves the choice to the service), is {request.audio_stream}",
    )
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_bank(request: pb.RenderStepBankRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    _ground(request.surface, found)
    _word(request.footwear, surface_pb2.Footwear, "footwear", found)
    _word(request.gait_kind, footstep_pb2.GaitKind, "gait_kind", found)
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


def check_pack(request: pb.BuildSamplePackRequest) -> None:
    """Raises InvalidField with everything that is wrong."""
    found = Violations()
    found.object_ref(request.recording, "recording")
    _ground(request.surface, found)
    _word(request.footwear, surface_pb2.Footwear, "footwear", found)
    _word(request.gait_kind, footstep_pb2.GaitKind, "gait_kind", found)
    _name(request.pack_name, "pack_name", found)
    found.require(
        request.audio_stream >= 0,
        "audio_stream",
        f"must be 1 or more (0 takes the one with most steps), is {request.audio_stream}",
    )
    found.key(request.output_prefix, "output_prefix")
    found.raise_if_any()


def check_length(video: VideoInfo) -> None:
    """Raises MediaTooLarge for a programme that no time code can count: stored footsteps say how long theirs is."""
    if video.duration_s > STAGE_LIMITS.max_duration_s:
        raise MediaTooLarge(
            f"the video has {video.duration_s:g} s; cut it, at most {STAGE_LIMITS.max_duration_s:g} s are sounded",
            limit=f"{STAGE_LIMITS.max_duration_s:g}",
            unit="s",
        )


def _style(style: pb.Style, found: Violations) -> None:
    _word(style.original_sound, pb.OriginalSound, "style.original_sound", found)
    _word(style.loudness_preset, pb.LoudnessPreset, "style.loudness_preset", found)
    _sample_rate(style.sample_rate_hz, "style.sample_rate_hz", found)
    _word(style.engine, pb.SoundEngine, "style.engine", found)
    found.require(
        len(style.sample_packs) <= MAX_SAMPLE_PACKS,
        "style.sample_packs",
        f"must be at most {MAX_SAMPLE_PACKS}, are {len(style.sample_packs)}",
    )
    for i, pack in enumerate(style.sample_packs[:MAX_SAMPLE_PACKS]):
        found.object_ref(pack, f"style.sample_packs[{i}]")
    _word(style.room, pb.Room, "style.room", found)
    _word(style.perspective, pb.Perspective, "style.perspective", found)
    depth_db = style.ducking.depth_db
    found.require(
        0.0 <= depth_db <= MAX_DUCK_DEPTH_DB,
        "style.ducking.depth_db",
        f"must be 0 to {MAX_DUCK_DEPTH_DB:g} dB, is {depth_db:g} dB",
    )
    for name in ("attack", "hold", "release"):
        time: Duration = getattr(style.ducking, name)
        _seconds(time, 0.0, MAX_DUCK_TIME_S, f"style.ducking.{name}", found)
    _word(style.sample_format, pb.SampleFormat, "style.sample_format", found)
    _seconds(style.nudge, -MAX_NUDGE_S, MAX_NUDGE_S, "style.nudge", found)


def _session(session: pb.SessionOptions, found: Violations) -> None:
    start = session.start_timecode
    found.require(
        not start or is_timecode(start),
        "session.start_timecode",
        f"must be HH:MM:SS:FF or HH:MM:SS;FF, is {start[:MAX_NAME_LENGTH]!r}",
    )
    limit_s = MAX_SESSION_OFFSET_S
    _seconds(session.offset, -limit_s, limit_s, "session.offset", found)
    _seconds(session.handles, 0.0, MAX_HANDLES_S, "session.handles", found)


def _seconds(
    value: Duration, lowest_s: float, highest_s: float, field: str, found: Violations
) -> None:
    seconds = duration_from_proto(value)
    found.require(
        lowest_s <= seconds <= highest_s,
        field,
        f"must be {lowest_s:g} s to {highest_s:g} s, is {seconds:g} s",
    )


def _word(number: int, words: type, field: str, found: Violations) -> None:
    """The number must be one of the enum's."""
    known: list[int] = words.values()  # type: ignore[attr-defined]
    name: str = words.DESCRIPTOR.name  # type: ignore[attr-defined]
    found.require(number in known, field, f"must be a value of {name}, is {number}")


def _ground(number: int, found: Violations) -> None:
    grounds = set(surface_pb2.Surface.values()) - {
        surface_pb2.SURFACE_UNSPECIFIED,
        surface_pb2.SURFACE_UNKNOWN,
    }
    names = ", ".join(surface_pb2.Surface.Name(ground) for ground in sorted(grounds))
    found.require(number in grounds, "surface", f"must be one of {names}")


def _name(text: str, field: str, found: Violations) -> None:
    found.require(
        len(text) <= MAX_NAME_LENGTH,
        field,
        f"must have at most {MAX_NAME_LENGTH} characters, has {len(text)}",
    )


def _sample_rate(value: int, field: str, found: Violations) -> None:
    found.require(
        value == 0 or value in SAMPLE_RATES_HZ,
        field,
        f"must be 0 or one of {SAMPLE_RATES_HZ}, is {value}",
    )
