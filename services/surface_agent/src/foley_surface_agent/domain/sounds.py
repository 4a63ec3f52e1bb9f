"""What a search for recorded sounds gives, and how well a name fits what is looked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from foley_common.sound import SoundSource
from foley_common.surfaces import Surface

DEFAULT_SOUND_COUNT = 3
MAX_SOUND_COUNT = 10
MAX_TEXT_LENGTH = 500  # characters of a title, an uploader, a licence or a reason
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
_WORD = re.compile(r"[^\W\d_]+")  # letters of any script
_EMPTY = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "de",
        "for",
        "from",
        "in",
        "into",
        "la",
        "of",
        "on",
        "onto",
        "over",
        "the",
        "through",
        "to",
        "with",
        "audio",
        "clip",
        "effect",
        "effects",
        "foley",
        "free",
        "hd",
        "hq",
        "mp",
        "recording",
        "sample",
        "sfx",
        "sound",
        "sounds",
        "video",
        "wav",
    ]
)
_FOOTSTEP = frozenset(
    [
        "feet",
        "foot",
        "footfall",
        "footstep",
        "step",
        "steps",
        "stepping",
        "walk",
        "walking",
        "walker",
    ]
)
# How people call a ground in titles and file names; singular, as `words_of` leaves them.
_NAMES: dict[Surface, frozenset[str]] = {
    Surface.CONCRETE: frozenset(["concrete", "cement", "pavement", "sidewalk"]),
    Surface.ASPHALT: frozenset(["asphalt", "tarmac", "road", "street"]),
    Surface.TILE: frozenset(["tile", "marble", "ceramic", "linoleum", "terrazzo"]),
    Surface.STONE: frozenset(["stone", "cobble", "cobblestone", "brick", "rock", "flagstone"]),
    Surface.WOOD: frozenset(
        ["wood", "wooden", "hardwood", "parquet", "floorboard", "deck", "laminate"]
    ),
    Surface.METAL: frozenset(["metal", "metallic", "steel", "grating"]),
    Surface.CARPET: frozenset(["carpet", "rug"]),
    Surface.GRASS: frozenset(["grass", "lawn", "meadow"]),
    Surface.DIRT: frozenset(["dirt", "soil", "earth"]),
    Surface.GRAVEL: frozenset(["gravel", "pebble", "shingle"]),
    Surface.SAND: frozenset(["sand", "beach"]),
    Surface.SNOW: frozenset(["snow"]),
    Surface.LEAVES: frozenset(["leaf", "leave", "foliage"]),
    Surface.WATER: frozenset(["water", "puddle"]),
    Surface.MUD: frozenset(["mud", "muddy"]),
    Surface.ICE: frozenset(["ice", "icy"]),
}


@dataclass(frozen=True, slots=True)
class SoundWish:
    """What is looked for.

    Attributes:
        query: Words; empty with an address.
        url: Address of one recording; empty with words.
        count: Most recordings wanted.
        max_duration_s: Longest recording to take.
        rights_confirmed: The caller has the right to use what is fetched.
    """

    query: str
    url: str
    count: int
    max_duration_s: float
    rights_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One recording, as a file.

    Attributes:
        path: Where it lies; None for a sample pack, which is in the store already.
        key: Key of a sample pack in the store; empty for a file.
        source_url: Where it came from.
        title, uploader, licence: As stated there; empty when not.
        source: Where it was found.
        duration_s: How long it is.
        media_type: IANA media type of the file.
        fetch_time: When it was fetched; None when nothing was.
    """

    path: Path | None
    key: str
    source_url: str
    title: str
    uploader: str
    licence: str
    source: SoundSource
    duration_s: float
    media_type: str
    fetch_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """One recording that was found and not taken, with the reason in a sentence."""

    source_url: str
    title: str
    reason: str


def tidy(text: object) -> str:
    """Text of a stranger for people to read: one line, no control or direction marks, not too long."""
    return _CONTROL.sub(" ", text).strip()[:MAX_TEXT_LENGTH] if isinstance(text, str) else ""


def words_of(text: str) -> frozenset[str]:
    """Words that mean something, without plural endings.

    >>> sorted(words_of("Footsteps_on-GRAVEL paths (sound effect) 02.wav"))
    ['footstep', 'gravel', 'path']
    """
    found = (_singular(word) for word in _WORD.findall(text.lower().replace("_", " ")))
    return frozenset(word for word in found if word not in _EMPTY)


def surface_in(words: frozenset[str]) -> Surface | None:
    """The ground that is named, None when none is or several are."""
    named = [surface for surface, names in _NAMES.items() if words & names]
    return named[0] if len(named) == 1 else None


def fit(query: frozenset[str], name: frozenset[str]) -> float:
    """How well a name fits a query, from 0 (not at all) to 1.

    A query that names a ground is fitted only by names of that ground; another needs at least one word in common that
    says more than "footsteps".

    >>> query = words_of("boots on gravel")
    >>> fit(query, words_of("gravel_boots_walk_01")) > fit(query, words_of("pebbles, sneakers")) > 0
    True
    >>> fit(query, words_of("boots on wood"))
    0.0
    """
    telling = query - _FOOTSTEP
    is_walk = 1.0 if name & _FOOTSTEP else 0.0
    if not telling:
        return 0.5 * is_walk if query else 0.0
    ground = surface_in(query)
    shared = telling & name
    if ground is not None:
        if not name & _NAMES[ground]:
            return 0.0
        shared |= telling & _NAMES[ground]
    elif not shared:
        return 0.0
    told = len(shared) / len(telling)
    return 0.9 * told + 0.1 * is_walk


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
