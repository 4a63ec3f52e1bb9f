"""Wishes in words to the contract's `RenderOptions`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from google.protobuf.duration_pb2 import Duration

from foley.audio.v1 import audio_service_pb2
from foley.gateway.v1 import render_pb2, render_service_pb2, sample_pack_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2
from foley_client.overrides import Said, merged
from foley_client.steps_words import SaidSpan, StepWords
from foley_common.footsteps import GaitKind, Sensitivity, StepEdit
from foley_common.rpc.convert import duration_to_proto
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    SoundSource,
)
from foley_common.surfaces import Footwear, Surface

OptionsMessage = render_pb2.RenderOptions
"""What `render_options` makes; for signatures of callers that do not know the contract's modules."""
SoundMessage = render_service_pb2.RenderSoundRequest
"""What `sound_request` makes."""
SamplePack = sample_pack_pb2.SamplePack
"""A stored sample pack."""
LEAST_STRENGTH = 0.001  # 0 in the contract takes the default


@dataclass(frozen=True, slots=True)
class Ducking:
    """How the video's own sound gives way with `OriginalSound.DUCK`; None takes the service's default.

    Attributes:
        depth_db: How far it goes down, up to 60.
        attack_s: How long it takes to go down before a footstep, up to 5.
        hold_s: How long it stays down after the contact, up to 5.
        release_s: How long it takes to come up again, up to 5.
    """

    depth_db: float | None = None
    attack_s: float | None = None
    hold_s: float | None = None
    release_s: float | None = None


@dataclass(frozen=True, slots=True)
class SoundStyle:
    """How the programme sounds, beside its seed and the video's own sound.

    Attributes:
        loudness: Where the loudness goes.
        engine: Where the sound of a step comes from.
        room: The room that the footsteps sound in.
        perspective: How far away the footsteps sound.
        ducking: How the video's own sound gives way.
        sample_format: How a sample is written in WAV files.
        sample_rate_hz: Samples per second: 48 000 or 96 000.
        stems: Writes one file per person, foot and layer too.
        cloth: Adds a quiet layer of moving clothes.
        nudge_s: Moves every sound and marker later, −1 to 1; negative: earlier.
    """

    loudness: LoudnessPreset = LoudnessPreset.EBU_R128
    engine: SoundEngine = SoundEngine.PROCEDURAL
    room: Room = Room.AUTO
    perspective: Perspective = Perspective.AUTO
    ducking: Ducking = field(default_factory=Ducking)
    sample_format: SampleFormat = SampleFormat.PCM_24
    sample_rate_hz: int = 48_000
    stems: bool = False
    cloth: bool = False
    nudge_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    """What is exported.

    Attributes:
        formats: The files; empty: all but those that copy the sound, broadcast wave and archive.
        start_timecode: Of the first video frame, ``HH:MM:SS:FF`` or ``HH:MM:SS;FF``; empty takes the video's own.
        offset_s: Added to every position, −86 400 to 86 400.
        handles_s: Extra media kept on both ends of every clip, up to 60.
    """

    formats: Sequence[SessionFormat] = ()
    start_timecode: str = ""
    offset_s: float = 0.0
    handles_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SoundSearch:
    """Recordings to look for, to sound the footsteps with.

    Attributes:
        query: What to look for; empty takes what the surface agent suggests.
        url: Address of one recording, instead of a query.
        rights_confirmed: You have the right to use what is fetched; else nothing is fetched from the web.
        sources: Where to look, in this order; empty: everywhere that the services' settings allow.
    """

    query: str = ""
    url: str = ""
    rights_confirmed: bool = False
    sources: Sequence[SoundSource] = ()


def render_options(
    *,
    surface: Surface | None = None,
    footwear: Footwear | None = None,
    sensitivity: Sensitivity = Sensitivity.MEDIUM,
    original_sound: OriginalSound = OriginalSound.KEEP,
    seed: int = 0,
    footsteps_only: bool = False,
    style: SoundStyle | None = None,
    session: Session | None = None,
    local_ground_only: bool = False,
    surfaces: Sequence[Said[Surface]] = (),
    shoes: Sequence[Said[Footwear]] = (),
    wet: bool | None = None,
    sound_search: SoundSearch | None = None,
    step_edits: Sequence[StepEdit] | None = None,
    only_these_steps: bool = False,
    said_of_steps: Sequence[SaidSpan] = (),
) -> render_pb2.RenderOptions:
    """The contract's message for what a render shall be; everything has a default.

    Args:
        surface: The ground under everybody for the whole clip; None leaves it to the models.
        footwear: The shoe of everybody; None leaves it to the models.
        sensitivity: How readily a movement counts as a footstep.
        original_sound: What happens to the video's own sound.
        seed: Makes every random choice of the sound repeatable.
        footsteps_only: Stops after the footsteps: no sound, no video.
        style: How the programme sounds.
        session: What is exported.
        local_ground_only: Looks at the ground without the vision model.
        surfaces: Grounds of single people or spans; later ones win.
        shoes: Shoes of single people or spans; later ones win.
        wet: Whether every ground is wet, whichever it is; None leaves it to the models.
        sound_search: Recordings to look for.
        step_edits: Steps that are moved, changed, taken away or added; None leaves all as they are found.
        only_these_steps: The edits are the whole list: every step that none names is taken away.
        said_of_steps: Grounds and shoes that a table of steps says (`spans_beside`); all others win over these.
    """
    options = render_pb2.RenderOptions(
        sensitivity=f"SENSITIVITY_{sensitivity.name}",
        style=_style(style or SoundStyle(), original_sound, seed),
        footsteps_only=footsteps_only,
        formats=[f"SESSION_FORMAT_{item.name}" for item in session.formats] if session else (),
        local_ground_only=local_ground_only,
    )
    if session is not None:
        options.session.CopyFrom(
            audio_service_pb2.SessionOptions(
                start_timecode=session.start_timecode,
                offset=_duration(session.offset_s or None),
                handles=_duration(session.handles_s or None),
            )
        )
    for span in said_of_steps:
        options.overrides.append(_override(span.words, span.track_id, span.start_s, span.end_s))
    everywhere = ([Said(surface)] if surface else [], [Said(footwear)] if footwear else [])
    for ground, shoe in merged([*everywhere[0], *surfaces], [*everywhere[1], *shoes]):
        options.overrides.append(_typed_override(ground, shoe))
    if wet is not None:
        options.overrides.append(surface_agent_service_pb2.SurfaceOverride(wet=wet))
    if sound_search is not None:
        options.sound_search.CopyFrom(
            render_pb2.SoundSearch(
                query=sound_search.query,
                url=sound_search.url,
                rights_confirmed=sound_search.rights_confirmed,
                sources=[f"SOUND_SOURCE_{source.name}" for source in sound_search.sources],
            )
        )
    if step_edits is not None:
        options.step_edits.CopyFrom(
            render_pb2.StepEdits(
                edits=[_step_edit(edit) for edit in step_edits], only_these=only_these_steps
            )
        )
    return options


