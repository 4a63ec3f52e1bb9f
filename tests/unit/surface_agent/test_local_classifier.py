from __future__ import annotations

import io
import time
from importlib import resources

import numpy as np
import pytest

from foley_surface_agent.domain.features import PATCH_PX
from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.local.classifier import LocalClassifier
from foley_surface_agent.local.head import Head, HeadFacts
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
    assert 1 / 16 < classifier.thresholds.surface <= 1.01
    assert 1 / 4 < classifier.thresholds.group <= 1.01


def test_what_is_shipped_is_small():
    folder = resources.files("foley_surface_agent.local")
    assert len((folder / "head.npz").read_bytes()) <= MAX_WEIGHT_BYTES


def test_a_patch_takes_its_time_and_no_more(classifier: LocalClassifier, rng: np.random.Generator):
    one = patches(rng, 1)
    spent = []
    for _ in range(15):
        begun = time.thread_time()  # this thread's own time: other programs do not count
        classifier.log_probabilities(one)
        spent.append(1000 * (time.thread_time() - begun))
    assert np.median(spent) <= MAX_PATCH_MS


def test_a_head_survives_its_file(rng: np.random.Generator):
    head = Head(
        rng.normal(size=5).astype(np.float32),
        np.ones(5, np.float32),
        rng.normal(size=(5, 16)).astype(np.float32),
        np.zeros(16, np.float32),
        2.5,
    )
    again, facts = Head.from_bytes(head.to_bytes(HeadFacts(1, 0.6, 0.7)))
    rows = rng.normal(size=(4, 5)).astype(np.float32)
    np.testing.assert_array_equal(again.log_probabilities(rows), head.log_probabilities(rows))
    assert facts == HeadFacts(1, 0.6, 0.7)


def test_another_schema_is_refused():
    buffer = io.BytesIO()
    np.savez(buffer, schema_version=np.int64(99))
    with pytest.raises(ValueError, match="schema 99"):
        Head.from_bytes(buffer.getvalue())
