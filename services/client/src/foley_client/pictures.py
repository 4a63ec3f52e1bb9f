"""Pictures of grounds, looked at one after the other by a surface agent that runs for this only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from foley_client.alone import one_service
from foley_client.names import one_line, shown
from foley_client.rpc.surfaces import PictureClient
from foley_client.show import Show
from foley_client.supervisor import STAGES
from foley_common.errors import FoleyError, ObjectNotFound, UndecodableMedia
from foley_common.scratch import scratch_folder
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_common.surfaces import SurfaceAnswer

SURFACE_AGENT = next(spec for spec in STAGES if spec.name == "surface_agent")
NO_MODEL = (
    "no vision model is set up (FOLEY_SURFACE_AGENT_VISION__API_KEY or __KEYLESS); "
    "the local classifier answers"
)


@dataclass(frozen=True, slots=True)
class Look:
    """What was said about one picture: an answer, or the error that kept it from being looked at.

    ``fallback_reason`` says why the vision model's word was not taken, where it was wanted.
    """

    picture: Path
    answer: SurfaceAnswer | None
    error: FoleyError | None = None
    fallback_reason: str = ""

    def to_json(self) -> dict[str, object]:
        """For ``--json``: the answer's fields, or ``error`` and ``reason``."""
        if self.answer is None:
            assert self.error is not None  # one of the two is there
            return {
                "picture": shown(self.picture),
                "error": self.error.message,
                "reason": self.error.reason,
            }
        return {
            "picture": shown(self.picture),
            **asdict(self.answer),
            "fallback_reason": self.fallback_reason,
        }


async def look_at_pictures(pictures: Sequence[Path], *, ask_model: bool, show: Show) -> list[Look]:
    """Look at pictures; one that cannot be looked at does not keep the others from it.

    Args:
        pictures: Files.
        ask_model: Ask the vision model; else no picture leaves this machine.
        show: Where progress is told.

    Raises:
        StageUnavailable: the surface agent cannot run.
    """
    with scratch_folder("pictures") as folder:
        store = open_store(StoreSettings(root=folder / "objects"))
        async with (
            one_service(SURFACE_AGENT, folder, show.waiting) as target,
            PictureClient(target) as client,
        ):
            has_model = ask_model and bool(await client.vision_model())
            if ask_model and not has_model:
                show.note(NO_MODEL)
            looks: list[Look] = []
            notes = _Notes(show)
            for number, picture in enumerate(pictures):
                show.waiting(f"looking at {one_line(shown(picture))}")
                try:
                    ref = await store.publish(
                        _checked(picture), f"pictures/{number}", "application/octet-stream"
                    )
                    answer, reason = await client.look(ref, local_only=not ask_model)
                except FoleyError as error:
                    looks.append(Look(picture, None, error))
                else:
                    looks.append(Look(picture, answer, fallback_reason=reason))
                    if has_model and reason:
                        notes.tell(picture, reason)
            notes.end()
            return looks


class _Notes:
    """Says why a vision model's word was not taken: once for pictures in a row with the same reason."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._reason = ""
        self._more_count = 0

    def tell(self, picture: Path, reason: str) -> None:
        """One picture's reason."""
        if reason == self._reason:
            self._more_count += 1
            return
        self.end()
        self._reason = reason
        self._show.note(f"{one_line(shown(picture))}: answered locally, as {reason}")

    def end(self) -> None:
        """Count what was not said."""
        if self._more_count:
            self._show.note(f"{self._more_count} more for the same reason")
        self._reason, self._more_count = "", 0


def _checked(picture: Path) -> Path:
    if not picture.exists():
        raise ObjectNotFound(f"there is no file {shown(picture)}", path=shown(picture))
    if not picture.is_file():
        what = "a folder" if picture.is_dir() else "no file that can be read (a pipe or a device)"
        raise UndecodableMedia(
            f"{shown(picture)} is {what}: name picture files", path=shown(picture)
        )
    try:
        with picture.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise UndecodableMedia(
            f"cannot read {shown(picture)}: {error.strerror or error}", path=shown(picture)
        ) from error
    return picture
