"""The whole path: a video of a walk becomes files whose sounds stand on the contacts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from foley_client.home import Home
from foley_common.media.decode import frame_times_s, read_frames
from foley_common.media.probe import probe
from foley_common.media.sound import read_audio
from support import stack
from support.sessions import read_otio, read_rpp

RATE_HZ = 48_000
# A contact must be near the truth for its sound to be believed; the detector's own tests are stricter.
NEAR_S = 0.1
LONGEST_ATTACK_S = 0.004
LONGEST_LEAD_S = 0.015  # a shoe is heard a little before its full contact
QUIET = 10 ** (-80 / 20)  # full scale; under what 16 bit would still hold
MAX_DELIVERED_MS = 1.0
SEARCHED_MS = 5.0


def contacts_s(folder: Path) -> NDArray[np.float64]:
    with (folder / "footsteps.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["event"] == "HEEL_STRIKE"]
    return np.array([float(row["time_seconds"]) for row in rows])


def truth_s() -> NDArray[np.float64]:
    people = json.loads(stack.WALK.with_suffix(".json").read_text())["people"]
    return np.array([e["t"] for e in people[0]["events"] if e["type"] == "strike"])


def mono(path: Path) -> NDArray[np.float64]:
    sound = np.concatenate(list(read_audio(path, sample_rate_hz=RATE_HZ)))
    return sound.mean(axis=1, dtype=np.float64)


def test_all_files_are_there_and_nothing_else(walk: Path) -> None:
    names = {path.name for path in walk.iterdir()}
    assert names >= stack.RESULT_FILES
    assert names <= stack.RESULT_FILES | {"foley.wav", "cues.json"}


def test_the_steps_of_the_walk_are_found(walk: Path) -> None:
    found, true = contacts_s(walk), truth_s()
    hits = [np.abs(found - t).min() <= NEAR_S for t in true]
    assert sum(hits) >= 0.8 * true.size
    assert found.size <= 1.2 * true.size


@pytest.mark.parametrize("name", ["foley.mp4", "annotated.mp4"])
def test_every_frame_of_the_videos_decodes(walk: Path, name: str) -> None:
    source, made = probe(stack.WALK), probe(walk / name)
    assert (made.width_px, made.frame_count) == (source.width_px, source.frame_count)
    assert made.height_px >= source.height_px  # the annotated picture has a band below
    assert sum(1 for _ in read_frames(walk / name)) == source.frame_count
    np.testing.assert_allclose(frame_times_s(walk / name), frame_times_s(stack.WALK), atol=1e-3)
    assert made.audio_codec == "aac"


def test_the_picture_of_foley_mp4_is_untouched(walk: Path) -> None:
    theirs = read_frames(walk / "foley.mp4")
    for ours, frame in zip(read_frames(stack.WALK), theirs, strict=True):
        if ours.index % 30 == 0:
            np.testing.assert_array_equal(frame.picture, ours.picture)


def test_the_annotated_picture_is_drawn_on(walk: Path) -> None:
    first = next(iter(read_frames(stack.WALK, start_s=1.3)))
    drawn = next(iter(read_frames(walk / "annotated.mp4", start_s=1.3)))
    shown = drawn.picture[: first.picture.shape[0]]
    changed = np.abs(first.picture.astype(int) - shown.astype(int)).max(axis=-1) > 60
    assert changed.mean() > 0.001


def test_the_mix_is_48_khz_24_bit_as_long_as_the_video(walk: Path) -> None:
    info = soundfile.info(walk / "mix.wav")
    assert (info.samplerate, info.subtype) == (RATE_HZ, "PCM_24")
    assert info.frames / RATE_HZ == pytest.approx(probe(stack.WALK).duration_s, abs=0.1)


def test_every_step_is_placed_on_its_sample(walk: Path) -> None:
    cues = json.loads((walk / "cues.json").read_text())["cues"]
    assert [cue["onset_sample"] for cue in cues] == [round(cue["time_s"] * RATE_HZ) for cue in cues]
    np.testing.assert_allclose(
        [cue["time_s"] for cue in cues], np.sort(contacts_s(walk)), atol=1e-6
    )


def test_nothing_sounds_before_the_first_foot_comes_down(walk: Path) -> None:
    sound, _ = soundfile.read(walk / "mix.wav", always_2d=True)
    first = round(contacts_s(walk).min() * RATE_HZ)
    level = np.abs(sound).max(axis=1)  # the walk has no sound of its own
    assert level[: first - round(LONGEST_LEAD_S * RATE_HZ)].max() < QUIET
    assert level[first : first + round(LONGEST_ATTACK_S * RATE_HZ)].max() > QUIET


def test_every_contact_is_louder_after_than_before(walk: Path) -> None:
    sound, _ = soundfile.read(walk / "mix.wav", always_2d=True)
    power = (sound**2).sum(axis=1)
    window = round(0.03 * RATE_HZ)
    starts = np.round(contacts_s(walk) * RATE_HZ).astype(int)
    louder = [power[s : s + window].sum() > 2 * power[max(0, s - window) : s].sum() for s in starts]
    assert np.mean(louder) >= 0.9


def test_the_delivered_sound_stands_within_a_millisecond(walk: Path) -> None:
    mix, _ = soundfile.read(walk / "mix.wav", always_2d=True)
    reference, delivered = mix.mean(axis=1), mono(walk / "foley.mp4")
    size = min(len(reference), len(delivered))
    reach = round(SEARCHED_MS / 1000 * RATE_HZ)
    scores = [
        float(np.dot(reference[reach : size - reach], delivered[reach + lag : size - reach + lag]))
        for lag in range(-reach, reach + 1)
    ]
    offset_ms = (int(np.argmax(scores)) - reach) / RATE_HZ * 1000
    assert abs(offset_ms) <= MAX_DELIVERED_MS


def test_the_report_proves_sync_and_says_how_it_ran(walk: Path) -> None:
    report = json.loads((walk / "report.json").read_text())
    assert report["sync"]["max_placement_error_samples"] == 0
    assert abs(report["sync"]["delivered_offset_ms"]) <= MAX_DELIVERED_MS
    assert report["sync"]["onsets_found_count"] >= 0.8 * report["sync"]["onsets_searched_count"] > 0
    assert report["loudness"]["true_peak_dbtp"] <= -1.0 + 0.05
    run = report["run"]
    assert set(run["stage_times_s"]) == {
        "poses",
        "footsteps",
        "surfaces",
        "sound",
        "video",
        "exports",
    }
    assert {"detector", "gateway", "audio", "surface_agent", "client"} == set(
        run["peak_memory_bytes_by_process"]
    )
    assert run["peak_memory_bytes"] < 4 << 30


def test_json_and_csv_and_text_say_the_same(walk: Path) -> None:
    events = json.loads((walk / "footsteps.json").read_text())["events"]
    with (walk / "footsteps.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [round(event["time_seconds"], 6) for event in events] == [
        float(row["time_seconds"]) for row in rows
    ]
    assert {row["surface"] for row in rows} == {"concrete"}
    text = (walk / "footsteps.txt").read_text()
    assert all(row["timecode"] in text for row in rows)


def test_session_files_find_their_media_and_say_what_the_list_says(walk: Path) -> None:
    timeline, markers = read_otio((walk / "session.otio").read_bytes())
    assert sorted(marker.at / RATE_HZ for marker in markers) == pytest.approx(
        sorted(contacts_s(walk).tolist()), abs=1.5e-5
    )
    _, rows = read_rpp((walk / "session.rpp").read_text())
    assert sorted(row.at for row in rows) == pytest.approx(sorted(contacts_s(walk)), abs=1e-6)
    for clip in timeline.find_clips():
        assert (walk / clip.media_reference.target_url).is_file()


def test_the_same_command_again_reuses_everything(walk: Path, home: Home, tmp_path: Path) -> None:
    done = stack.foley(
        "run", stack.WALK, "-o", tmp_path, "--home", home.root, "--surface", "concrete", "--json"
    )
    assert done.returncode == 0, done.stderr
    for name in stack.RESULT_FILES - {"report.json"}:
        assert (tmp_path / name).read_bytes() == (walk / name).read_bytes(), name


def test_another_surface_reuses_the_poses(walk: Path, home: Home, tmp_path: Path) -> None:
    done = stack.foley(
        "run", stack.WALK, "-o", tmp_path, "--home", home.root, "--surface", "gravel", "--json"
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert "poses" in summary["reused_stages"]
    assert "sound" not in summary["reused_stages"]
    assert summary["walkers"][0]["surfaces"] == ["gravel"]
    assert (tmp_path / "mix.wav").read_bytes() != (walk / "mix.wav").read_bytes()


def test_detect_writes_footsteps_only(walk: Path, home: Home, tmp_path: Path) -> None:
    done = stack.foley("detect", stack.WALK, "-o", tmp_path, "--home", home.root)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"footsteps.csv", "footsteps.json"}
    assert not names & {"foley.mp4", "mix.wav"}
    np.testing.assert_array_equal(contacts_s(tmp_path), contacts_s(walk))
