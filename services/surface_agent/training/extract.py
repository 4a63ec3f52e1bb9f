"""Describe every ground picture in several views; the slow half of training (about ten minutes on a free core).

    nice python services/surface_agent/training/extract.py DATA OUT.npz [--model fallback] [--seed 7]

DATA holds `surfaces.json` and the pictures it names. View 0 is the plain centre, view 1 drawn as in a video, view 2 as
under a small walker (`views.py`); the last for `CLOSE_PER_PAIR` pictures of a class and source, else not a number.
Views 3 to 5 are parts of the picture; views 6 to 13, of textures only, are strips of a floor (`floor_view.py`).
With ``--every 4 --first 0`` … ``--first 3`` the work is shared out; ``--join`` puts the parts together.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from floor_view import floor_view
from PIL import Image
from views import close_view, random_view

from foley_common.weights import ensure
from foley_surface_agent.local.classifier import BEST, FALLBACK
from foley_surface_agent.looks import part_views, plain_view

CLOSE_PER_PAIR = 40
PARTS_AT = 3
FLOORS_AT = 6
VIEWS = 14
MODELS = {"best": BEST, "fallback": FALLBACK}


def main() -> None:
    """Read the arguments, describe, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", choices=MODELS, default="best")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture only")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture taken")
    parser.add_argument("--join", type=Path, nargs="+", help="parts to join instead")
    arguments = parser.parse_args()
    records = json.loads((arguments.data / "surfaces.json").read_text())
    if arguments.join:
        numbers, rows = _joined(arguments.join)
    else:
        numbers = np.arange(arguments.first, len(records), arguments.every)
        rows = _described(arguments, records, numbers)
    chosen = [records[int(number)] for number in numbers]
    np.savez(
        arguments.out,
        number=numbers,
        rows=rows,
        label=np.array([record["class"] for record in chosen]),
        source=np.array([_source(record) for record in chosen]),
        is_photo=np.array([record["kind"] == "photo" for record in chosen]),
        path=np.array([record["file"] for record in chosen]),
    )


def _described(
    arguments: argparse.Namespace, records: list[dict[str, str]], numbers: np.ndarray
) -> np.ndarray:
    model = MODELS[arguments.model]
    describe = model.describe(ensure(model.backbone))
    rows = np.full((len(numbers), VIEWS, describe.size), np.nan, np.float16)
    close = _with_close_view(records)
    for index, number in enumerate(numbers):
        record = records[int(number)]
        is_texture = record["kind"] == "texture"
        with Image.open(arguments.data / record["file"]) as opened:
            picture = opened.convert("RGB")
        rng = np.random.default_rng([arguments.seed, int(number)])
        views = {0: plain_view(picture), 1: random_view(picture, is_texture=is_texture, rng=rng)}
        if int(number) in close:
            rng = np.random.default_rng([arguments.seed, int(number), 2])
            views[2] = close_view(picture, is_texture=is_texture, rng=rng)
        views |= dict(enumerate(part_views(picture), start=PARTS_AT))
        if is_texture:
            rng = np.random.default_rng([arguments.seed, int(number), 3])
            views |= {view: floor_view(picture, rng) for view in range(FLOORS_AT, VIEWS)}
        rows[index, list(views)] = describe(np.stack(list(views.values())))
        if index % 100 == 0:
            print(index, flush=True)
    return rows


def _source(record: dict[str, str]) -> str:
    """A record's source without version and path."""
    return " ".join(record["source"].split()[:2])


def _with_close_view(records: list[dict[str, str]]) -> set[int]:
    """Numbers of the pictures whose third view is drawn: an even choice of every class and source."""
    pairs: dict[tuple[str, str], list[int]] = {}
    for number, record in enumerate(records):
        pairs.setdefault((record["class"], _source(record)), []).append(number)
    return {
        members[int(place)]
        for members in pairs.values()
        for place in np.linspace(0, len(members) - 1, min(len(members), CLOSE_PER_PAIR))
    }


def _joined(parts: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    archives = [np.load(part) for part in parts]
    numbers = np.concatenate([archive["number"] for archive in archives])
    order = np.argsort(numbers)
    return numbers[order], np.concatenate([archive["rows"] for archive in archives])[order]


if __name__ == "__main__":
    main()
