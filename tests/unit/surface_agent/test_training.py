"""The training scripts: what they gather, what they learn from, and what they count as known."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from foley_common.surfaces import Surface
from foley_surface_agent.domain.spans import pool_votes
from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.looks import part_views

TRAINING = Path(__file__).parents[3] / "services" / "surface_agent" / "training"
SIZE = 6  # numbers in these descriptors


def script(name: str) -> ModuleType:
    if str(TRAINING) not in sys.path:
        sys.path.insert(0, str(TRAINING))  # the scripts read each other
    spec = importlib.util.spec_from_file_location(f"training_{name}", TRAINING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def more() -> ModuleType:
    return script("more_pictures")


@pytest.fixture(scope="module")
def fit() -> ModuleType:
    return script("fit")


@pytest.fixture(scope="module")
def networks() -> ModuleType:
    return script("networks")


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    return script("judge")


@pytest.fixture(scope="module")
def views() -> ModuleType:
    return script("views")


@pytest.fixture(scope="module")
def floor_view() -> ModuleType:
    return script("floor_view")


def png_of(colour: tuple[int, int, int], size_px: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size_px, colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_listed_pictures_are_gathered_from_files_and_archives(more: ModuleType, tmp_path: Path):
    package = tmp_path / "unpacked" / "game-data"
    package.mkdir(parents=True)
    (package / "sand.png").write_bytes(png_of((200, 180, 120), (640, 320)))
    with zipfile.ZipFile(package / "pak0.pk3", "w") as archive:
        archive.writestr("textures/ice.png", png_of((200, 220, 250), (64, 64)))
    listed = {"game-data": {"sand": ["sand.png"], "ice": ["pak0.pk3/textures/ice.png"]}}
    out = tmp_path / "out"
    assert more.gather(listed, tmp_path / "unpacked", out) == 2
    records = json.loads((out / "surfaces.json").read_text())
    assert [record["class"] for record in records] == ["sand", "ice"]
    assert {record["source"] for record in records} == {"Debian game-data"}
    with Image.open(out / records[0]["file"]) as sand:
        assert sand.size == (more.MAX_SIDE_PX, more.MAX_SIDE_PX // 2)
    with Image.open(out / records[1]["file"]) as ice:
        assert ice.getpixel((5, 5)) == (200, 220, 250)


def test_a_listed_picture_that_is_not_there_is_an_error(more: ModuleType, tmp_path: Path):
    (tmp_path / "game-data").mkdir()
    with zipfile.ZipFile(tmp_path / "game-data" / "pak0.pk3", "w") as archive:
        archive.writestr("textures/ice.png", png_of((0, 0, 0), (8, 8)))
    for file, error in (("sand.png", FileNotFoundError), ("pak0.pk3/sand.png", KeyError)):
        with pytest.raises(error):
            more.gather({"game-data": {"sand": [file]}}, tmp_path, tmp_path / "out")


def test_the_list_names_surfaces_and_no_file_twice(more: ModuleType):
    listed = json.loads((TRAINING / "more_pictures.json").read_text())
    known = {surface.value for surface in SURFACES}
    for package, classes in listed.items():
        assert set(classes) <= known, package
        files = [file for files in classes.values() for file in files]
        assert len(files) == len(set(files)), package


@pytest.mark.skipif(
    shutil.which("dpkg-deb") is None, reason="packages can only be unpacked on Debian"
)
def test_a_package_is_fetched_and_unpacked(
    more: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = tmp_path / "made"
    (made / "DEBIAN").mkdir(parents=True)
    (made / "DEBIAN" / "control").write_text(
        "Package: game-data\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\n"
        "Description: textures\n"
    )
    (made / "sand.png").write_bytes(png_of((1, 2, 3), (8, 8)))
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f'#!/bin/sh\n[ "$1 $2" = "download game-data" ] && dpkg-deb -b {made} . \n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(apt.parent), prepend=":")
    more.download(["game-data"], tmp_path / "unpacked")
    assert (tmp_path / "unpacked" / "game-data" / "sand.png").is_file()


def pictures_of(fit: ModuleType, rows, label, source):
    """Pictures with one view each."""
    return fit.Pictures(
        np.asarray(rows, np.float32)[:, None, :],
        np.asarray(label, np.int64),
        np.asarray(source),
        np.zeros(len(label), bool),
    )


def clouds(rng: np.random.Generator, centres, count: int, scatter: float = 0.3):
    """Rows around each centre, and which centre each is of."""
    label = np.repeat(np.arange(len(centres)), count)
    rows = np.asarray(centres, np.float32)[label]
    return rows + rng.normal(0, scatter, rows.shape).astype(np.float32), label


def test_a_direction_that_differs_by_source_is_leant_on_little(fit: ModuleType):
    rng = np.random.default_rng(3)
    # What tells 0 from 1 in both sources is the first number; the second tells them in each, but not across sources.
    one, label = clouds(rng, [[-1, -4, 0, 0, 0, 0], [1, 4, 0, 0, 0, 0]], 30)
    two, _ = clouds(rng, [[-1, 4, 0, 0, 0, 0], [1, -4, 0, 0, 0, 0]], 30)
    pictures = pictures_of(
        fit, np.concatenate([one, two]), np.tile(label, 2), np.repeat(["one", "two"], 60)
    )
    head = fit.fit(pictures)
    difference = (head.weights[:, 1] - head.weights[:, 0]) / head.scale
    assert abs(difference[1]) < 0.25 * abs(difference[0])


def test_one_picture_of_a_class_with_two_views_is_learnt_and_an_unseen_class_is_never_said(
    fit: ModuleType,
):
    rng = np.random.default_rng(4)
    rows, label = clouds(rng, np.eye(3, SIZE) * 4, 20)
    views = np.stack([rows, rows + 0.05], axis=1)
    only = np.full((1, 2, SIZE), 3.0, np.float32) + rng.normal(0, 0.05, (1, 2, SIZE))
    pictures = fit.Pictures(
        np.concatenate([views, only]).astype(np.float32),
        np.append(label, 7),
        np.array(["one"] * 61),
        np.zeros(61, bool),
    )
    scores = fit.fit(pictures).scores(pictures.rows[:, 0])[:, 0]
    assert scores[-1].argmax() == 7
    assert (scores.argmax(axis=1)[:-1] == label).mean() > 0.9
    assert set(np.unique(scores.argmax(axis=1))) <= {0, 1, 2, 7}


def test_further_pictures_train_and_are_not_judged(fit: ModuleType):
    rng = np.random.default_rng(5)
    rows, label = clouds(rng, np.eye(2, SIZE) * 4, 25)
    source = np.where(label == 0, "one", "two")  # each source holds one class alone
    pictures = pictures_of(fit, rows, label, source)
    more_rows, more_label = clouds(rng, np.eye(2, SIZE) * 4, 25)
    further = pictures_of(fit, more_rows, more_label, np.array(["three"] * 50))
    alone = fit.held_out_scores(pictures, views=(0,))[:, 0, 0].argmax(axis=1)
    helped = fit.held_out_scores(pictures, further, (0,))
    assert helped.shape == (50, 1, 2, len(SURFACES))
    assert (alone == label).mean() == 0.0  # nobody else shows the class
    assert (helped[:, 0, 0].argmax(axis=1) == label).mean() > 0.9


def test_copies_of_judged_pictures_are_left_out_of_the_further_ones(fit: ModuleType):
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(20, SIZE)).astype(np.float32)
    judged = pictures_of(fit, rows, np.arange(20) % 2, np.array(["one"] * 20))
    copy, same_look = rows[:1], rows[1:2]
    further = pictures_of(
        fit,
        np.concatenate([copy, same_look, rng.normal(size=(1, SIZE))]),
        [0, 0, 1],  # the second looks like a picture of another class
        np.array(["two"] * 3),
    )
    assert further.without_copies_of(judged).label.tolist() == [0, 1]


def test_several_files_of_further_pictures_are_added_without_copies_of_judged_ones(
    fit: ModuleType, tmp_path: Path
):
    rows = np.random.default_rng(7).normal(size=(20, SIZE)).astype(np.float32)
    judged = pictures_of(fit, rows[:12], np.zeros(12), ["one"] * 12)
    for name, part in {"gathered": rows[10:14], "drawn": rows[14:]}.items():
        np.savez(
            tmp_path / f"{name}.npz",
            rows=part[:, None],
            label=np.array([SURFACES[0].value] * len(part)),
            source=np.array([name] * len(part)),
            is_photo=np.zeros(len(part), bool),
        )
    further = fit.added([tmp_path / "gathered.npz", tmp_path / "drawn.npz"], judged)
    assert further.source.tolist() == ["gathered"] * 2 + ["drawn"] * 6
    assert fit.added([], judged) is None


def test_small_sources_are_held_out_together(fit: ModuleType):
    source = np.array(["large"] * fit.SMALL_SOURCE + ["small", "smaller"])
    folds = fit.fold_of(source)
    assert folds[0] == "large"
    assert folds[-1] == folds[-2] == "small sources"


def test_a_threshold_is_the_least_that_keeps_the_precision(fit: ModuleType):
    confidence = np.linspace(1, 0, 101)
    correct = np.arange(101) < 60  # right while surer than 0.41
    found = fit.threshold_for(confidence, correct, 0.75)
    named = confidence >= found
    assert correct[named].mean() >= 0.75
    assert correct[confidence >= found - 0.011].mean() < 0.75
    assert fit.threshold_for(confidence, np.zeros(101, bool)) > 1


def test_the_finished_head_is_as_sure_as_it_is_right(fit: ModuleType):
    rng = np.random.default_rng(8)
    rows, label = clouds(rng, np.eye(3, SIZE) * 2, 200, scatter=1.5)
    pictures = pictures_of(fit, rows, label, np.array(["one", "two"])[rng.integers(0, 2, 600)])
    scores = fit.held_out_scores(pictures, views=(0,))
    temperatures = fit.temperatures_of(scores, label)
    for part in range(2):  # the linear map and the networks, each for itself
        chances = fit.mixed(scores[:, 0, part : part + 1], (temperatures[part], 1.0), fit.LOG_PRIOR)
        right = (chances.argmax(axis=1) == label).mean()
        assert chances.max(axis=1).mean() == pytest.approx(right, abs=1e-6)
    plain = fit.fit(pictures)
    head = fit.finished(plain, temperatures)
    np.testing.assert_allclose(
        np.exp(head.log_probabilities(pictures.rows[:, 0])),
        fit.probabilities_of(plain.scores(pictures.rows[:, 0]), temperatures),
        atol=1e-3,
    )


def test_networks_learn_what_no_linear_map_can_and_do_so_again(networks: ModuleType):
    rng = np.random.default_rng(9)
    inputs = rng.uniform(-2, 2, (4000, 2)).astype(np.float32)
    label = (inputs[:, 0] * inputs[:, 1] > 0).astype(np.int64)  # exclusive or
    trained = networks.train(inputs, label, np.ones(len(label)))
    clear = np.abs(inputs).min(axis=1) > 0.5
    right = trained.scores(inputs).argmax(axis=1) == label
    assert right[clear].mean() > 0.95
    few = [networks.train(inputs[:300], label[:300], np.ones(300)) for _ in range(2)]
    np.testing.assert_array_equal(few[0].hidden_weights, few[1].hidden_weights)


def test_rows_of_weight_zero_are_not_learnt(networks: ModuleType):
    rng = np.random.default_rng(10)
    rows, label = clouds(rng, np.eye(2, SIZE) * 3, 700)
    wrong = np.concatenate([label, 1 - label])
    weight = np.repeat([1.0, 0.0], len(label))
    trained = networks.train(np.concatenate([rows, rows]), wrong, weight)
    assert (trained.scores(rows).argmax(axis=1) == label).mean() > 0.95


def test_every_class_counts_the_same_whatever_its_pictures_and_views(fit: ModuleType):
    rows = np.zeros((7, 2, SIZE), np.float32)
    rows[0, 1] = np.nan  # one view only
    label = np.array([0, 1, 1, 1, 1, 2, 2])
    source = np.array(["one", "one", "one", "one", "two", "one", "one"])
    pictures = fit.Pictures(rows, label, source, np.zeros(7, bool))
    counted = fit._weights_of(pictures) * pictures.seen.sum(axis=1)
    assert np.bincount(label, weights=counted) == pytest.approx([1, 1, 1])
    assert (
        counted[1] < counted[4]
    )  # one of three of a source counts less than the only one of another


def test_the_group_s_threshold_holds_where_no_surface_is_named(judge: ModuleType):
    # Surely right, and among the unsure only the surer half has the group right.
    sure = np.full((200, 16), 0.1 / 15)
    sure[:, 0] = 0.9
    unsure = np.full((200, 16), 0.01)
    unsure[:, :6] = np.linspace(0.14, 0.10, 200)[:, None]
    unsure[:, 6:] = (1 - unsure[:, :6].sum(axis=1, keepdims=True)) / 10
    chances = np.concatenate([sure, unsure])[:, None]
    soft = SURFACES.index(Surface.GRASS)
    labels = np.repeat([0, 1, soft], [200, 100, 100])
    surface_at, group_at = judge.thresholds(labels, chances)
    named = chances[:, 0].max(axis=1) >= surface_at
    grouped = ~named & (judge.groups_of(chances[:, 0]).max(axis=1) >= group_at)
    _, right = judge._right(labels, chances[:, 0])
    assert 200 <= named.sum() < 240  # all that is sure, and unsure ones while 0.85 are right
    assert (
        60 <= grouped.sum() < 100
    )  # the surer half of the rest; judged with the sure ones it would be all
    assert right[grouped].mean() >= 0.9


def test_parts_of_a_picture_are_the_whole_the_middle_and_the_foot():
    picture = Image.new("RGB", (200, 100), (0, 0, 255))
    picture.paste((255, 0, 0), (0, 90, 200, 100))  # what lies at the lower edge
    whole, middle, foot = (np.asarray(view, np.float64) for view in part_views(picture))
    assert whole.shape == middle.shape == foot.shape == (224, 224, 3)
    assert whole[-5, :, 0].mean() > 200
    assert middle[:, :, 0].max() == 0
    assert (foot[:, :, 0] > 127).mean() == pytest.approx(10 / 60, abs=0.02)


def test_a_floor_is_seen_at_a_slant_and_shows_its_colour(floor_view: ModuleType):
    # Boards along one side only: in most views lines run towards the horizon or across.
    board = np.zeros((128, 128, 3), np.uint8)
    board[..., 1] = 140
    board[::16] = 10
    picture = Image.fromarray(board)
    shown = [floor_view.floor_view(picture, np.random.default_rng(n)) for n in range(24)]
    again = floor_view.floor_view(picture, np.random.default_rng(3))
    np.testing.assert_array_equal(again, shown[3])
    for view in shown:
        assert view.shape == (224, 224, 3)
        colour = view.reshape(-1, 3).astype(float).mean(axis=0)
        assert colour[1] > colour[0]
        assert colour[1] > colour[2]
    assert len({view.tobytes() for view in shown}) == 24


def test_a_floor_far_away_is_drawn_finer_than_the_same_floor_near(
    floor_view: ModuleType, rng: np.random.Generator
):
    board = np.full((512, 512, 3), 200, np.float32)
    board[:, ::64] = 0  # joints, some 20 cm apart

    def joints(distance_m: float) -> int:
        focal = 800.0
        camera = floor_view.Camera(1.6, 0.0, focal, (200, 60), (0.0, 1.6 / distance_m * focal))
        seen = floor_view._seen(board, camera, np.random.default_rng(2))
        row = seen[30, :, 0] < seen[30, :, 0].mean() - 0.5 * seen[30, :, 0].std()
        return int((np.diff(row.astype(int)) == 1).sum())

    assert joints(8.0) > 1.4 * joints(4.0)


def test_a_picture_is_judged_as_the_service_looks_at_it(fit: ModuleType):
    rng = np.random.default_rng(11)
    scores = rng.normal(size=(4, len(fit.ALL_JUDGED), 2, len(SURFACES)))
    scores[:, 1:3] = np.nan  # drawn views have no say in it
    temperatures = (1.3, 0.9)
    pooled = fit.pooled_looks(scores, temperatures, 0.8)
    two = [np.log(fit.probabilities_of(scores[:, place], temperatures)) for place in (3, 4)]
    for number in range(4):
        votes = pool_votes(np.stack([look[number] for look in two])) ** (1 / 0.8)
        np.testing.assert_allclose(pooled[number], votes / votes.sum(), rtol=1e-6)


def test_pooled_looks_are_as_sure_as_they_are_right(fit: ModuleType):
    rng = np.random.default_rng(12)
    label = rng.integers(0, len(SURFACES), 300)
    scores = rng.normal(size=(300, len(fit.ALL_JUDGED), 2, len(SURFACES)))
    scores[np.arange(300), :, :, label] += 2.0
    temperature = fit.picture_temperature_of(scores, (1.0, 1.0), label)
    found = fit.pooled_looks(scores, (1.0, 1.0), temperature)
    right = found.argmax(axis=1) == label
    assert 0.3 < right.mean() < 0.99
    assert abs(found.max(axis=1).mean() - right.mean()) < 0.005
