"""Collects everything that is wrong with a request, so that the caller hears it all at once."""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from foley.common.v1 import media_pb2
from foley_common.errors import FieldViolation, InvalidField
from foley_common.objects import is_sha256, key_problem


class Violations:
    """The violations of one request.

    >>> violations = Violations()
    >>> violations.require(False, "options.seed", "must be from 0 to 2147483647, is -1")
    False
    >>> violations.raise_if_any()
    Traceback (most recent call last):
    foley_common.errors.InvalidField: options.seed: must be from 0 to 2147483647, is -1
    """

    def __init__(self) -> None:
        self._found: list[FieldViolation] = []

    def require(self, condition: bool, field: str, problem: str) -> bool:
        """Note a problem unless the condition holds; returns the condition."""
        if not condition:
            self._found.append(FieldViolation(field, problem))
        return condition

    def key(self, value: str, field: str) -> bool:
        """The text must be a legal key, or key prefix without a trailing slash."""
        problem = key_problem(value)
        return self.require(problem is None, field, problem or "")

    def object_ref(self, message: media_pb2.ObjectRef, field: str) -> bool:
        """The reference must name a bucket, a legal key, a digest and a size."""
        if not self.require(bool(message.ListFields()), field, "is required"):
            return False
        checks = (
            self.require(bool(message.bucket), f"{field}.bucket", "is required"),
            self.key(message.key, f"{field}.key"),
            self.require(
                is_sha256(message.sha256), f"{field}.sha256", "must be 64 lower-case hex digits"
            ),
            self.require(
                message.size_bytes >= 0,
                f"{field}.size_bytes",
                f"must be >= 0, is {message.size_bytes}",
            ),
        )
        return all(checks)

    def raise_if_any(self) -> None:
        """Raises InvalidField when anything was noted."""
        if self._found:
            raise InvalidField(list(self._found))
