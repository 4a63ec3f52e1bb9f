"""`foley sound`, `foley sound pack` and `foley run --pack`, as people start them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from foley_client.exit_codes import ExitCode
from foley_client.home import Home
from foley_common.packs import PackArchive
from foley_common.surfaces import Footwear, Surface
from support import stack
from support.steps import RATE_HZ, music_like, synthetic_walk

LEAD_S = 0.004  # what of a step is heard before its contact


@pytest.fixture(scope="module")
def pack(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample pack of a recorded walk on concrete."""
    folder = tmp_path_factory.mktemp("recording")
    sound, times_s = synthetic_walk(Surface.CONCRETE, 14)
    soundfile.write(folder / "yard.flac", 4 * sound, RATE_HZ, subtype="PCM_24")
    out = folder / "packs" / "yard.zip"
    done = stack.foley(
        *("sound", "pack", folder / "yard.flac", "--surface", "concrete", "--footwear", "sneaker"),
        *("--name", "yard", "--licence", "CC0-1.0", "-o", out, "--home", home.root, "--json"),
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    with PackArchive(out) as archive:
        assert len(archive.manifest.steps) == told["step_count"] >= times_s.size - 2
        assert {step.footwear for step in archive.manifest.steps} == {Footwear.SNEAKER}
    return out


def test_single_steps_are_files_with_their_contact(home: Home, tmp_path: Path) -> None:
    done = stack.foley(
        *("sound", "--surface", "gravel", "--footwear", "boot", "--gait", "walk", "--seed", "7"),
        *("--strength", "0.7", "--count", "3", "--out", tmp_path, "--home", home.root),
    )
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "steps.json").read_text())
    assert (told["surface"], told["footwear"], told["seed"]) == ("gravel", "boot", 7)
    names = [file["file"] for file in told["files"]]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, "steps.json"]
    assert len(names) == 3
    for file in told["files"]:
        sound, rate_hz = soundfile.read(tmp_path / file["file"])
        (contact,) = file["contact_samples"]
        assert rate_hz == file["sample_rate_hz"]
        assert sound.size / rate_hz == pytest.approx(file["duration_s"], abs=1e-3)
        before = np.abs(sound[: max(1, contact - round(LEAD_S * rate_hz))]).max()
        assert np.abs(sound[contact : contact + rate_hz // 20]).max() > 5 * before


def test_a_walk_and_a_render_play_the_pack(
    home: Home, walk: Path, pack: Path, tmp_path: Path
) -> None:
    done = stack.foley(
        *("sound", "--surface", "concrete", "--pack", pack, "-o", tmp_path / "walk"),
        *("--home", home.root, "--json"),
    )
    assert done.returncode == 0, done.stderr
    (file,) = json.loads(done.stdout)["files"]
    assert file["file"] == "walk.wav"
    assert len(file["contact_samples"]) >= 12

    folder = tmp_path / "run"
    done = stack.foley(
        *("run", stack.WALK, "-o", folder, "--home", home.root, "--surface", "concrete"),
        *("--pack", pack),
    )
    assert done.returncode == 0, done.stderr
    recorded, synthesised = (soundfile.read(path / "mix.wav")[0] for path in (folder, walk))
    assert recorded.shape == synthesised.shape
    assert not np.array_equal(recorded, synthesised)
    assert (folder / "footsteps.csv").read_bytes() == (walk / "footsteps.csv").read_bytes()


def test_what_cannot_be_used_is_one_line_with_its_exit_status(home: Home, tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    soundfile.write(song, music_like(8.0), RATE_HZ)
    out = tmp_path / "pack.zip"
    for arguments, status, says in (
        (("pack", song, "--surface", "snow", "-o", out), ExitCode.INPUT, "music"),
        (("pack", stack.WALK, "--surface", "snow", "-o", out), ExitCode.INPUT, "sound"),
        (("--surface", "snow", "--pack", song, "-o", tmp_path), ExitCode.INPUT, "zip"),
    ):
        done = stack.foley("sound", *arguments, "--home", home.root)
        assert done.returncode == status, done.stderr
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    assert not out.exists()
