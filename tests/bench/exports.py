"""Session exports read back by their own libraries: steps in, steps found again, largest error, time and memory.

    python tests/bench/exports.py [--steps 2000] [--rate 30000/1001] [--formats midi otio …] [--write-only]

Steps stand at random whole nanoseconds; the session has an offset, a nudge, handles and a start time code. Each format
is written in a process of its own: its peak memory is that of interpreter, session and writer together.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from foley_audio.export.files import planned, write_files
from foley_audio.export.scene import Scene
from foley_common.footsteps import Footstep
from foley_common.sound import SessionFormat
from support import sessions

START, OFFSET_S, NUDGE_S, HANDLES_S = "01:00:00:00", 2.5, 0.02, 1.0
STEPS_PER_S = 50.0  # a crowd: 100 000 steps need no more than 600 MB of sound
RATE_HZ = 48_000


@dataclass(frozen=True)
class Reading:
    """What a library found: positions by footstep, in a unit, and where they belong."""

    library: str
    unit: str
    found: Mapping[str, float]
    expected: Mapping[str, float]


def made(step_count: int, rate: Fraction) -> Scene:
    """The session that is written; every step of it is heard."""
    duration_s = step_count / STEPS_PER_S
    drawn = sessions.random_steps(
        step_count + step_count // 100 + 10, people=4, duration_s=duration_s
    )
    heard = sessions.heard(drawn, NUDGE_S, duration_s=duration_s)
    samples = sessions.expected_samples(heard)
    # A foot that lands twice in a sample lands once.
    alone = {(step.track_id, step.side, samples[step.footstep_id]): step for step in heard}
    return sessions.scene(
        list(alone.values())[:step_count],
        rate=rate,
        duration_s=duration_s,
        offset_s=OFFSET_S,
        nudge_s=NUDGE_S,
        handles_s=HANDLES_S,
        start_timecode=START,
    )


def marked(scene: Scene) -> list[Footstep]:
    """The steps that the programme sounds."""
    session = scene.session
    return sessions.heard(session.footsteps, NUDGE_S, duration_s=session.video.duration_s)


def in_samples(scene: Scene, shift_s: float) -> dict[str, float]:
    """Where steps belong, in samples."""
    return dict(sessions.expected_samples(marked(scene), shift_s))


def in_frames(scene: Scene, zero: int = 0) -> dict[str, float]:
    """Where steps belong, in frames from midnight."""
    frames = sessions.expected_frames(
        marked(scene), scene.clock.rate, nudge_s=NUDGE_S, offset_s=OFFSET_S
    )
    return {name: at + zero for name, at in frames.items()}


def read_lists(scene: Scene, path: Path) -> Reading:
    """``footsteps.csv`` and ``footsteps.json``: what is seen in the picture, to the microsecond."""
    expected = {s.footstep_id: s.initial_contact_time_s * 1e6 for s in scene.session.footsteps}
    if path.suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        contacts = [row for row in rows if row["event"] == "HEEL_STRIKE"]
    else:
        rows = json.loads(path.read_text(encoding="utf-8"))["events"]
        contacts = [row for row in rows if row["type"] == "strike"]
    found = {row["footstep_id"]: float(row["time_seconds"]) * 1e6 for row in contacts}
    return Reading(path.suffix[1:], "µs", found, expected)


def read_text(scene: Scene, path: Path) -> Reading:
    """``footsteps.txt`` knows no names: its labels in order of time."""
    zero = sessions.label_frames(START, scene.clock.rate) + scene.clock.offset_frames
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    labels = [label for label, _, event, _ in lines if event == "HEEL_STRIKE"]
    found = [sessions.label_frames(label, scene.clock.rate) for label in labels]
    frames = sessions.expected_frames(scene.session.footsteps, scene.clock.rate)
    expected = [at + zero for at in sorted(frames.values())]
    return Reading(
        "OpenTimelineIO's labels",
        "frames",
        {str(i): at for i, at in enumerate(found)},
        {str(i): at for i, at in enumerate(expected)},
    )


def read_midi(scene: Scene, path: Path) -> Reading:
    """Markers; every note must begin with one of them too."""
    markers, notes = sessions.read_midi(path.read_bytes())
    found = {mark.footstep_id: mark.at * RATE_HZ for mark in markers}
    expected = in_samples(scene, OFFSET_S + NUDGE_S)
    starts = sorted(note.at * RATE_HZ for note in notes)
    assert starts == sorted(found.values()), "a note is missing or stands elsewhere"
    return Reading("mido", "samples", found, expected)


def read_otio(scene: Scene, path: Path) -> Reading:
    """Markers of the timeline."""
    found = sessions.positions(sessions.read_otio(path.read_bytes())[1])
    return Reading("opentimelineio", "samples", found, in_samples(scene, OFFSET_S + NUDGE_S))


def read_edl(scene: Scene, path: Path) -> Reading:
    """Locators."""
    rate = scene.clock.rate
    found = sessions.positions(sessions.read_edl(path.read_bytes().decode(), rate)[1])
    return Reading("pycmx", "frames", found, in_frames(scene, sessions.label_frames(START, rate)))


def read_markers(scene: Scene, path: Path) -> Reading:
    """Resolve's markers, by a parser of our own: no library reads them."""
    rate = scene.clock.rate
    found = sessions.positions(sessions.read_resolve_markers(path.read_bytes().decode(), rate))
    zero = sessions.label_frames(START, rate)
    return Reading("own parser", "frames", found, in_frames(scene, zero))


