"""Which recordings are fitted and which judge."""

from __future__ import annotations

import importlib
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

TRAINING = Path(__file__).parents[3] / "services" / "audio" / "training"


@pytest.fixture
def recordings(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(TRAINING)
    monkeypatch.delitem(sys.modules, "recordings", raising=False)
    return importlib.import_module("recordings")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for floor, kind, count in (("path", "walk", 5), ("path", "run", 3), ("lawn", "walk", 4)):
        for number in range(1, count + 1):
            (tmp_path / f"lib_{floor}_{kind}{number}.flac").touch()
    return tmp_path


def kinds(recordings: ModuleType, files: list[Path]) -> Counter[tuple[str, str]]:
    return Counter(recordings.kind_of(path)[:2] for path in files)


def test_the_usual_halves_take_turns(recordings: ModuleType, folder: Path):
    fitted, judging = recordings.halves(folder)
    assert [path.stem for path in fitted[:3]] == [
        "lib_lawn_walk1",
        "lib_lawn_walk3",
        "lib_path_run1",
    ]
    assert not set(fitted) & set(judging)
    assert len(fitted) + len(judging) == 12


def test_drawn_halves_are_others_of_the_same_make_up(recordings: ModuleType, folder: Path):
    usual = recordings.halves(folder)
    drawn = [recordings.halves(folder, seed) for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({frozenset(fitted) for fitted, _ in drawn[1:]}) > 1
    for fitted, judging in drawn:
        assert not set(fitted) & set(judging)
        assert kinds(recordings, fitted) == kinds(recordings, usual[0])
        assert kinds(recordings, judging) == kinds(recordings, usual[1])
