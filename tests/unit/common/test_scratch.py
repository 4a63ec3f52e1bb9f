"""Temporary folders: gone with the command, and gone later where the command could not see to it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from foley_client.packs import zips_of
from foley_common.errors import StoreUnavailable
from foley_common.scratch import (
    STALE_AFTER_S,
    STALE_IN_OWN_PLACE_S,
    Purpose,
    hold_folder,
    remove_stale,
    scratch_folder,
)

HOLD = """
import time
from foley_common.scratch import scratch_folder
with scratch_folder("packs") as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def aged(path: Path, age_s: float = STALE_AFTER_S + 60) -> Path:
    then = time.time() - age_s
    os.utime(path, (then, then), follow_symlinks=False)
    return path


def left(place: Path, name: str, age_s: float = STALE_AFTER_S + 60) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / "0.zip").write_bytes(b"steps")
    return aged(folder, age_s)


def test_a_folder_lasts_as_long_as_its_block(place: Path) -> None:
    with scratch_folder("packs") as folder:
        assert folder.parent == place
        (folder / "a").write_text("x")
    assert list(place.iterdir()) == []


def test_what_a_killed_command_left_is_removed_when_it_is_a_day_old(place: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    folder = Path(child.stdout.readline().strip())
    try:
        assert folder.parent == place
        aged(folder)
        assert remove_stale() == []  # somebody works in it
    finally:
        child.kill()  # as hard as kill -9
        child.wait()
        child.stdout.close()
    assert folder.is_dir()
    aged(folder, STALE_AFTER_S - 60)
    assert remove_stale() == []
    aged(folder)
    with zips_of([]):
        assert not folder.exists()


def test_nothing_else_is_touched(place: Path, tmp_path: Path) -> None:
    elsewhere = left(tmp_path, "elsewhere")
    kept = [
        left(place, "foley-packs-abcdefgh", STALE_AFTER_S - 60),  # young
        left(place, "foley-packs-my own work"),
        left(place, "foley-ultralytics-0"),  # kept between runs
        left(place, "other-packs-abcdefgh"),
    ]
    link = place / "foley-packs-ijklmnop"
    link.symlink_to(elsewhere)
    file = place / "foley-packs-qrstuvwx"
    file.write_text("no folder")
    kept += [aged(link), aged(file)]
    gone = [
        left(place, f"foley-{kind}-a_345678") for kind in ("packs", "demo", "audio", "detector")
    ]
    assert sorted(remove_stale()) == sorted(gone)
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    assert (elsewhere / "0.zip").exists()


def test_folders_of_other_people_stay(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = left(place, "foley-packs-abcdefgh")
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    assert remove_stale() == []
    assert theirs.exists()


@pytest.mark.parametrize("purpose", ["audio", "detector", "gateway", "surface", "sounds"])
def test_a_place_of_its_own_is_cleared_sooner_and_a_live_service_keeps_its_folder(
    tmp_path: Path, purpose: Purpose
) -> None:
    """Two services of one user in one place, one of them killed: in a cluster the place is small and stays."""
    own = tmp_path / "scratch"
    held = hold_folder(purpose, own)
    dead = left(own, f"foley-{purpose}-abcdefgh", STALE_IN_OWN_PLACE_S + 60)
    young = left(own, f"foley-{purpose}-ijklmnop", STALE_IN_OWN_PLACE_S - 60)
    aged(held.path)
    with scratch_folder(purpose, own) as folder:
        assert set(own.iterdir()) == {held.path, young, folder}
        assert not dead.exists()
    held.remove()
    assert list(own.iterdir()) == [young]


def test_a_place_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="file"), scratch_folder("audio", tmp_path / "file"):
        pytest.fail("there is no such place")
