"""Grounds that are drawn for training."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from foley_common.surfaces import Surface

TRAINING = Path(__file__).parents[3] / "services" / "surface_agent" / "training"


@pytest.fixture(scope="module")
def drawn() -> Iterator[dict[str, ModuleType]]:
    sys.path.insert(0, str(TRAINING))
    try:
        names = ("fields", "light", "pictures", "wet")
        yield {name: importlib.import_module(f"drawn.{name}") for name in names} | {
            "command": importlib.import_module("drawn_pictures")
        }
    finally:
        sys.path.remove(str(TRAINING))


def test_every_class_is_drawn_and_none_is_one_colour(drawn: dict[str, ModuleType]):
    pictures = drawn["pictures"]
    assert set(pictures.GROUNDS) == {surface.value for surface in Surface}
    for number, surface in enumerate(pictures.GROUNDS):
        made = pictures.picture(surface, np.random.default_rng(number), from_above=number % 2 == 0)
        assert made.shape == (288, 288, 3)
        assert made.dtype == np.uint8
        assert 15 < made.mean() < 245, surface
        assert made.std() > 2, surface


def test_the_command_draws_the_same_again_and_lists_what_it_drew(
    drawn: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    command = drawn["command"]
    few = {name: drawn["pictures"].GROUNDS[name] for name in ("carpet", "water")}
    monkeypatch.setattr(command, "GROUNDS", few)
    assert command.draw(tmp_path / "a", 2) == 4
    command.draw(tmp_path / "b", 1)
    records = json.loads((tmp_path / "a" / "surfaces.json").read_text())
    assert [record["class"] for record in records] == ["carpet", "water"] * 2
    assert {record["kind"] for record in records} == {"texture", "photo"}
    for record in records[:2]:
        first, again = (Image.open(tmp_path / folder / record["file"]) for folder in "ab")
        assert np.array_equal(np.asarray(first), np.asarray(again))
    one, other = (np.asarray(Image.open(tmp_path / "a" / records[i]["file"])) for i in (0, 2))
    assert not np.array_equal(one, other)


def test_noise_has_unit_deviation_no_seam_and_only_the_waves_asked_for(
    drawn: dict[str, ModuleType],
):
    field = drawn["fields"].noise(np.random.default_rng(1), 1.0, 4, 40)
    assert field.std() == pytest.approx(1, abs=1e-3)
    seam = np.abs(field[:, 0] - field[:, -1]).mean()
    assert seam < 1.5 * np.abs(np.diff(field, axis=1)).mean()
    spectrum = np.abs(np.fft.fft2(field))
    waves = np.abs(np.fft.fftfreq(512, 1 / 512))
    number = np.hypot(waves[:, None], waves[None])
    assert spectrum[number > 41].max() < 1e-3 * spectrum.max()
    assert spectrum[(number > 0) & (number < 3.9)].max() < 1e-3 * spectrum.max()


def test_cells_belong_to_the_nearest_point_across_the_edges_too(drawn: dict[str, ModuleType]):
    fields = drawn["fields"]
    points = fields.scattered(np.random.default_rng(2), 64, 0.5)
    number, border, middle = fields.cells(points)
    flat = points.reshape(-1, 2) % 1
    for row, column in ((0, 0), (3, 511), (200, 300), (511, 250)):
        away = np.abs(flat - np.array([row, column]) / 512)
        distance = np.hypot(*np.minimum(away, 1 - away).T)
        assert number[row, column] == distance.argmin()
        assert middle[row, column] == pytest.approx(distance.min(), abs=1e-5)
        nearest_two = np.sort(distance)[:2]
        assert border[row, column] == pytest.approx(np.diff(nearest_two)[0] / 2, abs=1e-5)


def test_bricks_are_whole_and_as_many_as_asked_for(drawn: dict[str, ModuleType]):
    fields = drawn["fields"]
    number, edge, _, _ = fields.bricks(4, 2, 0.5)
    assert np.all(np.bincount(number.ravel()) == 512 * 512 // 8)
    assert edge.max() == pytest.approx(1 / 8, abs=0.002)
    lying, _ = fields.herringbone(8, (fields.flat(), fields.flat()))
    sizes = np.bincount(lying.ravel())
    assert set(sizes[sizes > 0]) == {2 * 64 * 64}


def test_water_mirrors_the_sky_at_a_slant_and_shows_its_bed_from_above(
    drawn: dict[str, ModuleType],
):
    fields, light = drawn["fields"], drawn["light"]
    bed = np.zeros((512, 512, 3), np.float32) + 0.02
    still = fields.Ground(bed, fields.flat(), fields.flat(1.0), 200, 2.0)
    dull = fields.Ground(bed, fields.flat(), fields.flat(0.0), 200, 2.0)
    clouds = light.any_light(np.random.default_rng(0), indoors=False)
    clouds = light.Light(
        0 * clouds.sun,
        clouds.towards,
        np.ones(3, np.float32),
        np.ones(3, np.float32),
        np.zeros(720, np.float32),
        np.zeros(3, np.float32),
    )
    shown = {}
    for degrees in (12, 89):
        camera = light.Camera(1.5, np.radians(degrees), np.radians(10), 0.0, (0.0, 0.0))
        shown[degrees] = [light.seen(one, camera, clouds).mean() for one in (still, dull)]
    assert shown[89][0] - shown[89][1] == pytest.approx(0.04, abs=0.01)  # as glass
    assert shown[12][0] - shown[12][1] > 0.2
    assert shown[12][1] == pytest.approx(shown[89][1], rel=0.1)


def test_what_is_trodden_on_is_pressed_in(drawn: dict[str, ModuleType]):
    height = drawn["wet"].trodden(np.random.default_rng(3), 2.0, deep_m=0.05)
    assert -0.09 < height.min() < -0.01
    assert 0 < height.max() < 0.08
