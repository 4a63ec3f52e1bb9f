"""Pictures of the detection bench: one timeline per clip, and how far contact confidence can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from detection_judge import Person, Verdict
from numpy.typing import NDArray

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.ground import person_motions
from foley_detector.domain.join import join_segments
from foley_detector.domain.motion import gait_signals
from foley_detector.domain.params import DEFAULT_PARAMS, MIN_CONFIDENCE

mpl.use("Agg")  # no window: files only
import matplotlib.pyplot as plt  # after the backend is chosen

FEET = ("left", "right")
COLOURS = {"left": "tab:blue", "right": "tab:orange", "unknown": "tab:gray"}
MARKERS = {"strike": "v", "toe_off": "^"}
LINES = {"strike": "-", "toe_off": ":"}
BIN_COUNT = 10
HIT_MS = 50.0  # a contact is right when a true one lies this near, raw times: the window
MAX_PEOPLE = 4
OTHER_TRACK_ALPHA = 0.2  # tracks that hold only a few of a person's events are drawn faint
MARGIN_S = 1.0  # of picture before the first and after the last event


def timeline(verdict: Verdict, poses: PoseTracks, path: Path) -> None:
    """Draw truth, detections and foot signals of one clip.

    Upper part per person: foot speed against the ground, body heights a second (what the rules look at); lines are the
    truth, contacts solid and toe-offs dotted. Lower part: detections by confidence, contacts as triangles that point
    down; hollow red rings are extras, red crosses misses.
    """
    poses = join_segments([poses])  # the detector's own track ids
    people = verdict.people[:MAX_PEOPLE]
    if not people:
        tracks = sorted(poses.track_ids, key=lambda track: -poses.rows_of(track).size)[:MAX_PEOPLE]
        everything = (float(poses.time_s[0]), float(poses.time_s[-1]))
        people = [
            Person(
                f"nobody walks; track {t}",
                everything,
                [],
                [e for e in verdict.false if e["track_id"] == t],
                track_ids=[t],
            )
            for t in tracks
        ] or [Person("nobody is seen", everything, [], [])]
    first, last = shown_span_s(people, poses)
    figure, axes = plt.subplots(
        2 * len(people),
        1,
        sharex=True,
        squeeze=False,
        figsize=(float(np.clip(2 * (last - first), 12, 24)), 4.2 * len(people)),
        gridspec_kw={"height_ratios": [2, 1] * len(people)},
        layout="constrained",
    )
    axes[0, 0].set_xlim(first, last)
    for number, person in enumerate(people):
        _signals(axes[2 * number, 0], person, poses)
        _events(axes[2 * number + 1, 0], person)
    axes[0, 0].legend(loc="upper right", ncols=4, fontsize=8)
    axes[-1, 0].set_xlabel("time, s")
    lost = [event for event in verdict.false if event["type"] == "strike"]
    figure.suptitle(
        f"{verdict.name}   (contacts that are nobody's: {len(lost)}; shaded: outside the part that counts)"
    )
    figure.savefig(path, dpi=80)
    plt.close(figure)


def shown_span_s(people: list[Person], poses: PoseTracks) -> tuple[float, float]:
    """What a timeline shows: everything that happens and a margin; the whole clip where nothing does."""
    times = [event["t"] for person in people for event in (*person.truth, *person.found)]
    start, end = float(poses.time_s[0]), float(poses.time_s[-1])
    if not times:
        return start, end
    return max(start, min(times) - MARGIN_S), min(end, max(times) + MARGIN_S)


def _signals(axis: Any, person: Person, poses: PoseTracks) -> None:
    top = 1.0
    for track_id in person.track_ids:
        strength = 1.0 if track_id == person.track_ids[0] else OTHER_TRACK_ALPHA
        for motion in person_motions(poses, track_id, DEFAULT_PARAMS):
            signals = gait_signals(motion, DEFAULT_PARAMS)
            if signals is None:
                continue
            for foot, name in enumerate(FEET):
                speed = signals.foot_speed[:, foot]
                axis.plot(signals.time_s, speed, color=COLOURS[name], lw=1.2, alpha=strength)
                if np.isfinite(speed).any():
                    top = max(top, float(np.nanpercentile(speed, 99)))
    for event in person.truth:
        axis.axvline(
            event["t"], color=COLOURS[event["foot"]], ls=LINES[event["type"]], lw=1, alpha=0.8
        )
    axis.set_ylim(0, 1.15 * top)
    axis.set_ylabel("foot speed, heights/s")
    axis.set_title(
        f"{person.name}, track {', '.join(map(str, person.track_ids)) or 'none'}",
        loc="left",
        fontsize=9,
    )
    for name in FEET:
        axis.plot([], [], color=COLOURS[name], label=f"{name} foot")
    axis.plot([], [], color="k", ls="-", label="true contact")
    axis.plot([], [], color="k", ls=":", label="true toe-off")
    _shade(axis, person)


def _events(axis: Any, person: Person) -> None:
    for k, event in enumerate(person.found):
        kind, confidence = event["type"], event["confidence"] or 0.0
        axis.vlines(event["t"], 0, confidence, color=COLOURS[event["foot"]], lw=0.8)
        axis.plot(event["t"], confidence, MARKERS[kind], color=COLOURS[event["foot"]], ms=7)
        scored = kind in person.error_s or not person.truth
        inside = person.window_s[0] <= event["t"] <= person.window_s[1]
        if scored and inside and k not in person.error_s.get(kind, {}):
            axis.plot(event["t"], confidence, "o", mfc="none", mec="red", ms=13, mew=1.5)
    for kind, missed in person.missed.items():
        for k in missed:
            y = 0.08 if kind == "strike" else 0.2
            axis.plot(person.truth[k]["t"], y, "x", color="red", ms=9, mew=2)
            axis.annotate(
                "contact" if kind == "strike" else "toe-off",
                (person.truth[k]["t"], y),
                fontsize=6,
                color="red",
                xytext=(4, 3),
                textcoords="offset points",
            )
    for event in person.truth:
        axis.axvline(
            event["t"], color=COLOURS[event["foot"]], ls=LINES[event["type"]], lw=0.6, alpha=0.5
        )
    for threshold in MIN_CONFIDENCE.values():
        axis.axhline(threshold, color="k", lw=0.4, ls="--")
    axis.set_ylim(0, 1.1)
    axis.set_ylabel("confidence")
    _shade(axis, person)


def _shade(axis: Any, person: Person) -> None:
    low, high = axis.get_xlim()
    first, last = person.window_s
    if low < first:
        axis.axvspan(low, first, color="k", alpha=0.08, lw=0)
    if high > last:
        axis.axvspan(last, high, color="k", alpha=0.08, lw=0)
    axis.set_xlim(low, high)


def contact_beliefs(verdict: Verdict) -> tuple[list[float], list[bool]]:
    """Confidence of every contact that counts, and whether a true contact lies within `HIT_MS`."""
    beliefs: list[float] = []
    right: list[bool] = []
    for person in verdict.people:
        counted = {id(event) for event in person.counted()}
        for k, event in enumerate(person.found):
            if event["type"] != "strike" or id(event) not in counted:
                continue
            error = person.error_s["strike"].get(k)
            beliefs.append(float(event["confidence"]))
            right.append(error is not None and abs(error) <= HIT_MS / 1000)
    false = [float(event["confidence"]) for event in verdict.false if event["type"] == "strike"]
    return beliefs + false, right + [False] * len(false)


def calibration(
    beliefs: list[float], right: list[bool]
) -> tuple[list[tuple[float, float, int, float, float]], float]:
    """Bins and expected calibration error.

    Returns:
        Per bin that is not empty: lower edge, upper edge, count, mean confidence, share right; and the error: the
        difference of the last two, weighted by count.
    """
    confidence, hit = np.array(beliefs), np.array(right, float)
    edges = np.linspace(0, 1, BIN_COUNT + 1)
    place: NDArray[np.int64] = np.clip(np.digitize(confidence, edges) - 1, 0, BIN_COUNT - 1)
    bins = [
        (
            float(edges[k]),
            float(edges[k + 1]),
            int((place == k).sum()),
            float(confidence[place == k].mean()),
            float(hit[place == k].mean()),
        )
        for k in range(BIN_COUNT)
        if (place == k).any()
    ]
    error = sum(count * abs(said - got) for _, _, count, said, got in bins) / max(1, len(beliefs))
    return bins, float(error)


def reliability(groups: dict[str, tuple[list[float], list[bool]]], path: Path) -> None:
    """Draw share right over confidence, one panel per group of clips, counts below."""
    figure, axes = plt.subplots(
        2,
        len(groups),
        squeeze=False,
        sharex=True,
        figsize=(4.5 * len(groups), 6),
        gridspec_kw={"height_ratios": [3, 1]},
        layout="constrained",
    )
    for column, (label, (beliefs, right)) in enumerate(groups.items()):
        bins, error = calibration(beliefs, right)
        above, below = axes[0, column], axes[1, column]
        above.plot([0, 1], [0, 1], "k--", lw=0.8)
        above.plot([b[3] for b in bins], [b[4] for b in bins], "o-", color="tab:blue")
        for _, _, count, said, got in bins:
            above.annotate(
                str(count), (said, got), xytext=(4, -10), textcoords="offset points", fontsize=8
            )
        above.set(
            xlim=(0, 1),
            ylim=(0, 1.05),
            title=f"{label}: {len(beliefs)} contacts, ECE {error:.3f}",
            ylabel=f"share with a true contact within {HIT_MS:.0f} ms",
        )
        below.bar(
            [b[0] for b in bins],
            [b[2] for b in bins],
            width=1 / BIN_COUNT,
            align="edge",
            edgecolor="white",
        )
        below.set(xlabel="confidence", ylabel="contacts")
        for axis in (above, below):
            for threshold in MIN_CONFIDENCE.values():
                axis.axvline(threshold, color="k", lw=0.4, ls="--")
    figure.savefig(path, dpi=90)
    plt.close(figure)
