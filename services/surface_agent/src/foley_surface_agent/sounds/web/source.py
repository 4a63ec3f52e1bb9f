"""Recordings from the web: searched for or fetched from one address, under the guard, one after the other."""

from __future__ import annotations

import contextlib
import html.parser
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from yt_dlp.networking.common import Request
from yt_dlp.utils import YoutubeDLError, unsmuggle_url

from foley_common.errors import FetchRefused, FoleyError, MediaTooLarge, UndecodableMedia
from foley_common.observability import get_logger
from foley_common.sound import SoundSource
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish, tidy
from foley_surface_agent.sounds.media import MEDIA_TYPE, SUFFIX, to_flac, too_long
from foley_surface_agent.sounds.web.confinement import ForbiddenHere, confined
from foley_surface_agent.sounds.web.guard import FetchStopped, Guard, Resolve
from foley_surface_agent.sounds.web.wire import WebSettings
from foley_surface_agent.sounds.web.ytdlp import Downloader, Info

CANDIDATES_PER_SOUND = 3  # a third of what a search finds is too long, gone or no recording
MAX_CANDIDATES = 15
_KEPT = "kept-"  # what names of files begin with that stay in the folder
PAGE_BYTES = 1 << 20  # of a page that is read for its og:audio; it stands in the head
_PREFIX = re.compile(r"^\s*(ERROR:\s*)?(\[[^\]]*\]\s*)?([\w.-]{1,40}:\s)?")
_BUG_REPORT = re.compile(
    r"; please report this issue on .*| If you believe this is an error, .*|\(caused by .*| Use --list-formats .*",
    re.DOTALL,
)
_OG_AUDIO = ("og:audio", "og:audio:url", "og:audio:secure_url")


