"""What a person knows better wins, for everybody, one person or one span, and is heard at that very step."""

from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import httpx
import pytest

from foley_client.home import Home, read_server_file
from support import stack
from support.likeness import OTHER, SAME, likeness_at
from support.patience import PATIENCE_S

SPAN_S = (2.0, 4.0)
BOOTS_FROM_S = 4.5


@pytest.fixture(scope="module")
def changed(home: Home, walk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The walk on concrete again, with gravel for two seconds and boots at the end."""
    folder = tmp_path_factory.mktemp("results") / "changed"
    done = stack.foley(
        *("run", stack.WALK, "-o", folder, "--home", home.root),
        *("--surface", f"1@{SPAN_S[0]}-{SPAN_S[1]}:gravel", "--surface", "concrete"),
        *("--footwear", f"1@{BOOTS_FROM_S}-:boot"),
    )
    assert done.returncode == 0, done.stderr
    return folder


def contacts(text: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(text)) if row["event"] == "HEEL_STRIKE"]


def check_grounds(rows: list[dict[str, str]]) -> None:
    """Every step has the ground and the shoe of its moment."""
    inside = 0
    for row in rows:
        time_s = float(row["time_seconds"])
        is_inside = SPAN_S[0] <= time_s < SPAN_S[1]
        inside += is_inside
        assert row["surface"] == ("gravel" if is_inside else "concrete")
        assert row["footwear"] == ("boot" if time_s >= BOOTS_FROM_S else "sneaker")
    assert 0 < inside < len(rows)


def test_a_span_and_a_shoe_are_changed_where_they_were_said(changed: Path) -> None:
    check_grounds(contacts((changed / "footsteps.csv").read_text()))
    told = json.loads((changed / "footsteps.json").read_text())
    borders = [(span["start_seconds"], span["end_seconds"]) for span in told["surfaces"]]
    assert SPAN_S in borders


def test_what_is_heard_changes_at_those_steps_and_at_no_others(walk: Path, changed: Path) -> None:
    kept = altered = 0
    for row in contacts((changed / "footsteps.csv").read_text()):
        time_s = float(row["time_seconds"])
        likeness = likeness_at(walk, changed, time_s)
        if row["surface"] == "concrete" and row["footwear"] == "sneaker":
            kept += 1
            assert likeness > SAME, (time_s, likeness)
        elif row["surface"] == "gravel":
            altered += 1
            assert likeness < OTHER, (time_s, likeness)
    assert kept > 0
    assert altered > 0


def test_rest_takes_the_same_words(home: Home, changed: Path) -> None:
    stack_file = read_server_file(home)
    assert stack_file is not None
    overrides = [
        {"surface": "SURFACE_CONCRETE"},
        {
            "track_id": 1,
            "surface": "SURFACE_GRAVEL",
            "range": {"start_offset": f"{SPAN_S[0]}s", "end_offset": f"{SPAN_S[1]}s"},
        },
        {
            "track_id": 1,
            "footwear": "FOOTWEAR_BOOT",
            "range": {"start_offset": f"{BOOTS_FROM_S}s"},
        },
    ]
    with httpx.Client(base_url=stack_file.rest_url, timeout=30, trust_env=False) as rest:
        clips = rest.get("/v1/clips").json()["clips"]
        (clip,) = (one["name"] for one in clips if one["display_name"] == stack.WALK.name)
        options = {"overrides": overrides, "formats": ["SESSION_FORMAT_CSV"]}
        made = rest.post(f"/v1/{clip}/renders", json={"options": options})
        assert made.status_code == 201, made.text
        name = made.json()["name"]
        deadline = time.monotonic() + PATIENCE_S
        while (render := rest.get(f"/v1/{name}").json())["state"] != "STATE_SUCCEEDED":
            assert render["state"] in ("STATE_QUEUED", "STATE_RUNNING"), render
            assert time.monotonic() < deadline
            time.sleep(0.2)
        text = rest.get(f"/v1/{name}/files/footsteps.csv").text
    assert contacts(text) == contacts((changed / "footsteps.csv").read_text())
    check_grounds(contacts(text))
