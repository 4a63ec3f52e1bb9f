"""Grounds with other excitations than the recipes', for benches that fit other recordings than half A.

The recipes' own were searched on half A (`tune_excitation`). What was searched on half B is kept in a file beside this
one; of halves that are drawn it is searched by the bench. Nothing of this is shipped.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path

from foley_audio.domain.materials import Materials
from foley_common.surfaces import Surface

HALF_B = Path(__file__).with_name("excitation_half_b.toml")


def with_half_b(materials: Materials) -> Materials:
    """The same grounds and shoes with half B's excitations, where half B has the ground."""
    return with_excitations(materials, tomllib.loads(HALF_B.read_text(encoding="utf-8")))


def with_excitations(materials: Materials, found: Mapping[str, Mapping[str, float]]) -> Materials:
    """The same grounds and shoes with other excitations, by the grounds' names."""
    grounds = dict(materials.grounds)
    for name, numbers in found.items():
        ground = grounds[Surface(name)]
        excitation = dataclasses.replace(ground.excitation, **numbers)
        grounds[Surface(name)] = dataclasses.replace(ground, excitation=excitation)
    return dataclasses.replace(materials, grounds=grounds)
