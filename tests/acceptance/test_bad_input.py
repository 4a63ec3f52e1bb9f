"""What is no video: one clear line, its exit status, nothing left behind, nothing started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from foley_client.exit_codes import ExitCode
from support import clips, stack


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (clips.not_a_video, "video"),
        (clips.empty, "empty"),
        (clips.audio_only, "sound"),
        (clips.png_picture, "picture"),
        (clips.without_index, "truncated"),
        (clips.cut_off, "truncated"),
    ],
    ids=["not a video", "empty", "audio only", "picture renamed", "no index", "truncated"],
)
def test_one_line_no_trace_nothing_left_behind(
    tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    video = tmp_path / 'my "bad" clip, it\'s ünreal.mp4'
    make(video)
    done = stack.foley("run", video, "-o", tmp_path / "out", "--home", tmp_path / "home")
    assert done.returncode == ExitCode.INPUT
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("foley: ")
    assert says in done.stderr
    assert "whitelist" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [video.name]


def test_missing_file_and_folder(tmp_path: Path) -> None:
    missing = stack.foley("run", tmp_path / "none.mp4", cwd=tmp_path)
    assert missing.returncode == ExitCode.INPUT
    assert missing.stderr == f"foley: there is no file {tmp_path / 'none.mp4'}\n"
    folder = stack.foley("run", tmp_path, cwd=tmp_path)
    assert folder.returncode == ExitCode.INPUT
    assert "is a folder" in folder.stderr


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for option, place in (("-o", "out"), ("--home", "home")):
        done = stack.foley(
            "run",
            stack.WALK,
            "-o",
            tmp_path / "fine",
            "--home",
            tmp_path / "fine",
            option,
            tmp_path / "file" / place,
        )
        assert done.returncode == ExitCode.PLACE
        assert str(tmp_path / "file" / place) in done.stderr
        assert option in done.stderr
