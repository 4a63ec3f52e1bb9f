"""One picture of a ground, from bytes to an answer."""

from __future__ import annotations

import asyncio
import io
import warnings
from dataclasses import dataclass, replace

from PIL import Image, ImageOps, UnidentifiedImageError

from foley_common.errors import (
    BudgetExceeded,
    MediaTooLarge,
    UndecodableMedia,
    VisionModelUnavailable,
)
from foley_common.surfaces import SurfaceAnswer
from foley_surface_agent.domain.decide import NOT_IN_TIME, UNSURE, vision_answer
from foley_surface_agent.domain.fallback import local_answer
from foley_surface_agent.llm.base import VisionModel
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.looks import picture_looks, pooled
from foley_surface_agent.picture_colours import in_srgb, is_deep
from foley_surface_agent.pipeline import NO_MODEL, GroundClassifier

MAX_PICTURE_PIXELS = 50_000_000  # above any phone's; protects memory
FORMATS = ("JPEG", "PNG")
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_TAKEN = (("JPEG", b"\xff\xd8\xff"), ("PNG", b"\x89PNG\r\n\x1a\n"))
_NOT_TAKEN = (  # how files of other kinds begin, and where
    ("a GIF picture", b"GIF8", 0),
    ("a WebP picture", b"WEBP", 8),
    ("a BMP picture", b"BM", 0),
    ("a TIFF picture or a camera's raw file", b"II*\0", 0),
    ("a TIFF picture or a camera's raw file", b"MM\0*", 0),
    ("an AVIF picture", b"ftypavif", 4),
    *(("a HEIC picture, as phones make them", b"ftyp" + kind, 4) for kind in _HEIC),
    ("a JPEG XL picture", b"\xff\x0a", 0),
    ("a JPEG XL picture", b"\0\0\0\x0cJXL ", 0),
    ("a video (frames of it are pictures)", b"ftyp", 4),
    ("a video (frames of it are pictures)", b"\x1a\x45\xdf\xa3", 0),
    ("a PDF file", b"%PDF", 0),
)
NEUTRAL_GREY = (128, 128, 128)
"""What is laid under transparent pixels: the middle of the scale, a colour of no ground in particular."""
VISIBLE_ALPHA = 26
"""Of 255, a tenth: fainter pixels cannot be told from the grey beneath them."""
_IS_VISIBLE = [0] * VISIBLE_ALPHA + [255] * (256 - VISIBLE_ALPHA)


def read_picture(data: bytes) -> Image.Image:
    """Decode a JPEG or PNG, upright, sRGB.

    Of a transparent picture the part that can be seen is taken, over neutral grey: the colours that files keep beneath
    full transparency are nobody's ground.

    Raises:
        UndecodableMedia: it is neither, or damaged, or nothing can be seen in it.
        MediaTooLarge: it has too many pixels.
    """
    try:
        return _seen(_decoded(data))
    except Image.DecompressionBombError as error:  # Pillow looks before we can count
        raise _too_many_pixels(f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0)}") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UndecodableMedia(_what_is_wrong(data)) from error


def _decoded(data: bytes) -> Image.Image:
    """The picture upright, as it is kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bombs: our limit is below; of odd EXIF: not needed
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
        pixels = picture.width * picture.height
        if pixels > MAX_PICTURE_PIXELS:
            raise _too_many_pixels(str(pixels))
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)  # no copy of a large picture
    return picture


def _what_is_wrong(data: bytes) -> str:
    """Why bytes are no picture that can be read, for whoever named the file."""
    if not data:
        return "the file is empty; a JPEG or PNG picture is wanted"
    for name, begins in _TAKEN:
        if data.startswith(begins):
            return f"a {name} picture that is damaged or not whole; save or copy it again"
    for name, begins, at in _NOT_TAKEN:
        if data.startswith(begins, at):
            return f"{name}, which is not taken; save it as JPEG or PNG"
    return "not a picture; JPEG and PNG are taken"


def _too_many_pixels(count: str) -> MediaTooLarge:
    return MediaTooLarge(
        f"the picture has {count} pixels, at most {MAX_PICTURE_PIXELS} are taken",
        limit=str(MAX_PICTURE_PIXELS),
        unit="pixels",
        value=count,
    )


def _seen(picture: Image.Image) -> Image.Image:
    """What a person sees of a picture, RGB. Raises UndecodableMedia when that is nothing."""
    if not picture.has_transparency_data:
        return in_srgb(picture)
    whole = picture.convert("RGBA")
    alpha = whole.getchannel("A")
    box = alpha.point(_IS_VISIBLE).getbbox()
    if box is None:
        raise UndecodableMedia(
            "the picture is wholly transparent, there is no ground to be seen in it; give one without transparency"
        )
    over = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), NEUTRAL_GREY)
    colours = picture if is_deep(picture) or picture.mode == "P" else whole
    over.paste(in_srgb(colours).crop(box), mask=alpha.crop(box))
    return over


def local_picture_answer(picture: Image.Image, classifier: GroundClassifier) -> SurfaceAnswer:
    """What the local classifier says about a picture."""
    looks = picture_looks(picture)
    return local_answer(
        pooled(classifier.log_probabilities(looks), classifier.picture_temperature),
        thresholds=classifier.picture_thresholds,
        model=classifier.name,
        look_count=len(looks),
    )


@dataclass(frozen=True, slots=True)
class PictureAnswer:
    """What is said of a picture, and why it is not the vision model's word where that was wanted."""

    answer: SurfaceAnswer
    fallback_reason: str = ""


async def picture_answer(
    local: SurfaceAnswer,
    jpeg: bytes,
    model: VisionModel | None,
    budget: Budget,
    *,
    min_confidence: float,
    limit_s: float | None = None,
    is_local_wanted: bool = False,
) -> PictureAnswer:
    """The vision model's answer about a picture, or the local one with the reason why; the shoe where one is seen.

    Args:
        local: The local answer.
        jpeg: The picture for the model.
        model: None without one.
        budget: What the question may cost.
        min_confidence: Less sure than this is unsure.
        limit_s: Longest wait for the model in seconds; None leaves that to the budget.
        is_local_wanted: The caller wants no model's word, so that its absence needs no reason.
    """
    if model is None:
        return PictureAnswer(local, "" if is_local_wanted else NO_MODEL)
    try:
        async with asyncio.timeout(limit_s):
            reply = await model.look(jpeg, budget)
    except (VisionModelUnavailable, BudgetExceeded) as error:
        return _local(local, error.message)
    except TimeoutError:
        return _local(local, NOT_IN_TIME)
    is_sure = reply.confidence >= min_confidence
    found = (
        PictureAnswer(vision_answer(reply, reply.surface))
        if reply.surface is not None and is_sure
        else _local(local, UNSURE)
    )
    shoe = reply.shoe(1)
    if shoe is None or shoe.footwear is None or shoe.confidence < min_confidence:
        return found
    seen = replace(found.answer, footwear=shoe.footwear, footwear_confidence=shoe.confidence)
    return replace(found, answer=seen)


def _local(local: SurfaceAnswer, why: str) -> PictureAnswer:
    reasoning = f"{local.reasoning} Answered by the local model: {why}."
    return PictureAnswer(replace(local, reasoning=reasoning), why)
