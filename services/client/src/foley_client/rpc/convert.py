"""The contract's `Render` to what the command line shows."""

from __future__ import annotations

from dataclasses import dataclass

from foley.common.v1 import surface_pb2
from foley.gateway.v1 import render_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as surface_agent_pb2
from foley_common.errors import FieldViolation, FoleyError, InvalidField, RenderCancelled
from foley_common.rpc.errors import error_classes

STATE_PREFIX = "STATE_"
STAGE_PREFIX = "RENDER_STAGE_"
SURFACE_PREFIX = "SURFACE_"
SOURCE_PREFIX = "SOUND_SOURCE_"


@dataclass(frozen=True, slots=True)
class StageView:
    """Work so far in one stage: ``fraction`` from 0 to 1; ``reused`` when its result existed already."""

    name: str
    fraction: float
    reused: bool


@dataclass(frozen=True, slots=True)
class FileView:
    """One file of a finished render."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SoundView:
    """Loudness and sync of a finished render, in the units of the contract's `LoudnessReport` and `SyncReport`."""

    silent: bool
    integrated_lufs: float
    target_lufs: float
    shortfall_lu: float
    true_peak_dbtp: float
    placed_count: int
    max_placement_error_samples: int
    delivered_offset_ms: float
    onsets_found_count: int
    onsets_searched_count: int


@dataclass(frozen=True, slots=True)
class GroundSoundView:
    """What a search for recorded sounds did for one ground.

    Attributes:
        surface: The ground, a word such as ``gravel``.
        query: What was looked for; empty with an address.
        title, source_url, uploader, licence: Of the recording that sounds; empty when none does.
        source: Where it was found: ``sample_pack``, ``library`` or ``web``; empty when it was not.
        step_count: Recorded steps in its pack; 0 for a pack of your own.
        rejected: What was not taken, with the reason.
        fallback_reason: Why steps are synthesised; empty when they are not.
        rights_confirmed: You confirmed the right to use what is fetched.
        fetch_time: When it was fetched from the web, ISO 8601; empty when it was not.
    """

    surface: str
    query: str
    title: str
    source_url: str
    uploader: str
    licence: str
    source: str
    step_count: int
    rejected: tuple[str, ...]
    fallback_reason: str
    rights_confirmed: bool = False
    fetch_time: str = ""


@dataclass(frozen=True, slots=True)
class RenderView:
    """One render at one moment; ``state`` is a word such as ``succeeded``; ``sound`` None when there is none."""

    name: str
    state: str
    stages: tuple[StageView, ...]
    files: tuple[FileView, ...]
    footstep_count: int
    walker_count: int
    sound: SoundView | None
    error_reason: str
    error_message: str
    ground_sounds: tuple[GroundSoundView, ...] = ()

    @property
    def ended(self) -> bool:
        """True when the state is final."""
        return self.state in ("succeeded", "failed", "cancelled")


def render_view(render: render_pb2.Render) -> RenderView:
    """A render message to what is shown of it."""
    summary = render.summary
    return RenderView(
        name=render.name,
        state=render_pb2.Render.State.Name(render.state).removeprefix(STATE_PREFIX).lower(),
        stages=tuple(
            StageView(
                render_pb2.RenderStage.Name(row.stage).removeprefix(STAGE_PREFIX).lower(),
                row.fraction,
                row.reused,
            )
            for row in render.progress
        ),
        files=tuple(
            FileView(row.file_name, row.file.sha256, row.file.size_bytes) for row in render.files
        ),
        footstep_count=summary.footstep_count,
        walker_count=summary.walker_count,
        sound=_sound_view(summary) if summary.HasField("loudness") else None,
        error_reason=render.error_reason,
        error_message=render.error_message,
        ground_sounds=tuple(_ground_sound_view(item) for item in summary.ground_sounds),
    )


def _ground_sound_view(item: render_pb2.GroundSound) -> GroundSoundView:
    sound = item.sound
    found = item.HasField("sound")
    return GroundSoundView(
        surface=surface_pb2.Surface.Name(item.surface).removeprefix(SURFACE_PREFIX).lower(),
        query=item.query,
        title=sound.title,
        source_url=sound.source_url,
        uploader=sound.uploader,
        licence=sound.licence,
        source=(
            surface_agent_pb2.SoundSource.Name(sound.source).removeprefix(SOURCE_PREFIX).lower()
            if found
            else ""
        ),
        step_count=item.step_count,
        rejected=tuple(f"{one.title or one.source_url}: {one.reason}" for one in item.rejected),
        fallback_reason=item.fallback_reason,
        rights_confirmed=sound.rights_confirmed,
        fetch_time=sound.fetch_time.ToJsonString() if sound.HasField("fetch_time") else "",
    )


def _sound_view(summary: render_pb2.RenderSummary) -> SoundView:
    loudness, sync = summary.loudness, summary.sync
    return SoundView(
        silent=loudness.silent,
        integrated_lufs=loudness.integrated_lufs,
        target_lufs=loudness.target_lufs,
        shortfall_lu=loudness.shortfall_lu,
        true_peak_dbtp=loudness.true_peak_dbtp,
        placed_count=sync.placed_count,
        max_placement_error_samples=sync.max_placement_error_samples,
        delivered_offset_ms=sync.delivered_offset_ms,
        onsets_found_count=sync.onsets_found_count,
        onsets_searched_count=sync.onsets_searched_count,
    )


def error_of_render(view: RenderView) -> FoleyError | None:
    """What went wrong with an ended render, as the error class of its reason; None when nothing did."""
    if view.state == "cancelled":
        return RenderCancelled(f"{view.name} was cancelled", name=view.name)
    if view.state != "failed":
        return None
    message = view.error_message or f"{view.name} failed"
    if view.error_reason == InvalidField.reason:
        return InvalidField([FieldViolation("options", message)])
    return error_classes().get(view.error_reason, FoleyError)(message, name=view.name)
