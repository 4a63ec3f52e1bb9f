"""What both judges say of our steps, as figures with their goals and as tables: the printed half of `sound`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import ks_2samp
from sound_judge import Verdict

NOTHING = float("nan")
MANY = 5  # recordings of a surface, from which on the first judge gives it a Frechet distance
CHANCE_TRIALS = 400  # of `ks_by_chance`: its mean is good to 0.003

Split = dict[str, tuple[list[Path], list[Path]]]
"""Surface to the recordings that are fitted, and those that judge."""


@dataclass(frozen=True)
class Goal:
    """One figure and what it should be."""

    name: str
    least: float | None = None
    most: float | None = None

    def reached(self, value: float) -> bool:
        """True when the value lies inside."""
        above = self.least is None or value >= self.least
        return above and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        """As the table prints it."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}"


GOALS = {
    "recognition": Goal("recognition, trees learn from recordings", least=0.85),
    "worst": Goal("recognition of the worst surface", least=0.60),
    "fd": Goal("Frechet distance (surfaces of 5 recordings or more)", most=0.20),
    "ks_time": Goal("Kolmogorov-Smirnov distance of time features", most=0.38),
    "auc": Goal("told from recordings, AUC of trees", most=0.85),
    "variation": Goal("variation against the recordings'", least=0.8, most=1.25),
    "max_xcorr": Goal("cross-correlation of any two of 12 steps", most=0.95),
    "dc": Goal("largest constant part", most=1e-4),
    "edge": Goal("largest first or last sample over peak", most=1e-3),
    "clipped": Goal("clipped samples", most=0),
}
FAULTS = ("max_xcorr", "dc", "edge", "clipped")
FIGURES = {
    "ks_time_many": "the same of time features, surfaces of 5 or more",
    "ks_bands": "Kolmogorov-Smirnov distance of band levels",
    "band_db": "difference of median band levels, dB",
    "backwards": "recognition, trees learn from ours",
    "second_recognition": "second judge: recognition",
    "second_worst": "second judge: worst surface",
    "second_fd": "second judge: Frechet distance",
    "second_auc": "second judge: told from recordings, AUC",
}


def figures_of(report: dict[str, Any], second: Verdict) -> dict[str, float]:
    """Both judges' figures by the names of `GOALS` and `FIGURES`."""
    mean, trees, hygiene = report["mean"], report["recognition"]["trees"], report["hygiene"]
    distances = [row["fd"] for row in report["per_surface"].values() if "fd" in row]
    return {
        "recognition": trees["real_to_synth"],
        "worst": min(trees["recall_real_to_synth"].values()),
        "fd": float(np.mean(distances)) if distances else NOTHING,
        "ks_time": mean["ks_time"],
        "auc": report["c2st_auc"]["trees"],
        "variation": mean["variation_ratio"],
        "max_xcorr": max(row.get("max_xcorr", 0.0) for row in report["per_surface"].values()),
        "dc": hygiene["max_dc"],
        "edge": hygiene["max_edge"],
        "clipped": hygiene["clipped"],
        "ks_time_many": float(
            np.mean(
                [
                    row["ks_time"]
                    for name, row in report["per_surface"].items()
                    if report["n_real"][name] >= MANY
                ]
            )
        ),
        "ks_bands": mean["ks_bands"],
        "band_db": mean["band_err_db"],
        "backwards": trees["synth_to_real"],
        "second_recognition": second.recognition,
        "second_worst": second.worst,
        "second_fd": second.distance,
        "second_auc": second.auc,
    }


def table(columns: dict[str, dict[str, float]]) -> str:
    """All figures, one column per set, with the goals and whether ours reach them."""
    names = list(columns)
    lines = [f"{'':<52}" + "".join(f"{name:>14}" for name in names) + "   goal"]
    for key, goal in GOALS.items():
        values = "".join(f"{columns[name][key]:>14.4g}" for name in names)
        verdict = "reached" if goal.reached(columns["ours"][key]) else "NOT reached"
        lines.append(f"{goal.name:<52}{values}   {goal!s}: {verdict}")
    for key, words in FIGURES.items():
        lines.append(f"{words:<52}" + "".join(f"{columns[name][key]:>14.4g}" for name in names))
    return "\n".join(lines)