def read_aaf(scene: Scene, path: Path) -> Reading:
    """Markers; the sample in their text must be right too."""
    markers = sessions.read_aaf(path)[1]
    samples = {mark.footstep_id: mark.facts["sample"] for mark in markers}
    assert samples == in_samples(scene, OFFSET_S + NUDGE_S), "a marker names another sample"
    return Reading("pyaaf2", "frames", sessions.positions(markers), in_frames(scene))


def read_rpp(scene: Scene, path: Path) -> Reading:
    """Markers of the project."""
    markers = sessions.positions(sessions.read_rpp(path.read_text(encoding="utf-8"))[1])
    found = {name: at * RATE_HZ for name, at in markers.items()}
    shift_s = OFFSET_S + NUDGE_S  # seconds are written to the nanosecond: no sample is rounded to
    expected = {
        s.footstep_id: (s.initial_contact_time_s + shift_s) * RATE_HZ for s in marked(scene)
    }
    return Reading("rpp", "samples", found, expected)


def read_vtt(scene: Scene, path: Path) -> Reading:
    """Cues, which count milliseconds."""
    cues = sessions.positions(sessions.read_vtt(path.read_text(encoding="utf-8")))
    shift_s = OFFSET_S + NUDGE_S
    expected = {s.footstep_id: (s.initial_contact_time_s + shift_s) * 1000 for s in marked(scene)}
    return Reading("webvtt-py", "ms", {name: at * 1000 for name, at in cues.items()}, expected)


def read_bwf(scene: Scene, path: Path) -> Reading:
    """Cue points of the footsteps' file."""
    found = sessions.positions(sessions.read_bwf(path)[1])
    return Reading("wavinfo", "samples", found, in_samples(scene, HANDLES_S + NUDGE_S))


READERS: dict[SessionFormat, Callable[[Scene, Path], Reading]] = {
    SessionFormat.CSV: read_lists,
    SessionFormat.JSON: read_lists,
    SessionFormat.TIMECODE_TEXT: read_text,
    SessionFormat.MIDI: read_midi,
    SessionFormat.OTIO: read_otio,
    SessionFormat.EDL: read_edl,
    SessionFormat.RESOLVE_MARKERS: read_markers,
    SessionFormat.AAF: read_aaf,
    SessionFormat.REAPER: read_rpp,
    SessionFormat.WEBVTT: read_vtt,
    SessionFormat.BWF: read_bwf,
}


def one(
    session_format: SessionFormat, step_count: int, rate: Fraction, *, read: bool
) -> dict[str, object]:
    """Write one format, then read it back."""
    plain = made(step_count, rate)
    if session_format is SessionFormat.BWF:
        plain = dataclasses.replace(plain, mix=None)  # the footsteps' file alone is read back
    scene, _ = planned(plain, [session_format])
    with tempfile.TemporaryDirectory() as name:
        folder, sources = Path(name), {}
        if session_format is SessionFormat.BWF:
            sources = {sound.source_name: _silent_wav(folder, scene) for sound in scene.recordings}
        begun_s = time.process_time()
        files = write_files(scene, [session_format], folder, sources=sources, tails={}, digests={})
        row: dict[str, object] = {
            "format": session_format.value,
            "steps in": step_count,
            "write s": round(time.process_time() - begun_s, 2),
            "peak MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            "MB": round(files[-1].path.stat().st_size / 1e6, 2),
        }
        if not read:
            return row
        reading = READERS[session_format](scene, files[-1].path)
    common = reading.found.keys() & reading.expected.keys()
    return row | {
        "found": len(common),
        "wrong": len(reading.found.keys() ^ reading.expected.keys()),
        "largest error": max(
            (abs(reading.found[name] - reading.expected[name]) for name in common), default=0.0
        ),
        "unit": reading.unit,
        "library": reading.library,
    }


def _silent_wav(folder: Path, scene: Scene) -> Path:
    import soundfile

    path = folder / "silent.wav"
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_24") as out:
        left = scene.recordings[0].facts.total_samples
        while left > 0:
            out.write(np.zeros((min(left, 1 << 16), 2), dtype=np.float32))
            left -= 1 << 16
    return path


def main() -> int:
    """Print the table; 1 when a footstep was lost, doubled or stands elsewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rate", type=Fraction, default=Fraction(30_000, 1001))
    parser.add_argument("--formats", nargs="+", default=[item.value for item in READERS])
    parser.add_argument("--write-only", action="store_true", help="time and memory alone")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        read = not options.write_only
        print(json.dumps(one(SessionFormat(options.one), options.steps, options.rate, read=read)))
        return 0
    columns = [
        "format",
        "steps in",
        "found",
        "wrong",
        "largest error",
        "unit",
        "library",
        "write s",
        "peak MB",
        "MB",
    ]
    if options.write_only:
        columns = ["format", "steps in", "write s", "peak MB", "MB"]
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    good = True
    for name in options.formats:
        command = [
            sys.executable,
            __file__,
            "--steps",
            str(options.steps),
            "--rate",
            str(options.rate),
            "--one",
            name,
        ]
        command += ["--write-only"] if options.write_only else []
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        shown = [
            f"{row[column]:.4f}" if column == "largest error" else str(row[column])
            for column in columns
        ]
        print("| " + " | ".join(shown) + " |", flush=True)
        if not options.write_only:
            good = good and row["wrong"] == 0 and row["found"] == options.steps
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
