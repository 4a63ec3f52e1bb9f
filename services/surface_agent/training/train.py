"""Fit the shipped head and print its leave-one-source-out report.

    python services/surface_agent/training/train.py VIEWS.npz HEAD.npz [--more MORE_VIEWS.npz…]

VIEWS comes from `extract.py`; so do MORE_VIEWS, of what `more_pictures.py` gathered and `drawn_pictures.py` drew: they
train and are not judged. Seeds are fixed: the same views give the same bytes on the same machine. About ten minutes of
a core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from fit import Pictures, added, finished, fit, held_out_scores, of_single_views, temperatures_of
from judge import facts_of, full_report, judge


def main() -> None:
    """Read the arguments, judge, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("views", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--more", type=Path, nargs="*", default=[], help="views that train and are not judged"
    )
    arguments = parser.parse_args()
    pictures = Pictures.load(arguments.views)
    more = added(arguments.more, pictures)
    scores = held_out_scores(pictures, more)
    print("\n".join(full_report(pictures, judge(pictures, scores))))
    temperatures = temperatures_of(of_single_views(scores), pictures.label)
    facts = facts_of(pictures.label, scores, temperatures)
    head = finished(fit(pictures if more is None else pictures + more), temperatures)
    arguments.out.write_bytes(head.to_bytes(facts))
    print(
        f"\ntemperatures {temperatures[0]:.2f} and {temperatures[1]:.2f}; thresholds: surface "
        f"{facts.surface_threshold:.2f}, group {facts.group_threshold:.2f}; of a picture: temperature "
        f"{facts.picture_temperature:.2f}, thresholds {facts.picture_surface_threshold:.2f} and "
        f"{facts.picture_group_threshold:.2f}"
    )
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
