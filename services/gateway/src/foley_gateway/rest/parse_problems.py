"""What the JSON reader of messages says about a wrong field, in words that say which, and what would be right."""

from __future__ import annotations

import re

from google.protobuf import descriptor_pool, json_format

from foley_common.errors import FieldViolation

_STEP = re.compile(r"Failed to parse ([A-Za-z_]\w*) field: ")
_NO_STEP = re.compile(r"Failed to parse .*? field: ", re.DOTALL)  # a list where an object belongs
_PYTHON = re.compile(
    r"unhashable type|expected string or bytes|\(\) argument must be|is not iterable"
)
_PLACE = re.compile(r' at "?\w+\.?([\w.\[\]]*?)"?\.*(?=$|\n)')
_ENUM = re.compile(r"Invalid enum value (.+) for enum type ([\w.]+)")
_KNOWN = re.compile(r"\s*Available Fields\(except extensions\): \"\[(.*)\]\"\.*", re.DOTALL)
_UNKNOWN = re.compile(r'Message type "[\w.]+" has no field named "(.*)"')
LONGEST_WORD = 80  # characters of a wrong word that are said back
_SAYS_NOTHING = ("_UNSPECIFIED", "_UNKNOWN")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def violation_of(error: json_format.ParseError, where: str) -> FieldViolation:
    """One violation for what could not be read.

    Args:
        error: What the reader said.
        where: The field when it names none.
    """
    said = str(error)
    steps = _STEP.findall(said)
    said = _NO_STEP.sub("", _STEP.sub("", said))
    known = _KNOWN.search(said)
    said = _KNOWN.sub("", said)
    place = _PLACE.search(said)
    field = (place.group(1) if place else "") or ".".join(steps) or where
    problem = _PLACE.sub("", said).strip().rstrip(".")
    if wrong := _ENUM.search(problem):
        problem = f"{wrong.group(1)[:LONGEST_WORD]} is none of {_words(wrong.group(2))}"
    elif unknown := _UNKNOWN.search(problem):
        problem = f"has no field {unknown.group(1)!r}"
        if known:
            names = _HUMP.sub(lambda hump: f"_{hump.group(1).lower()}", known.group(1))
            problem += f", but {names.replace(chr(39), '')}"
    elif _PYTHON.search(problem):
        problem = "has a value of another type than the field"
    return FieldViolation(field, problem)


def _words(enum_name: str) -> str:
    """Values of an enum of the contract that say something."""
    pool = descriptor_pool.Default()
    values = pool.FindEnumTypeByName(enum_name).values
    return ", ".join(value.name for value in values if not value.name.endswith(_SAYS_NOTHING))
