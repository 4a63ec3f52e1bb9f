"""Draw pictures of grounds that train and are not judged.

    python services/surface_agent/training/drawn_pictures.py OUT [--count 36]

Sources of photographs have few grounds each: held out, carpets, water or snow have to be learnt from hardly anything.
`drawn` paints grounds from what they are made of. OUT gets the pictures and a `surfaces.json`, as `extract.py` wants
them. The same count and seed give the same pictures; a larger count adds to them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from drawn.pictures import GROUNDS, picture
from PIL import Image

COUNT = 36  # of every class
SEED = 20_261_127
FROM_ABOVE = (0, 4, 7)  # of ten pictures: seen straight from above, as textures are


def main() -> None:
    """Read the arguments, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=COUNT, help="pictures of every class")
    arguments = parser.parse_args()
    print(f"{draw(arguments.out, arguments.count)} pictures")


def draw(out: Path, count: int) -> int:
    """Draw ``count`` pictures of every class, write their `surfaces.json`, and give how many they are."""
    out.mkdir(parents=True, exist_ok=True)
    records: list[dict[str, str]] = []
    for number in range(count):
        for place, surface in enumerate(GROUNDS):
            from_above = number % 10 in FROM_ABOVE
            rng = np.random.default_rng([SEED, place, number])
            name = f"{surface}-{number:03}.png"
            Image.fromarray(picture(surface, rng, from_above=from_above)).save(out / name)
            records.append(
                {
                    "file": name,
                    "class": surface,
                    "source": "drawn",
                    "kind": "texture" if from_above else "photo",
                }
            )
    (out / "surfaces.json").write_text(json.dumps(records, indent=1))
    return len(records)


if __name__ == "__main__":
    main()
