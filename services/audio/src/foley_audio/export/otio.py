"""``session.otio``: an OpenTimelineIO timeline with the picture, the sounds and a marker per footstep.

Markers stand on the timeline's stack, counted in samples from its zero; media are found beside the file.
"""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio

from foley_audio.export.clock import exact
from foley_audio.export.marks import Mark
from foley_audio.export.media import Picture, Placed, Sound, in_units
from foley_audio.export.scene import Scene
from foley_common.footsteps import Side

NAMESPACE = "foley"  # of our metadata
COLORS = {  # of the annotated video
    Side.LEFT: otio.schema.MarkerColor.ORANGE,
    Side.RIGHT: otio.schema.MarkerColor.CYAN,
}


def session_otio(scene: Scene) -> bytes:
    """The file's content: UTF-8 JSON of OpenTimelineIO."""
    clock = scene.clock
    timeline = otio.schema.Timeline(name=scene.title)
    timeline.global_start_time = otio.opentime.RationalTime(clock.first_label, float(clock.rate))
    options = scene.session.options
    timeline.metadata[NAMESPACE] = {
        "frame_rate": f"{clock.rate.numerator}/{clock.rate.denominator}",
        "drop_frame": clock.timecode.drop_frame,
        "offset_s": options.offset_s,
        "nudge_s": float(clock.nudge),
        "left_out_count": scene.left_out_count,
    }
    if scene.picture is not None:
        timeline.tracks.append(_picture_track(scene, scene.picture))
    for sound in scene.tracks:
        timeline.tracks.append(_sound_track(scene, sound))
    timeline.tracks.markers.extend(_marker(mark, scene.sample_rate_hz) for mark in scene.marks)
    return timeline.to_json_string(indent=1).encode()


def _picture_track(scene: Scene, picture: Picture) -> otio.schema.Track:
    track = otio.schema.Track(name="picture", kind=otio.schema.TrackKind.Video)
    whole = _range(Fraction(scene.clock.source_label), picture.frame_count, picture.frame_rate)
    placed = picture.placed(scene.clock.offset)
    if placed is not None:
        clip = _clip(picture.title, picture.file_name, whole, placed, picture.frame_rate)
        _append(track, clip, placed, picture.frame_rate)
    return track


def _sound_track(scene: Scene, sound: Sound) -> otio.schema.Track:
    track = otio.schema.Track(name=sound.title, kind=otio.schema.TrackKind.Audio)
    track.enabled = sound is not scene.reference
    rate = Fraction(sound.rate)
    clock = scene.clock
    start = sound.time_reference(clock) if sound.is_broadcast else 0
    whole = _range(Fraction(start), sound.file_samples, rate)
    placed = sound.placed(clock.offset)
    if placed is not None:
        clip = _clip(sound.title, sound.file_name, whole, placed, rate)
        stem = sound.stem
        if stem is not None:
            clip.metadata[NAMESPACE] = {
                "kind": stem.kind.value if stem.kind else "",
                "track_id": stem.track_id,
                "foot": stem.side.value if stem.side else "",
                "gain_db": stem.gain_db,
            }
        _append(track, clip, placed, rate)
    return track


def _clip(
    name: str,
    file_name: str,
    whole: otio.opentime.TimeRange,
    placed: Placed,
    rate: Fraction,
) -> otio.schema.Clip:
    first = whole.start_time + _time(placed.first_s, rate)
    return otio.schema.Clip(
        name=name,
        media_reference=otio.schema.ExternalReference(target_url=file_name, available_range=whole),
        source_range=otio.opentime.TimeRange(first, _time(placed.length_s, rate)),
    )


def _append(
    track: otio.schema.Track, clip: otio.schema.Clip, placed: Placed, rate: Fraction
) -> None:
    if placed.position_s > 0:
        gap = otio.opentime.TimeRange(duration=_time(placed.position_s, rate))
        track.append(otio.schema.Gap(source_range=gap))
    track.append(clip)


def _marker(mark: Mark, sample_rate_hz: int) -> otio.schema.Marker:
    rate = Fraction(sample_rate_hz)
    start = in_units(exact(mark.start_s), rate)
    end = start if mark.end_s is None else in_units(exact(mark.end_s), rate)
    return otio.schema.Marker(
        name=mark.text,
        color=COLORS[mark.step.side],
        marked_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(start, sample_rate_hz),
            otio.opentime.RationalTime(end - start, sample_rate_hz),
        ),
        metadata={NAMESPACE: mark.facts()},
    )


def _range(first: Fraction, count: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(float(first), float(rate)),
        otio.opentime.RationalTime(count, float(rate)),
    )


def _time(seconds: Fraction, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(seconds * rate), float(rate))
