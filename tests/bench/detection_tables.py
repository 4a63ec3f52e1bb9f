"""Tables of the detection bench: pooled, per clip, and against the goals of issue 3."""

from __future__ import annotations

import fnmatch
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from detection_judge import Verdict

OURS = "ours"
SETS = {
    "rendered easy": ("data/rendered", "d0[1-4]*"),
    "rendered hard": ("data/rendered", "d0[5-9]*|d1*"),
    "real": ("data/annotations", "*"),
}
SIDES = ("left_right", "accuracy")
SIXTY_FPS, RUN, WALKS, CROWDS = "d02*", "d04*", "d0[1-3]*", "d1[01]*"


@dataclass(frozen=True)
class Clip:
    """One clip with its truth."""

    video: Path
    truth: Path


def score(shared: Path, clips: list[Clip], predictions: Path, *arguments: str) -> str:
    """What the scorer prints for some clips."""
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips:
            (Path(folder) / clip.truth.name).write_bytes(clip.truth.read_bytes())
        command = [sys.executable, str(shared / "bench/score_events.py"), "--truth", folder]
        done = subprocess.run(
            [*command, "--pred", str(predictions), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout


def rows_of(label: str, method: str, report: dict[str, Any]) -> list[str]:
    """Lines of the table for one set of clips."""
    lines = []
    for name, block in report["sets"].items():
        slow = " slow motion" if name.endswith("robustness") else ""
        for kind, word in (("strike", "contact"), ("toe_off", "toe-off")):
            if kind not in block or (kind == "toe_off" and method == "seed"):
                continue
            part, about, timing = (
                block[kind],
                block[kind].get("about_bias", {}),
                block[kind]["timing"],
            )
            figures = [part[w]["f1"] for w in ("25", "50", "100", "unc")] + [
                about.get("f1_25"),
                about.get("f1_50"),
            ]
            times = [timing["bias_median_ms"], about.get("median_abs_ms"), about.get("mean_abs_ms")]
            times += [about.get("p95_abs_ms"), timing["median_abs_ms"]]
            side = block["left_right"]["accuracy"] if kind == "strike" else None
            shares = [
                p["id_share"]
                for c in report["clips"].values()
                for p in c["persons"]
                if p.get("id_share")
            ]
            lines.append(
                f"{label + slow:24s} {word:8s} {method:7s} {part['50']['tp'] + part['50']['fn']:4d} "
                + " ".join("   - " if f is None else f"{f:5.2f}" for f in figures)
                + " "
                + " ".join("    - " if t is None else f"{t:+6.1f}" for t in times)
                + (f"  {side:4.2f}" if side is not None else "     -")
                + (f"  {np.mean(shares):4.2f}" if shares and kind == "strike" else "     -")
            )
    if report["negatives"]:
        per_minute = report["negatives"]["false_per_min"]
        lines.append(
            f"{label + ' negatives':24s} {'false/min':9s} {method:7s} contacts {per_minute['strike']:.1f}, "
            f"toe-offs {per_minute['toe_off']:.1f}"
        )
    return lines


HEADER = (
    f"{'set':24s} {'event':8s} {'by':7s} {'n':>4s} {'F25':>5s} {'F50':>5s} {'F100':>5s} {'Func':>5s} {'a25':>5s} "
    f"{'a50':>5s} {'bias':>6s} {'scat':>6s} {'mean':>6s} {'P95':>6s} {'medAE':>6s}  {'L/R':>4s}  {'id':>4s}"
)
LEGEND = (
    "F25…F100: F1 within 25, 50, 100 ms; Func: within the annotator's uncertainty + 1 frame; a25, a50: F1 about the "
    "set's own bias;\nbias (+ = late), scat/mean/P95: median, mean, 95 % of the absolute error about that bias; medAE: "
    "raw median absolute error, ms; id: share of a person's events under one id."
)


def part_of(shared: Path, clips: list[Clip], label: str) -> list[Clip]:
    """Clips of one set."""
    folder, pattern = SETS[label]
    return [
        clip
        for clip in clips
        if clip.truth.parent == shared / folder
        and any(fnmatch.fnmatch(clip.truth.stem, one) for one in pattern.split("|"))
    ]


def print_tables(
    shared: Path, clips: list[Clip], folders: dict[str, Path], *, detail: bool
) -> dict[str, dict[str, Any]]:
    """Score every set of clips with every method: pooled, then per clip. Gives our reports by set."""
    print("POOLED\n" + HEADER)
    details: list[str] = []
    per_clip: list[str] = []
    ours: dict[str, dict[str, Any]] = {}
    for label in SETS:
        part = part_of(shared, clips, label)
        if not part:
            continue
        reports: dict[str, dict[str, Any]] = {}
        for method, predictions in folders.items():
            reports[method] = json.loads(score(shared, part, predictions, "--json"))
            print("\n".join(rows_of(label, method, reports[method])))
            if detail:
                details.append(f"\n== {label}, {method}\n{score(shared, part, predictions)}")
        ours[label] = reports[OURS]
        per_clip += clip_rows(reports)
    print(LEGEND)
    others = [method for method in folders if method != OURS]
    print(
        f"\nPER CLIP: ours, then F1 within 50 ms of the others\n{'clip':32s} {'event':8s} {'n':>4s} {'F25':>5s} "
        f"{'F50':>5s} {'F100':>5s} {'Func':>5s} {'bias':>6s} {'medAE':>6s} {'P95':>6s} {'L/R':>5s} {'id':>5s} |"
        + "".join(f" {method:>7s}" for method in others)
    )
    print("\n".join(per_clip))
    print("\n".join(details), end="\n" if details else "")
    return ours


def clip_rows(reports: dict[str, dict[str, Any]]) -> list[str]:
    """Lines of the table of clips: our figures, the others' F1 within 50 ms beside them."""
    lines: list[str] = []
    for name, clip in reports[OURS]["clips"].items():
        for kind, word in (("strike", "contact"), ("toe_off", "toe-off")):
            if kind not in clip:
                continue
            block, timing = clip[kind], clip[kind]["timing"]
            shares = [p["id_share"] for p in clip["persons"] if p.get("id_share") is not None]
            tail = [
                clip["left_right"]["accuracy"] if kind == "strike" else None,
                float(np.mean(shares)) if shares and kind == "strike" else None,
            ]
            others = [
                None if kind == "toe_off" and method == "seed" else report["clips"][name][kind]
                for method, report in reports.items()
                if method != OURS
            ]
            lines.append(
                f"{name[:32]:32s} {word:8s} {block['50']['tp'] + block['50']['fn']:4d} "
                + " ".join(f"{block[w]['f1']:5.2f}" for w in ("25", "50", "100", "unc"))
                + "".join(
                    "     - " if timing[key] is None else f" {timing[key]:+6.1f}"
                    for key in ("bias_median_ms", "median_abs_ms", "p95_abs_ms")
                )
                + "".join("     -" if value is None else f" {value:5.2f}" for value in tail)
                + " |"
                + "".join(
                    "       -" if other is None else f" {other['50']['f1']:7.2f}"
                    for other in others
                )
            )
    for name, false in (reports[OURS]["negatives"] or {"clips": {}})["clips"].items():
        others = [r["negatives"]["clips"][name] for m, r in reports.items() if m != OURS]
        lines.append(
            f"{name[:32]:32s} {'false':8s} {false['strike'] + false['toe_off']:4d} {'':58s} |"
            + "".join(f" {other['strike'] + other['toe_off']:7d}" for other in others)
        )
    return lines


def contact_errors_ms(verdicts: list[Verdict], pattern: str) -> list[float]:
    """Time errors of the matched contacts of some clips."""
    return [
        1000 * error
        for verdict in verdicts
        if fnmatch.fnmatch(verdict.name, pattern)
        for person in verdict.people
        for error in person.error_s["strike"].values()
    ]


def print_goals(ours: dict[str, dict[str, Any]], verdicts: list[Verdict]) -> None:
    """Issue 3's table: measure, goal, what we have, reached or not."""
    print(f"\nGOALS\n{'measure':64s} {'goal':>9s} {'ours':>8s}")
    for measure, goal, value, at_least in goals(ours, verdicts):
        if value is None:
            print(f"{measure:64s} {'':>9s} {'-':>8s}  not measured with these clips")
            continue
        reached = value >= goal if at_least else value <= goal
        said = "reached" if reached else "NOT reached"
        print(f"{measure:64s} {'>=' if at_least else '<='} {goal:6g} {value:8.3f}  {said}")
    print("seams (1, 3 and 10 segments): --seams; they need the poses made again per segment")


def goals(
    ours: dict[str, dict[str, Any]], verdicts: list[Verdict]
) -> list[tuple[str, float, float | None, bool]]:
    """Rows of the table of goals: measure, goal, value (None: no such clip), True where more is better."""
    easy, hard, real = (_sets(ours, label) for label in SETS)
    contact = partial(_at, easy, "clean", "strike", "about_bias")
    toe_off = partial(_at, easy, "clean", "toe_off", "about_bias")
    bias = contact("bias_ms")
    walk, run, sixty = (contact_errors_ms(verdicts, name) for name in (WALKS, RUN, SIXTY_FPS))
    sixty_error = (
        float(np.mean(np.abs(np.array(sixty) - bias))) if sixty and bias is not None else None
    )
    apart = abs(float(np.median(walk) - np.median(run))) if walk and run else None
    false = ((ours.get("real") or {}).get("negatives") or {}).get("false_per_min", {})
    shares = [
        person["id_share"]
        for name, clip in (ours.get("rendered hard") or {"clips": {}})["clips"].items()
        if fnmatch.fnmatch(name, CROWDS)
        for person in clip["persons"]
        if person.get("id_share") is not None
    ]
    clean, slow = partial(_at, real, "clean"), partial(_at, real, "robustness")
    return [
        ("easy: contacts F1 @ 50 ms about bias", 0.98, contact("f1_50"), True),
        ("easy: contacts F1 @ 25 ms about bias", 0.93, contact("f1_25"), True),
        ("easy: contacts mean abs error about bias, ms", 10, contact("mean_abs_ms"), False),
        ("easy: contacts P95 about bias, ms", 25, contact("p95_abs_ms"), False),
        ("60 fps (d02): contacts mean abs error about the easy bias, ms", 6, sixty_error, False),
        ("bias of walking (d01-d03) and running (d04) apart, ms", 15, apart, False),
        ("easy: toe-offs F1 @ 50 ms about bias", 0.95, toe_off("f1_50"), True),
        ("easy: toe-offs mean abs error about bias, ms", 20, toe_off("mean_abs_ms"), False),
        ("easy: left/right", 0.98, _at(easy, "clean", *SIDES), True),
        ("hard: left/right", 0.98, _at(hard, "clean", *SIDES), True),
        ("real clean: left/right", 0.98, clean(*SIDES), True),
        ("real clean: contacts F1 @ 50 ms", 0.85, clean("strike", "50", "f1"), True),
        ("real clean: contacts F1 @ 100 ms", 0.95, clean("strike", "100", "f1"), True),
        ("real clean: contacts median abs error, ms", 20, clean("strike", "timing", "median_abs_ms"), False),
        ("real slow motion: contacts F1 @ uncertainty + 1 frame", 0.80, slow("strike", "unc", "f1"), True),
        ("hard: contacts F1 @ 50 ms about bias", 0.90, _at(hard, "clean", "strike", "about_bias", "f1_50"), True),
        ("nobody walks: false contacts a minute", 0, false.get("strike"), False),
        ("nobody walks: false toe-offs a minute", 0, false.get("toe_off"), False),
        ("crowds (d10, d11): id share, mean over people", 0.95, float(np.mean(shares)) if shares else None, True),
        ("crowds (d10, d11): id share, worst person", 0.95, min(shares, default=None), True),
    ]  # fmt: skip


def _sets(ours: dict[str, dict[str, Any]], label: str) -> dict[str, Any]:
    """Blocks of one set by what the scorer calls them: ``clean`` and ``robustness``."""
    return {
        name.split("/")[1]: block
        for name, block in (ours.get(label) or {"sets": {}})["sets"].items()
    }


def _at(block: Any, *keys: str) -> float | None:
    for key in keys:
        block = block.get(key) if isinstance(block, dict) else None
    return block
