"""Every error Foley Studio raises on purpose: one class per reason.

The table from reason to gRPC status code and HTTP status stands in `foley_common.rpc.errors`; this module imports
nothing of ours and no gRPC, so that pure science may raise too.
"""

from __future__ import annotations

from dataclasses import dataclass


class FoleyError(Exception):
    """Base of every error we raise on purpose.

    Attributes:
        reason: Value of `foley.common.v1.ErrorReason` without its prefix.
        metadata: Whatever varies in the message, again, for machines.
        retry_after_s: When trying again makes sense, in seconds; None when it does not.
    """

    reason = "INTERNAL"
    retry_after_s: float | None = None

    def __init__(self, message: str, /, **metadata: str) -> None:
        super().__init__(message)
        self.metadata = metadata

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One thing wrong with one field of a request.

    Attributes:
        field: Path of the field, for example ``style.sample_rate_hz``.
        problem: What is wrong, the limit and the remedy, in a sentence.
    """

    field: str
    problem: str


class InvalidField(FoleyError):
    """A request field is missing, malformed or out of range."""

    reason = "INVALID_FIELD"

    def __init__(self, violations: list[FieldViolation]) -> None:
        text = "; ".join(f"{violation.field}: {violation.problem}" for violation in violations)
        super().__init__(text, fields=",".join(violation.field for violation in violations))
        self.violations = tuple(violations)


class UndecodableMedia(FoleyError):
    """The object is not a video we can read."""

    reason = "UNDECODABLE_MEDIA"


class MediaTooLarge(FoleyError):
    """The video is longer, larger or has more pixels than the limits allow."""

    reason = "MEDIA_TOO_LARGE"


class ObjectNotFound(FoleyError):
    """No object has this key."""

    reason = "OBJECT_NOT_FOUND"


class DigestMismatch(FoleyError):
    """The bytes in the store are not those the reference promises."""

    reason = "DIGEST_MISMATCH"


class StoreUnavailable(FoleyError):
    """The object store does not answer or refuses."""

    reason = "STORE_UNAVAILABLE"
    retry_after_s = 2.0


class StoreFull(FoleyError):
    """No space is left where results are written."""

    reason = "STORE_FULL"


class StoreReadOnly(FoleyError):
    """The place where results are written cannot be written to."""

    reason = "STORE_READ_ONLY"


class ServiceBusy(FoleyError):
    """The service has as much work as it takes."""

    reason = "SERVICE_BUSY"
    retry_after_s = 1.0


class ModelLoading(FoleyError):
    """A model is still loading."""

    reason = "MODEL_LOADING"
    retry_after_s = 2.0


class ModelMissing(FoleyError):
    """A model file is missing and no source could give it."""

    reason = "MODEL_MISSING"


class ModelCorrupt(FoleyError):
    """A model file does not have the digest of the manifest."""

    reason = "MODEL_CORRUPT"


class VisionModelUnavailable(FoleyError):
    """The vision model does not answer, refuses, or answers outside the contract."""

    reason = "VISION_MODEL_UNAVAILABLE"
    retry_after_s = 5.0


class StageUnavailable(FoleyError):
    """A stage service cannot be reached."""

    reason = "STAGE_UNAVAILABLE"
    retry_after_s = 2.0


class ClipNotFound(FoleyError):
    """No clip has this name."""

    reason = "CLIP_NOT_FOUND"


class RenderNotFound(FoleyError):
    """No render has this name."""

    reason = "RENDER_NOT_FOUND"


class RenderConflict(FoleyError):
    """The render is not in a state that allows this."""

    reason = "RENDER_CONFLICT"


class RenderCancelled(FoleyError):
    """The work was cancelled by the caller."""

    reason = "RENDER_CANCELLED"


class DeadlineExceeded(FoleyError):
    """The call did not finish before its deadline."""

    reason = "DEADLINE_EXCEEDED"


class SchemaMismatch(FoleyError):
    """A stored artefact has a schema this version cannot read."""

    reason = "SCHEMA_MISMATCH"


class NotServedYet(FoleyError):
    """The contract names this call, and this release does not serve it yet."""

    reason = "NOT_SERVED_YET"


class SamplePackInvalid(FoleyError):
    """A sample pack cannot be used: its manifest, a missing file, a path that climbs out of the zip, a zip bomb."""

    reason = "SAMPLE_PACK_INVALID"


class RecordingUnusable(FoleyError):
    """A recording gives no footsteps to use: there are none, or music, speech, clipping or noise covers them."""

    reason = "RECORDING_UNUSABLE"


class FetchRefused(FoleyError):
    """Something may not be fetched: host, private address, rights not confirmed, or fetching is switched off."""

    reason = "FETCH_REFUSED"


class SoundNotFound(FoleyError):
    """No recording was found for what was asked."""

    reason = "SOUND_NOT_FOUND"


class BudgetExceeded(FoleyError):
    """The budget of vision model calls of this render is spent."""

    reason = "BUDGET_EXCEEDED"
