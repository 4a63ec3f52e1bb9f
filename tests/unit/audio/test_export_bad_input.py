"""Every writer with what no detector should find, and with very much of it."""

from __future__ import annotations

import dataclasses
import json
import random
import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from foley_audio.domain.cues import make_cues
from foley_audio.domain.types import Style
from foley_audio.export.bwf import write_bwf
from foley_audio.export.files import KINDS, planned, write_files
from foley_audio.export.readme import readme_text
from foley_audio.export.scene import Scene
from foley_audio.render.wav_header import HEAD_BYTES, read_header
from foley_common.footsteps import Footstep
from foley_common.sound import SessionFormat
from foley_common.surfaces import AnswerSource, Surface, SurfaceAnswer, SurfaceReport, SurfaceSpan
from support.audio import walk
from support.sessions import (
    RATES,
    expected_samples,
    positions,
    random_steps,
    read_aaf,
    read_bwf,
    read_edl,
    read_midi,
    read_otio,
    read_resolve_markers,
    read_rpp,
    read_vtt,
    scene,
)


def written(made: Scene, folder: Path, asked: Sequence[SessionFormat] = ()) -> dict[str, Path]:
    """Every small file of a scene, by its name."""
    ready, formats = planned(made, asked)
    formats = [item for item in formats if item is not SessionFormat.BWF]
    files = write_files(ready, formats, folder, sources={}, tails={}, digests={})
    return {file.path.name: file.path for file in files}


def counts(files: dict[str, Path], rate: Fraction) -> dict[str, int]:
    """Footsteps that each library finds."""
    found = {
        "session.mid": len(read_midi(files["session.mid"].read_bytes())[1]),
        "session.otio": len(read_otio(files["session.otio"].read_bytes())[1]),
        "session.aaf": len(read_aaf(files["session.aaf"])[1]),
        "session.rpp": len(read_rpp(files["session.rpp"].read_text())[1]),
        "footsteps.vtt": len(read_vtt(files["footsteps.vtt"].read_text())),
    }
    if "session.edl" in files:
        found["session.edl"] = len(read_edl(files["session.edl"].read_bytes().decode(), rate)[1])
        markers = files["markers.edl"].read_bytes().decode()
        found["markers.edl"] = len(read_resolve_markers(markers, rate))
    return found


def at(step: Footstep, time_s: float) -> Footstep:
    return dataclasses.replace(step, initial_contact_time_s=time_s, toe_off_time_s=None)


@pytest.mark.parametrize(
    "rate",
    [
        *RATES.values(),
        Fraction(1000, 1001),
        Fraction(120),
        Fraction(123_456_789, 4_120_001),
        Fraction(0),
    ],
    ids=str,
)
def test_odd_frame_rates(rate: Fraction, tmp_path: Path) -> None:
    made = scene(walk(9), rate=rate if rate > 0 else Fraction(25), duration_s=6.0)
    if rate == 0:  # a probe that found none
        video = dataclasses.replace(made.session.video, frame_rate=Fraction(0))
        made = dataclasses.replace(made, session=dataclasses.replace(made.session, video=video))
    files = written(made, tmp_path)
    assert ("session.edl" in files) == ("markers.edl" in files) == (rate <= 100)
    if rate.denominator < 10_000:
        assert set(counts(files, rate or Fraction(25)).values()) == {9}
    _, markers = read_otio(files["session.otio"].read_bytes())
    assert positions(markers) == expected_samples(walk(9))


def test_times_outside_the_clip_unsorted_and_doubled(tmp_path: Path) -> None:
    first, second, third, fourth = walk(4)
    steps = [at(fourth, 99.0), at(third, -0.5), second, second, at(first, 0.0)]
    made = scene(steps, duration_s=6.0)
    files = written(made, tmp_path)
    # Before 0 and at 99 s nothing is heard, and a foot lands once in a sample.
    assert set(counts(files, Fraction(25)).values()) == {2}
    assert (made.left_out_count, made.unheard_count) == (3, 3)
    starts = [found.at for found in read_otio(files["session.otio"].read_bytes())[1]]
    assert starts == sorted(starts)
    assert starts == [0, 50_400]
    notes = read_midi(files["session.mid"].read_bytes())[1]
    lengths_s = [note.end - note.at for note in notes if note.end is not None]
    assert min(lengths_s) > 0.09  # none is cut by its double
    shown = json.loads(files["footsteps.json"].read_text())
    assert len(shown["footsteps"]) == 5  # lists tell everything that was seen


@pytest.mark.parametrize(("offset_s", "nudge_s"), [(-0.6, 0.0), (0.0, -0.6), (-1.0, 0.4)])
def test_steps_moved_before_zero_are_left_out_and_no_time_is_negative(
    offset_s: float, nudge_s: float, tmp_path: Path
) -> None:
    made = scene(walk(4), duration_s=6.0, offset_s=offset_s, nudge_s=nudge_s)  # from 0.5 s on
    files = written(made, tmp_path)
    assert set(counts(files, Fraction(25)).values()) == {3}
    assert made.left_out_count == 1
    for name in ("session.rpp", "session.edl", "markers.edl", "footsteps.vtt"):
        assert " -0" not in files[name].read_text()
        assert "-0." not in files[name].read_text()
    assert min(found.at for found in read_otio(files["session.otio"].read_bytes())[1]) >= 0


