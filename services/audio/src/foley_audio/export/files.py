"""Which files an export writes, under which names, and the writing of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from foley_audio.export.aaf import write_aaf
from foley_audio.export.archive import write_archive
from foley_audio.export.bwf import write_bwf
from foley_audio.export.csv import footsteps_csv
from foley_audio.export.edl import has_edl, session_edl
from foley_audio.export.json import json_parts
from foley_audio.export.media import Sound
from foley_audio.export.midi import session_midi
from foley_audio.export.otio import session_otio
from foley_audio.export.readme import readme_text
from foley_audio.export.reaper import session_rpp
from foley_audio.export.report import report_json
from foley_audio.export.resolve_markers import resolve_markers
from foley_audio.export.scene import Scene
from foley_audio.export.timecode_text import timecode_text
from foley_audio.export.webvtt import footsteps_vtt
from foley_common.errors import FieldViolation, InvalidField
from foley_common.field_limits import MAX_EDL_LABELS_PER_S
from foley_common.sound import EDIT_DECISION_LISTS, SessionFormat
from foley_common.storage.failures import from_os_error

WAV = "audio/wav"
ARCHIVE_NAME, README_NAME = "session.zip", "README.txt"
BROADCAST_ENDING = ".bwf.wav"
Check = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One format that is a single small file.

    Attributes:
        name: Of the file.
        media_type: IANA's, where there is one.
        parts: Its content, in parts; None where ``write_aaf`` writes it.
    """

    name: str
    media_type: str
    parts: Callable[[Scene], Iterable[str | bytes]] | None