def sound_request(
    surface: Surface,
    *,
    footwear: Footwear | None = None,
    gait_kind: GaitKind = GaitKind.WALK,
    strength: float = 0.5,
    step_count: int = 0,
    seed: int = 0,
    wet: bool = False,
    style: SoundStyle | None = None,
) -> SoundMessage:
    """The contract's message for footsteps without a video.

    Args:
        surface: The ground.
        footwear: The shoe; None takes a sneaker.
        gait_kind: The gait.
        strength: How hard the feet land, 0 to 1.
        step_count: Single steps; 0 makes a short walk.
        seed: Makes every random choice repeatable.
        wet: True when the ground is wet.
        style: How it sounds; single steps take nothing of it.
    """
    return render_service_pb2.RenderSoundRequest(
        surface=f"SURFACE_{surface.name}",
        footwear=f"FOOTWEAR_{footwear.name}" if footwear else None,
        gait_kind=f"GAIT_KIND_{gait_kind.name}",
        strength=max(LEAST_STRENGTH, strength),
        step_count=step_count,
        wet=wet,
        style=_style(style or SoundStyle(), OriginalSound.DROP, seed),
    )


def with_packs(message: OptionsMessage | SoundMessage, packs: Iterable[SamplePack]) -> None:
    """Let a render, or a sound, play stored packs; earlier ones win."""
    message.style.sample_packs.extend(pack.pack for pack in packs)


def _typed_override(
    ground: Said[Surface] | None, shoe: Said[Footwear] | None
) -> surface_agent_service_pb2.SurfaceOverride:
    place = ground or shoe
    assert place is not None  # a pair holds at least one
    words = StepWords(ground.word if ground else None, shoe.word if shoe else None)
    return _override(words, place.track_id, place.start_s, place.end_s)


def _override(
    words: StepWords, track_id: int, start_s: float | None, end_s: float | None
) -> surface_agent_service_pb2.SurfaceOverride:
    message = surface_agent_service_pb2.SurfaceOverride(
        track_id=track_id,
        surface=f"SURFACE_{words.surface.name}" if words.surface else None,
        footwear=f"FOOTWEAR_{words.footwear.name}" if words.footwear else None,
        wet=words.wet,
    )
    if start_s is not None or end_s is not None:
        message.range.start_offset.CopyFrom(duration_to_proto(start_s or 0.0))
        if end_s is not None:
            message.range.end_offset.CopyFrom(duration_to_proto(end_s))
    return message


def _step_edit(edit: StepEdit) -> render_pb2.StepEdit:
    return render_pb2.StepEdit(
        footstep_id=edit.footstep_id,
        remove=edit.remove,
        initial_contact_offset=_duration(edit.contact_time_s),
        side=f"SIDE_{edit.side.name}" if edit.side else None,
        track_id=edit.track_id,
        strength=edit.strength,
        gait_kind=f"GAIT_KIND_{edit.gait_kind.name}" if edit.gait_kind else None,
    )


def _style(style: SoundStyle, original_sound: OriginalSound, seed: int) -> audio_service_pb2.Style:
    message = audio_service_pb2.Style(
        seed=seed,
        original_sound=f"ORIGINAL_SOUND_{original_sound.name}",
        loudness_preset=f"LOUDNESS_PRESET_{style.loudness.name}",
        engine=f"SOUND_ENGINE_{style.engine.name}",
        room=f"ROOM_{style.room.name}",
        perspective=f"PERSPECTIVE_{style.perspective.name}",
        sample_format=f"SAMPLE_FORMAT_{style.sample_format.name}",
        sample_rate_hz=style.sample_rate_hz,
        stems=style.stems,
        cloth=style.cloth,
        nudge=_duration(style.nudge_s or None),
    )
    if style.ducking != Ducking():
        message.ducking.CopyFrom(
            audio_service_pb2.Ducking(
                depth_db=style.ducking.depth_db,
                attack=_duration(style.ducking.attack_s),
                hold=_duration(style.ducking.hold_s),
                release=_duration(style.ducking.release_s),
            )
        )
    return message


def _duration(seconds: float | None) -> Duration | None:
    """A Duration; None leaves the field out."""
    return None if seconds is None else duration_to_proto(seconds)
