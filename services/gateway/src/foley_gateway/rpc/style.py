"""Between the contract's style, session options and stems and the gateway's domain."""

from __future__ import annotations

from foley.audio.v1 import audio_service_pb2 as audio_pb
from foley.common.v1 import footstep_pb2
from foley_common.field_limits import (
    MAX_DUCK_DEPTH_DB,
    MAX_DUCK_TIME_S,
    MAX_HANDLES_S,
    MAX_NUDGE_S,
    MAX_SAMPLE_PACKS,
    MAX_SESSION_OFFSET_S,
)
from foley_common.footsteps import Side
from foley_common.programme import SessionOptions
from foley_common.rpc.convert import (
    enum_from_proto,
    enum_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
)
from foley_common.rpc.validate import Violations
from foley_common.sound import (
    SAMPLE_RATES_HZ,
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SoundEngine,
    StemKind,
)
from foley_common.timebase import is_timecode
from foley_gateway.domain.types import Ducking, Stem, Style
from foley_gateway.rpc.words import checked_seconds, checked_word, seconds_to_proto


def style_to_proto(style: Style) -> audio_pb.Style:
    """A style to its message."""
    return audio_pb.Style(
        seed=style.seed,
        original_sound=enum_to_proto(  # type: ignore[arg-type]
            style.original_sound, "ORIGINAL_SOUND", audio_pb.OriginalSound
        ),
        loudness_preset=enum_to_proto(  # type: ignore[arg-type]
            style.loudness_preset, "LOUDNESS_PRESET", audio_pb.LoudnessPreset
        ),
        sample_rate_hz=style.sample_rate_hz,
        engine=enum_to_proto(style.engine, "SOUND_ENGINE", audio_pb.SoundEngine),  # type: ignore[arg-type]
        sample_packs=[object_ref_to_proto(pack) for pack in style.sample_packs],
        room=enum_to_proto(style.room, "ROOM", audio_pb.Room),  # type: ignore[arg-type]
        perspective=enum_to_proto(  # type: ignore[arg-type]
            style.perspective, "PERSPECTIVE", audio_pb.Perspective
        ),
        ducking=_ducking_to_proto(style.ducking),
        sample_format=enum_to_proto(  # type: ignore[arg-type]
            style.sample_format, "SAMPLE_FORMAT", audio_pb.SampleFormat
        ),
        stems=style.stems,
        cloth=style.cloth,
        nudge=seconds_to_proto(style.nudge_s or None),
    )


def style_from_proto(message: audio_pb.Style, where: str, found: Violations) -> Style:
    """A message to a style; what is not set takes its default, what is wrong is noted."""
    rate = message.sample_rate_hz
    found.require(
        not rate or rate in SAMPLE_RATES_HZ,
        f"{where}.sample_rate_hz",
        f"must be 48000 or 96000, is {rate}",
    )
    count = len(message.sample_packs)
    found.require(
        count <= MAX_SAMPLE_PACKS,
        f"{where}.sample_packs",
        f"must be at most {MAX_SAMPLE_PACKS}, are {count}",
    )
    packs = message.sample_packs[:MAX_SAMPLE_PACKS]
    for index, pack in enumerate(packs):
        found.object_ref(pack, f"{where}.sample_packs[{index}]")
    original = checked_word(
        message.original_sound,
        "ORIGINAL_SOUND",
        audio_pb.OriginalSound,
        OriginalSound,
        f"{where}.original_sound",
        found,
    )
    preset = checked_word(
        message.loudness_preset,
        "LOUDNESS_PRESET",
        audio_pb.LoudnessPreset,
        LoudnessPreset,
        f"{where}.loudness_preset",
        found,
    )
    engine = checked_word(
        message.engine,
        "SOUND_ENGINE",
        audio_pb.SoundEngine,
        SoundEngine,
        f"{where}.engine",
        found,
    )
    room = checked_word(message.room, "ROOM", audio_pb.Room, Room, f"{where}.room", found)
    perspective = checked_word(
        message.perspective,
        "PERSPECTIVE",
        audio_pb.Perspective,
        Perspective,
        f"{where}.perspective",
        found,
    )
    sample_format = checked_word(
        message.sample_format,
        "SAMPLE_FORMAT",
        audio_pb.SampleFormat,
        SampleFormat,
        f"{where}.sample_format",
        found,
    )
    return Style(
        seed=message.seed,
        original_sound=original or OriginalSound.KEEP,
        loudness_preset=preset or LoudnessPreset.EBU_R128,
        sample_rate_hz=rate,
        engine=engine or (SoundEngine.SAMPLED if packs else SoundEngine.PROCEDURAL),
        sample_packs=tuple(object_ref_from_proto(pack) for pack in packs),
        room=room or Room.AUTO,
        perspective=perspective or Perspective.AUTO,
        ducking=_ducking_from_proto(message.ducking, f"{where}.ducking", found),
        sample_format=sample_format or SampleFormat.PCM_24,
        stems=message.stems,
        cloth=message.cloth,
        nudge_s=checked_seconds(message.nudge, -MAX_NUDGE_S, MAX_NUDGE_S, f"{where}.nudge", found),
    )


