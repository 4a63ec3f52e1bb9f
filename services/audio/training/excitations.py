"""The excitations that were searched on half B, for benches that fit half B and judge by half A.

The recipes' own were searched on half A (`tune_excitation`); nothing of this file is shipped.
"""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

from foley_audio.domain.materials import Materials
from foley_common.surfaces import Surface

HALF_B = Path(__file__).with_name("excitation_half_b.toml")


def with_half_b(materials: Materials) -> Materials:
    """The same grounds and shoes with half B's excitations, where half B has the ground."""
    found = tomllib.loads(HALF_B.read_text(encoding="utf-8"))
    grounds = dict(materials.grounds)
    for name, numbers in found.items():
        ground = grounds[Surface(name)]
        excitation = dataclasses.replace(ground.excitation, **numbers)
        grounds[Surface(name)] = dataclasses.replace(ground, excitation=excitation)
    return dataclasses.replace(materials, grounds=grounds)
