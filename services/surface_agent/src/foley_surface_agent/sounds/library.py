"""Recordings of the house: a folder that the service is set up with, found by their paths and tags."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from foley_common.errors import UndecodableMedia
from foley_common.observability import get_logger
from foley_common.sound import SoundSource
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish, fit, tidy, words_of
from foley_surface_agent.sounds.media import told_of, too_long

MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
}
MAX_FILES = 20_000  # of a library; more are not looked at, and the log says so
MAX_TAGGED_FILES = 2_000  # files that are opened for their tags; beyond that, names have to do
_TITLE, _ARTIST = ("title",), ("artist", "author", "album_artist")
_LICENCE = ("license", "licence", "copyright")
_SPOKEN = (*_TITLE, "genre", "comment", "description", "keywords")


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    words: frozenset[str]
    tags: dict[str, str]


class SoundLibrary:
    """One folder with recordings, in folders as deep as anybody likes. Safe to use from several threads.

    Links that lead out of the folder are not followed.

    Args:
        folder: The folder; it may be read-only, and is never written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], _Entry]] = {}

    def find(
        self, wish: SoundWish, *, max_bytes: int, check: Callable[[], None] = lambda: None
    ) -> Iterator[Found | Rejected]:
        """Recordings that fit, the best first; those that cannot be taken with the reason."""
        query = words_of(wish.query)
        with self._lock:
            entries = self._entries(check, max_bytes)
        fitting = [(fit(query, entry.words), entry) for entry in entries]
        fitting = [pair for pair in fitting if pair[0] > 0]
        fitting.sort(key=lambda pair: (-pair[0], str(pair[1].path)))
        for _, entry in fitting:
            check()
            yield self._taken(entry, wish, max_bytes)

    def _taken(self, entry: _Entry, wish: SoundWish, max_bytes: int) -> Found | Rejected:
        inside = entry.path.relative_to(self._folder).as_posix()
        url = f"library:{quote(os.fsencode(inside))}"  # names on disk are bytes, not always text
        title = tidy(_first(entry.tags, _TITLE)) or tidy(entry.path.stem)
        try:
            size_bytes = entry.path.stat().st_size
            if size_bytes > max_bytes:
                return Rejected(
                    url, title, f"it has {size_bytes} bytes, at most {max_bytes} are taken"
                )
            duration_s, _ = told_of(entry.path)
        except (UndecodableMedia, OSError) as error:
            reason = error.message if isinstance(error, UndecodableMedia) else "it cannot be read"
            return Rejected(url, title, reason)
        if duration_s > wish.max_duration_s:
            return Rejected(url, title, too_long(wish.max_duration_s).message)
        return Found(
            path=entry.path,
            key="",
            source_url=url,
            title=title,
            uploader=tidy(_first(entry.tags, _ARTIST)),
            licence=tidy(_first(entry.tags, _LICENCE)),
            source=SoundSource.LIBRARY,
            duration_s=duration_s,
            media_type=MEDIA_TYPES[entry.path.suffix.lower()],
        )

    def _entries(self, check: Callable[[], None], max_bytes: int) -> list[_Entry]:
        """What is there now; files that did not change, or are too large to be taken, are not opened.

        A damaged file can keep its reader busy for as long as it is large.
        """
        found: dict[Path, tuple[tuple[int, int], _Entry]] = {}
        for path in self._files():
            check()
            try:
                told = path.stat()
            except OSError:
                continue
            stamp = (told.st_mtime_ns, told.st_size)
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                found[path] = known
                continue
            is_read = told.st_size <= max_bytes and len(found) < MAX_TAGGED_FILES
            tags = self._tags(path) if is_read else {}
            spoken = " ".join(tags.get(key, "") for key in _SPOKEN)
            inside = path.relative_to(self._folder).as_posix()
            words = words_of(f"{inside.rpartition('.')[0]} {spoken}")
            found[path] = (stamp, _Entry(path, words, tags))
        self._known = found
        return [entry for _, entry in found.values()]

    def _files(self) -> Iterator[Path]:
        root = self._folder.resolve()
        count = 0
        for folder, folders, names in os.walk(self._folder, followlinks=False):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder) / name
                if name.startswith(".") or path.suffix.lower() not in MEDIA_TYPES:
                    continue
                if path.is_symlink() and not _is_inside(path, root):
                    get_logger().warning("library_link_left_out", file=name)
                    continue
                if not path.is_file():
                    continue
                count += 1
                if count > MAX_FILES:
                    get_logger().warning("library_too_large", limit=MAX_FILES)
                    return
                yield path

    @staticmethod
    def _tags(path: Path) -> dict[str, str]:
        try:
            return told_of(path)[1]
        except (UndecodableMedia, OSError):
            return {}


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads nowhere, or round in a circle
        return False


def _first(tags: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((tags[key] for key in keys if tags.get(key)), "")