def _ducking_to_proto(ducking: Ducking) -> audio_pb.Ducking | None:
    if ducking == Ducking():
        return None
    return audio_pb.Ducking(
        depth_db=ducking.depth_db,
        attack=seconds_to_proto(ducking.attack_s),
        hold=seconds_to_proto(ducking.hold_s),
        release=seconds_to_proto(ducking.release_s),
    )


def _ducking_from_proto(message: audio_pb.Ducking, where: str, found: Violations) -> Ducking:
    depth_db = message.depth_db
    found.require(
        0.0 <= depth_db <= MAX_DUCK_DEPTH_DB,
        f"{where}.depth_db",
        f"must be from 0 to {MAX_DUCK_DEPTH_DB:g} dB, is {depth_db:g} dB",
    )
    times_s = {
        name: checked_seconds(
            getattr(message, name), 0.0, MAX_DUCK_TIME_S, f"{where}.{name}", found
        )
        for name in ("attack", "hold", "release")
        if message.HasField(name)
    }
    return Ducking(depth_db, times_s.get("attack"), times_s.get("hold"), times_s.get("release"))


def session_to_proto(session: SessionOptions) -> audio_pb.SessionOptions:
    """Session options to their message."""
    return audio_pb.SessionOptions(
        start_timecode=session.start_timecode,
        offset=seconds_to_proto(session.offset_s or None),
        handles=seconds_to_proto(session.handles_s or None),
    )


def session_from_proto(
    message: audio_pb.SessionOptions, where: str, found: Violations
) -> SessionOptions:
    """A message to session options; what is wrong is noted."""
    start = message.start_timecode
    found.require(
        not start or is_timecode(start),
        f"{where}.start_timecode",
        f"must be HH:MM:SS:FF or HH:MM:SS;FF, is {start!r}",
    )
    limit_s = MAX_SESSION_OFFSET_S
    return SessionOptions(
        start_timecode=start,
        offset_s=checked_seconds(message.offset, -limit_s, limit_s, f"{where}.offset", found),
        handles_s=checked_seconds(message.handles, 0.0, MAX_HANDLES_S, f"{where}.handles", found),
    )


def stem_to_proto(stem: Stem) -> audio_pb.Stem:
    """A stem to its message."""
    return audio_pb.Stem(
        name=stem.name,
        sound=object_ref_to_proto(stem.sound),
        kind=enum_to_proto(stem.kind, "STEM_KIND", audio_pb.StemKind),  # type: ignore[arg-type]
        track_id=stem.track_id,
        side=enum_to_proto(stem.side, "SIDE", footstep_pb2.Side),  # type: ignore[arg-type]
        gain_db=stem.gain_db,
        tail=None if stem.tail is None else object_ref_to_proto(stem.tail),
    )


def stem_from_proto(message: audio_pb.Stem) -> Stem:
    """A message to a stem."""
    return Stem(
        name=message.name,
        sound=object_ref_from_proto(message.sound),
        kind=enum_from_proto(message.kind, "STEM_KIND", audio_pb.StemKind, StemKind),
        track_id=message.track_id,
        side=enum_from_proto(message.side, "SIDE", footstep_pb2.Side, Side),
        gain_db=message.gain_db,
        tail=object_ref_from_proto(message.tail) if message.HasField("tail") else None,
    )
