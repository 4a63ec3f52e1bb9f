"""yt-dlp, kept to one thing: find recordings and write their bytes into a folder.

It reads no configuration, cookies or cache, loads no plugins, looks for no updates, runs no programs (ffmpeg, a
JavaScript engine, a downloader) and has one way to the network: `handler.GuardedRH`.
"""

# yt-dlp ships no types for its dictionaries.
from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

import yt_dlp
import yt_dlp.globals
from yt_dlp.downloader import get_suitable_downloader
from yt_dlp.downloader.dash import DashSegmentsFD
from yt_dlp.downloader.hls import HlsFD
from yt_dlp.downloader.http import HttpFD
from yt_dlp.utils import DownloadError

from foley_common.observability import get_logger
from foley_surface_agent.sounds.web.guard import Guard
from foley_surface_agent.sounds.web.handler import GuardedRH

yt_dlp.globals.plugin_dirs.value = []  # before the first downloader is made, which would load plugins

NATIVE = (
    HttpFD,
    DashSegmentsFD,
    HlsFD,
)  # downloaders that go through our handler and call no program
PROTOCOLS = "^(https?|http_dash_segments|m3u8_native)$"
FORMAT = f'bestaudio[protocol~="{PROTOCOLS}"]/best[protocol~="{PROTOCOLS}"]'
BUFFER_BYTES = 1 << 16
Info = dict[str, Any]
_Downloader: Any = yt_dlp.YoutubeDL


class _Closing:
    """Remembers the files that a downloader opens; yt-dlp's leave them open when a fragment fails."""

    def sanitize_open(self, filename: str, open_mode: str) -> tuple[IO[bytes], str]:
        opened = cast("Any", super()).sanitize_open(filename, open_mode)
        self.__dict__.setdefault("_opened", []).append(opened[0])
        return cast("tuple[IO[bytes], str]", opened)

    def close_files(self) -> None:
        """Close what is still open."""
        for file in self.__dict__.get("_opened", []):
            file.close()


# Downloaders that go through our handler and call no program.
_OURS: dict[Any, Any] = {
    native: type(f"Our{native.__name__}", (_Closing, native), {}) for native in NATIVE
}


class Downloader(_Downloader):
    """One call's yt-dlp.

    Args:
        guard: What may go over the network.
        folder: Where recordings are written; nothing is written elsewhere.
        extractors: Names of the parts of yt-dlp that may look at pages, as regular expressions.
        timeout_s: Longest wait for the next bytes.
        max_entries: Most entries of a list that are looked at.
        ssl_context: Whose certificates are believed.
    """

    def __init__(
        self,
        guard: Guard,
        folder: Path,
        *,
        extractors: tuple[str, ...],
        timeout_s: float,
        max_entries: int,
        ssl_context: ssl.SSLContext,
    ) -> None:
        self._handler = functools.partial(GuardedRH, guard=guard, ssl_context=ssl_context)
        self._said = _Log()
        super().__init__(_settings(folder, self._said, extractors, timeout_s, max_entries))

    def build_request_director(self, handlers: object, preferences: object = None) -> Any:  # noqa: ANN401
        """Ours alone, whatever else is installed."""
        del handlers, preferences
        return super().build_request_director([self._handler])

    def dl(self, name: str, info: Info, subtitle: bool = False, test: bool = False) -> Any:  # noqa: ANN401
        """Download with a native downloader or not at all."""
        del test
        chosen = _OURS.get(get_suitable_downloader(cast("Any", dict(info)), self.params))
        if chosen is None or info.get("is_live"):
            protocol = info.get("protocol")
            raise DownloadError(f"only {protocol} streams are offered, which are not fetched")
        downloader = chosen(self, self.params)
        told = self._copy_infodict(info)
        if told.get("http_headers") is None:
            told["http_headers"] = self._calc_headers(told)
        try:
            return downloader.download(name, told, subtitle)
        finally:
            downloader.close_files()

    def look(self, address: str) -> Info:
        """What stands at an address, or what a search finds; nothing is downloaded.

        Raises:
            yt_dlp.utils.YoutubeDLError: it cannot be read.
        """
        return cast("Info", self.extract_info(address, download=False, process=True) or {})

    def fetch(self, entry: Mapping[str, Any]) -> Info:
        """Download one entry; its file is under ``requested_downloads``.

        Raises:
            yt_dlp.utils.YoutubeDLError: it cannot be had.
        """
        return cast("Info", self.process_ie_result(dict(entry), download=True) or {})

    @property
    def last_words(self) -> str:
        """What it said last, for a failure that it did not raise."""
        return self._said.last


class _Log:
    """yt-dlp's messages: kept, and logged as debugging of ours."""

    def __init__(self) -> None:
        self.last = ""

    def debug(self, text: str) -> None:
        self._note(text)

    def info(self, text: str) -> None:
        self._note(text)

    def warning(self, text: str) -> None:
        self._note(text)

    def error(self, text: str) -> None:
        self._note(text)

    def _note(self, text: str) -> None:
        words = text.strip()
        if words and not words.startswith("[debug]"):
            self.last = words
        get_logger().debug("yt_dlp", said=words[:500])


def _settings(
    folder: Path, log: _Log, extractors: tuple[str, ...], timeout_s: float, max_entries: int
) -> dict[str, Any]:
    return {
        "logger": log,
        "quiet": True,
        "noprogress": True,
        "color": "never",
        # What is fetched
        "format": FORMAT,
        "allowed_extractors": list(extractors),
        "extract_flat": "in_playlist",
        "playlist_items": f"1:{max_entries}",
        "noplaylist": True,
        "check_formats": False,
        "allow_playlist_files": False,
        # Where it goes
        "paths": {"home": str(folder), "temp": str(folder)},
        "outtmpl": {"default": "%(autonumber)d.%(ext)s"},
        "restrictfilenames": True,
        "overwrites": True,
        "nopart": True,
        "continuedl": False,
        "updatetime": False,
        "cachedir": False,
        # How it is fetched
        "socket_timeout": timeout_s,
        "retries": 1,
        "fragment_retries": 1,
        "extractor_retries": 1,
        "file_access_retries": 0,
        "skip_unavailable_fragments": False,
        "concurrent_fragment_downloads": 1,
        "buffersize": BUFFER_BYTES,
        "noresizebuffer": True,
        "proxy": "",
        "geo_bypass": False,
        # No programs
        "external_downloader": {"default": "native"},
        "hls_prefer_native": True,
        "ffmpeg_location": str(folder / "no-ffmpeg"),
        "fixup": "never",
        "postprocessors": [],
        "js_runtimes": {},
        "remote_components": [],
        # Nothing of the machine's user
        "usenetrc": False,
        "cookiefile": None,
        "cookiesfrombrowser": None,
        "enable_file_urls": False,
        "warn_when_outdated": False,
    }
