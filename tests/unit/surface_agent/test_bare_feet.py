"""One foot: bare in every skin and light, covered by every shoe, and nothing said where colour cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_surface_agent.domain.bare_feet import (
    MIN_PERSON_PX,
    FootLook,
    FootState,
    FootView,
    look_at_foot,
)
from support.feet import NAVY, SAND, SHOES, SKINS, WOOD, Colour, Drawing

KHAKI: Colour = (120, 100, 70)
LIGHTS = {
    "day": (1.0, 1.0, 1.0),
    "shade": (0.62, 0.66, 0.72),
    "lamp": (1.0, 0.93, 0.8),
    "dusk": (0.5, 0.5, 0.52),
}


def view_of(drawing: Drawing, picture: np.ndarray | None = None) -> FootView:
    pixels = drawing.picture() if picture is None else picture
    others = np.zeros(pixels.shape[:2], np.bool_)
    return FootView(pixels, *drawing.heel_px, drawing.height_px, *drawing.box_px, others)


def look(drawing: Drawing, picture: np.ndarray | None = None) -> FootLook:
    return look_at_foot(view_of(drawing, picture))


@pytest.mark.parametrize("skin", SKINS.values(), ids=SKINS)
def test_bare_feet_of_every_skin_are_told(skin: Colour):
    assert look(Drawing(skin)).state is FootState.BARE


@pytest.mark.parametrize("light", ["shade", "dusk"])
@pytest.mark.parametrize("skin", ["light", "olive", "brown"])
def test_the_strength_of_the_light_does_not_matter(skin: str, light: str):
    assert look(Drawing(SKINS[skin], light=LIGHTS[light])).state is FootState.BARE


@pytest.mark.parametrize(("skin", "light"), [("dark", "dusk"), ("pale", "shade")])
def test_skin_that_shows_no_colour_in_this_light_is_not_called_covered(skin: str, light: str):
    assert look(Drawing(SKINS[skin], light=LIGHTS[light])).state is FootState.PLAIN


@pytest.mark.parametrize("skin", SKINS.values(), ids=SKINS)
def test_a_lamp_that_colours_the_ground_as_skin_leaves_nothing_to_tell(skin: Colour):
    assert look(Drawing(skin, light=LIGHTS["lamp"])).state is FootState.SKIN_GROUND


@pytest.mark.parametrize("skin", SKINS.values(), ids=SKINS)
def test_bare_feet_below_trousers_are_told_by_head_and_hands(skin: Colour):
    assert look(Drawing(skin, legs=NAVY)).state is FootState.BARE


@pytest.mark.parametrize("facing", [1, -1])
def test_the_direction_does_not_matter(facing: int):
    assert look(Drawing(facing=facing)).state is FootState.BARE


@pytest.mark.parametrize("light", ["day", "dusk"])
@pytest.mark.parametrize("shoe", SHOES.values(), ids=SHOES)
@pytest.mark.parametrize("skin", SKINS.values(), ids=SKINS)
def test_no_shoe_passes_for_skin(skin: Colour, shoe: Colour, light: str):
    for legs in (None, NAVY, KHAKI):
        drawing = Drawing(skin, foot=shoe, light=LIGHTS[light], legs=legs, height_px=220)
        assert look(drawing).state is not FootState.BARE


@pytest.mark.parametrize("ground", [WOOD, SAND], ids=["wood", "sand"])
@pytest.mark.parametrize("foot", [None, SHOES["tan leather"]], ids=["bare", "shod"])
def test_a_ground_of_skin_colour_hides_feet(ground: Colour, foot: Colour | None):
    assert look(Drawing(ground=ground, foot=foot)).state is FootState.SKIN_GROUND


def test_small_people_are_not_judged():
    assert look(Drawing(height_px=int(MIN_PERSON_PX) - 1)).state is FootState.TOO_SMALL
    assert look(Drawing(height_px=int(MIN_PERSON_PX) + 6)).state is FootState.BARE


def test_the_dark_is_not_judged():
    assert look(Drawing(light=(0.3, 0.3, 0.3))).state is FootState.DARK


def test_a_grey_picture_is_not_judged():
    drawing = Drawing()
    grey = np.repeat(drawing.picture().mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert look(drawing, grey).state is FootState.GREY


def test_a_skin_coloured_foot_of_somebody_without_other_skin_is_not_bare():
    drawing = Drawing(SHOES["black"], foot=SKINS["light"], legs=NAVY)
    assert look(drawing).state is FootState.NO_OWN_SKIN


def test_a_wall_of_the_same_colour_leaves_nothing_to_compare_with():
    drawing = Drawing(SHOES["black"], foot=SKINS["light"], legs=NAVY, wall=SKINS["light"])
    assert look(drawing).state is FootState.UNSURE


def test_other_people_are_not_looked_at():
    view = view_of(Drawing())
    assert look_at_foot(replace(view, others=~view.others)).state is FootState.NO_GROUND


def test_a_foot_out_of_the_picture_is_not_judged():
    drawing = Drawing()
    below = replace(view_of(drawing), y_px=drawing.size_px[1] + 0.1 * drawing.height_px)
    assert not look_at_foot(below).is_told
