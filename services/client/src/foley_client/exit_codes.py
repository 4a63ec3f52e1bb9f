"""What went wrong, as a number for scripts: error reason to exit status of `foley`."""

from __future__ import annotations

import enum

from foley_common import errors
from foley_common.errors import FoleyError


class ExitCode(enum.IntEnum):
    """Exit status of every command."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    PLACE = 4
    MODELS = 5
    SERVICE = 6
    CONFLICT = 7
    CANCELLED = 130


MEANING = {
    ExitCode.OK: "done",
    ExitCode.INTERNAL: "a bug, or `foley doctor` found something missing",
    ExitCode.USAGE: "an option or field is wrong",
    ExitCode.INPUT: "the input is missing, is not a video we can read, or is too large",
    ExitCode.PLACE: "the output folder or the home is full or cannot be written",
    ExitCode.MODELS: "a model file is missing or damaged",
    ExitCode.SERVICE: "a service could not start, is busy, or cannot be reached",
    ExitCode.CONFLICT: "another process holds what is needed",
    ExitCode.CANCELLED: "cancelled; the same command goes on where it stopped",
}
"""For `foley --help`."""

EXIT_CODE: dict[str, ExitCode] = {
    errors.FoleyError.reason: ExitCode.INTERNAL,
    errors.InvalidField.reason: ExitCode.USAGE,
    errors.UndecodableMedia.reason: ExitCode.INPUT,
    errors.MediaTooLarge.reason: ExitCode.INPUT,
    errors.ObjectNotFound.reason: ExitCode.INPUT,
    errors.DigestMismatch.reason: ExitCode.SERVICE,
    errors.StoreUnavailable.reason: ExitCode.SERVICE,
    errors.StoreFull.reason: ExitCode.PLACE,
    errors.StoreReadOnly.reason: ExitCode.PLACE,
    errors.ServiceBusy.reason: ExitCode.SERVICE,
    errors.ModelLoading.reason: ExitCode.SERVICE,
    errors.ModelMissing.reason: ExitCode.MODELS,
    errors.ModelCorrupt.reason: ExitCode.MODELS,
    errors.VisionModelUnavailable.reason: ExitCode.SERVICE,
    errors.StageUnavailable.reason: ExitCode.SERVICE,
    errors.ClipNotFound.reason: ExitCode.INPUT,
    errors.RenderNotFound.reason: ExitCode.INPUT,
    errors.RenderConflict.reason: ExitCode.CONFLICT,
    errors.RenderCancelled.reason: ExitCode.CANCELLED,
    errors.DeadlineExceeded.reason: ExitCode.SERVICE,
    errors.SchemaMismatch.reason: ExitCode.INTERNAL,
    errors.NotServedYet.reason: ExitCode.INTERNAL,
    errors.SamplePackInvalid.reason: ExitCode.INPUT,
    errors.RecordingUnusable.reason: ExitCode.INPUT,
    errors.FetchRefused.reason: ExitCode.USAGE,
    errors.SoundNotFound.reason: ExitCode.INPUT,
    errors.BudgetExceeded.reason: ExitCode.SERVICE,
}


def exit_code_of(error: FoleyError) -> ExitCode:
    """Exit status for an error; a reason without one counts as a bug."""
    return EXIT_CODE.get(error.reason, ExitCode.INTERNAL)