def surfaces_table(
    reports: list[dict[str, Any]], seconds: list[Verdict], ceiling: dict[str, float]
) -> str:
    """What both judges say of every surface of ours: means over draws, and the first draw's farthest features.

    Args:
        reports: Of the draws.
        seconds: The same, of the second judge.
        ceiling: Recall of the fitted recordings, in the judging half's mix of movements; empty where not measured.
    """
    keys = ("ks_time", "ks_bands", "band_err_db", "fd", "variation_ratio", "max_xcorr")
    head = ("recall", "fitted", "2nd", *(key[:8] for key in keys))
    lines = [f"{'':<10}{'files':>6}" + "".join(f"{word:>10}" for word in head) + "  farthest"]
    for name, first in reports[0]["per_surface"].items():
        rows = [report["per_surface"][name] for report in reports]
        recalls = [report["recognition"]["trees"]["recall_real_to_synth"] for report in reports]
        values = [
            np.mean([recall[name] for recall in recalls]),
            ceiling.get(name, NOTHING),
            np.mean([second.recall[name] for second in seconds]),
            *(np.mean([row.get(key, NOTHING) for row in rows]) for key in keys),
        ]
        farthest = ", ".join(f"{feature} {value}" for feature, value in first["worst"].items())
        shown = "".join(f"{value:>10.3g}" for value in values)
        lines.append(f"{name:<10}{reports[0]['n_real'][name]:>6}{shown}  {farthest}")
    return "\n".join(lines)


@dataclass(frozen=True)
class Outcome:
    """What the judges say of one direction.

    Attributes:
        reports: The first judge's, of every draw.
        seconds: The second judge's.
        others: Figures of the noise burst and of the fitted recordings; empty where not asked for.
        ceiling: Recall of the fitted recordings, in the judging half's mix of movements, likewise.
    """

    reports: list[dict[str, Any]]
    seconds: list[Verdict]
    others: dict[str, dict[str, float]]
    ceiling: dict[str, float]

    @property
    def draws(self) -> list[dict[str, float]]:
        """Figures of every draw."""
        return [
            figures_of(report, second)
            for report, second in zip(self.reports, self.seconds, strict=True)
        ]

    def recalls(self) -> tuple[dict[str, float], dict[str, float]]:
        """Of every surface, by the first and by the second judge: means over draws."""
        first = [report["recognition"]["trees"]["recall_real_to_synth"] for report in self.reports]
        return mean_of(first), mean_of([second.recall for second in self.seconds])


def mean_of(rows: list[dict[str, float]]) -> dict[str, float]:
    """The mean of every figure over rows of the same figures."""
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def averaged(outcomes: list[Outcome]) -> dict[str, float]:
    """The mean of every figure over draws and directions; of the worst surface, the lowest of the surfaces' means.

    Of faults the worst: a limit that holds on the average does not hold.
    """
    out = mean_of([mean_of(outcome.draws) for outcome in outcomes])
    for key in FAULTS:
        out[key] = max(row[key] for outcome in outcomes for row in outcome.draws)
    first, second = zip(*(outcome.recalls() for outcome in outcomes), strict=True)
    out["worst"] = min(mean_of(list(first)).values())
    out["second_worst"] = min(mean_of(list(second)).values())
    return out


def ks_by_chance(steps: int, files: list[int]) -> float:
    """Mean Kolmogorov-Smirnov distance of samples of one distribution: so far apart would be sounds without a fault.

    Args:
        steps: Steps of ours per surface.
        files: Judging recordings of every surface.
    """
    dice = np.random.default_rng(0)
    found = [
        np.mean(
            [
                ks_2samp(dice.random(steps), dice.random(count), method="asymp").statistic
                for _ in range(CHANCE_TRIALS)
            ]
        )
        for count in files
    ]
    return float(np.mean(found))


def show(outcome: Outcome, split: Split, steps: int) -> None:
    """Print one direction."""
    columns = {"ours": averaged([outcome])}
    if len(outcome.draws) > 1:
        for word, pick in (("least", min), ("most", max)):
            columns[word] = {
                key: pick(row[key] for row in outcome.draws) for key in columns["ours"]
            }
    print(table(columns | outcome.others))
    files = [len(judging) for _, judging in split.values()]
    print(
        f"By chance alone, {steps} steps without a fault and the judging recordings lie "
        f"{ks_by_chance(steps, files):.3f} apart (Kolmogorov-Smirnov, mean of surfaces; of those of {MANY} "
        f"or more {ks_by_chance(steps, [count for count in files if count >= MANY]):.3f})."
    )
    print(surfaces_table(outcome.reports, outcome.seconds, outcome.ceiling))
