"""What workflows take and what their steps hand on: JSON for the engine's database, and failures that were foreseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from foley_common.errors import FoleyError
from foley_common.objects import ObjectRef
from foley_common.observability import current_request_id
from foley_common.weights import manifest_digest
from foley_gateway.codec import from_json, to_json
from foley_gateway.domain.plan import RenderPlan, Segment
from foley_gateway.domain.types import Clip, PoseOptions, Render, RenderFailure, RenderOptions
from foley_gateway.settings import GatewaySettings

_T = TypeVar("_T")

MAX_RECOVERY_ATTEMPTS = 100
"""Crashes a workflow survives before the engine gives it up as the cause of them."""
RESULTS_VERSION = "7"
"""Goes up when a stage's results change although its inputs do not: renders and results of before are made anew."""


@dataclass(frozen=True, slots=True)
class RenderJob:
    """The input of the render workflow."""

    clip_id: str
    render_id: str
    attempt: int
    request_id: str

    @property
    def name(self) -> str:
        """Resource name of the render."""
        return f"clips/{self.clip_id}/renders/{self.render_id}"


@dataclass(frozen=True, slots=True)
class SegmentJob:
    """The input of the segment workflow."""

    render: RenderJob
    video: ObjectRef
    duration_s: float
    segment: Segment
    weights: dict[int, float]
    options: PoseOptions


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a render works with, fixed when it starts: later changes of settings do not touch it."""

    clip: Clip
    options: RenderOptions
    plan: RenderPlan


class StageFailed(Exception):
    """A step ended with an error that was foreseen."""

    def __init__(self, failure: RenderFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def results_digest(settings: GatewaySettings) -> str:
    """What decides results beside the inputs: our own code's version, the models of the manifest, and the salt."""
    return f"{RESULTS_VERSION}:{manifest_digest()}:{settings.results_salt}"


def job_of(render: Render) -> RenderJob:
    """The workflow input of a render's present attempt, made for the request that is being served."""
    return RenderJob(
        render.clip_id, render.render_id, render.attempt, current_request_id() or render.workflow_id
    )


async def guarded(work: Callable[[], Awaitable[tuple[Any, bool]]]) -> dict[str, Any]:
    """A step's outcome as JSON: its result, or the error that was foreseen."""
    try:
        result, found = await work()
    except FoleyError as error:
        return {
            "failure": to_json(RenderFailure(error.reason, error.message, dict(error.metadata)))
        }
    return {"result": _jsonable(result), "reused": found}


def _jsonable(result: object) -> object:
    return [to_json(item) for item in result] if isinstance(result, tuple) else to_json(result)


def outcome_of(kind: type[_T], outcome: dict[str, Any]) -> tuple[_T, bool]:
    """A step's result, and whether it was found done. Raises StageFailed with the error that was foreseen."""
    if "failure" in outcome:
        raise StageFailed(from_json(RenderFailure, outcome["failure"]))
    return from_json(kind, outcome["result"]), bool(outcome["reused"])
