"""Is this foot bare? Told by colour alone, and only where colour can tell: coarse, and silent rather than wrong.

A foot is called bare when it is skin as far as colour says anything about skin, when all of it is, and when the same
colour is found on two other parts of the same person: of the head, the trunk with the arms, and the legs.
That person's own skin in this very light is the measure, not a range of tones: the fixed range that is asked as well
is the wide one of Chai and Ngan, which leather, wood and sand pass too. Ratios of the channels are compared, which
the strength of the light leaves as they are; its colour falls on the whole person.

What stands on the ground is told from it by the colours of the ground beside it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]

# Shares of a body's height: Drillis and Contini (1966), in Winter, Biomechanics and Motor Control of Human Movement.
FOOT_LENGTH = 0.152
FOOT_BREADTH = 0.055
ANKLE_HEIGHT = 0.039
HEAD_AND_NECK = 0.182
HIP_HEIGHT = 0.53
HAND_AREA = 0.108 * 0.045
"""Length times breadth, of the height squared."""

EDGE_PX = 2
"""Video carries colour at half resolution (4:2:0): so near to an edge, the colours of both sides are mixed."""

MIN_PERSON_PX = (4 + 2 * EDGE_PX) / ANKLE_HEIGHT
"""People less tall (205 px) have feet too small to tell: from the sole to the ankle, two samples of pure colour, four
pixels, have to fit between the edges."""

LANDMARK_ERROR = 0.02
"""Of the height: how far a heel is placed wrongly in most pictures (measured for MediaPipe's landmarks)."""

# Chai and Ngan, Face segmentation using skin-color map in videophone applications, IEEE Trans. CSVT 9 (1999).
SKIN_CB = (77.0, 127.0)
SKIN_CR = (133.0, 173.0)

DARK_LEVEL = 40.0  # of 255, luma: below, one level of noise moves a ratio by more than skins differ
BRIGHT_LEVEL = 250  # a channel above is clipped, and its ratios are none
NOISE_LUMA = 5.0  # levels: coding noise
NOISE_RATIO = 0.03  # of a log ratio: one level of 40, in each of two channels
WIDEST_RATIO = 1.0  # log ratios beyond count as this: paint
SKIN_SCATTER = (0.05, 0.1)
"""Least and most scatter of one person's skin in log ratios: in one light it is 0.01 to 0.02 in the share of red
(Stoerring et al., Skin colour detection under changing lighting conditions, 1999), three to five times that in
ratios."""
MAX_SHIFT = SKIN_SCATTER[
    0
]  # between the middles of a foot and of another part: no more than skin scatters
CHI2_2_99 = 9.21  # 99 % of a skin's pixels lie within so many squared scatters, in two dimensions
GROUND_SHARE = 0.95  # of the ground's pixels have the colours that count as the ground's

STEEPEST_VIEW = 0.64  # sine of 40 degrees: seen from steeper above, a foot is not below its ankle
GROUND_DEPTH = 2 * FOOT_LENGTH  # how far below the contact the ground is looked at
GROUND_WIDTH = 2 * FOOT_LENGTH  # how far beside the person's box
MIN_GROUND_AREA = FOOT_LENGTH**2  # less ground does not show all its colours; of the height squared
MIN_FOOT_AREA = FOOT_BREADTH * ANKLE_HEIGHT / 2  # half a foot from the front; of the height squared
MIN_OWN_SKIN = HAND_AREA / 2  # half a hand; of the height squared
FEWEST_PARTS = 2  # parts of the body with the foot's colour; one may be a garment
CLUTTER = 2.0  # a colour is the person's when it is so many times as frequent there as beside
ALL_SKIN = 0.75  # a foot is bare when so much of it is skin; the rest is shadow, nails, and a hem
SOME_SKIN = 0.5  # less is a covered foot
SKIN_GROUND = 0.25  # a ground of which so much passes for skin hides bare feet
LIKE_FOOT = 0.05  # so does one of which so much has the foot's own colour
GREY_SHARE = 0.95  # a picture with so many grey pixels has no colours


class FootState(enum.StrEnum):
    """What colour says about a foot."""

    BARE = "bare"
    COVERED = "covered"
    PLAIN = "without a colour of its own"
    TOO_SMALL = "too small"
    DARK = "dark"
    GREY = "without colour"
    NO_GROUND = "no ground beside it"
    SKIN_GROUND = "ground of skin colour"
    NOT_APART = "not told from the ground"
    NOT_FOLLOWED = "not followed"
    UNSURE = "other skin cannot be compared"
    NO_OWN_SKIN = "no other skin of this person to compare with"


AGAINST = (FootState.COVERED, FootState.PLAIN, FootState.NO_OWN_SKIN)
"""What speaks against a bare foot: another colour, none, or one that the rest of the person has not."""


@dataclass(frozen=True, slots=True, eq=False)
class FootView:
    """A person at a contact.

    Attributes:
        picture: shape ``(rows, columns, 3)``, RGB: the person and what lies beside.
        x_px, y_px: The contact point.
        height_px: The person's height.
        left_px, top_px, right_px, bottom_px: The person's box.
        others: shape ``(rows, columns)``, True where other people's boxes lie.
    """

    picture: NDArray[np.uint8]
    x_px: float
    y_px: float
    height_px: float
    left_px: float
    top_px: float
    right_px: float
    bottom_px: float
    others: BoolArray


@dataclass(frozen=True, slots=True)
class FootLook:
    """What was seen of one foot.

    Attributes:
        state: The verdict, or why there is none.
    """

    state: FootState

    @property
    def is_told(self) -> bool:
        """True when the look speaks for a bare foot or against one."""
        return self.state is FootState.BARE or self.state in AGAINST


def look_at_foot(view: FootView) -> FootLook:
    """Judge one foot by its colour."""
    if view.height_px < MIN_PERSON_PX:
        return FootLook(FootState.TOO_SMALL)
    colours = _Colours(view.picture)
    on_ground = _ground_of(view)
    hindrance = _hindrance(view, colours, on_ground)
    if hindrance is not None:
        return FootLook(hindrance)
    foot = _foot_of(view, colours, on_ground)
    if int(foot.sum()) < MIN_FOOT_AREA * view.height_px**2:
        return FootLook(FootState.NOT_APART)
    return _judged(view, colours, on_ground, foot)


def _hindrance(view: FootView, colours: _Colours, on_ground: BoolArray) -> FootState | None:
    """Why colour tells nothing here; None when it may."""
    if int(on_ground.sum()) < MIN_GROUND_AREA * view.height_px**2:
        return FootState.NO_GROUND
    if float(np.median(colours.luma[on_ground])) < DARK_LEVEL:
        return FootState.DARK
    if float(np.mean(colours.is_grey)) > GREY_SHARE:
        return FootState.GREY
    if float(np.mean(colours.is_skin[on_ground])) >= SKIN_GROUND:
        return FootState.SKIN_GROUND
    return None


def _judged(view: FootView, colours: _Colours, on_ground: BoolArray, foot: BoolArray) -> FootLook:
    skin = foot & colours.is_skin
    share = float(skin.sum() / foot.sum())
    if share < SOME_SKIN:
        is_dark = float(np.median(colours.luma[foot])) < DARK_LEVEL
        is_grey = float(np.abs(np.median(colours.ratios[foot], axis=0)).max()) < 2 * NOISE_RATIO
        return FootLook(FootState.PLAIN if is_dark or is_grey else FootState.COVERED)
    tone = _Tone(colours.ratios[skin])
    alike = tone.has(colours)
    share = float((foot & alike).sum() / foot.sum())
    if float(np.mean(alike[on_ground])) >= LIKE_FOOT:
        state = FootState.SKIN_GROUND
    elif share < ALL_SKIN:
        state = FootState.COVERED
    else:
        state = _compared(view, colours, tone)
    return FootLook(state)


class _Colours:
    """A picture's luma, and the two log ratios of its channels that light of any strength leaves alike."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        red, green, blue = np.moveaxis(picture.astype(np.float64), 2, 0)
        self.luma: FloatArray = 0.299 * red + 0.587 * green + 0.114 * blue
        cb = 128 + 0.564 * (blue - self.luma)
        cr = 128 + 0.713 * (red - self.luma)
        logs = np.log(np.maximum(picture, 1).astype(np.float64))
        self.ratios: FloatArray = np.stack(
            [logs[..., 0] - logs[..., 1], logs[..., 2] - logs[..., 1]], axis=2
        )
        is_clipped = picture.max(axis=2) >= BRIGHT_LEVEL
        is_red = (cb >= SKIN_CB[0]) & (cb <= SKIN_CB[1]) & (cr >= SKIN_CR[0]) & (cr <= SKIN_CR[1])
        self.is_skin: BoolArray = is_red & (self.luma >= DARK_LEVEL) & ~is_clipped
        self.is_clipped_skin: BoolArray = is_red & is_clipped
        self.is_grey: BoolArray = (np.abs(self.ratios) < NOISE_RATIO).all(axis=2) | (
            self.luma < DARK_LEVEL
        )

    def bins(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """For every pixel its place in a histogram of luma and ratios, in steps of noise."""
        half = round(WIDEST_RATIO / (2 * NOISE_RATIO))
        clipped = np.clip(self.ratios, -WIDEST_RATIO, WIDEST_RATIO)
        whole = (np.round(clipped / (2 * NOISE_RATIO)) + half).astype(np.int64)
        luma = (self.luma / (2 * NOISE_LUMA)).astype(np.int64)
        return luma, whole[..., 0], whole[..., 1]


class _Tone:
    """The colour of a foot that may be skin: a middle and a scatter of log ratios."""

    def __init__(self, ratios: FloatArray) -> None:
        self._middle = np.median(ratios, axis=0)
        deviation = 1.4826 * np.median(np.abs(ratios - self._middle), axis=0)
        self._scatter = np.clip(deviation, *SKIN_SCATTER)

    def off(self, ratios: FloatArray) -> float:
        """How far the middle of other pixels lies from this colour's, in the ratio that differs more."""
        return float(np.abs(np.median(ratios, axis=0) - self._middle).max())

    def has(self, colours: _Colours) -> BoolArray:
        """Where a picture has this colour."""
        off = (colours.ratios - self._middle) / self._scatter
        return colours.is_skin & ((off**2).sum(axis=2) <= CHI2_2_99)


def _ground_of(view: FootView) -> BoolArray:
    """What lies beside and below the person's box, on the level of the feet, and out of the foot's reach."""
    tall = view.height_px
    rows, columns = np.mgrid[: view.picture.shape[0], : view.picture.shape[1]]
    off_x, off_y = columns - view.x_px, rows - view.y_px
    level = (off_y >= -ANKLE_HEIGHT * tall) & (off_y <= GROUND_DEPTH * tall)
    wide = (columns >= view.left_px - GROUND_WIDTH * tall) & (
        columns < view.right_px + GROUND_WIDTH * tall
    )
    own = (columns >= view.left_px) & (columns < view.right_px) & (rows < view.bottom_px)
    far = np.hypot(off_x, off_y) > (FOOT_LENGTH + LANDMARK_ERROR) * tall
    return np.asarray(level & wide & far & ~own & ~view.others, np.bool_)


def _foot_of(view: FootView, colours: _Colours, on_ground: BoolArray) -> BoolArray:
    """What stands at the contact point, no higher than an ankle, and is not coloured as the ground; without its edge.

    The contact point is the heel's, or the toe's, so the foot lies a foot's length around it; towards the camera, that
    length is foreshortened.
    """
    tall = view.height_px
    rows, columns = np.mgrid[: view.picture.shape[0], : view.picture.shape[1]]
    off_x, off_y = columns - view.x_px, rows - view.y_px
    low = (off_y >= -ANKLE_HEIGHT * tall) & (off_y <= STEEPEST_VIEW * FOOT_LENGTH * tall)
    near = low & (np.abs(off_x) <= (FOOT_LENGTH + LANDMARK_ERROR) * tall) & ~view.others
    stands = near & ~_is_ground(colours, on_ground)
    pieces, count = ndimage.label(ndimage.binary_opening(stands))
    if not count:
        return np.zeros_like(stands)
    at_contact = np.hypot(off_x, off_y) <= FOOT_BREADTH * tall
    touched = np.unique(pieces[at_contact & (pieces > 0)])
    foot = np.isin(pieces, touched[touched > 0])
    return np.asarray(
        ndimage.binary_erosion(foot, iterations=EDGE_PX) & ~colours.is_clipped_skin, np.bool_
    )


def _is_ground(colours: _Colours, ground: BoolArray) -> BoolArray:
    """Where a picture has one of the colours that all but the oddest pixels of the ground have."""
    bins = colours.bins()
    shape = tuple(int(axis.max()) + 1 for axis in bins)
    counts = np.zeros(shape)
    np.add.at(counts, tuple(axis[ground] for axis in bins), 1.0)
    density = ndimage.gaussian_filter(counts, 1.0)  # a bin is one step of noise
    least = float(np.quantile(density[tuple(axis[ground] for axis in bins)], 1 - GROUND_SHARE))
    return np.asarray(density[bins] >= least, np.bool_)


def _compared(view: FootView, colours: _Colours, tone: _Tone) -> FootState:
    """Whether a foot's colour is this person's: found on two more parts of the head, the trunk with the arms, the legs.

    A part before a backdrop of the same colour tells nothing, and neither does one whose colour is only near.
    """
    tall = view.height_px
    neck, hip = view.top_px + HEAD_AND_NECK * tall, view.y_px - HIP_HEIGHT * tall
    ankle = view.y_px - 2 * ANKLE_HEIGHT * tall
    alike = tone.has(colours)
    parts = [(view.top_px, neck), (neck, hip), (hip, ankle)]
    told = [_is_on(view, colours, tone, alike, part) for part in parts]
    if told.count(True) >= FEWEST_PARTS:
        return FootState.BARE
    return FootState.NO_OWN_SKIN if told.count(False) >= FEWEST_PARTS else FootState.UNSURE


def _is_on(
    view: FootView, colours: _Colours, tone: _Tone, alike: BoolArray, part: tuple[float, float]
) -> bool | None:
    """Whether a colour is the person's between two heights; None when it is beside the person too, or nearly that."""
    rows, columns = np.mgrid[: alike.shape[0], : alike.shape[1]]
    band = (rows >= part[0]) & (rows < part[1]) & ~view.others
    in_box = (columns >= view.left_px) & (columns < view.right_px)
    inside, beside = band & in_box, band & ~in_box
    if not inside.any() or not beside.any():
        return None
    chance, share = float(alike[beside].mean()), float(alike[inside].mean())
    least = MIN_OWN_SKIN * view.height_px**2
    if share >= CLUTTER * chance and (share - chance) * float(inside.sum()) >= least:
        return True if tone.off(colours.ratios[inside & alike]) <= MAX_SHIFT else None
    return None if chance >= LIKE_FOOT else False
