"""Keys, digests, derived names."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_common.objects import MAX_KEY_LENGTH, derived_key_part, is_sha256, key_problem, sha256_of


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "clips/c-19/source",
        "clips/c-19/renders/r-7f3a/mix.wav",
        "A_b/1.2-3",
        "_x",
        "a" * MAX_KEY_LENGTH,
    ],
)
def test_legal_keys(key):
    assert key_problem(key) is None


@pytest.mark.parametrize(
    "key",
    [
        *(
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/./b",
            ".a",
            "a/.b",
            "-a",
            "a b",
            "ä",
            "a\\b",
        ),
        *("a\nb", "a\n", "a" * (MAX_KEY_LENGTH + 1), "a\0", "a@b", "~"),
    ],
)
def test_illegal_keys(key):
    assert key_problem(key)


@given(st.text(max_size=40))
def test_no_legal_key_climbs(key):
    if key_problem(key) is None:
        segments = key.split("/")
        assert all(segment and segment not in (".", "..") for segment in segments)
        assert "\0" not in key
        assert key == key.strip()


def test_digests(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 1_000_000)
    assert sha256_of(path) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    assert is_sha256(sha256_of(path))
    assert not is_sha256("A" * 64)
    assert not is_sha256("a" * 63)
    assert not is_sha256("a" * 64 + "\n")


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_derived_names_are_equal_only_for_equal_inputs(one, two):
    assert (derived_key_part(*one) == derived_key_part(*two)) == (one == two)
    assert key_problem(derived_key_part(*one)) is None
