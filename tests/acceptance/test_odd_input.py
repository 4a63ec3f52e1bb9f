"""Videos as people have them: every one gives all files; nobody in the picture gives silence, not an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from foley_client.home import Home
from foley_common.media.probe import probe
from support import clips, stack

CLIPS: dict[str, Callable[[Path], object]] = {
    "my clip, it's ünreal.mp4": clips.normal,
    "no sound.mp4": lambda path: clips.normal(path, sound=None),
    "turned.mp4": lambda path: clips.normal(path, rotation_degrees=90),
    "variable rate.mp4": clips.variable_rate,
    "ten bit.mp4": clips.ten_bit_hdr,
    "vp9.webm": clips.vp9,
    "av1.mp4": clips.av1,
    "odd size.mkv": lambda path: clips.normal(
        path, width_px=161, height_px=121, pixel_format="yuv444p"
    ),
    "one frame.mp4": lambda path: clips.normal(path, frame_count=1),
    "surround.mp4": lambda path: clips.normal(path, sound=clips.tone(1.0, channels=6)),
}


@pytest.mark.parametrize("name", CLIPS)
def test_all_files_come_out(name: str, home: Home, tmp_path: Path) -> None:
    video = tmp_path / name
    CLIPS[name](video)
    out = tmp_path / "out"
    done = stack.foley("run", video, "-o", out, "--home", home.root, "--json")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} >= stack.RESULT_FILES
    source, made = probe(video), probe(out / "foley.mp4")
    assert made.frame_count == source.frame_count
    assert (made.width_px, made.height_px) == (source.width_px, source.height_px)
    assert json.loads(done.stdout)["footstep_count"] == 0
    report = json.loads((out / "report.json").read_text())
    assert report["loudness"]["silent"] == (source.audio_channel_count == 0)
