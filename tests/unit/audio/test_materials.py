from __future__ import annotations

import tomllib
from importlib import resources

import numpy as np
import pytest

from foley_audio.domain.filterbank import CELL_COUNT, ROW_COUNT
from foley_audio.domain.materials import RECIPES, Materials, load_materials
from foley_common.surfaces import GROUP_OF, Footwear, Surface


@pytest.fixture(scope="module")
def materials() -> Materials:
    return load_materials()


@pytest.mark.parametrize("surface", Surface)
def test_every_ground_is_complete(materials: Materials, surface: Surface) -> None:
    ground = materials.grounds[surface]
    floors = ground.means.shape[0]
    assert ground.group is GROUP_OF[surface]
    assert ground.means.shape == (floors, ROW_COUNT, CELL_COUNT)
    assert ground.effects.shape == (3, ROW_COUNT, CELL_COUNT)
    assert ground.anchors.shape[1] == ground.spread.shape[0] == ground.spread_octaves.size
    assert ground.means_octaves.shape == (floors,)
    assert ground.modes.shape[::2] == (floors, 3)
    assert all(
        np.isfinite(table).all()
        for table in (ground.means, ground.effects, ground.spread, ground.modes)
    )


@pytest.mark.parametrize("surface", Surface)
def test_every_recipe_says_where_its_numbers_come_from(surface: Surface) -> None:
    text = resources.files(RECIPES).joinpath(f"{surface.value}.toml").read_text(encoding="utf-8")
    recipe = tomllib.loads(text)
    assert recipe["provenance"]["table"].startswith(
        ("fitted: all of the project's development recordings", "derived")
    )
    assert recipe["provenance"]["table"].startswith("fitted") == ("fitted" in recipe["table"])


def test_every_shoe_is_there_and_the_recordings_shoe_changes_nothing(materials: Materials) -> None:
    assert set(materials.shoes) == set(Footwear)
    plain = materials.shoes[Footwear.SNEAKER]
    assert (plain.level_db, plain.attack_tilt, plain.body_tilt, plain.thump_db, plain.tone_db) == (
        0,
        0,
        0,
        0,
        0,
    )


def test_the_fit_holds_numbers_only_and_far_fewer_than_the_sounds() -> None:
    with (
        resources.files(RECIPES).joinpath("fitted.npz").open("rb") as file,
        np.load(file) as numbers,
    ):
        assert all(numbers[name].ndim <= 3 for name in numbers.files)
        assert (
            sum(numbers[name].nbytes for name in numbers.files if name.startswith("wood/"))
            < 100_000
        )


def test_surfaces_differ(materials: Materials) -> None:
    means = [materials.grounds[surface].means.mean(axis=0) for surface in Surface]
    for i, one in enumerate(means):
        for other in means[:i]:
            assert np.abs(one - other).mean() > 1.0