class WebSounds:
    """A `WebFinder` in the process that calls. Every call has its own downloader and guard.

    Args:
        settings: How the web is asked.
        resolve: Addresses of a name; None asks the system.
    """

    def __init__(self, settings: WebSettings, *, resolve: Resolve | None = None) -> None:
        self._settings = settings
        self._resolve = resolve

    def find(
        self, wish: SoundWish, folder: Path, *, check: Callable[[], None] = lambda: None
    ) -> Iterator[Found | Rejected]:
        """See `sounds.find.WebFinder.find`."""
        settings = self._settings
        guard = Guard(settings.rules, settings.limits, check=check, resolve=self._resolve)
        if wish.url:
            guard.check_url(wish.url)
        count = min(MAX_CANDIDATES, CANDIDATES_PER_SOUND * wish.count)
        address = wish.url or f"{settings.search}{count}:{wish.query}"
        try:
            with contextlib.closing(_Fetching(settings, guard, folder, wish, count)) as fetching:
                yield from fetching.all_from(address)
        except FetchStopped as stopped:
            raise stopped.error from stopped


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why something could not be had; ``is_unknown_page`` when yt-dlp found no sound on a page that it read."""

    reason: str
    is_unknown_page: bool = False


class _Fetching:
    """One call: a downloader under a guard."""

    def __init__(
        self, settings: WebSettings, guard: Guard, folder: Path, wish: SoundWish, count: int
    ) -> None:
        self._guard = guard
        self._folder = folder
        self._wish = wish
        self._made = 0
        context = ssl.create_default_context(cafile=settings.ca_file)
        with confined():
            self._downloader = Downloader(
                guard,
                folder,
                extractors=settings.extractors,
                timeout_s=settings.limits.timeout_s,
                max_entries=count,
                ssl_context=context,
            )

    def close(self) -> None:
        with confined():
            self._downloader.close()

    def all_from(self, address: str) -> Iterator[Found | Rejected]:
        """Everything at an address: one recording, or the entries of a list."""
        shown = self._wish.url or f"search: {self._wish.query}"
        looked = self._looked_at(address)
        if isinstance(looked, str):
            yield Rejected(shown, "", looked)
            return
        for entry in looked:
            yield self._fetched(entry, shown)

    def _looked_at(self, address: str) -> Sequence[Mapping[str, Any]] | str:
        """Entries at an address, or why there are none."""
        with self._guard.part():
            found = self._guarded(lambda: self._downloader.look(address))
            if isinstance(found, _Failure) and found.is_unknown_page:
                named = self._guarded(lambda: {"url": self._named_sound(address)})
                if not isinstance(named, _Failure) and named["url"]:
                    found = self._guarded(lambda: self._downloader.look(named["url"]))
        if isinstance(found, _Failure):
            return found.reason
        entries = found.get("entries")
        return [found] if entries is None else [entry for entry in entries if entry]

    def _fetched(self, entry: Mapping[str, Any], shown: str) -> Found | Rejected:
        url = _address(entry.get("webpage_url") or entry.get("url")) or shown
        title = tidy(entry.get("title"))
        problem = self._unwanted(entry)
        if problem:
            return Rejected(url, title, problem)
        with self._guard.part():
            info = self._guarded(lambda: self._downloader.fetch(entry))
        try:
            return self._delivered(info, url, title)
        finally:
            self._sweep()

    def _delivered(self, info: Info | _Failure, url: str, title: str) -> Found | Rejected:
        """What was written into the folder, converted."""
        if isinstance(info, _Failure):
            return Rejected(url, title, info.reason)
        url, title = _address(info.get("webpage_url")) or url, tidy(info.get("title")) or title
        if info.get("entries") is not None:
            return Rejected(url, title, "it is a list of further addresses, which is not followed")
        files = [Path(part["filepath"]) for part in info.get("requested_downloads") or () if part]
        file = next((file for file in files if file.is_file()), None)
        if file is None:
            said = self._unwanted(info) or _sentence(self._downloader.last_words)
            return Rejected(url, title, said or "nothing was delivered")
        return self._converted(file, info, url, title)

    def _converted(
        self, file: Path, info: Mapping[str, Any], url: str, title: str
    ) -> Found | Rejected:
        self._made += 1
        target = self._folder / f"{_KEPT}sound-{self._made}{SUFFIX}"
        longest_s = self._wish.max_duration_s
        try:
            duration_s = to_flac(
                file, target, max_duration_s=longest_s, check=self._check_conversion
            )
        except (UndecodableMedia, MediaTooLarge) as error:
            return Rejected(url, title, error.message)
        get_logger().info("sound_fetched", url=url, seconds=round(duration_s, 2))
        return Found(
            path=target,
            key="",
            source_url=url,
            title=title,
            uploader=tidy(info.get("uploader") or info.get("channel") or info.get("creator")),
            licence=tidy(info.get("license")),
            source=SoundSource.WEB,
            duration_s=duration_s,
            media_type=MEDIA_TYPE,
            fetch_time=datetime.now(UTC),
        )

    def _sweep(self) -> None:
        """Remove what a fetch left behind, whole or broken off."""
        for path in self._folder.iterdir():
            if not path.name.startswith(_KEPT) and path.is_file():
                path.unlink()

    def _check_conversion(self) -> None:
        self._guard.left_s()

    def _unwanted(self, entry: Mapping[str, Any]) -> str:
        """Why an entry is not worth fetching; empty when it is."""
        if entry.get("is_live") or entry.get("live_status") in ("is_live", "is_upcoming"):
            return "it is a live stream"
        duration_s = entry.get("duration")
        if isinstance(duration_s, int | float) and duration_s > self._wish.max_duration_s:
            return too_long(self._wish.max_duration_s).message
        return ""

    def _guarded(self, work: Callable[[], Info]) -> Info | _Failure:
        """What some work of yt-dlp's gives, or why it gave nothing."""
        try:
            with confined():
                return work()
        except YoutubeDLError as error:
            said = _sentence(str(error)) or "it cannot be read"
            is_unknown = not self._reason() and "Unsupported URL" in str(error)
            return _Failure(self._reason() or said, is_unknown_page=is_unknown)
        except (ForbiddenHere, FetchRefused) as error:
            return _Failure(self._reason() or str(error))
        except FoleyError:
            raise
        except Exception as error:  # a stranger's page may break yt-dlp in any way; the log has it
            get_logger().warning(
                "yt_dlp_broke", error=type(error).__name__, problem=str(error)[:300]
            )
            return _Failure(self._reason() or f"yt-dlp cannot read it ({type(error).__name__})")

    def _reason(self) -> str:
        refusal = self._guard.refusal
        return "" if refusal is None else refusal.message

    def _named_sound(self, page: str) -> str:
        """The sound that a page names for others to embed (Open Graph); empty when it names none."""
        answer = self._downloader.urlopen(Request(page))
        try:
            text = answer.read(PAGE_BYTES)
            while len(text) < PAGE_BYTES and (more := answer.read(PAGE_BYTES - len(text))):
                text += more
        finally:
            answer.close()
        named = _OpenGraph.sound_in(text.decode("utf-8", "replace"))
        return urljoin(answer.url, named) if named else ""


class _OpenGraph(html.parser.HTMLParser):
    """Reads ``<meta property="og:audio" content="…">``."""

    def __init__(self) -> None:
        super().__init__()
        self.sound = ""

    @classmethod
    def sound_in(cls, page: str) -> str:
        """The first one; empty when there is none."""
        parser = cls()
        parser.feed(page)
        return parser.sound

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name = told.get("property") or told.get("name") or ""
        if tag == "meta" and name.lower() in _OG_AUDIO and not self.sound:
            self.sound = (told.get("content") or "").strip()


def _address(told: object) -> str:
    """An address as it is on the web, without the notes that yt-dlp hangs on it for itself."""
    return tidy(unsmuggle_url(told)[0]) if isinstance(told, str) else ""


def _sentence(said: str) -> str:
    """yt-dlp's words without its prefixes and its plea for bug reports."""
    text = _BUG_REPORT.sub("", _PREFIX.sub("", tidy(said)))
    return text.strip(" ;.")
