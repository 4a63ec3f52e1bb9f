"""A sample pack as a zip, read without trust: nothing is unpacked to disk, and nothing is read beyond the limits.

Everything that can be known from the central directory and the headers is checked when the archive is opened; every
read afterwards stops at the size that was declared there.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TypeVar, cast

from foley_common.errors import FoleyError, SamplePackInvalid
from foley_common.packs.limits import PackLimits
from foley_common.packs.manifest import MANIFEST_NAME, PackManifest, PackStep, manifest_from_json
from foley_common.packs.naming import manifest_of_names, mentions_ground, names_ground
from foley_common.packs.wave_format import NotWave, WaveFormat, read_wave_format

_WAVE_SUFFIX = ".wav"
_END_RECORD_BYTES, _MAX_COMMENT_BYTES = 22, 1 << 16  # APPNOTE.TXT 4.3.16
_LOCATOR_BYTES = 20  # of zip64, before the end record, APPNOTE.TXT 4.3.15
_DIRECTORY_BYTES_PER_ENTRY = 1024  # 46 fixed ones, the name and extra fields; more is padding
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1  # general purpose bit 0
_DRIVE = re.compile(r"^[A-Za-z]:")
_IGNORED = ("__macosx", ".ds_store", "thumbs.db", "desktop.ini")  # what desktops put beside files
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError)
_Result = TypeVar("_Result")


class PackArchive:
    """An opened and checked pack. Use it as a context manager; not for several threads at once.

    Attributes:
        manifest: What it holds, from its manifest or, without one, from its file names.
        formats: By file, the format of every step.
    """

    def __init__(self, path: Path, *, name: str = "", limits: PackLimits | None = None) -> None:
        """Open a pack.

        Args:
            path: The zip.
            name: Of the pack where it has no manifest; empty takes the file's.
            limits: Bounds; the defaults when None.

        Raises:
            SamplePackInvalid: it breaks a rule; ``rule`` and ``entry`` of the metadata say which and where.
        """
        self._limits = limits or PackLimits()
        size_bytes = path.stat().st_size
        if size_bytes > self._limits.max_zip_bytes:
            raise _bad(
                "size",
                f"the pack has {size_bytes} bytes, at most {self._limits.max_zip_bytes} are taken; leave out steps",
            )
        _check_directory_size(path, self._limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise _bad("zip", f"the pack is not a zip that can be read: {error}") from error
        with ExitStack() as opening:
            opening.callback(self._zip.close)
            self._entries = _without_wrapping(_checked_entries(self._zip, self._limits))
            self.manifest = self._read_manifest(name or path.stem)
            self.formats = {
                step.file: self._format_of(step) for step in self._checked_steps(self.manifest)
            }
            opening.pop_all()  # nothing failed: the zip stays open

    def __enter__(self) -> PackArchive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def read(self, file: str) -> bytes:
        """All bytes of one file of the manifest.

        Raises:
            SamplePackInvalid: they are damaged, or more than was declared.
        """
        return self._opened(file, lambda stream: stream.read(self._entries[file].file_size + 1))

    def _opened(self, name: str, use: Callable[[BinaryIO], _Result]) -> _Result:
        info = self._entries[name]
        try:
            with self._zip.open(info) as stream:
                return use(cast("BinaryIO", _Bounded(stream, info.file_size, name)))
        except FoleyError:
            raise
        except _BROKEN as error:
            raise _bad("zip", f"{name!r} is damaged: {error}", name) from error

    def _read_manifest(self, name: str) -> PackManifest:
        info = self._entries.get(MANIFEST_NAME)
        if info is None:
            waves = [entry for entry in self._entries if entry.lower().endswith(_WAVE_SUFFIX)]
            return manifest_of_names(name, waves)
        if info.file_size > self._limits.max_manifest_bytes:
            raise _bad(
                "size",
                f"{MANIFEST_NAME} has {info.file_size} bytes, at most {self._limits.max_manifest_bytes} are read",
                MANIFEST_NAME,
            )
        return manifest_from_json(self.read(MANIFEST_NAME))

    def _checked_steps(self, manifest: PackManifest) -> Iterator[PackStep]:
        most = self._limits.max_step_count
        if len(manifest.steps) > most:
            raise _bad(
                "count", f"the pack has {len(manifest.steps)} steps, at most {most} are taken"
            )
        seen: set[str] = set()
        for step in manifest.steps:
            problem = path_problem(step.file)
            if problem:
                raise _bad("path", f"{MANIFEST_NAME}: {step.file[:200]!r} {problem}", step.file)
            if step.file not in self._entries:
                raise _bad(
                    "missing",
                    f"{MANIFEST_NAME} names {step.file[:200]!r}, which is not in the pack",
                    step.file,
                )
            if step.file in seen:
                raise _bad("twice", f"{MANIFEST_NAME} names {step.file!r} twice", step.file)
            seen.add(step.file)
            yield step

    def _format_of(self, step: PackStep) -> WaveFormat:
        size_bytes = self._entries[step.file].file_size
        try:
            found = self._opened(step.file, lambda stream: read_wave_format(stream, size_bytes))
        except NotWave as error:
            raise _bad("format", f"{step.file!r}: {error}", step.file) from error
        limits = self._limits
        low_hz, high_hz = limits.sample_rates_hz
        if not low_hz <= found.sample_rate_hz <= high_hz:
            raise _bad(
                "format",
                f"{step.file!r} has {found.sample_rate_hz} Hz, taken are {low_hz} to {high_hz} Hz",
                step.file,
            )
        if found.channel_count > limits.max_channel_count:
            raise _bad(
                "format",
                f"{step.file!r} has {found.channel_count} channels, taken are at most {limits.max_channel_count}",
                step.file,
            )
        if found.duration_s > limits.max_step_s:
            raise _bad(
                "long",
                f"{step.file!r} lasts {found.duration_s:.1f} s, one step at most {limits.max_step_s:g} s; "
                "cut a recording of many steps with `foley sound pack`",
                step.file,
            )
        for field in ("contact_sample", "ball_sample"):
            sample: int | None = getattr(step, field)
            if sample is not None and sample >= found.frame_count:
                raise _bad(
                    "manifest",
                    f"{MANIFEST_NAME}: {field} {sample} of {step.file!r} lies after its end",
                    step.file,
                )
        return found


class _Bounded:
    """A stream that gives no more than was declared."""

    def __init__(self, stream: object, size_bytes: int, name: str) -> None:
        self._stream = cast("BinaryIO", stream)
        self._left = size_bytes
        self._name = name

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes."""
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _bad("bomb", f"{self._name!r} is larger than the zip says", self._name)
        return data


