"""Describe every ground picture in several views; the slow half of training (about six minutes on one core).

    nice python services/surface_agent/training/extract.py DATA OUT.npz [--views 3] [--seed 7]

DATA holds `surfaces.json` and the pictures it names. View 0 is the plain centre; the others are drawn (`views.py`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image
from views import plain_view, random_view

from foley_common.weights import ensure
from foley_surface_agent.local.classifier import BACKBONE
from foley_surface_agent.local.descriptor import Descriptor


def main() -> None:
    """Read the arguments, describe, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--views", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture only")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture taken")
    arguments = parser.parse_args()
    records = json.loads((arguments.data / "surfaces.json").read_text())
    numbers = range(arguments.first, len(records), arguments.every)
    records = [records[number] for number in numbers]
    describe = Descriptor(ensure(BACKBONE))
    rows = np.zeros((len(records), arguments.views, describe.size), np.float16)
    for index, (number, record) in enumerate(zip(numbers, records, strict=True)):
        rng = np.random.default_rng([arguments.seed, number])
        with Image.open(arguments.data / record["file"]) as opened:
            picture = opened.convert("RGB")
        views = [plain_view(picture)] + [
            random_view(picture, is_texture=record["kind"] == "texture", rng=rng)
            for _ in range(arguments.views - 1)
        ]
        rows[index] = describe(np.stack(views))
        if index % 500 == 0:
            print(index, flush=True)
    np.savez(
        arguments.out,
        rows=rows,
        label=np.array([record["class"] for record in records]),
        source=np.array([" ".join(record["source"].split()[:2]) for record in records]),
        is_photo=np.array([record["kind"] == "photo" for record in records]),
        path=np.array([record["file"] for record in records]),
    )


if __name__ == "__main__":
    main()
