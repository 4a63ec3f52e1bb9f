"""``session.edl``: an edit decision list, CMX 3600, with the picture, one sound and a locator per footstep.

CMX 3600 has four channels of sound, so that the list holds the footsteps as one file and not their stems. Everything
stands on whole frames. A locator is a comment, ``* LOC: <time code> <colour> <text>``, as Avid writes it; Resolve's own
lists of timeline markers look otherwise (`foley_audio.export.resolve_markers`).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from foley_audio.export.marks import Mark
from foley_audio.export.media import Picture, Placed, Sound, in_units
from foley_audio.export.names import ascii_plain, reel_names
from foley_audio.export.scene import Scene
from foley_common.field_limits import MAX_EDL_LABELS_PER_S
from foley_common.footsteps import Side

COLORS = {
    Side.LEFT: "YELLOW",
    Side.RIGHT: "CYAN",
}  # nearest to the annotated video's in Avid's list
MAX_TITLE_LENGTH = 70  # CMX 3600
MAX_TEXT_LENGTH = 100  # of a locator; hand-set, editors show less


def has_edl(scene: Scene) -> bool:
    """False where frames a second are too many for the two digits of CMX 3600."""
    return scene.clock.timecode.nominal_rate <= MAX_EDL_LABELS_PER_S


def session_edl(scene: Scene) -> str:
    """The file's content: ASCII, lines ended by CR LF."""
    return "".join(f"{line}\r\n" for line in _lines(scene))


def list_head(scene: Scene) -> tuple[str, str]:
    """The first lines of a list: its title, and how its frames are counted."""
    is_dropping = scene.clock.timecode.drop_frame
    return (
        f"TITLE: {ascii_plain(scene.title, MAX_TITLE_LENGTH)}",
        f"FCM: {'DROP FRAME' if is_dropping else 'NON-DROP FRAME'}",
    )


def _lines(scene: Scene) -> Iterator[str]:
    clock = scene.clock
    yield from list_head(scene)
    picture, sound = scene.picture, scene.foley or scene.mix
    reels = iter(reel_names([media.title for media in (picture, sound) if media is not None]))
    number = 0
    for event in (
        None if picture is None else _picture(scene, picture, next(reels)),
        None if sound is None else _heard(scene, sound, next(reels)),
    ):
        if event is None:
            continue
        number += 1
        yield f"{number:03d}  {event[0]}"
        yield from event[1:]
        if number == 1:
            yield from _locators(scene)
    if number == 0 and scene.marks:
        end = clock.position_frame(scene.marks[-1].step.initial_contact_time_s) + 1
        length = clock.timecode.label(end % clock.timecode.labels_per_day)
        zero = clock.timecode.label(0)
        yield f"001  BL       V     C        {zero} {length} {clock.label(0)} {clock.label(end)}"
        yield from _locators(scene)


def _picture(scene: Scene, picture: Picture, reel: str) -> list[str] | None:
    clock = scene.clock
    placed = picture.placed(clock.snapped_offset)
    if placed is None:
        return None
    first = in_units(placed.first_s, picture.frame_rate)
    length = in_units(placed.length_s, picture.frame_rate)
    source = f"{clock.source_timecode(first)} {clock.source_timecode(first + length)}"
    return _event(scene, f"{reel:<8} V     C        {source}", placed, length, picture)


def _heard(scene: Scene, sound: Sound, reel: str) -> list[str] | None:
    clock = scene.clock
    placed = sound.placed(clock.snapped_offset)
    if placed is None:
        return None
    length = in_units(placed.length_s, clock.rate)
    handle_s = Fraction(sound.handle_samples, sound.rate)
    if sound.is_broadcast:  # the file's own stamp says where its handle begins
        first = in_units(placed.first_s - handle_s, clock.rate) + clock.offset_frames
        source = f"{clock.label(first)} {clock.label(first + length)}"
    else:
        first = in_units(placed.first_s, clock.rate)
        day = clock.timecode.labels_per_day
        source = " ".join(clock.timecode.label(at % day) for at in (first, first + length))
    return _event(scene, f"{reel:<8} AA    C        {source}", placed, length, sound)


def _event(
    scene: Scene, start: str, placed: Placed, length: int, media: Picture | Sound
) -> list[str]:
    """An event without its number: reel, channels, cut and source as given, then record times and comments."""
    clock = scene.clock
    at = in_units(placed.position_s, clock.rate)
    return [
        f"{start} {clock.label(at)} {clock.label(at + length)}",
        f"* FROM CLIP NAME: {ascii_plain(media.title)}",
        f"* SOURCE FILE: {ascii_plain(media.file_name)}",
    ]


def _locators(scene: Scene) -> Iterator[str]:
    for mark in scene.marks:
        yield _locator(scene, mark)


def _locator(scene: Scene, mark: Mark) -> str:
    frame = scene.clock.position_frame(mark.step.initial_contact_time_s)
    text = ascii_plain(mark.text, MAX_TEXT_LENGTH)
    return f"* LOC: {scene.clock.label(frame)} {COLORS[mark.step.side]:<7} {text}"
