"""``footsteps.vtt``, read back by webvtt-py."""

from __future__ import annotations

import dataclasses

import pytest

from foley_audio.export.webvtt import footsteps_vtt
from support.audio import walk
from support.sessions import expected_samples, heard, positions, random_steps, read_vtt, scene


@pytest.mark.parametrize(("offset_s", "nudge_s"), [(0.0, 0.0), (7200.0, 0.25), (-7.25, -0.013)])
def test_every_cue_is_within_half_a_millisecond(offset_s: float, nudge_s: float) -> None:
    steps = random_steps(300)
    cues = read_vtt(footsteps_vtt(scene(steps, offset_s=offset_s, nudge_s=nudge_s)))
    expected = expected_samples(heard(steps, nudge_s), offset_s + nudge_s)
    found = positions(cues)
    assert found.keys() == expected.keys()
    for name, seconds in found.items():
        assert seconds == pytest.approx(expected[name] / 48_000, abs=0.0005 + 1 / 48_000)


def test_a_cue_says_what_was_heard_until_when() -> None:
    cue = read_vtt(footsteps_vtt(scene(walk(1))))[0]
    assert cue.text == "t1-0001 left foot of person 1: walk on gravel, boot, strength 0.50"
    assert (cue.at, cue.end) == (0.5, 1.12)


def test_texts_cannot_break_out_of_their_cue() -> None:
    step = dataclasses.replace(walk(1)[0], footstep_id="a --> b\n\nNOTE <i>&\x00")
    cues = read_vtt(footsteps_vtt(scene([step], name="-->\n\nSTYLE\n<b>")))
    assert len(cues) == 1
    assert cues[0].text.startswith("a -> b NOTE <i>&")


def test_no_footsteps() -> None:
    assert read_vtt(footsteps_vtt(scene([]))) == []
    assert footsteps_vtt(scene([])).startswith("WEBVTT\n")
