"""What to look for under which ground, and what a search means for the style. Pure decisions; asking is elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from foley_common.field_limits import MAX_SAMPLE_PACKS
from foley_common.objects import ObjectRef
from foley_common.sound import SoundEngine
from foley_common.surfaces import Surface, SurfaceReport
from foley_gateway.domain.types import GroundSound, SoundSearch, Style

_WORD = re.compile(r"[^\W\d_]+")
_FLOOR: dict[Surface, str] = {
    Surface.TILE: "on tile floor",
    Surface.WOOD: "on wooden floor",
    Surface.METAL: "on metal floor",
    Surface.STONE: "on stone floor",
    Surface.LEAVES: "in dry leaves",
    Surface.SNOW: "in snow",
    Surface.WATER: "in a puddle",
    Surface.MUD: "in mud",
}


@dataclass(frozen=True, slots=True)
class GroundWish:
    """What to look for under one ground.

    Attributes:
        surface: The ground.
        query: Words; empty with an address.
        url: An address; empty with words.
        problem: Why nothing is looked for; empty when something is.
    """

    surface: Surface
    query: str = ""
    url: str = ""
    problem: str = ""


def default_query(surface: Surface) -> str:
    """What to look for when nobody suggested anything.

    >>> default_query(Surface.GRAVEL), default_query(Surface.WOOD)
    ('footsteps on gravel', 'footsteps on wooden floor')
    """
    return f"footsteps {_FLOOR.get(surface, f'on {surface.value}')}"


def wishes_of(report: SurfaceReport, search: SoundSearch) -> list[GroundWish]:
    """What to look for under the grounds of a clip, those that last longest first.

    A query counts for the grounds that it names, and for all when it names none of them. An address is one recording:
    it counts for the ground that the query's place would have, the one that lasts longest. Without either, the surface
    agent's first suggestion that speaks of the ground is taken, else a plain one of ours.

    Args:
        report: What the surface agent said.
        search: What the caller wants.
    """
    grounds = _grounds(report)
    named = [surface for surface in grounds if surface.value in _words(search.query)]
    wishes: list[GroundWish] = []
    for position, surface in enumerate(grounds):
        if search.url:
            wish = GroundWish(surface, url=search.url) if position == 0 else None
            problem = f"the address is one recording, and it is taken for {grounds[0].value}"
        elif search.query:
            wish = GroundWish(surface, search.query) if not named or surface in named else None
            problem = f"the query is about {', '.join(one.value for one in named)}"
        else:
            wish, problem = GroundWish(surface, _suggested(report, surface)), ""
        wishes.append(wish or GroundWish(surface, problem=problem))
    return wishes


def style_with(style: Style, found: Sequence[GroundSound]) -> Style:
    """The style that sounds: the caller's packs first, then what was found; unchanged when nothing was."""
    packs = [item.sample_pack for item in found if item.sample_pack is not None]
    if not packs:
        return style
    every: dict[ObjectRef, None] = dict.fromkeys([*style.sample_packs, *packs])
    return replace(style, engine=SoundEngine.SAMPLED, sample_packs=tuple(every)[:MAX_SAMPLE_PACKS])


def _grounds(report: SurfaceReport) -> list[Surface]:
    """Grounds that are sounded, by the time that people spend on them."""
    time_s: dict[Surface, float] = {}
    for span in report.surfaces:
        surface = span.answer.sounded
        time_s[surface] = time_s.get(surface, 0.0) + span.end_time_s - span.start_time_s
    return sorted(time_s, key=lambda surface: -time_s[surface])


def _suggested(report: SurfaceReport, surface: Surface) -> str:
    """A picture may put words into a model's mouth: only a suggestion that names the ground is searched for."""
    for span in report.surfaces:
        if span.answer.sounded is not surface:
            continue
        for suggestion in span.answer.sound_suggestions:
            if surface.value in _words(suggestion):
                return suggestion
    return default_query(surface)


def _words(text: str) -> set[str]:
    found = set(_WORD.findall(text.lower()))
    return (
        found
        | {word.removesuffix("en") for word in found}
        | {word.removesuffix("s") for word in found}
    )
