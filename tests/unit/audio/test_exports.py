from __future__ import annotations

import csv
import dataclasses
import io
import json
from fractions import Fraction

import pytest

from foley_audio.domain.types import Session, Stem, Style
from foley_audio.export.csv import COLUMNS, footsteps_csv, safe_cell
from foley_audio.export.json import footsteps_json
from foley_audio.export.report import report_json
from foley_audio.export.timecode_text import timecode_text
from foley_common.footsteps import ModelVersion, Side, Track, TrackBox
from foley_common.programme import LoudnessReport, SyncReport
from foley_common.sound import StemKind
from foley_common.surfaces import Footwear, Surface, SurfaceAnswer, SurfaceReport
from support.audio import ground, video_info, walk


def session(**changes: object) -> Session:
    plain = Session(
        video_name="a walk.mp4",
        video=video_info(),
        footsteps=walk(4),
        tracks=(Track(1, (TrackBox(0.0, 1.0, 2.0, 30.0, 90.0),), 109.0, 0.62, 0.55, 1.1),),
        models=(ModelVersion("yolov8n.onnx", "0" * 64),),
        surfaces=ground(Surface.GRAVEL, Footwear.BOOT),
        style=Style(seed=7),
        loudness=LoudnessReport(-23.0, -1.2, -23.0, -1.0),
        sync=SyncReport(placed_count=4),
    )
    return dataclasses.replace(plain, **changes)


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def test_the_csv_starts_with_the_columns_the_product_always_had() -> None:
    assert COLUMNS[:6] == ("frame", "timecode", "foot", "event", "time_seconds", "confidence")
    assert tuple(rows(footsteps_csv(session()))[0]) == COLUMNS


def test_both_events_of_every_step_in_order_of_time() -> None:
    table = rows(footsteps_csv(session()))
    times = [float(row["time_seconds"]) for row in table]
    assert times == sorted(times)
    assert [row["event"] for row in table].count("HEEL_STRIKE") == 4
    assert [row["event"] for row in table].count("TOE_OFF") == 4
    first = table[0]
    assert (first["frame"], first["timecode"], first["foot"], first["confidence"]) == (
        "15",
        "00:00:00:15",
        "LEFT",
        "0.9000",
    )
    assert (first["surface"], first["footwear"], first["gait"], first["footstep_id"]) == (
        "gravel",
        "boot",
        "walk",
        "t1-0001",
    )


def test_each_event_stands_where_the_foot_is_then() -> None:
    step = dataclasses.replace(walk(1)[0], toe_off_x_px=345.25, toe_off_y_px=301.0)
    table = rows(footsteps_csv(session(footsteps=(step,))))
    assert [(row["x_px"], row["y_px"]) for row in table] == [("320.0", "300.0"), ("345.2", "301.0")]
    events = json.loads(footsteps_json(session(footsteps=(step,))))["events"]
    assert [(event["x"], event["y"]) for event in events] == [(320.0, 300.0), (345.2, 301.0)]


def test_an_unseen_toe_off_has_no_row() -> None:
    steps = tuple(dataclasses.replace(step, toe_off_time_s=None) for step in walk(3))
    assert [row["event"] for row in rows(footsteps_csv(session(footsteps=steps)))] == [
        "HEEL_STRIKE"
    ] * 3


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text)[0] == "'"
    steps = (dataclasses.replace(walk(1)[0], footstep_id=text),)
    assert rows(footsteps_csv(session(footsteps=steps)))[0]["footstep_id"].startswith("'")


def test_start_time_code_is_honoured() -> None:
    shown = session(video=video_info(start_timecode="01:00:00:00"))
    assert rows(footsteps_csv(shown))[0]["timecode"] == "01:00:00:15"
    assert timecode_text(shown).splitlines()[0] == "01:00:00:15\tLEFT\tHEEL_STRIKE\t0.90"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("", "00:01:00;02"),
        ("10:00:00;00", "10:01:00;02"),
        ("10:00:00:00", "10:01:00:00"),
        ("nonsense", "00:01:00;02"),
    ],
)
def test_ntsc_counts_as_the_source_does(start: str, expected: str) -> None:
    video = dataclasses.replace(
        video_info(120), frame_rate=Fraction(30_000, 1001), start_timecode=start
    )
    step = dataclasses.replace(walk(1)[0], initial_contact_time_s=60.06, toe_off_time_s=None)
    assert timecode_text(session(video=video, footsteps=(step,))).split("\t")[0] == expected


def test_no_footsteps() -> None:
    empty = session(footsteps=(), tracks=())
    assert rows(footsteps_csv(empty)) == []
    assert timecode_text(empty) == ""
    assert json.loads(footsteps_json(empty))["events"] == []
    assert json.loads(report_json(empty))["footstep_count"] == 0


def test_json_is_what_the_scorer_documents_and_more() -> None:
    document = json.loads(footsteps_json(session()))
    assert document["video"] == "a walk.mp4"
    event = document["events"][0]
    assert {"track_id", "foot", "type", "time_seconds", "confidence", "x", "y"} <= set(event)
    assert (event["foot"], event["type"], event["time_seconds"]) == ("left", "strike", 0.5)
    assert document["tracks"][0]["boxes"][0] == {
        "time_seconds": 0.0,
        "bbox_xywh": [1.0, 2.0, 30.0, 90.0],
    }
    assert document["tracks"][0]["cadence_spm"] == 109.0
    assert document["surfaces"][0]["sounded"] == "gravel"
    assert len(document["footsteps"]) == 4


