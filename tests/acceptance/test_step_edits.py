"""A table of steps that a person corrected is what sounds: moved, taken away, added, on other grounds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from foley_client.home import Home
from support import stack
from support.likeness import OTHER, SAME, likeness_at

GONE, MOVED, OTHER_FOOT = 1, 3, 5
"""Places of the steps that are changed, in order of time."""
MOVED_BY_S = 0.12
ADDED_S = 0.1
WINDOW_S = 0.08
LEFT_OVER = 0.1
"""A step taken away leaves at most the end of the one before: so much of a step's peak."""


def rows_of(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "footsteps.csv").read_text(), newline="")))


def contacts(folder: Path) -> dict[str, dict[str, str]]:
    return {row["footstep_id"]: row for row in rows_of(folder) if row["event"] == "HEEL_STRIKE"}


def again(home: Home, folder: Path, table: Path, *options: str) -> Path:
    done = stack.foley(
        *("run", stack.WALK, "-o", folder, "--home", home.root),
        *("--steps", table, *options),
    )
    assert done.returncode == 0, done.stderr
    return folder


def with_columns(table: Path, rows: list[dict[str, str]], *left_out: str) -> Path:
    with table.open("w", newline="") as file:
        names = [name for name in rows[0] if name not in left_out]
        writer = csv.DictWriter(file, names, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return table


def peak_at(folder: Path, time_s: float) -> float:
    """Of the footsteps' sound, before the mix's level is set by them all."""
    samples, rate_hz = soundfile.read(folder / "foley.wav", always_2d=True)
    first = round(time_s * rate_hz)
    part: NDArray[np.float64] = samples[first : first + round(WINDOW_S * rate_hz)]
    return float(np.abs(part).max())


@pytest.fixture(scope="module")
def edited(home: Home, walk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walk with a table that was changed in a spreadsheet: rows of one step deleted, one moved, one added."""
    rows = rows_of(walk)
    order = list(contacts(walk))
    kept = [row for row in rows if row["footstep_id"] != order[GONE]]
    for row in kept:
        if row["event"] == "HEEL_STRIKE" and row["footstep_id"] == order[MOVED]:
            row["time_seconds"] = f"{float(row['time_seconds']) + MOVED_BY_S:.6f}"
        if row["footstep_id"] == order[OTHER_FOOT]:
            row["foot"] = "RIGHT" if row["foot"] == "LEFT" else "LEFT"
    added = dict.fromkeys(rows[0], "") | {"event": "HEEL_STRIKE", "time_seconds": f"{ADDED_S}"}
    folder = tmp_path_factory.mktemp("results")
    table = with_columns(folder / "corrected.csv", [added, *kept])
    return again(home, folder / "edited", table, "--surface", "concrete")


def test_the_lists_say_what_the_table_says(walk: Path, edited: Path) -> None:
    before, after = contacts(walk), contacts(edited)
    order = list(before)
    assert set(before) - set(after) == {order[GONE]}
    (new,) = set(after) - set(before)
    assert float(after[new]["time_seconds"]) == pytest.approx(ADDED_S)
    for step, row in after.items():
        if step == new:
            continue
        moved_s = float(row["time_seconds"]) - float(before[step]["time_seconds"])
        assert moved_s == pytest.approx(MOVED_BY_S if step == order[MOVED] else 0.0, abs=1e-5)
        assert (row["foot"] != before[step]["foot"]) == (step == order[OTHER_FOOT])


def test_what_is_heard_is_what_the_table_says(walk: Path, edited: Path) -> None:
    before, after = contacts(walk), contacts(edited)
    order = list(before)
    was_s = float(before[order[GONE]]["time_seconds"])
    assert peak_at(edited, was_s) < LEFT_OVER * peak_at(walk, was_s)
    assert peak_at(edited, ADDED_S) > 10 * peak_at(walk, ADDED_S)
    cues = json.loads((edited / "cues.json").read_text())
    onsets = sorted(cue["onset_sample"] for cue in cues["cues"])
    told = sorted(
        round(float(row["time_seconds"]) * cues["sample_rate_hz"]) for row in after.values()
    )
    assert np.abs(np.array(onsets) - np.array(told)).max() <= 1
    report = json.loads((edited / "report.json").read_text())
    assert report["sync"]["max_placement_error_samples"] == 0


def test_other_words_for_ground_and_shoe_are_heard_at_their_steps(
    home: Home, walk: Path, tmp_path: Path
) -> None:
    rows, order = rows_of(walk), list(contacts(walk))
    wanted = dict.fromkeys(order, ("concrete", "sneaker"))
    wanted |= dict.fromkeys(order[4:7], ("gravel", "sneaker"))
    wanted[order[8]] = ("concrete", "high_heel")
    for row in rows:
        if row["event"] == "HEEL_STRIKE":
            row["surface"], row["footwear"] = wanted[row["footstep_id"]]
    other = again(home, tmp_path / "other", with_columns(tmp_path / "corrected.csv", rows))
    told = contacts(other)
    assert {step: (row["surface"], row["footwear"]) for step, row in told.items()} == wanted
    for step, row in told.items():
        likeness = likeness_at(walk, other, float(row["time_seconds"]))
        if wanted[step] == ("concrete", "sneaker"):
            assert likeness > SAME, (step, likeness)
        else:
            assert likeness < OTHER, (step, likeness)


def test_a_table_without_a_change_changes_nothing(home: Home, walk: Path, tmp_path: Path) -> None:
    same = again(home, tmp_path / "same", walk / "footsteps.csv")
    for name in ("foley.wav", "footsteps.csv"):
        assert (same / name).read_bytes() == (walk / name).read_bytes(), name


def test_a_table_without_a_change_or_a_ground_is_the_render_of_before(
    home: Home, walk: Path, tmp_path: Path
) -> None:
    table = with_columns(tmp_path / "steps.csv", rows_of(walk), "surface", "footwear")
    same = again(home, tmp_path / "same", table, "--surface", "concrete")
    for name in ("foley.wav", "footsteps.csv"):
        assert (same / name).read_bytes() == (walk / name).read_bytes(), name
    told = json.loads((same / "report.json").read_text())["run"]
    assert told["reused_stages"] == ["poses", "footsteps", "surfaces", "sound", "video", "exports"]
    assert told["render"] != json.loads((walk / "report.json").read_text())["run"]["render"]


def test_a_step_beyond_the_clip_is_told_with_its_place(home: Home, tmp_path: Path) -> None:
    table = tmp_path / "steps.csv"
    table.write_text("time_seconds,foot\n1.0,left\n4000,right\n")
    done = stack.foley(
        *("run", stack.WALK, "-o", tmp_path / "out", "--home", home.root, "--steps", table)
    )
    assert done.returncode == 2
    assert "line 3: time_seconds 4000 is not before the end of the video" in " ".join(
        done.stderr.split()
    )
    assert not (tmp_path / "out").exists()
