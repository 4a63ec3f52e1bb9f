"""A folder of single steps becomes a pack: the same files always give the same bytes, so that it is uploaded once."""

from __future__ import annotations

import zipfile
from pathlib import Path

from foley_common.errors import SamplePackInvalid
from foley_common.packs.archive import is_left_out, path_problem
from foley_common.packs.limits import PackLimits
from foley_common.packs.manifest import MANIFEST_NAME

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell
_PLAIN_FILE = 0o100644 << 16  # a regular file that everybody may read
_CHUNK_BYTES = 1 << 20


def zip_folder(folder: Path, to: Path, limits: PackLimits | None = None) -> int:
    """Write the WAV files and the manifest of a folder, and of the folders in it, into a zip.

    Everything else stays out. Nothing is compressed: sound hardly shrinks, and compressed bytes differ between
    versions of the library.

    Args:
        folder: The folder.
        to: The zip to write.
        limits: Bounds; the defaults when None.

    Returns:
        Files in the pack.

    Raises:
        SamplePackInvalid: it holds no WAV file, a symbolic link, or more than the limits take.
        OSError: a file cannot be read, or the zip cannot be written.
    """
    bounds = limits or PackLimits()
    files = _files_of(folder)
    if not any(name.lower().endswith(".wav") for name in files):
        raise SamplePackInvalid(
            f"{folder} holds no WAV files; a pack is a folder of single steps", rule="empty"
        )
    if len(files) > bounds.max_entry_count:
        raise SamplePackInvalid(
            f"{folder} holds {len(files)} files, at most {bounds.max_entry_count} are taken",
            rule="count",
        )
    size_bytes = sum(path.stat().st_size for path in files.values())
    if size_bytes > bounds.max_zip_bytes:
        raise SamplePackInvalid(
            f"{folder} holds {size_bytes} bytes of steps, at most {bounds.max_zip_bytes} are taken",
            rule="size",
        )
    with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _PLAIN_FILE
            info.create_system = 3  # Unix, whatever this machine is
            with path.open("rb") as source, archive.open(info, "w") as target:
                while chunk := source.read(_CHUNK_BYTES):
                    target.write(chunk)
    return len(files)


def _files_of(folder: Path) -> dict[str, Path]:
    """By path inside the pack, in order."""
    found: dict[str, Path] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if is_left_out(name) or not (
            name.lower().endswith(".wav") or name.lower() == MANIFEST_NAME
        ):
            continue
        if path.is_symlink():
            raise SamplePackInvalid(
                f"{path} is a symbolic link; put the file itself in", rule="link", entry=name
            )
        if not path.is_file():
            continue
        problem = path_problem(name)
        if problem:
            raise SamplePackInvalid(f"{path}: {name!r} {problem}", rule="path", entry=name)
        found[name] = path
    return dict(sorted(found.items()))
