from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_common.errors import VisionModelUnavailable
from foley_common.surfaces import Footwear, Place, Surface
from foley_surface_agent.llm.prompt import PROMPT_VERSION, reply_schema
from foley_surface_agent.llm.reply import MAX_REPLY_CHARACTERS, parse_reply
from support.vision_server import GRASS


def reply_of(**changes: object) -> str:
    return json.dumps({**GRASS, **changes})


def test_a_proper_answer_is_read_whole():
    reply = parse_reply(reply_of(), model="m")
    assert reply.surface is Surface.GRASS
    assert reply.confidence == 0.93
    assert reply.place is Place.OUTDOOR
    assert reply.footwear is Footwear.BOOT
    assert reply.sound_suggestions == tuple(GRASS["sound_suggestions"])
    assert (reply.model, reply.prompt_version) == ("m", PROMPT_VERSION)


@pytest.mark.parametrize(
    "text",
    [
        "```json\n" + reply_of() + "\n```",
        "Sure! Here {is} the answer: " + reply_of() + " Anything else?",
        '{"thought": 1} ' + reply_of(),
        reply_of(surface=" Grass "),
        reply_of(footwear="Dress Shoe"),
    ],
)
def test_prose_fences_and_capitals_are_forgiven(text: str):
    assert parse_reply(text, model="m").surface is Surface.GRASS


@pytest.mark.parametrize("word", ["surface", "footwear", "place"])
def test_unknown_is_an_answer(word: str):
    assert getattr(parse_reply(reply_of(**{word: "unknown"}), model="m"), word) is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"surface": "lava"}, "surface outside the list"),
        ({"surface": None}, "names no surface"),
        ({"surface": ["grass"]}, "names no surface"),
        ({"footwear": "clogs"}, "footwear outside the list"),
        ({"place": "mars"}, "place outside the list"),
        ({"confidence": 1.2}, "confidence outside 0 to 1"),
        ({"confidence": True}, "no number confidence"),
        ({"confidence": "high"}, "no number confidence"),
        ({"confidence": float("nan")}, "confidence outside 0 to 1"),
        ({"wet": "yes"}, "true or false for wet"),
        ({"description": 3}, "no text description"),
        ({"sound_suggestions": "crunch"}, "no list sound_suggestions"),
    ],
)
def test_what_is_outside_the_contract_is_refused(changes: dict[str, object], problem: str):
    with pytest.raises(VisionModelUnavailable, match=problem):
        parse_reply(reply_of(**changes), model="m")


@pytest.mark.parametrize("key", sorted(GRASS))
def test_every_key_is_needed(key: str):
    short = {name: value for name, value in GRASS.items() if name != key}
    with pytest.raises(VisionModelUnavailable):
        parse_reply(json.dumps(short), model="m")


@pytest.mark.parametrize("text", ["", "I cannot see images.", "{", "[1, 2]", "{" * 3000])
def test_no_object_is_refused(text: str):
    with pytest.raises(VisionModelUnavailable, match="no JSON object"):
        parse_reply(text, model="m")


def test_an_endless_answer_is_refused():
    with pytest.raises(VisionModelUnavailable, match="longer than"):
        parse_reply("x" * (MAX_REPLY_CHARACTERS + 1), model="m")


def test_texts_are_cut_and_cleaned():
    reply = parse_reply(
        reply_of(
            description="a\u202eb\x00c\n" + "d" * 900,
            sound_suggestions=["x" * 200, 3, " ", *"abcdefg"],
        ),
        model="m",
    )
    assert reply.description.startswith("a b c d")
    assert len(reply.description) == 500
    assert len(reply.sound_suggestions) == 5
    assert len(reply.sound_suggestions[0]) == 80


@given(st.text(max_size=200))
def test_any_text_is_an_answer_or_refused(text: str):
    try:
        reply = parse_reply(text, model="m")
    except VisionModelUnavailable:
        return
    assert reply.surface is None or reply.surface in Surface


def test_the_schema_closes_the_lists():
    schema = reply_schema()
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(GRASS)
    assert set(schema["properties"]["surface"]["enum"]) == {*(s.value for s in Surface), "unknown"}
    assert set(schema["properties"]["footwear"]["enum"]) == {
        *(f.value for f in Footwear),
        "unknown",
    }
