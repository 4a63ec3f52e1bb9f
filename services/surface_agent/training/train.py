"""Fit the shipped head and print its leave-one-source-out report.

    python services/surface_agent/training/train.py VIEWS.npz HEAD.npz

VIEWS comes from `extract.py`. Needs no random numbers; the same views give the same bytes.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from fit import Pictures, calibrated, fit, held_out_scores, temperature_of
from judge import full_report, thresholds

from foley_surface_agent.domain.features import FEATURE_VERSION
from foley_surface_agent.local.head import HeadFacts


def main() -> None:
    """Read the arguments, judge, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("views", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    pictures = Pictures.load(arguments.views)
    print("\n".join(full_report(pictures)))
    scores = held_out_scores(pictures)
    surface_at, group_at = thresholds(pictures, calibrated(pictures, scores))
    head = replace(fit(pictures), temperature=temperature_of(scores, pictures.label))
    arguments.out.write_bytes(head.to_bytes(HeadFacts(FEATURE_VERSION, surface_at, group_at)))
    print(
        f"\ntemperature {head.temperature:.2f}; {arguments.out}: {arguments.out.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()
