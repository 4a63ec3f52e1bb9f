"""What the page says of itself agrees with what the gateway takes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from foley.common.v1 import footstep_pb2, surface_pb2
from foley.gateway.v1 import render_pb2
from foley_gateway.domain.plan import FOOTSTEPS_ONLY_STAGES, FULL_STAGES
from foley_gateway.domain.types import RenderStage
from foley_gateway.rpc.options import (
    MAX_PEOPLE_COUNT,
    MAX_PERSON_CONFIDENCE,
    MAX_QUERY_LENGTH,
    MAX_URL_LENGTH,
    MIN_PERSON_CONFIDENCE,
)
from foley_gateway.rpc.style import (
    MAX_DUCK_DEPTH_DB,
    MAX_DUCK_TIME_S,
    MAX_HANDLES_S,
    MAX_NUDGE_S,
    MAX_SESSION_OFFSET_S,
)

PAGE = Path(__file__).parents[3] / "services" / "gateway" / "page"
SCRIPTS = sorted(PAGE.glob("*.js"))
OPTIONS = render_pb2.RenderOptions.DESCRIPTOR
OWN_PARTS = {"overrides", "step_edits", "style.sample_packs"}
"""Options that are more than a control: `corrections.js`, `edits.js` and `packs.js` have them."""
KINDS = {
    FieldDescriptor.CPPTYPE_INT32: {"integer"},
    FieldDescriptor.CPPTYPE_INT64: {"integer"},
    FieldDescriptor.CPPTYPE_FLOAT: {"number"},
    FieldDescriptor.CPPTYPE_STRING: {None},
    FieldDescriptor.CPPTYPE_ENUM: {None},
    FieldDescriptor.CPPTYPE_BOOL: {None},
    FieldDescriptor.CPPTYPE_MESSAGE: {"milliseconds", "seconds"},
}


@dataclass
class Control:
    """One element that somebody sets something with."""

    tag: str
    attributes: dict[str, str | None]
    values: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.controls: list[Control] = []
        self.ids: list[str] = []
        self.labelled: set[str | None] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.attributes |= attributes.keys()
        if attributes.get("id"):
            self.ids.append(attributes["id"] or "")
        if tag == "label":
            self.labelled.add(attributes.get("for"))
        if tag in ("select", "input"):
            self.controls.append(Control(tag, attributes))
        if tag == "option":
            self.controls[-1].values.append(attributes.get("value") or "")


@pytest.fixture(scope="module")
def page() -> _Reader:
    reader = _Reader()
    reader.feed((PAGE / "index.html").read_text("utf-8"))
    return reader


@pytest.fixture(scope="module")
def settable(page: _Reader) -> dict[str, list[Control]]:
    """Controls by the place in the options that they set."""
    found: dict[str, list[Control]] = {}
    for control in page.controls:
        if path := control.attributes.get("data-path"):
            found.setdefault(path, []).append(control)
    return found


def leaves(message: Any, before: str = "") -> dict[str, FieldDescriptor]:
    """Every value of a message by its path; durations are values."""
    found: dict[str, FieldDescriptor] = {}
    for one in message.fields:
        path = before + one.name
        inner = one.message_type
        if path in OWN_PARTS or inner is None or inner.full_name == "google.protobuf.Duration":
            found[path] = one
        else:
            found |= leaves(inner, f"{path}.")
    return found


def said_values(enum: EnumDescriptor) -> set[str]:
    return {v.name for v in enum.values if not v.name.endswith(("_UNSPECIFIED", "_UNKNOWN"))}


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "avi", "mxf", "mts", "m2ts"])
def test_the_file_chooser_offers_what_is_taken(ending: str) -> None:
    """Browsers count no MXF among ``video/*``."""
    found = re.search(r'id="file" accept="([^"]+)"', (PAGE / "index.html").read_text("utf-8"))
    assert found is not None
    assert f".{ending}" in found[1].split(",")


def test_every_option_of_a_render_can_be_set(settable: dict[str, list[Control]]) -> None:
    assert settable.keys() == leaves(OPTIONS).keys() - OWN_PARTS


def test_every_word_of_a_closed_list_is_offered(settable: dict[str, list[Control]]) -> None:
    for path, option in leaves(OPTIONS).items():
        if option.enum_type is None:
            continue
        controls = settable[path]
        offered = {value for c in controls for value in c.values or [c.attributes["value"]]}
        assert offered - {f"{path_prefix(option)}UNSPECIFIED"} == said_values(option.enum_type), (
            path
        )


def path_prefix(option: FieldDescriptor) -> str:
    assert option.enum_type is not None
    return option.enum_type.values[0].name.removesuffix("UNSPECIFIED")


def test_values_are_sent_in_their_unit(settable: dict[str, list[Control]]) -> None:
    for path, option in leaves(OPTIONS).items():
        for control in settable.get(path, []):
            assert control.attributes.get("data-kind") in KINDS[option.cpp_type], path
            is_check = control.attributes.get("type") == "checkbox"
            assert is_check == (
                option.cpp_type == FieldDescriptor.CPPTYPE_BOOL or option.is_repeated
            )


@pytest.mark.parametrize(
    ("path", "attribute", "limit"),
    [
        ("poses.max_people_count", "max", MAX_PEOPLE_COUNT),
        ("poses.min_person_confidence", "min", MIN_PERSON_CONFIDENCE),
        ("poses.min_person_confidence", "max", MAX_PERSON_CONFIDENCE),
        ("style.nudge", "max", 1000 * MAX_NUDGE_S),
        ("style.nudge", "min", -1000 * MAX_NUDGE_S),
        ("style.ducking.depth_db", "max", MAX_DUCK_DEPTH_DB),
        ("style.ducking.attack", "max", 1000 * MAX_DUCK_TIME_S),
        ("style.ducking.hold", "max", 1000 * MAX_DUCK_TIME_S),
        ("style.ducking.release", "max", 1000 * MAX_DUCK_TIME_S),
        ("session.offset", "max", MAX_SESSION_OFFSET_S),
        ("session.offset", "min", -MAX_SESSION_OFFSET_S),
        ("session.handles", "max", MAX_HANDLES_S),
        ("sound_search.query", "maxlength", MAX_QUERY_LENGTH),
        ("sound_search.url", "maxlength", MAX_URL_LENGTH),
    ],
)
def test_limits_are_those_of_the_gateway(
    settable: dict[str, list[Control]], path: str, attribute: str, limit: float
) -> None:
    assert float(settable[path][0].attributes[attribute] or "nan") == limit


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("surfaces", surface_pb2.Surface),
        ("footwear", surface_pb2.Footwear),
        ("gaits", footstep_pb2.GaitKind),
    ],
)
def test_grounds_shoes_and_gaits_are_those_of_the_contract(name: str, enum: object) -> None:
    found = re.search(rf"{name}: \[([^\]]+)\]", (PAGE / "words.js").read_text("utf-8"))
    assert found is not None
    prefix = {"surfaces": "SURFACE_", "footwear": "FOOTWEAR_", "gaits": "GAIT_KIND_"}[name]
    descriptor: EnumDescriptor = enum.DESCRIPTOR  # type: ignore[attr-defined]
    assert {f"{prefix}{word.upper()}" for word in re.findall(r'"(\w+)"', found[1])} == said_values(
        descriptor
    )


def test_stages_are_those_that_the_gateway_runs() -> None:
    text = (PAGE / "progress.js").read_text("utf-8")

    def said(pattern: str) -> list[str]:
        found = re.search(pattern, text, re.DOTALL)
        assert found is not None
        return re.findall(r"RENDER_STAGE_(\w+)", found[1])

    def names(stages: tuple[RenderStage, ...]) -> list[str]:
        return [stage.name for stage in stages]

    assert said(r"const STAGES = \{(.+?)\}") == names(FULL_STAGES)
    assert said(r"const OF_STEPS_ONLY = \[(.+?)\]") == names(FOOTSTEPS_ONLY_STAGES)


def test_every_control_is_named_and_explained(page: _Reader) -> None:
    assert len(page.ids) == len(set(page.ids))
    for control in page.controls:
        name = control.attributes.get("id")
        if name is None:  # inside its label
            assert control.attributes.get("type") == "checkbox"
            continue
        assert name in page.labelled, name
        hint = control.attributes.get("aria-describedby")
        assert hint is None or hint in page.ids, name
        assert hint is not None or "data-path" not in control.attributes, name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_find_what_they_name_and_write_no_markup(script: Path, page: _Reader) -> None:
    text = script.read_text("utf-8")
    for module in re.findall(r'from "\./([^"]+)"', text):
        assert (PAGE / module).exists(), module
    for name in re.findall(r'\$\("([^"]+)"\)', text):
        assert name in page.ids, name
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://"
    )
    assert not re.search(forbidden, text)


def test_the_page_needs_nothing_that_its_policy_forbids(page: _Reader) -> None:
    """No inline style and no inline handler: the Content-Security-Policy stops both."""
    assert "style" not in page.attributes
    assert not {name for name in page.attributes if name.startswith("on")}