KINDS = {
    SessionFormat.CSV: Kind("footsteps.csv", "text/csv", lambda s: [footsteps_csv(s.session)]),
    SessionFormat.JSON: Kind("footsteps.json", "application/json", lambda s: json_parts(s.session)),
    SessionFormat.TIMECODE_TEXT: Kind(
        "footsteps.txt", "text/plain", lambda s: [timecode_text(s.session)]
    ),
    SessionFormat.REPORT: Kind(
        "report.json", "application/json", lambda s: [report_json(s.session)]
    ),
    SessionFormat.MIDI: Kind("session.mid", "audio/midi", lambda s: [session_midi(s)]),
    SessionFormat.OTIO: Kind("session.otio", "application/json", lambda s: [session_otio(s)]),
    SessionFormat.EDL: Kind("session.edl", "text/plain", lambda s: [session_edl(s)]),
    SessionFormat.RESOLVE_MARKERS: Kind(
        "markers.edl", "text/plain", lambda s: [resolve_markers(s)]
    ),
    SessionFormat.AAF: Kind("session.aaf", "application/octet-stream", None),
    SessionFormat.REAPER: Kind("session.rpp", "text/plain", lambda s: [session_rpp(s)]),
    SessionFormat.WEBVTT: Kind("footsteps.vtt", "text/vtt", lambda s: [footsteps_vtt(s)]),
}
"""All but broadcast wave and archive; what an export writes when nothing is asked for by name."""
_WITH_CLIPS = {
    SessionFormat.OTIO,
    SessionFormat.EDL,
    SessionFormat.AAF,
    SessionFormat.REAPER,
    SessionFormat.ARCHIVE,
}


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file that was written."""

    format: SessionFormat
    path: Path
    media_type: str


def planned(scene: Scene, asked: Sequence[SessionFormat]) -> tuple[Scene, list[SessionFormat]]:
    """The formats that are written, in order, and the session as its files tell it.

    Without a wish these are all small files; sound is copied (broadcast wave, archive) when it is asked for. Clips can
    only have handles in files that have them: then broadcast wave files are written too, and sessions play these.

    Raises:
        InvalidField: a format was asked for by name that this video cannot have, or its start time code does not fit.
    """
    formats = list(dict.fromkeys(asked or KINDS))
    lists = [] if has_edl(scene) else [item for item in formats if item in EDIT_DECISION_LISTS]
    if lists and asked:
        raise InvalidField([_no_edl(scene, formats.index(item), item) for item in lists])
    formats = [item for item in formats if item not in lists]
    handles_s = scene.session.options.handles_s
    if handles_s > 0 and _WITH_CLIPS.intersection(formats) and SessionFormat.BWF not in formats:
        formats.append(SessionFormat.BWF)
    if not scene.recordings:
        formats = [item for item in formats if item is not SessionFormat.BWF]
    if SessionFormat.BWF in formats:
        scene = dataclasses.replace(
            scene,
            mix=_broadcast(scene.mix, handles_s),
            foley=_broadcast(scene.foley, handles_s),
            stems=tuple(_broadcast_sound(sound, handles_s) for sound in scene.stems),
        )
    return scene, formats


def write_files(
    scene: Scene,
    formats: Sequence[SessionFormat],
    folder: Path,
    *,
    sources: Mapping[str, Path],
    tails: Mapping[str, Path],
    digests: Mapping[str, str],
    check: Check = lambda: None,
) -> list[WrittenFile]:
    """Write files into a folder, in the order of the formats.

    Args:
        scene: The session, as `planned` gives it.
        formats: As `planned` gives them.
        folder: Existing and empty.
        sources: Where stored media lie, by the name that they have beside the session; those that the formats copy.
        tails: Where the files lie in which sounds go on, by the names of the sounds' sources; without handles none.
        digests: SHA-256 of sounds, by the same names: what tells one recording from another.
        check: Called every now and then; may raise to stop the work.

    Raises:
        StoreFull, StoreReadOnly, StoreUnavailable: the folder cannot take them.
    """
    work = _Work(scene, folder, sources, tails, digests, check)
    written: list[WrittenFile] = []
    try:
        for item in formats:
            check()
            written += work.write(item, formats)
    except OSError as error:
        raise from_os_error(error, path="the folder for temporary files") from error
    return written


@dataclass(frozen=True, slots=True)
class _Work:
    """One export while it is written."""

    scene: Scene
    folder: Path
    sources: Mapping[str, Path]
    tails: Mapping[str, Path]
    digests: Mapping[str, str]
    check: Check

    def write(self, item: SessionFormat, formats: Sequence[SessionFormat]) -> list[WrittenFile]:
        """The files of one format; those that another format has written already are left as they are."""
        if item is SessionFormat.ARCHIVE:
            return [self._archive(formats)]
        if item is SessionFormat.BWF:
            return [WrittenFile(item, self._bwf(sound), WAV) for sound in self.scene.recordings]
        return [WrittenFile(item, self._small(item), KINDS[item].media_type)]

    def _small(self, item: SessionFormat) -> Path:
        kind = KINDS[item]
        path = self.folder / kind.name
        if path.exists():
            return path
        if kind.parts is None:
            write_aaf(self.scene, path, self.check)
            return path
        with path.open("wb") as out:
            for part in kind.parts(self.scene):
                self.check()
                out.write(part if isinstance(part, bytes) else part.encode())
        return path

    def _bwf(self, sound: Sound) -> Path:
        path = self.folder / sound.file_name
        name = sound.source_name
        if not path.exists():
            write_bwf(
                self.scene,
                sound,
                self.sources[name],
                path,
                tail=self.tails.get(name),
                reference=self.digests.get(name, ""),
                loudness=self.scene.session.loudness if sound == self.scene.mix else None,
                check=self.check,
            )
        return path

    def _archive(self, formats: Sequence[SessionFormat]) -> WrittenFile:
        """Media, then every small file, whether it was asked for or not."""
        broadcast = SessionFormat.BWF in formats
        sounds = {sound.source_name for sound in self.scene.recordings}
        members = [
            (name, path)
            for name, path in self.sources.items()
            if not (broadcast and name in sounds)
        ]
        if broadcast:
            members += [(sound.file_name, self._bwf(sound)) for sound in self.scene.recordings]
        small = [item for item in KINDS if item not in EDIT_DECISION_LISTS or has_edl(self.scene)]
        members += [(KINDS[item].name, self._small(item)) for item in small]
        readme = self.folder / README_NAME
        names = [name for name, _ in members]
        readme.write_bytes(readme_text(self.scene, names).encode())
        path = self.folder / ARCHIVE_NAME
        write_archive(
            path, self.scene.session.video_name, [(README_NAME, readme), *members], self.check
        )
        return WrittenFile(SessionFormat.ARCHIVE, path, "application/zip")


def _broadcast(sound: Sound | None, handles_s: float) -> Sound | None:
    return None if sound is None else _broadcast_sound(sound, handles_s)


def _broadcast_sound(sound: Sound, handles_s: float) -> Sound:
    return dataclasses.replace(
        sound,
        file_name=sound.file_name.removesuffix(".wav") + BROADCAST_ENDING,
        handle_samples=round(handles_s * sound.rate),
        is_broadcast=True,
    )


def _no_edl(scene: Scene, i: int, item: SessionFormat) -> FieldViolation:
    return FieldViolation(
        f"formats[{i}]",
        f"an edit decision list has two digits for frames, at most {MAX_EDL_LABELS_PER_S} a second; this video has "
        f"{float(scene.clock.rate):g}: leave {item.name} out",
    )