@pytest.mark.parametrize("wet", [True, False, None])
def test_what_nobody_said_of_water_is_not_said(wet: bool | None) -> None:
    known = ground(Surface.GRAVEL)
    span = dataclasses.replace(
        known.surfaces[0], answer=dataclasses.replace(known.surfaces[0].answer, wet=wet)
    )
    document = json.loads(footsteps_json(session(surfaces=SurfaceReport((span,)))))
    assert document["surfaces"][0]["wet"] is wet
    assert {step["wet"] for step in document["footsteps"]} == {wet}


def test_the_ground_of_a_step_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks goes through all spans: a long clip has thousands of steps and hundreds of spans."""
    asked: list[float] = []
    look = SurfaceReport.surface_at

    def spy(report: SurfaceReport, track_id: int, time_s: float) -> SurfaceAnswer | None:
        asked.append(time_s)
        return look(report, track_id, time_s)

    monkeypatch.setattr(SurfaceReport, "surface_at", spy)
    document = json.loads(footsteps_json(session()))
    assert {step["surface"] for step in document["footsteps"]} == {"gravel"}
    assert {event["surface"] for event in document["events"]} == {"gravel"}
    assert sorted(asked) == [step.initial_contact_time_s for step in session().footsteps]


def test_a_span_without_an_end_is_valid_json() -> None:
    document = json.loads(footsteps_json(session(surfaces=ground(end_s=float("inf")))))
    assert document["surfaces"][0]["end_seconds"] is None


def test_odd_names_survive() -> None:
    name = 'läuft "schnell"\n; rm -rf.mp4'
    assert json.loads(footsteps_json(session(video_name=name)))["video"] == name


def test_the_report_proves_sync_and_loudness_and_counts() -> None:
    document = json.loads(report_json(session()))
    assert document["sync"]["placed_count"] == 4
    assert document["loudness"]["integrated_lufs"] == -23.0
    assert document["style"]["seed"] == 7
    assert document["footsteps_by_surface"] == {"gravel": 4}
    assert (document["footstep_count"], document["toe_off_count"], document["walker_count"]) == (
        4,
        4,
        1,
    )
    foot = Stem("track-1-left", StemKind.FOOT, 1, Side.LEFT, -7.5)
    original = Stem("original", StemKind.ORIGINAL, gain_db=-10.25)
    with_stems = json.loads(report_json(session(stems=(foot, original))))
    assert [(row["name"], row["side"], row["gain_db"]) for row in with_stems["stems"]] == [
        ("track-1-left", "left", -7.5),
        ("original", None, -10.25),
    ]
    bare = json.loads(report_json(session(style=None, loudness=None, sync=None)))
    assert bare["sync"] is bare["loudness"] is bare["style"] is None


def test_a_probe_without_a_rate_still_gets_labels() -> None:
    shown = session(video=dataclasses.replace(video_info(), frame_rate=Fraction(0)))
    assert rows(footsteps_csv(shown))[0]["timecode"] == "00:00:00:12"


@pytest.mark.shared
def test_the_scorer_reads_our_files(tmp_path: object, shared: object) -> None:
    import subprocess
    import sys
    from pathlib import Path

    folder = Path(str(tmp_path))
    truth = {
        "video": "w.mp4",
        "fps": 30,
        "split": "dev",
        "foot_label_confidence": "high",
        "toe_offs_annotated": True,
        "people": [
            {
                "id": "p",
                "bbox_frame": 0,
                "bbox_xywh": [1, 2, 30, 90],
                "annotated_frames": [0, 170],
                "events": [
                    {
                        "foot": step.side.value,
                        "type": kind,
                        "frame": round(t * 30),
                        "t": t,
                        "uncertainty_frames": 1,
                    }
                    for step in walk(4)
                    for kind, t in (
                        ("strike", step.initial_contact_time_s),
                        ("toe_off", step.toe_off_time_s),
                    )
                ],
            }
        ],
    }
    (folder / "truth").mkdir()
    (folder / "truth" / "w.json").write_text(json.dumps(truth))
    for name, content in (
        ("w.json", footsteps_json(session(video_name="w.mp4"))),
        ("w.csv", footsteps_csv(session())),
    ):
        (folder / name).write_text(content)
        command = [sys.executable, str(Path(str(shared)) / "bench" / "score_events.py"), "--json"]
        done = subprocess.run(
            [*command, "--truth", str(folder / "truth"), "--pred", str(folder / name)],
            check=True,
            capture_output=True,
            text=True,
        )
        assert '"f1": 1.0' in done.stdout


def test_no_ground_is_told_where_nobody_looked() -> None:
    """A table of `foley detect` would say concrete, and be believed when its steps are sounded later."""
    seen = session(surfaces=SurfaceReport(), style=None, loudness=None, sync=None)
    told = json.loads(footsteps_json(seen))
    for row in (*rows(footsteps_csv(seen)), *told["footsteps"], *told["events"]):
        assert not row["surface"], row
        assert not row["footwear"], row
    assert json.loads(report_json(seen))["footsteps_by_surface"] == {}
