"""The story of a search: source after source, until there is enough; what is not taken is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from foley_common.errors import FetchRefused, SoundNotFound
from foley_common.observability import get_logger
from foley_common.sound import SoundSource
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.sounds.library import SoundLibrary
from foley_surface_agent.sounds.packs import FetchedPack, find_in_packs

NOT_CONFIRMED = "nothing is fetched from the web unless the caller confirms the right to use it (rights_confirmed)"
WEB_OFF = "fetching from the web is switched off (FOLEY_SURFACE_AGENT_SOUNDS__WEB)"
NO_LIBRARY = "no library is set up (FOLEY_SURFACE_AGENT_SOUNDS__LIBRARY_DIR)"
NO_PACKS = "no sample packs were given"
MAX_REJECTED = 30  # of one search: enough to see why, and no flood


class WebFinder(Protocol):
    """Finds recordings on the web."""

    def find(
        self, wish: SoundWish, folder: Path, *, check: Callable[[], None] = ...
    ) -> Iterator[Found | Rejected]:
        """What the web has for a wish, in the order of the site that was asked.

        Args:
            wish: Words or an address.
            folder: Where recordings are written; the caller cleans it up.
            check: Raises when nobody waits any more.

        Raises:
            FetchRefused: the address may not be asked, or time is up.
            FoleyError: what ``check`` raised.
        """
        ...


@dataclass(frozen=True, slots=True)
class SoundSources:
    """Where this service may look.

    Attributes:
        library: None when no folder is set up.
        web: None when fetching is switched off.
        max_bytes: Largest recording to take.
    """

    library: SoundLibrary | None
    web: WebFinder | None
    max_bytes: int

    def names(self) -> tuple[SoundSource, ...]:
        """In the order in which they are asked."""
        found = [SoundSource.SAMPLE_PACK]
        if self.library is not None:
            found.append(SoundSource.LIBRARY)
        if self.web is not None:
            found.append(SoundSource.WEB)
        return tuple(found)


def find_sounds(
    wish: SoundWish,
    sources: SoundSources,
    *,
    asked: Sequence[SoundSource],
    packs: Sequence[FetchedPack],
    folder: Path,
    check: Callable[[], None] = lambda: None,
) -> Iterator[Found | Rejected]:
    """Recordings for a wish, and what was not taken.

    Args:
        wish: What is looked for.
        sources: Where this service may look.
        asked: Where the caller wants it to look, in this order; empty for everywhere.
        packs: Sample packs of the caller's.
        folder: Where fetched recordings are written; the caller cleans it up.
        check: Raises when nobody waits any more.

    Raises:
        FetchRefused: the web was asked for by name, or an address was given, and may not be fetched from.
        SoundNotFound: nothing can be used; the message says where was looked and why nothing was found there.
    """
    order = (SoundSource.WEB,) if wish.url else (tuple(asked) or tuple(SoundSource))
    is_told = bool(asked) or bool(wish.url)
    found = rejected = 0
    silence: list[str] = []
    for source in order:
        before, why = found, "nothing that fits"
        problem = _problem(source, wish, sources, packs)
        if problem:
            if source is SoundSource.WEB and is_told:
                raise FetchRefused(problem, rule="rights" if problem is NOT_CONFIRMED else "switch")
            silence.append(problem)
            continue
        for item in _look(source, wish, sources, packs=packs, folder=folder, check=check):
            if isinstance(item, Found):
                found += 1
                yield item
                if found == wish.count:
                    return
            else:
                why = f"nothing that can be used ({item.reason})"
                if rejected < MAX_REJECTED:
                    rejected += 1
                    yield item
        if found == before:
            silence.append(f"{source.value}: {why}")
    if not found:
        what = wish.url or f"{wish.query!r}"
        raise SoundNotFound(
            f"no recording was found for {what}: {'; '.join(silence)}", query=wish.query or wish.url
        )


def _problem(
    source: SoundSource, wish: SoundWish, sources: SoundSources, packs: Sequence[FetchedPack]
) -> str:
    """Why a source cannot be asked; empty when it can."""
    if source is SoundSource.SAMPLE_PACK:
        return "" if packs else NO_PACKS
    if source is SoundSource.LIBRARY:
        return "" if sources.library is not None else NO_LIBRARY
    if sources.web is None:
        return WEB_OFF
    return "" if wish.rights_confirmed else NOT_CONFIRMED


def _look(
    source: SoundSource,
    wish: SoundWish,
    sources: SoundSources,
    *,
    packs: Sequence[FetchedPack],
    folder: Path,
    check: Callable[[], None],
) -> Iterator[Found | Rejected]:
    if source is SoundSource.SAMPLE_PACK:
        yield from find_in_packs(packs, wish)
    elif source is SoundSource.LIBRARY and sources.library is not None:
        yield from sources.library.find(wish, max_bytes=sources.max_bytes, check=check)
    elif source is SoundSource.WEB and sources.web is not None:
        try:
            yield from sources.web.find(wish, folder, check=check)
        except FetchRefused as error:
            if wish.url:
                raise
            get_logger().warning("web_search_ended", problem=error.message)
            yield Rejected("", "", error.message)
