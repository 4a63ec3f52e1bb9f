"""Packs without a manifest: what a file's path says of the step in it.

The words of the path, folders first, are read in order: ground, then shoe and gait where they are told, then anything.
``gravel_boot_walk_01.wav``, ``Gravel/Boots, walking/take 3.wav`` and ``snow_7.wav`` are such names. Where a path begins
otherwise, as those of libraries do (``FOOTGrvl_Gravel Walk Boots_01.wav``), ground, shoe and gait are looked for in the
file's name, then in its folder's, and so on upwards.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from foley_common.errors import SamplePackInvalid
from foley_common.footsteps import GaitKind
from foley_common.packs.manifest import PackManifest, PackStep
from foley_common.surfaces import Footwear, Surface

CONVENTION = "<surface>[_<footwear>][_<gait>]_<number>.wav, for example gravel_boot_walk_01.wav"
MOST_PARTS = 2  # of a word: dress_shoe
INFLECTED = {
    "bare_feet": Footwear.BAREFOOT,
    **{f"{shoe}s": shoe for shoe in Footwear if not shoe.endswith(("s", "foot"))},
    "walking": GaitKind.WALK,
    "running": GaitKind.RUN,
    "stopping": GaitKind.STOP,
    "turning": GaitKind.TURN,
    "scuffing": GaitKind.SCUFF,
}
"""What people write for a word of the lists in the names of folders and files."""
_Word = TypeVar("_Word", bound=StrEnum)


def step_of_name(path: str) -> PackStep:
    """The step that a file holds, by its name.

    >>> step = step_of_name("wood/dress_shoe_run_03.WAV")
    >>> step.surface.value, step.footwear.value, step.gait_kind.value
    ('wood', 'dress_shoe', 'run')

    Raises:
        SamplePackInvalid: the name says no ground, or two at once.
    """
    words = _words_of(path.rsplit(".", 1)[0])
    surface, rest = _leading(words, Surface)
    if surface is None:
        return _step_of_any_name(path)
    footwear, rest = _leading(rest, Footwear)
    gait_kind, rest = _leading(rest, GaitKind)
    if footwear is None:
        footwear, _ = _leading(rest, Footwear)
    return PackStep(file=path, surface=surface, footwear=footwear, gait_kind=gait_kind)


def _step_of_any_name(path: str) -> PackStep:
    """The step of a name that does not begin with its ground."""
    parts = [_words_of(part) for part in reversed(path.rsplit(".", 1)[0].split("/"))]
    grounds = _nearest(parts, Surface)
    if len(grounds) != 1:
        problem = f"names {' and '.join(grounds)}" if grounds else "does not say its ground"
        raise SamplePackInvalid(
            f"{path[:200]!r} {problem}: without a manifest a file is named {CONVENTION}; grounds are "
            f"{', '.join(Surface)}",
            entry=path[:200],
            rule="name",
        )
    footwear, gait_kind = _nearest(parts, Footwear), _nearest(parts, GaitKind)
    return PackStep(
        file=path,
        surface=grounds[0],
        footwear=footwear[0] if footwear else None,
        gait_kind=gait_kind[0] if gait_kind else None,
    )


def names_ground(folder: str) -> bool:
    """True for a folder whose name begins with a ground.

    >>> names_ground("Snow, boots"), names_ground("My Steps")
    (True, False)
    """
    return _leading(_words_of(folder), Surface)[0] is not None


def mentions_ground(path: str) -> bool:
    """True where a ground stands anywhere in a path.

    >>> mentions_ground("FOOT Gravel, boots"), mentions_ground("take 3.wav")
    (True, False)
    """
    return bool(_mentioned(_words_of(path), Surface))


def manifest_of_names(name: str, paths: Iterable[str]) -> PackManifest:
    """The manifest of a folder of WAV files that follow the convention, in order of their paths.

    Raises:
        SamplePackInvalid: there is no WAV file, or one does not follow it.
    """
    steps = tuple(step_of_name(path) for path in sorted(paths))
    if not steps:
        raise SamplePackInvalid(
            f"the pack has neither a manifest.json nor WAV files; name files {CONVENTION}",
            rule="empty",
        )
    return PackManifest(name=name, steps=steps)


def _words_of(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _nearest(parts: list[str], kinds: type[_Word]) -> list[_Word]:
    """The words of a closed list in the first of some texts that has any."""
    for part in parts:
        if found := _mentioned(part, kinds):
            return found
    return []


def _mentioned(words: str, kinds: type[_Word]) -> list[_Word]:
    """The different words of a closed list that stand in a text, in order."""
    parts = words.split("_")
    found = (_leading("_".join(parts[first:]), kinds)[0] for first in range(len(parts)))
    return list(dict.fromkeys(kind for kind in found if kind is not None))


def _leading(words: str, kinds: type[_Word]) -> tuple[_Word | None, str]:
    """The word of a closed list that a text begins with, and what follows it."""
    parts = words.split("_")
    for count in range(MOST_PARTS, 0, -1):
        word = "_".join(parts[:count])
        with contextlib.suppress(ValueError):
            return kinds(INFLECTED.get(word, word)), "_".join(parts[count:])
    return None, words
