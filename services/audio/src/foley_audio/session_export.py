"""An export from stored objects to stored files: look at the media, fetch what is copied, write, publish."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foley_audio.domain.mix import tail_start
from foley_audio.domain.types import Session, Stem
from foley_audio.export.clock import exact, labelled_rate
from foley_audio.export.files import WrittenFile, planned, write_files
from foley_audio.export.media import Picture, Sound, in_units, sound_title
from foley_audio.export.names import plain
from foley_audio.export.scene import Scene
from foley_audio.render.wav_header import HEAD_BYTES, WavFacts, read_header
from foley_common.errors import UndecodableMedia
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.rpc.work import Finished, ProgressUpdate, Reporter
from foley_common.sound import SessionFormat
from foley_common.storage.failures import from_os_error

RunJob = Callable[
    [Callable[[Reporter], list[WrittenFile]]],
    AsyncGenerator[ProgressUpdate | Finished[list[WrittenFile]], None],
]


@dataclass(frozen=True, slots=True)
class SessionMedia:
    """Stored media of a session; None for what there is none of.

    Attributes:
        mix, foley, cues, video: As the stages stored them.
        stems: Parts of the mix, and their sounds.
        tails: Sounds, and how each goes on after the picture.
    """

    mix: ObjectRef | None = None
    foley: ObjectRef | None = None
    cues: ObjectRef | None = None
    video: ObjectRef | None = None
    stems: tuple[tuple[Stem, ObjectRef], ...] = ()
    tails: Mapping[ObjectRef, ObjectRef] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is exported, and under which prefix it is stored; no formats means all small ones."""

    session: Session
    media: SessionMedia
    formats: tuple[SessionFormat, ...]
    output_prefix: str


async def export_session(
    order: ExportOrder, store: ObjectStore, folder: Path, run: RunJob
) -> list[tuple[SessionFormat, ObjectRef]]:
    """Write and store the files of a session.

    Args:
        order: What.
        store: Where media are and files go.
        folder: Empty, for temporary files: the media that are copied and what is made of them.
        run: Runs a blocking job off the event loop.

    Returns:
        A format and a stored file each, in the order of the formats.

    Raises:
        InvalidField, UndecodableMedia, ObjectNotFound, StoreFull, …: nothing was reported then.
    """
    names = _names(order.media)
    scene, formats = planned(await _scene(order, names, store), order.formats)
    media_dir, tails_dir, out_dir = folder / "media", folder / "tails", folder / "out"
    try:
        for made in (media_dir, tails_dir, out_dir):
            made.mkdir()
    except OSError as error:
        raise from_os_error(error, path="the folder for temporary files") from error
    sounds = [sound.source_name for sound in scene.recordings]
    copied = {
        name: ref
        for name, ref in names.items()
        if (SessionFormat.BWF in formats and name in sounds) or SessionFormat.ARCHIVE in formats
    }
    going_on = {
        sound.source_name: order.media.tails[names[sound.source_name]]
        for sound in scene.recordings
        if sound.tail is not None and sound.handle_samples
    }
    sources = await _fetched(copied, store, media_dir)
    tails = await _fetched(going_on, store, tails_dir)
    digests = {name: ref.sha256 for name, ref in names.items()}

    def job(reporter: Reporter) -> list[WrittenFile]:
        return write_files(
            scene,
            formats,
            out_dir,
            sources=sources,
            tails=tails,
            digests=digests,
            check=reporter.check,
        )

    stored: list[tuple[SessionFormat, ObjectRef]] = []
    async for item in run(job):
        if isinstance(item, Finished):
            for file in item.value:
                key = f"{order.output_prefix}/{file.path.name}"
                stored.append((file.format, await store.publish(file.path, key, file.media_type)))
    return stored


async def _fetched(
    refs: Mapping[str, ObjectRef], store: ObjectStore, folder: Path
) -> dict[str, Path]:
    """Stored files in a folder, under their names."""
    for name, ref in refs.items():
        await store.fetch(ref, folder / name)
    return {name: folder / name for name in refs}


def _names(media: SessionMedia) -> dict[str, ObjectRef]:
    """Every stored file under the name that it has beside the session: its key's last part, made unique."""
    refs = [media.video, media.mix, media.foley, media.cues, *(ref for _, ref in media.stems)]
    found: dict[str, ObjectRef] = {}
    for ref in refs:
        if ref is None or ref in found.values():
            continue
        name = ref.key.rsplit("/", 1)[-1]
        stem, dot, ending = name.rpartition(".")
        number = 1
        while name in found:
            number += 1
            name = f"{stem}-{number}{dot}{ending}"
        found[name] = ref
    return found


async def _scene(order: ExportOrder, names: dict[str, ObjectRef], store: ObjectStore) -> Scene:
    media, session = order.media, order.session
    name_of = {ref: name for name, ref in names.items()}

    async def sound(ref: ObjectRef | None, stem: Stem | None = None) -> Sound | None:
        if ref is None:
            return None
        name = name_of[ref]
        facts = await _facts(ref, name, store)
        after = media.tails.get(ref)
        tail = None if after is None else await _facts(after, f"the tail of {name}", store)
        if tail is not None and not _goes_on(facts, tail):
            raise UndecodableMedia(f"the tail of {name} is that of another sound", name=name)
        return Sound(name, sound_title(stem, name), name, facts, stem=stem, tail=tail)

    stems = [await sound(ref, stem) for stem, ref in media.stems]
    return Scene(
        session,
        picture=None if media.video is None else _picture(session, name_of[media.video]),
        mix=await sound(media.mix),
        foley=await sound(media.foley),
        stems=tuple(stem for stem in stems if stem is not None),
    )


def _goes_on(sound: WavFacts, tail: WavFacts) -> bool:
    """Whether a tail fits: samples of the same form, and enough of them for the part of the sound that it replaces."""
    replaced = sound.total_samples - tail_start(sound.total_samples, sound.sample_rate_hz)
    return tail.format_chunk == sound.format_chunk and tail.total_samples >= replaced


async def _facts(ref: ObjectRef, name: str, store: ObjectStore) -> WavFacts:
    parts = store.read_range(ref, 0, min(HEAD_BYTES, ref.size_bytes))
    return read_header(b"".join([part async for part in parts]), ref.size_bytes, name)


def _picture(session: Session, file_name: str) -> Picture:
    video = session.video
    rate = labelled_rate(video)
    # Frames of a variable rate are as many as a timeline of the nominal one shows in that time.
    count = 0 if video.variable_frame_rate else video.frame_count
    return Picture(
        file_name=file_name,
        title=plain(session.video_name) or file_name,
        frame_rate=rate,
        frame_count=count or in_units(exact(video.duration_s), rate),
        width_px=video.width_px,
        height_px=video.height_px,
    )
