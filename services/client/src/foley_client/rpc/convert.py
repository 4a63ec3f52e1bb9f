"""The contract's `Render` to what the command line shows."""

from __future__ import annotations

from dataclasses import dataclass

from foley.gateway.v1 import render_pb2
from foley_common.errors import FieldViolation, FoleyError, InvalidField, RenderCancelled
from foley_common.rpc.errors import error_classes

STATE_PREFIX = "STATE_"
STAGE_PREFIX = "RENDER_STAGE_"


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
