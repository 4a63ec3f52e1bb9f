"""``README.txt`` of a session archive: what is in it, what opens it, and from where its times count."""

from __future__ import annotations

from collections.abc import Sequence

from foley_audio.export.scene import Scene

_ABOUT = {
    "foley.mp4": "the video with its new sound; any player",
    "mix.wav": "the programme; any player or editor",
    "foley.wav": "the footsteps alone, at their level in the mix",
    "cues.json": "which footstep stands at which sample of the sound, handles not counted, and with what",
    "footsteps.csv": "every contact and toe-off, a row each; any spreadsheet",
    "footsteps.json": "the same with people, grounds and shoes; for programs",
    "footsteps.txt": "a list of time codes, for people",
    "report.json": "counts, loudness, sync and models",
    "session.mid": "a note per footstep, a track per person; import it at 120 bpm; contacts stand within 0.3 ms",
    "session.otio": "OpenTimelineIO: DaVinci Resolve, Premiere, Hiero and others",
    "session.edl": "CMX 3600 edit decision list with locators: nearly every editor",
    "markers.edl": "a marker per footstep for DaVinci Resolve: a timeline's Import > Timeline Markers from EDL",
    "session.aaf": "AAF: Media Composer, Resolve, Nuendo; media are linked, in stereo, which Pro Tools does not take",
    "session.rpp": "REAPER project with all sounds on tracks and a marker per footstep",
    "footsteps.vtt": "WebVTT text track: browsers and players",
}
_STEM = "one part of the programme"
_BROADCAST = "broadcast wave: time reference and a marker per footstep; Pro Tools spots it to its original time stamp"


def readme_text(scene: Scene, names: Sequence[str]) -> str:
    """The file's content: UTF-8 text.

    Args:
        scene: The session.
        names: Other files of the archive, in order.
    """
    clock = scene.clock
    width = max([len(name) for name in names], default=0)
    lines = [
        f"Foley Studio session: {scene.title}",
        "",
        *(f"{name:<{width}}  {_about(name)}" for name in names),
        "",
        f"Start time code {clock.label(0)} at {float(clock.rate):.3f} frames a second"
        f"{', drop-frame' if clock.timecode.drop_frame else ''}.",
        f"Offset of the picture from there {float(clock.offset):g} s; sounds and markers are moved by "
        f"{float(clock.nudge):g} s against the picture.",
        f"Footsteps: {len(scene.session.footsteps)}; left out of the session files because they would stand before its "
        f"start: {scene.left_out_count - scene.unheard_count}; left out there and in broadcast wave files because they "
        f"are not heard (outside the video, moved out of it by the nudge, or given twice): {scene.unheard_count}.",
        "footsteps.csv, .json and .txt tell what is seen in the picture: no nudge moves them.",
        "Session files look for their media beside themselves: keep all files in one folder.",
    ]
    return "\r\n".join(lines) + "\r\n"


def _about(name: str) -> str:
    return _ABOUT.get(name) or (_BROADCAST if name.endswith(".bwf.wav") else _STEM)
