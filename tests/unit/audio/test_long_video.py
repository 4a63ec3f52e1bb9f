"""A video that the gateway has let in is rendered, however long it is."""

from __future__ import annotations

from pathlib import Path

from foley_audio.render.video import render_video
from foley_common.media.probe import STAGE_LIMITS, probe
from foley_common.surfaces import SurfaceReport
from support import clips


def test_a_film_of_five_hours_is_delivered(tmp_path: Path) -> None:
    film = clips.clip(
        tmp_path / "film.mp4", frame_count=301, times_s=[60.0 * i for i in range(301)]
    )
    mix = clips.write_wav(tmp_path / "mix.wav", clips.tone(1))
    out = tmp_path / "out"
    out.mkdir()
    made = render_video(film, mix, [], (), SurfaceReport(), None, out, lambda *_: None)
    assert probe(made.foley_video, STAGE_LIMITS).frame_count == 301
