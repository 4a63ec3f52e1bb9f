"""Checked values of a request: words of closed lists and spans of time, with what is wrong noted by field."""

from __future__ import annotations

import enum
from typing import TypeVar

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.duration_pb2 import Duration

from foley_common.rpc.convert import duration_from_proto, duration_to_proto, enum_from_proto
from foley_common.rpc.validate import Violations

_Word = TypeVar("_Word", bound=enum.StrEnum)


def checked_word(  # noqa: PLR0917 - a row of one table
    number: int,
    prefix: str,
    numbers: type,
    words: type[_Word],
    where: str,
    found: Violations,
) -> _Word | None:
    """The number of ``PREFIX_WORD`` to a word of ours; 0 to None, and anything else is a violation."""
    word = enum_from_proto(number, prefix, numbers, words)
    if number and word is None:
        descriptor: EnumDescriptor = numbers.DESCRIPTOR  # type: ignore[attr-defined]
        known = ", ".join(
            value.name
            for value in descriptor.values
            if enum_from_proto(value.number, prefix, numbers, words) is not None
        )
        name = (
            descriptor.values_by_number[number].name
            if number in descriptor.values_by_number
            else number
        )
        found.require(False, where, f"{name} cannot be asked for; it must be one of {known}")
    return word


def checked_seconds(
    value: Duration, lowest_s: float, highest_s: float, where: str, found: Violations
) -> float:
    """A Duration to seconds within bounds; one that is absent is 0."""
    seconds = duration_from_proto(value)
    found.require(
        lowest_s <= seconds <= highest_s,
        where,
        f"must be from {lowest_s:g} s to {highest_s:g} s, is {seconds:g} s",
    )
    return seconds


def seconds_to_proto(seconds: float | None) -> Duration | None:
    """Seconds to a Duration; None leaves the field out."""
    return None if seconds is None else duration_to_proto(seconds)
