"""All violations of a request at once."""

from __future__ import annotations

import pytest

from foley.common.v1 import media_pb2
from foley_common.errors import InvalidField
from foley_common.rpc.validate import Violations

GOOD = {
    "bucket": "foley",
    "key": "clips/c-1/source",
    "sha256": "a" * 64,
    "size_bytes": 0,
    "media_type": "video/mp4",
}


def fields_of(violations: Violations) -> list[str]:
    with pytest.raises(InvalidField) as caught:
        violations.raise_if_any()
    return [violation.field for violation in caught.value.violations]


def test_nothing_wrong_raises_nothing():
    violations = Violations()
    assert violations.object_ref(media_pb2.ObjectRef(**GOOD), "video")
    assert violations.key("a/b", "output_prefix")
    assert violations.require(condition=True, field="x", problem="y")
    violations.raise_if_any()


def test_everything_wrong_is_told_at_once():
    violations = Violations()
    violations.object_ref(media_pb2.ObjectRef(key="../up", sha256="A" * 64, size_bytes=-1), "video")
    violations.key("", "output_key")
    violations.require(condition=False, field="options.seed", problem="must be >= 0, is -1")
    assert fields_of(violations) == [
        "video.bucket",
        "video.key",
        "video.sha256",
        "video.size_bytes",
        "output_key",
        "options.seed",
    ]


def test_an_absent_reference_is_one_problem():
    violations = Violations()
    assert not violations.object_ref(media_pb2.ObjectRef(), "video")
    assert fields_of(violations) == ["video"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("bucket", ""), ("key", "/etc/passwd"), ("sha256", "a" * 63), ("size_bytes", -5)],
)
def test_each_part_of_a_reference_is_checked(field, value):
    violations = Violations()
    assert not violations.object_ref(media_pb2.ObjectRef(**{**GOOD, field: value}), "segments[2]")
    assert fields_of(violations) == [f"segments[2].{field}"]
