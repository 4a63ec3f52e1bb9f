from __future__ import annotations

import io
import time
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from foley_common.errors import ModelCorrupt, ModelMissing
from foley_common.weights import ensure, store
from foley_surface_agent.domain.features import PATCH_PX
from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.local.classifier import BEST, FALLBACK, LocalClassifier
from foley_surface_agent.local.descriptor import MobileDescriptor
from foley_surface_agent.local.head import LINEAR_SHARE, Head, HeadFacts, Networks
from support.walks import lawn

MAX_WEIGHT_BYTES = 5_000_000
MAX_PATCH_MS = 30.0


@pytest.fixture(scope="module")
def classifier() -> LocalClassifier:
    return LocalClassifier()


def patches(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.integers(0, 256, (count, PATCH_PX, PATCH_PX, 3), dtype=np.uint8)


def test_answers_are_probabilities(classifier: LocalClassifier, rng: np.random.Generator):
    log_p = classifier.log_probabilities(patches(rng, 3))
    assert log_p.shape == (3, 16)
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1.0, rtol=1e-6)


def test_no_patches_no_answers(classifier: LocalClassifier):
    assert classifier.log_probabilities(np.zeros((0, PATCH_PX, PATCH_PX, 3), np.uint8)).shape == (
        0,
        16,
    )


def test_a_patch_gets_the_same_answer_alone_and_among_others(
    classifier: LocalClassifier, rng: np.random.Generator
):
    three = patches(rng, 3)
    np.testing.assert_allclose(
        classifier.log_probabilities(three)[1],
        classifier.log_probabilities(three[1:2])[0],
        atol=1e-3,
    )


def test_a_lawn_is_grass(classifier: LocalClassifier, rng: np.random.Generator):
    patch = np.clip(lawn(rng, (PATCH_PX, PATCH_PX)), 0, 255).astype(np.uint8)
    assert SURFACES[int(classifier.log_probabilities(patch[None]).argmax())].value == "grass"


def test_thresholds_are_shares(classifier: LocalClassifier):
    for at in (classifier.thresholds, classifier.picture_thresholds):
        assert 1 / 16 < at.surface <= 1.01
        assert 1 / 4 < at.group <= 1.01


def test_what_is_shipped_is_small():
    folder = resources.files("foley_surface_agent.local")
    sizes = [len((folder / model.head).read_bytes()) for model in (BEST, FALLBACK)]
    assert sum(sizes) <= MAX_WEIGHT_BYTES


def test_a_patch_takes_its_time_and_no_more(classifier: LocalClassifier, rng: np.random.Generator):
    one = patches(rng, 1)
    spent = []
    for _ in range(15):
        begun = time.thread_time()  # this thread's own time: other programs do not count
        classifier.log_probabilities(one)
        spent.append(1000 * (time.thread_time() - begun))
    assert np.median(spent) <= MAX_PATCH_MS


def offline(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Only what lies in a folder is at hand."""
    monkeypatch.setattr(store, "cache_folder", lambda: folder / "cache")
    monkeypatch.delenv(store.FOLDER_VARIABLE, raising=False)


def test_without_its_network_the_detectors_own_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
):
    yolo = ensure(FALLBACK.backbone)
    offline(monkeypatch, tmp_path)
    (tmp_path / FALLBACK.backbone).symlink_to(yolo)
    fallback = LocalClassifier(tmp_path, fetch_weights=False)
    assert fallback.name != LocalClassifier(yolo.parent, fetch_weights=False).name
    log_p = fallback.log_probabilities(patches(rng, 2))
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1.0, rtol=1e-6)


def test_without_any_network_the_last_one_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    offline(monkeypatch, tmp_path)
    with pytest.raises(ModelMissing, match=FALLBACK.backbone):
        LocalClassifier(tmp_path, fetch_weights=False)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path):
    path = tmp_path / "other.pth"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ModelCorrupt, match=r"other\.pth"):
        MobileDescriptor(path)


def some_networks(rng: np.random.Generator, count: int, inputs: int) -> Networks:
    """Networks that the file's half precision keeps as they are."""
    shapes = ((count, inputs, 3), (count, 3), (count, 3, 16), (count, 16))
    return Networks(
        *(rng.normal(size=shape).astype(np.float16).astype(np.float32) for shape in shapes)
    )


@pytest.mark.parametrize("count", [0, 2])
def test_a_head_survives_its_file(rng: np.random.Generator, count: int):
    head = Head(
        rng.normal(size=5).astype(np.float32),
        np.ones(5, np.float32),
        rng.normal(size=(5, 16)).astype(np.float32),
        np.zeros(16, np.float32),
        (2.5, 1.25),
        some_networks(rng, count, 5) if count else None,
    )
    again, facts = Head.from_bytes(head.to_bytes(HeadFacts(1, 0.6, 0.7, 0.8, 0.65, 0.75)))
    rows = rng.normal(size=(4, 5)).astype(np.float32)
    np.testing.assert_array_equal(again.log_probabilities(rows), head.log_probabilities(rows))
    np.testing.assert_allclose(np.exp(head.log_probabilities(rows)).sum(axis=1), 1, atol=1e-9)
    assert facts == HeadFacts(1, 0.6, 0.7, 0.8, 0.65, 0.75)


def test_the_answer_lies_between_the_linear_map_and_the_networks(rng: np.random.Generator):
    networks = some_networks(rng, 2, 5)
    linear = np.zeros((5, 16), np.float32)
    head = Head(
        np.zeros(5, np.float32), np.ones(5, np.float32), linear, linear[0], (1, 1), networks
    )
    rows = rng.normal(size=(4, 5)).astype(np.float32)
    own = np.exp(networks.scores(rows))
    own /= own.sum(axis=1, keepdims=True)
    wanted = LINEAR_SHARE / 16 + (1 - LINEAR_SHARE) * own
    np.testing.assert_allclose(np.exp(head.log_probabilities(rows)), wanted, atol=1e-6)


def test_another_schema_is_refused():
    buffer = io.BytesIO()
    np.savez(buffer, schema_version=np.int64(99))
    with pytest.raises(ValueError, match="schema 99"):
        Head.from_bytes(buffer.getvalue())