@pytest.mark.parametrize(("nudge_s", "unheard"), [(-0.6, {0}), (0.6, {3}), (-1.0, {0}), (0.0, ())])
@pytest.mark.parametrize("offset_s", [0.0, 5.0])
def test_what_the_nudge_moves_out_of_the_programme_has_no_mark_anywhere(
    nudge_s: float, unheard: Sequence[int], offset_s: float, tmp_path: Path
) -> None:
    steps = walk(4)  # from 0.5 s on
    duration_s = steps[-1].initial_contact_time_s + 0.5
    made = scene(steps, duration_s=duration_s, nudge_s=nudge_s, offset_s=offset_s, handles_s=2.0)
    cues = make_cues(steps, made.session.surfaces, made.session.video, Style(nudge_s=nudge_s))
    sounding = {cue.footstep_id for cue in cues}
    assert sounding == {step.footstep_id for i, step in enumerate(steps) if i not in unheard}
    files = written(made, tmp_path, [*KINDS])
    assert set(counts(files, Fraction(25)).values()) == {len(sounding)}
    ready, _ = planned(made, [SessionFormat.BWF])
    source = tmp_path / "silence.wav"
    with wave.open(str(source), "wb") as file:
        file.setparams((2, 3, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(6 * round(duration_s * 48_000)))
    with source.open("rb") as file:
        facts = read_header(file.read(HEAD_BYTES), source.stat().st_size, source.name)
    sound = dataclasses.replace(ready.recordings[0], facts=facts)
    write_bwf(ready, sound, source, tmp_path / "mix.bwf.wav")
    _, points = read_bwf(tmp_path / "mix.bwf.wav")
    assert positions(points) == {
        cue.footstep_id: cue.onset_sample + sound.handle_samples for cue in cues
    }
    said = readme_text(made, [])
    assert "because they would stand before its start: 0; left out there and in" in said
    assert (
        "because they are not heard (outside the video, moved out of it by the nudge, or given twice): "
        f"{len(unheard)}." in said
    )


def test_without_a_programme_every_step_has_a_mark(tmp_path: Path) -> None:
    made = scene(walk(4), duration_s=1.0, offset_s=5.0, nudge_s=-1.0, media=False)
    assert set(counts(written(made, tmp_path), Fraction(25)).values()) == {4}


def test_a_step_at_the_very_edge_stays(tmp_path: Path) -> None:
    made = scene([at(walk(1)[0], 0.02)], nudge_s=-0.02, duration_s=1.0)
    _, markers = read_otio(written(made, tmp_path)["session.otio"].read_bytes())
    assert [marker.at for marker in markers] == [0]


def test_an_unknown_surface_is_told_as_it_sounds(tmp_path: Path) -> None:
    made = scene(walk(2), duration_s=6.0)
    unknown = SurfaceAnswer(None, Surface.GRASS, None, 0.1, AnswerSource.LOCAL_MODEL)
    report = SurfaceReport(surfaces=(SurfaceSpan(0, 0.0, 9.0, unknown),))
    made = dataclasses.replace(made, session=dataclasses.replace(made.session, surfaces=report))
    _, markers = read_otio(written(made, tmp_path)["session.otio"].read_bytes())
    assert {marker.facts["surface"] for marker in markers} == {"grass"}


@pytest.mark.parametrize(
    "name",
    [
        *(
            'say "ah"',
            "it's",
            "back`tick",
            "a\nb\r\nc\x00",
            "👟" * 300,
            "x" * 300,
            "../../etc/passwd",
        ),
        *("C:\\x", "-->", "<b>&amp;</b>", ">", "|", "* LOC: 01:00:00:00 RED x", "=1+1", ""),
    ],
)
def test_names_of_steps_and_videos_break_no_file(name: str, tmp_path: Path) -> None:
    steps = [dataclasses.replace(step, footstep_id=name) for step in walk(2)]
    files = written(scene(steps, name=name, duration_s=3.0), tmp_path)
    assert set(counts(files, Fraction(25)).values()) == {2}
    assert json.loads(files["footsteps.json"].read_text())["footsteps"][0]["footstep_id"] == name


@pytest.mark.parametrize("media", [False, True])
def test_no_footsteps(media: bool, tmp_path: Path) -> None:
    files = written(scene([], duration_s=3.0, media=media), tmp_path)
    assert set(files) == {kind.name for kind in KINDS.values()}
    assert set(counts(files, Fraction(25)).values()) == {0}


def test_thousands_of_footsteps(tmp_path: Path) -> None:
    """The figures for 100 000 are printed by ``tests/bench/exports.py --steps 100000 --write-only``."""
    steps = list(random_steps(1500, people=20, duration_s=1500.0))
    random.Random(5).shuffle(steps)
    files = written(scene(steps, duration_s=1500.0), tmp_path)
    small = {name: path for name, path in files.items() if name != "session.rpp"}
    text = files["session.rpp"].read_text()  # the library's parser needs seconds for this many
    assert text.count("\n  MARKER ") == 1500
    assert len(read_otio(small["session.otio"].read_bytes())[1]) == 1500
    assert len(read_midi(small["session.mid"].read_bytes())[1]) == 1500
    assert len(read_aaf(small["session.aaf"])[1]) == 1500


def test_sound_is_only_copied_when_asked_for_or_needed() -> None:
    plain, formats = planned(scene(walk(1)), [])
    assert formats == list(KINDS)
    assert not any(sound.is_broadcast for sound in plain.recordings)
    _, formats = planned(scene(walk(1), handles_s=1.0), [SessionFormat.CSV])
    assert formats == [SessionFormat.CSV]  # a list has no clips
    _, formats = planned(scene(walk(1), handles_s=1.0, media=False), [SessionFormat.OTIO])
    assert formats == [SessionFormat.OTIO]  # nothing to put handles on