def path_problem(path: str) -> str | None:
    """What is wrong with a path inside a pack, or None.

    >>> path_problem("steps/gravel_01.wav") is None
    True
    >>> path_problem("../gravel_01.wav")
    'climbs out of the pack'
    """
    if not path or len(path) > 400 or any(ord(c) < 32 or ord(c) == 127 for c in path):
        return "is not a usable path"
    if path.startswith(("/", "\\")) or _DRIVE.match(path):
        return "is an absolute path"
    if "\\" in path:
        return "has a backslash; folders are written with /"
    if ".." in path.split("/"):
        return "climbs out of the pack"
    return None


def is_left_out(path: str) -> bool:
    """True for what desktops put beside files."""
    return any(part.lower() in _IGNORED or part.startswith("._") for part in path.split("/"))


def _check_directory_size(path: Path, limits: PackLimits) -> None:
    """Refuse a directory with more entries than are taken before the zip library reads it all into memory."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _END_RECORD_BYTES - _MAX_COMMENT_BYTES))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_RECORD_BYTES:
        raise _bad("zip", "the pack is not a zip that can be read: it has no directory")
    if tail[max(0, at - _LOCATOR_BYTES) : at].startswith(b"PK\x06\x07"):
        # Its numbers would win over those below, and a pack inside the limits does not need it.
        raise _bad("zip", "the pack is a zip64 archive; write it as a plain zip")
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    most_bytes = limits.max_entry_count * _DIRECTORY_BYTES_PER_ENTRY
    if count > limits.max_entry_count or directory_bytes > most_bytes:
        raise _bad(
            "count", f"the pack has more than {limits.max_entry_count} entries; leave out files"
        )


def _checked_entries(archive: zipfile.ZipFile, limits: PackLimits) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > limits.max_entry_count:
        raise _bad(
            "count",
            f"the pack has {len(infos)} entries, at most {limits.max_entry_count} are taken",
        )
    total = 0
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_entry(info, limits)
        name = info.filename
        if info.is_dir() or is_left_out(name):
            continue
        folder, slash, own = name.rpartition("/")
        if own.lower() == MANIFEST_NAME:  # some desktops capitalise
            name = folder + slash + MANIFEST_NAME
        total += info.file_size
        if total > limits.max_unpacked_bytes:
            raise _bad(
                "bomb",
                f"the pack unpacks to more than {limits.max_unpacked_bytes} bytes; leave out steps",
                name,
            )
        if name in entries:
            raise _bad("twice", f"{name!r} is in the pack twice", name)
        entries[name] = info
    return entries


def _without_wrapping(entries: dict[str, zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """By path inside the folder that desktops put around what they compress; one that says its files' ground stays."""
    while entries and MANIFEST_NAME not in entries:
        tops = {name.partition("/")[0] if "/" in name else "" for name in entries}
        top = tops.pop()
        inside = {name.partition("/")[2]: info for name, info in entries.items()}
        says_ground = names_ground(top) or (
            mentions_ground(top) and not all(mentions_ground(name) for name in inside)
        )
        if tops or not top or (MANIFEST_NAME not in inside and says_ground):
            break
        entries = inside
    return entries


def _check_entry(info: zipfile.ZipInfo, limits: PackLimits) -> None:
    """Raise SamplePackInvalid for an entry that no pack of ours has."""
    name = info.filename
    raw = info.orig_filename  # before the library cut it at a NUL or turned it around
    problem = path_problem(raw) or path_problem(name)
    if problem:
        raise _bad("path", f"{raw[:200]!r} {problem}", raw)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _bad("link", f"{name!r} is a symbolic link; put the file itself in", name)
    if info.flag_bits & _ENCRYPTED:
        raise _bad("zip", f"{name!r} is encrypted", name)
    if info.compress_type not in _METHODS:
        raise _bad("zip", f"{name!r} is not stored or deflated", name)
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size > limits.ratio_checked_bytes and ratio > limits.max_ratio:
        raise _bad(
            "bomb", f"{name!r} unpacks to {ratio:.0f} times its size; no recording does", name
        )


def _bad(rule: str, problem: str, entry: str = "") -> SamplePackInvalid:
    return SamplePackInvalid(problem, rule=rule, **({"entry": entry[:200]} if entry else {}))
