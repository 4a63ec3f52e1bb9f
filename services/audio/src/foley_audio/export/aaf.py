"""``session.aaf``: an Advanced Authoring Format composition with the picture, the sounds and a marker per footstep.

Picture, markers and time code count frames, sounds count samples; the offset is rounded to whole frames for all of
them, so that sound stays on its picture. A marker stands on its step's frame; its text ends with the exact sample
(``@123456``). Media are linked, not embedded: locators name the files beside the AAF.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import aaf2.auid
import aaf2.mobid

from foley_audio.export.clock import exact
from foley_audio.export.marks import Mark
from foley_audio.export.media import Picture, Placed, Sound, in_units
from foley_audio.export.scene import Scene
from foley_common.footsteps import Side

MAX_RATE_DENOMINATOR = 1_000_000  # an AAF rational has 31 bits
MARKER_SLOT_ID = 1000  # behind every track's
EPOCH = datetime.datetime(
    1970, 1, 1
)  # AAF's times have no zone; the same session gives the same bytes
COLORS = {  # 16 bits each: orange and cyan, as in the annotated video
    Side.LEFT: {"red": 0xFFFF, "green": 0x8000, "blue": 0},
    Side.RIGHT: {"red": 0, "green": 0xC000, "blue": 0xFFFF},
}
BITS_PER_COLOR_SAMPLE = 8
SAMPLES_PER_STEP_CHECK = 500  # marks between two questions whether anybody still waits
_NAMESPACE = uuid.UUID("6f6c6579-2d73-4475-8469-6f2d61616601")  # ours
_UMID_HEAD = bytes.fromhex(
    "060a2b340101010501010f1013000000"
)  # SMPTE ST 330, mixed material, number by UUID


def write_aaf(scene: Scene, path: Path, check: Callable[[], None] = lambda: None) -> None:
    """Write the file.

    Args:
        scene: The session.
        path: New file.
        check: Called every now and then; may raise to stop the work.
    """
    with aaf2.open(str(path), "w") as file:
        _Composition(file, scene, check).write()
        _forget_the_day(file)


@dataclass(frozen=True, slots=True)
class _Medium:
    """A linked file: its length and where its first unit stands, in units of its rate from midnight."""

    title: str
    file_name: str
    kind: str
    rate: str
    length: int
    start: int


class _Composition:
    """The composition of one session while it is written."""

    def __init__(self, file: Any, scene: Scene, check: Callable[[], None]) -> None:  # noqa: ANN401 - aaf2 has no types
        self._file = file
        self._scene = scene
        self._check = check
        self._rate = scene.clock.rate.limit_denominator(MAX_RATE_DENOMINATOR)
        self._mob = file.create.CompositionMob(scene.title)
        self._mob.mob_id = _mob_id("composition")
        self._mob.usage = "Usage_TopLevel"
        file.content.mobs.append(self._mob)

    def write(self) -> None:
        """Time code, picture, sounds, markers."""
        self._timecode()
        described = 1  # markers stand on the time code where there is no picture
        if self._scene.picture is not None:
            described = self._picture(self._scene.picture)
        for sound in self._scene.tracks:
            self._sound(sound)
        if self._scene.marks:
            self._markers(described)

    def _timecode(self) -> None:
        code, clock = self._scene.clock.timecode, self._scene.clock
        slot = self._mob.create_timeline_slot(_rational(self._rate), slot_id=1)
        slot.name = "TC1"
        slot["PhysicalTrackNumber"].value = 1
        segment = self._file.create.Timecode(code.nominal_rate, drop=code.drop_frame)
        segment.start = clock.first_label
        segment.length = max(1, self._length_frames())
        slot.segment = segment

    def _picture(self, picture: Picture) -> int:
        rate = _rational(self._rate)
        descriptor = self._file.create.CDCIDescriptor()
        descriptor["ComponentWidth"].value = BITS_PER_COLOR_SAMPLE
        descriptor["HorizontalSubsampling"].value = 2
        descriptor["ImageAspectRatio"].value = f"{picture.width_px or 1}/{picture.height_px or 1}"
        descriptor["StoredWidth"].value = picture.width_px
        descriptor["StoredHeight"].value = picture.height_px
        descriptor["FrameLayout"].value = "FullFrame"
        descriptor["VideoLineMap"].value = [0, 0]
        medium = _Medium(
            title=picture.title,
            file_name=picture.file_name,
            kind="picture",
            rate=rate,
            length=picture.frame_count,
            start=self._scene.clock.source_label,
        )
        return self._track(
            self._media(medium, descriptor),
            picture.placed(self._scene.clock.snapped_offset),
            name="picture",
            kind="picture",
            number=1,
            rate=self._rate,
        )

    def _sound(self, sound: Sound) -> None:
        facts, clock = sound.facts, self._scene.clock
        descriptor = self._file.create.PCMDescriptor()
        descriptor["AudioSamplingRate"].value = sound.rate
        descriptor["Channels"].value = facts.channels
        descriptor["QuantizationBits"].value = facts.bits_per_sample
        descriptor["BlockAlign"].value = facts.bytes_per_frame
        descriptor["AverageBPS"].value = facts.bytes_per_frame * sound.rate
        medium = _Medium(
            title=sound.title,
            file_name=sound.file_name,
            kind="sound",
            rate=str(sound.rate),
            length=sound.file_samples,
            start=sound.time_reference(clock) if sound.is_broadcast else 0,
        )
        is_reference = sound is self._scene.reference
        self._track(
            self._media(medium, descriptor),
            sound.placed(clock.snapped_offset),
            name=f"{sound.title} (reference)" if is_reference else sound.title,
            kind="sound",
            number=1 + self._scene.tracks.index(sound),
            rate=Fraction(sound.rate),
        )

    def _media(self, medium: _Medium, descriptor: Any) -> Any:  # noqa: ANN401
        """A master mob over a file mob over a tape mob that says from which label the file counts."""
        create, mobs = self._file.create, self._file.content.mobs
        title, name, rate = medium.title, medium.file_name, medium.rate
        start, length, kind = medium.start, medium.length, medium.kind
        tape = create.SourceMob(title)
        tape.mob_id = _mob_id(f"tape:{name}")
        code = self._scene.clock.timecode
        slot, labels = tape.create_tape_slots(
            title, rate, code.nominal_rate, code.drop_frame, media_kind=kind, length=start + length
        )
        slot.segment.length = start + length
        # Time code counts frames, whatever the medium counts: aaf2 gives both slots the medium's rate.
        labels.edit_rate = _rational(self._rate)
        labels.segment.start = 0
        labels.segment.length = -(-(start + length) * self._rate // Fraction(rate))
        descriptor["SampleRate"].value = rate
        descriptor["Length"].value = length
        locator = create.NetworkLocator()
        locator["URLString"].value = name
        descriptor["Locator"].append(locator)
        source = create.SourceMob(title)
        source.mob_id = _mob_id(f"file:{name}")
        source.descriptor = descriptor
        source_slot = source.create_timeline_slot(rate, slot_id=1)
        source_slot.segment = create.SourceClip(
            start=start, length=length, mob_id=tape.mob_id, slot_id=slot.slot_id, media_kind=kind
        )
        master = create.MasterMob(title)
        master.mob_id = _mob_id(f"master:{name}")
        master_slot = master.create_timeline_slot(rate, slot_id=1)
        master_slot.segment = create.SourceClip(
            start=0, length=length, mob_id=source.mob_id, slot_id=1, media_kind=kind
        )
        for mob in (tape, source, master):
            mobs.append(mob)
        return master

    def _track(
        self,
        master: Any,  # noqa: ANN401
        placed: Placed | None,
        *,
        name: str,
        kind: str,
        number: int,
        rate: Fraction,
    ) -> int:
        slot = self._mob.create_empty_sequence_slot(_rational(rate), media_kind=kind)
        slot.name = name
        slot["PhysicalTrackNumber"].value = number
        components: list[Any] = []
        if placed is not None:
            at, length = in_units(placed.position_s, rate), in_units(placed.length_s, rate)
            if at > 0:
                components.append(self._file.create.Filler(kind, at))
            components.append(
                self._file.create.SourceClip(
                    start=in_units(placed.first_s, rate),
                    length=length,
                    mob_id=master.mob_id,
                    slot_id=1,
                    media_kind=kind,
                )
            )
        slot.segment.components.extend(components)
        slot.segment.length = sum(component.length for component in components)
        return int(slot.slot_id)

    def _markers(self, described: int) -> None:
        create, clock = self._file.create, self._scene.clock
        slot = create.EventMobSlot()
        slot["EditRate"].value = _rational(self._rate)
        slot["SlotID"].value = MARKER_SLOT_ID
        slot["PhysicalTrackNumber"].value = 1
        markers: list[Any] = []
        last = -1
        for i, mark in enumerate(self._scene.marks):
            if i % SAMPLES_PER_STEP_CHECK == 0:
                self._check()
            frame = clock.position_frame(mark.step.initial_contact_time_s)
            last = max(last, frame)
            markers.append(self._marker(mark, frame, described))
        sequence = create.Sequence(media_kind="DescriptiveMetadata")
        sequence["Components"].value = markers
        sequence.length = last + 1
        slot.segment = sequence
        self._mob.slots.append(slot)

    def _marker(self, mark: Mark, frame: int, described: int) -> Any:  # noqa: ANN401
        sample = in_units(exact(mark.start_s), Fraction(self._scene.sample_rate_hz))
        marker = self._file.create.DescriptiveMarker()
        marker["Position"].value = frame
        marker["Length"].value = 1
        marker["Comment"].value = f"{mark.text} @{sample}"
        marker["CommentMarkerColor"].value = COLORS[mark.step.side]
        marker["DescribedSlots"].value = {described}
        return marker

    def _length_frames(self) -> int:
        clock = self._scene.clock
        video = self._scene.session.video
        shown = in_units(exact(video.duration_s), clock.rate) + clock.offset_frames
        marks = self._scene.marks
        last = clock.position_frame(marks[-1].step.initial_contact_time_s) + 1 if marks else 0
        return max(shown, last)


def _rational(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"


def _mob_id(name: str) -> aaf2.mobid.MobID:
    """The same id for the same thing of a session; the file's name is part of it."""
    return aaf2.mobid.MobID(bytes_le=_UMID_HEAD + uuid.uuid5(_NAMESPACE, name).bytes_le)


def _forget_the_day(file: Any) -> None:  # noqa: ANN401
    """No date and no random number: the same session gives the same bytes."""
    identity = file.header["IdentificationList"].value[0]
    identity["CompanyName"].value = "Foley Studio"
    identity["ProductName"].value = "Foley Studio"
    identity["Date"].value = EPOCH
    identity["GenerationAUID"].value = aaf2.auid.AUID(str(uuid.uuid5(_NAMESPACE, "generation")))
    file.header["LastModified"].value = EPOCH
    for mob in file.content.mobs:
        mob["CreationTime"].value = EPOCH
        mob["LastModified"].value = EPOCH
