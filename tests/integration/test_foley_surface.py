"""`foley surface` as people start it: a surface agent of its own, real pictures, a vision model on loopback."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from foley_client.exit_codes import ExitCode
from foley_client.pictures import Look
from foley_common.errors import UndecodableMedia
from support import stack
from support.vision_server import answers, status, vision_server
from support.walks import lawn

KEY = "sk-picture"


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    pixels = lawn(np.random.default_rng(1), (240, 320))
    path = tmp_path / "my floor.png"
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command puts what it needs for a while."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def with_model(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name, value in (("BASE_URL", url), ("MODEL", "test-vision"), ("API_KEY", KEY)):
        monkeypatch.setenv(f"FOLEY_SURFACE_AGENT_VISION__{name}", value)
    monkeypatch.setenv("FOLEY_SURFACE_AGENT_VISION__MAX_RETRIES", "0")


def test_the_local_answer_costs_no_call_and_leaves_nothing(
    floor: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vision_server(answers()) as vision:
        with_model(monkeypatch, vision.url)
        done = stack.foley("surface", floor, "--json")
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)
    assert answer["picture"] == str(floor)
    assert answer["source"] == "local_model"
    assert answer["best_guess"] == "grass"
    assert 0 < answer["confidence"] <= 1
    assert answer["elapsed_ms"] > 0
    assert answer["wet"] is None  # the local classifier does not say
    assert vision.asked == []
    assert list(temporary.iterdir()) == []


def test_the_vision_model_is_asked_when_it_is_wanted(
    floor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with vision_server(answers(wet=True, place="indoor", room_size="hall")) as vision:
        with_model(monkeypatch, vision.url)
        done = stack.foley(
            "surface", floor, tmp_path / "text.jpg", tmp_path / "gone.jpg", "--json", "--model"
        )
    assert done.returncode == ExitCode.INPUT
    answer, text, gone = json.loads(done.stdout)
    assert (answer["surface"], answer["source"], answer["group"]) == (
        "grass",
        "vision_model",
        "soft",
    )
    assert (answer["wet"], answer["place"], answer["room_size"]) == (True, "indoor", "hall")
    assert (answer["footwear"], answer["footwear_confidence"]) == ("boot", pytest.approx(0.8))
    assert text["reason"] == "UNDECODABLE_MEDIA"
    assert gone["reason"] == "OBJECT_NOT_FOUND"
    assert len(vision.asked) == 1
    assert KEY not in done.stdout + done.stderr


def test_a_model_that_fails_is_said_and_one_that_is_not_there_too(
    floor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vision_server(status(500)) as vision:
        with_model(monkeypatch, vision.url)
        failed = stack.foley("surface", floor, "--json", "--model")
    (answer,) = json.loads(failed.stdout)
    assert answer["source"] == "local_model"
    assert "answered 500" in answer["reasoning"]
    assert f"{floor}: " in failed.stderr
    assert "answered 500" in failed.stderr  # also for those who see the table, which has no reasons
    for name in ("BASE_URL", "MODEL", "API_KEY"):
        monkeypatch.delenv(f"FOLEY_SURFACE_AGENT_VISION__{name}")
    monkeypatch.setenv("COLUMNS", "200")
    without = stack.foley("surface", floor, "--model")
    assert without.returncode == 0
    assert "no vision model is set up" in without.stderr
    assert str(floor) in without.stdout.replace("\n", "")


def test_an_agent_that_cannot_start_is_said(floor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLEY_SURFACE_AGENT_VISION__TIMEOUT_S", "never")
    done = stack.foley("surface", floor)
    assert done.returncode == ExitCode.SERVICE
    assert "VISION__TIMEOUT_S" in done.stderr


def test_a_look_that_failed_is_json_too() -> None:
    told = Look(Path("a.png"), None, UndecodableMedia("no")).to_json()
    assert told == {"picture": "a.png", "error": "no", "reason": "UNDECODABLE_MEDIA"}


def test_a_name_that_is_no_text_can_be_told() -> None:
    told = Look(Path(os.fsdecode(b"gr\xfcn.png")), None, UndecodableMedia("no")).to_json()
    assert json.dumps(told, ensure_ascii=False).encode()
    assert told["picture"] == "gr\\xfcn.png"
