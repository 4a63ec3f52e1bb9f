from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_common.surfaces import Surface
from foley_surface_agent.domain.sounds import fit, surface_in, tidy, words_of


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("footsteps on gravel", "Gravel Footsteps 01.wav", "gravel truck"),
        ("boots on gravel", "gravel_boots_walk", "pebbles in sneakers"),
        ("high heels on marble floor", "marble heels", "tile_sneaker"),
        ("walking on dry leaves", "dry leaves, steps", "autumn foliage"),
        ("creaky stairs", "creaky old stairs", "stairs"),
    ],
)
def test_better_names_fit_better(query: str, better: str, worse: str):
    wanted = words_of(query)
    assert fit(wanted, words_of(better)) > fit(wanted, words_of(worse)) > 0


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("footsteps on gravel", "footsteps on wood"),
        ("footsteps on gravel", "footsteps"),
        ("creaky stairs", "footsteps on snow"),
        ("footsteps", "rain on a roof"),
        ("", "footsteps"),
    ],
)
def test_another_thing_does_not_fit(query: str, name: str):
    assert fit(words_of(query), words_of(name)) == 0.0


def test_a_search_for_footsteps_alone_takes_any():
    assert fit(words_of("footstep sounds"), words_of("footsteps in a hall")) > 0


@pytest.mark.parametrize("surface", list(Surface))
def test_every_ground_is_known_by_its_own_word(surface: Surface):
    assert surface_in(words_of(f"footsteps on {surface.value}")) is surface


def test_two_grounds_are_none():
    assert surface_in(words_of("from grass to gravel")) is None


def test_strangers_words_are_one_clean_line():
    assert tidy("a\x1b[31m\nb\u202ec\x00") == "a [31m b c"
    assert tidy("a\u200fb\u061cc") == "a b c"
    assert len(tidy("x" * 9000)) == 500
    assert tidy(None) == tidy(3) == ""


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_fit_is_a_share(query: str, name: str):
    assert 0.0 <= fit(words_of(query), words_of(name)) <= 1.0
