"""The video a person names, and the id its render is found again by."""

from __future__ import annotations

from pathlib import Path

import pytest

from foley_client.inputs import check_video, folder_name_of
from foley_client.pipeline_version import pipeline_digest
from foley_common.errors import ObjectNotFound, UndecodableMedia
from support import clips


def test_a_good_video_with_an_odd_name(tmp_path: Path) -> None:
    video = tmp_path / "it's “my” clip ünï 走る.mp4"
    clips.normal(video)
    assert check_video(video).width_px > 0


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound, match=r"there is no file .*none\.mp4"):
        check_video(tmp_path / "none.mp4")
    with pytest.raises(UndecodableMedia, match="is a folder"):
        check_video(tmp_path)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("walk.mp4", "walk"),
        ("my clip.final.mov", "my clip.final"),
        ("....mp4", "clip"),
        ("a:b?c.mp4", "a_b_c"),
        ("x" * 300 + ".mp4", "x" * 100),
    ],
)
def test_folder_names_are_what_file_systems_take(name: str, folder: str) -> None:
    assert folder_name_of(Path("/films") / name) == folder


def test_changed_code_has_another_digest(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    before = pipeline_digest((tmp_path,))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert pipeline_digest((tmp_path,)) == before
    (tmp_path / "a.py").write_text("x = 2")
    assert pipeline_digest((tmp_path,)) != before
