"""Sound without a video through a gateway into a folder, and recordings into sample packs."""

from __future__ import annotations

import json
import wave
from collections import Counter
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from foley_client.home import Home, ensure_writable, write_error
from foley_client.names import one_line, shown
from foley_client.outputs import other_files
from foley_client.packs import covers, stored_packs, zips_of
from foley_client.rpc.gateway import FoleyClient
from foley_client.rpc.options import SoundMessage, with_packs
from foley_client.rpc.sounds import RecordingSpec
from foley_client.session import gateway_for
from foley_client.show import Show
from foley_common.errors import FieldViolation, InvalidField, ObjectNotFound, UndecodableMedia
from foley_common.packs import Rejection

STEPS_NAME = "steps.json"
OUT_WHAT = "the output folder"
OUT_REMEDY = "give another with --out"


@dataclass(frozen=True, slots=True)
class SoundJob:
    """Footsteps that a person wants to hear.

    Attributes:
        request: What shall be made.
        facts: The same in words, for ``steps.json``.
        packs: Sample packs to play.
        folder: Where the files go.
        home: Where services started for this keep their work.
        server: Address of a running gateway; None starts or finds one on this machine.
    """

    request: SoundMessage
    facts: dict[str, object]
    packs: tuple[Path, ...]
    folder: Path
    home: Home
    server: str | None


@dataclass(frozen=True, slots=True)
class HeardFile:
    """One WAV file that was made."""

    file: str
    contact_samples: tuple[int, ...]
    sample_rate_hz: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class Heard:
    """All files that were made, and of what; what else lies in the folder."""

    facts: dict[str, object]
    files: tuple[HeardFile, ...]
    other_files: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The content of ``steps.json``."""
        return {"schema": 1, **self.facts, "files": [asdict(file) for file in self.files]}


@dataclass(frozen=True, slots=True)
class PackJob:
    """A recording that becomes a sample pack.

    Attributes:
        recording: The file.
        spec: What is known of it.
        out: The zip to write.
        home: Where services started for this keep their work.
        server: Address of a running gateway; None starts or finds one on this machine.
    """

    recording: Path
    spec: RecordingSpec
    out: Path
    home: Home
    server: str | None


@dataclass(frozen=True, slots=True)
class MadePack:
    """A sample pack, what of the recording is not in it, and of which of its audio streams it is."""

    path: str
    name: str
    step_count: int
    rejected: tuple[Rejection, ...]
    audio_stream: int = 0
    audio_stream_count: int = 0

    def rejected_counts(self) -> dict[str, int]:
        """Parts by reason, the commonest first."""
        return dict(Counter(part.reason for part in self.rejected).most_common())

    def to_json(self) -> dict[str, object]:
        """For scripts."""
        return {
            "pack": self.path,
            "name": self.name,
            "step_count": self.step_count,
            "audio_stream": self.audio_stream,
            "audio_stream_count": self.audio_stream_count,
            "rejected": [asdict(part) for part in self.rejected],
        }


async def make_sound(job: SoundJob, show: Show) -> Heard:
    """Do it.

    Raises:
        FoleyError: whatever went wrong, one class per reason.
    """
    ensure_writable(job.folder, what=OUT_WHAT, remedy=OUT_REMEDY)
    files: list[HeardFile] = []
    with zips_of(job.packs) as zips:
        async with (
            gateway_for(job.home, job.server, show) as place,
            FoleyClient(place.target) as client,
        ):
            if zips and not covers(zips, job.facts["surface"]):
                show.note(f"no pack has {job.facts['surface']}: every step is synthesised")
            with_packs(job.request, await stored_packs(client, zips, show))
            show.waiting("making footsteps")
            try:
                async for sound in client.render_sound(job.request, job.folder):
                    files.append(
                        HeardFile(
                            sound.path.name,
                            sound.contact_samples,
                            sound.sample_rate_hz,
                            _duration_s(sound.path),
                        )
                    )
            except OSError as error:
                raise write_error(error, job.folder, what=OUT_WHAT, remedy=OUT_REMEDY) from error
    made = [STEPS_NAME, *(file.file for file in files)]
    heard = Heard(job.facts, tuple(files), other_files(job.folder, made))
    path = job.folder / STEPS_NAME
    try:
        path.write_text(
            json.dumps(heard.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise write_error(error, path, what=OUT_WHAT, remedy=OUT_REMEDY) from error
    return heard


async def make_pack(job: PackJob, show: Show) -> MadePack:
    """Do it.

    Raises:
        FoleyError: whatever went wrong, one class per reason.
    """
    if not job.recording.exists():
        raise ObjectNotFound(f"there is no recording {job.recording}", path=str(job.recording))
    if job.recording.is_dir() or job.recording.stat().st_size == 0:
        what = "a folder" if job.recording.is_dir() else "empty"
        raise UndecodableMedia(
            f"{job.recording} is {what}: name a recording", path=str(job.recording)
        )
    if job.out.is_dir():
        raise InvalidField([FieldViolation("--out", f"{job.out} is a folder: name a .zip file")])
    ensure_writable(job.out.parent, what="the folder of the pack", remedy=OUT_REMEDY)
    async with (
        gateway_for(job.home, job.server, show) as place,
        FoleyClient(place.target) as client,
    ):
        name = one_line(shown(job.recording.name))
        pack, rejected = await client.build_sample_pack(
            job.recording,
            job.spec,
            on_upload=partial(show.working, f"uploading {name}"),
            on_progress=partial(show.working, f"looking for footsteps in {name}"),
        )
        try:
            await client.download_sample_pack(pack, job.out)
        except OSError as error:
            raise write_error(error, job.out, what="the pack", remedy=OUT_REMEDY) from error
    return MadePack(
        str(job.out),
        pack.display_name,
        pack.step_count,
        tuple(rejected),
        pack.audio_stream,
        pack.audio_stream_count,
    )


def _duration_s(path: Path) -> float:
    """Length of a PCM WAV file in seconds."""
    with wave.open(str(path), "rb") as file:
        return round(file.getnframes() / file.getframerate(), 4)
