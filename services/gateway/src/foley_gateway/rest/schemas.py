"""The shapes of REST for its OpenAPI page: JSON of the contract's messages, field for field (a test compares them)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="gRPC status code, for example NOT_FOUND.")
    reason: str = Field(description="A value of foley.common.v1.ErrorReason without its prefix.")
    message: str = Field(description="The same in a sentence for people.")
    metadata: dict[str, str] = Field(description="What varies in the message, again, for machines.")
    request_id: str = Field(description="Finds the log lines.")
    field_violations: list[dict[str, str]] | None = Field(
        None, description="With INVALID_FIELD: every violation."
    )


class Error(BaseModel):
    """Every answer that is an error."""

    error: ErrorBody


class ObjectRef(BaseModel):
    """Points at one immutable object in the shared store."""

    bucket: str
    key: str
    sha256: str
    size_bytes: str = Field(description="64-bit integers are strings in proto JSON.")
    media_type: str


class Rational(BaseModel):
    """An exact fraction."""

    numerator: str
    denominator: str


class VideoInfo(BaseModel):
    """What a probe found in a video."""

    width_px: int
    height_px: int
    frame_rate: Rational
    frame_count: str
    duration: str = Field(description="Seconds with the suffix s, for example 8.008s.")
    video_codec: str
    rotation_degrees: int
    variable_frame_rate: bool
    audio_codec: str
    audio_sample_rate_hz: int
    audio_channel_count: int
    pixel_format: str
    start_timecode: str
    nominal_frame_rate: Rational | None = Field(
        None,
        description="What time code counts: the usual rate that most frames of a variable one keep. "
        "Absent in clips of earlier versions.",
    )


class Clip(BaseModel):
    """One uploaded video."""

    name: str
    display_name: str
    source: ObjectRef
    video: VideoInfo
    create_time: str


class ListClipsResponse(BaseModel):
    """A page of clips."""

    clips: list[Clip]
    next_page_token: str


class DeleteClipResponse(BaseModel):
    """What a deletion did."""

    deleted_object_count: int


class SampleGroup(BaseModel):
    """Steps of one ground, shoe and gait in a sample pack."""

    surface: str
    footwear: str = Field(description="FOOTWEAR_UNSPECIFIED serves every shoe.")
    gait_kind: str = Field(description="GAIT_KIND_UNSPECIFIED serves every gait.")
    step_count: int


class Provenance(BaseModel):
    """Where a recording comes from, and what may be done with it."""

    source_url: str
    title: str
    uploader: str
    licence: str
    rights_confirmed: bool


class SamplePack(BaseModel):
    """Recorded single steps that a render may sound footsteps with."""

    name: str
    display_name: str
    pack: ObjectRef = Field(description="What `style.sample_packs` takes.")
    step_count: int
    groups: list[SampleGroup]
    provenance: Provenance | None = None
    create_time: str
    audio_stream: int = Field(
        description="Which of its recording's audio streams, from 1; 0: not said."
    )
    audio_stream_count: int = Field(description="How many that recording has; 0: not said.")


class ListSamplePacksResponse(BaseModel):
    """A page of sample packs."""

    sample_packs: list[SamplePack]
    next_page_token: str


class DeleteSamplePackResponse(BaseModel):
    """What a deletion did."""

    deleted_object_count: int


class PoseOptions(BaseModel):
    """Settings of person and pose finding."""

    min_person_confidence: float = 0
    max_people_count: int = 0


class TimeRange(BaseModel):
    """Half-open time region."""

    start_offset: str = "0s"
    end_offset: str | None = None


class RejectedPart(BaseModel):
    """A part of a recording that was not taken into a pack."""

    range: TimeRange
    reason: str = Field(description="For example loop, speech, music, clipped, noise.")


class BuildSamplePackResponse(BaseModel):
    """A pack made of a recording."""

    sample_pack: SamplePack
    rejected: list[RejectedPart]


class SurfaceOverride(BaseModel):
    """What the caller knows better about a ground or a shoe."""

    track_id: int = 0
    range: TimeRange | None = None
    surface: str = Field("SURFACE_UNSPECIFIED", description="For example SURFACE_GRAVEL.")
    footwear: str = Field("FOOTWEAR_UNSPECIFIED", description="For example FOOTWEAR_BOOT.")
    wet: bool | None = Field(
        None,
        description="Whether the ground is wet, whichever it is; absent leaves it to the models.",
    )


class Ducking(BaseModel):
    """How the original sound gives way with ORIGINAL_SOUND_DUCK."""

    depth_db: float = Field(0, description="0 to 60 dB; 0 takes the default, 9.")
    attack: str | None = Field(None, description="0s to 5s; 0.030s when absent.")
    hold: str | None = Field(None, description="0s to 5s; 0.150s when absent.")
    release: str | None = Field(None, description="0s to 5s; 0.350s when absent.")


class Style(BaseModel):
    """How the programme sounds."""

    seed: str | int = "0"
    original_sound: str = Field(
        "ORIGINAL_SOUND_KEEP", description="ORIGINAL_SOUND_KEEP, _DUCK or _DROP."
    )
    loudness_preset: str = Field(
        "LOUDNESS_PRESET_EBU_R128",
        description="LOUDNESS_PRESET_EBU_R128, _ATSC_A85, _STREAMING_16, _STREAMING_14 or _CINEMA.",
    )
    sample_rate_hz: int = 0
    engine: str = Field(
        "SOUND_ENGINE_UNSPECIFIED",
        description="SOUND_ENGINE_PROCEDURAL or _SAMPLED; unspecified: sampled with sample packs.",
    )
    sample_packs: list[ObjectRef] = Field([], description="For SOUND_ENGINE_SAMPLED; at most 16.")
    room: str = Field(
        "ROOM_AUTO", description="ROOM_AUTO, _NONE, _OUTDOOR, _SMALL, _MEDIUM, _LARGE or _HALL."
    )
    perspective: str = Field(
        "PERSPECTIVE_AUTO", description="PERSPECTIVE_AUTO, _CLOSE, _MEDIUM or _FAR."
    )
    ducking: Ducking | None = None
    sample_format: str = Field(
        "SAMPLE_FORMAT_PCM_24", description="SAMPLE_FORMAT_PCM_24 or _FLOAT_32."
    )
    stems: bool = Field(False, description="Writes one file per person, foot and layer too.")
    cloth: bool = Field(False, description="Adds a quiet layer of moving clothes.")
    nudge: str | None = Field(
        None, description="Moves every sound and marker later: -1s to 1s, for example 0.02s."
    )


class SessionOptions(BaseModel):
    """Where the positions of the exported session count from, and how much media its clips keep."""

    start_timecode: str = Field("", description="HH:MM:SS:FF or HH:MM:SS;FF of the first frame.")
    offset: str | None = Field(None, description="Added to every position: -86400s to 86400s.")
    handles: str | None = Field(None, description="Extra media at both ends of clips: 0s to 60s.")


class SoundSearch(BaseModel):
    """Recordings to look for."""

    query: str = Field("", description="Empty takes what the surface agent suggests.")
    url: str = Field("", description="Address of one recording, instead of a query.")
    rights_confirmed: bool = Field(
        False, description="You have the right to use what is fetched; else nothing is."
    )
    sources: list[str] = Field([], description="SOUND_SOURCE_SAMPLE_PACK, _LIBRARY, _WEB.")


class StepEdit(BaseModel):
    """One step that is moved, changed, taken away or added. What is not set stays as it was found."""

    footstep_id: str = Field("", description="The step; one that no step has, or empty, adds one.")
    remove: bool = Field(False, description="Takes the step away.")
    initial_contact_offset: str | None = Field(
        None, description="When the foot touches the ground, for example 2.31s. To add a step."
    )
    side: str = Field("SIDE_UNSPECIFIED", description="SIDE_LEFT or SIDE_RIGHT.")
    track_id: int = Field(0, description="The person; 0: as found, or who steps nearest in time.")
    strength: float | None = Field(None, description="How hard the foot lands, 0 to 1.")
    gait_kind: str = Field("GAIT_KIND_UNSPECIFIED", description="GAIT_KIND_WALK, _RUN and so on.")


class StepEdits(BaseModel):
    """Changes of the steps that were found; they always start from what the detector finds."""

    edits: list[StepEdit] = Field([], description="One per step, at most 10000.")
    only_these: bool = Field(False, description="Takes away every step that no edit names.")


class RenderOptions(BaseModel):
    """What a render shall be. Everything has a default."""

    poses: PoseOptions | None = None
    sensitivity: str = Field("SENSITIVITY_MEDIUM", description="SENSITIVITY_LOW, _MEDIUM or _HIGH.")
    overrides: list[SurfaceOverride] = []
    style: Style | None = None
    footsteps_only: bool = False
    session: SessionOptions | None = None
    formats: list[str] = Field(
        [],
        description="For example SESSION_FORMAT_MIDI; empty: all but SESSION_FORMAT_BWF and _ARCHIVE.",
    )
    local_ground_only: bool = Field(False, description="Never asks the vision model.")
    sound_search: SoundSearch | None = None
    step_edits: StepEdits | None = Field(
        None, description="Left out of lists and events; ask for the render itself."
    )


class CreateRenderRequest(BaseModel):
    """Body of a new render; may be empty."""

    options: RenderOptions | None = None
    request_id: str = Field("", description="Makes the call repeatable; up to 64 of [A-Za-z0-9_-].")


class StageProgress(BaseModel):
    """Work so far in one stage."""

    stage: str
    fraction: float
    reused: bool


class RenderFile(BaseModel):
    """One file of a finished render."""

    file_name: str
    file: ObjectRef


class LoudnessReport(BaseModel):
    """Loudness of the mix."""

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


class SyncReport(BaseModel):
    """Sync of the delivered file."""

    placed_count: int
    max_placement_error_samples: str
    delivered_offset_ms: float
    delivered_drift_ms: float
    onsets_found_count: int
    onsets_searched_count: int
    onset_median_error_ms: float


class FoundSound(BaseModel):
    """One recording that was found."""

    sound: ObjectRef
    source_url: str
    title: str
    uploader: str
    licence: str = Field(description="As stated where it was found; empty when it was not.")
    source: str = Field(description="SOUND_SOURCE_SAMPLE_PACK, _LIBRARY or _WEB.")
    duration: str
    rights_confirmed: bool
    fetch_time: str | None = None


class RejectedSound(BaseModel):
    """One recording that was found and not taken."""

    source_url: str
    title: str
    reason: str


class GroundSound(BaseModel):
    """What a sound search did for one ground."""

    surface: str
    query: str
    sound: FoundSound | None = None
    sample_pack: ObjectRef | None = None
    step_count: int
    rejected: list[RejectedSound]
    fallback_reason: str = Field(
        description="Why its steps are synthesised; empty when they are not."
    )


class RenderSummary(BaseModel):
    """What a render found and made, in figures."""

    footstep_count: int
    walker_count: int
    loudness: LoudnessReport | None = None
    sync: SyncReport | None = None
    ground_sounds: list[GroundSound] = []
    unused_overrides: list[int] = Field(
        [],
        description="Positions in `options.overrides` of those that no footstep is under; they change nothing.",
    )
    unused_step_edits: list[int] = Field(
        [], description="Positions in `options.step_edits.edits` of those that change nothing."
    )


class Render(BaseModel):
    """One video turned into a video with its footsteps."""

    name: str
    options: RenderOptions
    state: str
    progress: list[StageProgress]
    files: list[RenderFile]
    summary: RenderSummary | None = None
    error_reason: str
    error_message: str
    create_time: str
    update_time: str


class ListRendersResponse(BaseModel):
    """A page of renders."""

    renders: list[Render]
    next_page_token: str


class Footstep(BaseModel):
    """One contact of one foot with the ground."""

    footstep_id: str
    track_id: int
    side: str
    initial_contact_offset: str
    toe_off_offset: str | None = None
    confidence: float
    toe_off_confidence: float
    strength: float
    gait_kind: str
    strike_pattern: str
    x_px: float
    y_px: float
    person_height_px: float
    toe_off_x_px: float | None = None
    toe_off_y_px: float | None = None


class ListFootstepsResponse(BaseModel):
    """A page of footsteps."""

    footsteps: list[Footstep]
    next_page_token: str


ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"model": Error, "description": "What went wrong."}
}
