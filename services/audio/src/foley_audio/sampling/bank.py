"""Packs ready to be played: every step that may be needed is checked and described once, and its sound is at hand."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

from foley_audio.domain.cleaning import strengths
from foley_audio.domain.contacts import MS, ball_ms, levels_db
from foley_audio.domain.sample_choice import SampleInfo
from foley_audio.domain.sampled import SAMPLE_RATE_HZ, Sample
from foley_audio.domain.segmentation import faded, loudest_db, without_offset
from foley_audio.domain.synthesis import LEVEL_DB_PER_STRENGTH
from foley_audio.domain.types import SampleArray
from foley_common.errors import SamplePackInvalid
from foley_common.packs import PackArchive, PackStep
from foley_common.packs.downmix import one_channel
from foley_common.packs.silence import SILENT_DB, silent_step
from foley_common.surfaces import Surface

LONGEST_LEAD_S = 0.06  # of the approach before a contact; a mix takes no more than 0.1 s
LONGEST_S = 2.0  # after the contact; what goes on longer is a room, not a step
ONSET_DB = (
    30.0  # the contact of a file that does not say: the first millisecond so near to its loudest
)
CACHE_BYTES = 128 << 20  # of decoded steps


@dataclass(frozen=True, slots=True)
class _Entry:
    """One step of one pack."""

    archive: PackArchive
    step: PackStep
    contact_index: int
    ball_index: int | None
    first: int
    end: int


class SampleBank:
    """The steps of several packs on the grounds that a programme needs. Used by one thread at a time.

    Attributes:
        samples: What decides which step is taken, in order of packs and their manifests.
    """

    def __init__(self, archives: Sequence[PackArchive], surfaces: Collection[Surface]) -> None:
        """Read and describe the steps on the given grounds.

        Raises:
            SamplePackInvalid: a file is damaged, silent, or not what its header says.
        """
        self._entries: list[_Entry] = []
        self._cache: OrderedDict[int, SampleArray] = OrderedDict()
        self._cached_bytes = 0
        samples: list[SampleInfo] = []
        for pack, archive in enumerate(archives):
            steps = [step for step in archive.manifest.steps if step.surface in surfaces]
            try:
                levels = [self._add(archive, step) for step in steps]
            except SamplePackInvalid as error:
                error.metadata.setdefault("pack", archive.manifest.name)
                raise
            samples += [
                SampleInfo(pack, step.surface, step.footwear, step.gait_kind, strength)
                for step, strength in zip(steps, _strengths(steps, levels), strict=True)
            ]
        self.samples = tuple(samples)

    def _add(self, archive: PackArchive, step: PackStep) -> float:
        """Describe one step; returns its level in the recording, as far as that is known."""
        entry, level_db = _described(archive, step, _decoded(archive, step.file))
        self._entries.append(entry)
        return level_db if step.level_db is None else step.level_db

    def file_of(self, index: int) -> str:
        """Where a sample comes from: its pack and its file in it."""
        entry = self._entries[index]
        return f"{entry.archive.manifest.name}: {entry.step.file}"

    def sample(self, index: int) -> Sample:
        """One step with its sound."""
        entry = self._entries[index]
        return Sample(
            sound=self._sound(index),
            contact_index=entry.contact_index - entry.first,
            ball_index=None if entry.ball_index is None else entry.ball_index - entry.first,
            strength=self.samples[index].strength,
        )

    def _sound(self, index: int) -> SampleArray:
        found = self._cache.get(index)
        if found is not None:
            self._cache.move_to_end(index)
            return found
        entry = self._entries[index]
        decoded = _decoded(entry.archive, entry.step.file)
        sound = faded(decoded[entry.first : entry.end], SAMPLE_RATE_HZ)
        self._cache[index] = sound
        self._cached_bytes += sound.nbytes
        while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= oldest.nbytes
        return sound


def _decoded(archive: PackArchive, file: str) -> SampleArray:
    """One file as one channel at `SAMPLE_RATE_HZ`, shape ``(n,)``."""
    data = archive.read(file)
    try:
        sound, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise _bad(file, f"cannot be read: {error.error_string}") from error
    mono = np.nan_to_num(
        one_channel(np.asarray(sound, np.float32)), nan=0.0, posinf=0.0, neginf=0.0
    )
    if rate != SAMPLE_RATE_HZ:
        mono = np.asarray(soxr.resample(mono, rate, SAMPLE_RATE_HZ, quality="HQ"), np.float32)
    return without_offset(mono, SAMPLE_RATE_HZ)


def _described(archive: PackArchive, step: PackStep, sound: SampleArray) -> tuple[_Entry, float]:
    """Where the contact and the ball of a step are, what of its file is played, and how loud it is."""
    rate_hz = archive.formats[step.file].sample_rate_hz
    level_db = loudest_db(sound, SAMPLE_RATE_HZ)
    if level_db < SILENT_DB:
        raise silent_step(archive.manifest.name, step.file)
    level = levels_db(sound, SAMPLE_RATE_HZ)
    per_ms = MS * SAMPLE_RATE_HZ
    scale = SAMPLE_RATE_HZ / rate_hz
    if step.contact_sample is not None:
        contact = min(sound.size - 1, round(step.contact_sample * scale))
    else:
        loud = np.flatnonzero(level > float(level.max(initial=-200.0)) - ONSET_DB)
        # A window that starts this moment and ends in the sound of the contact is the first to be loud.
        contact = round((int(loud[0]) + 1) * per_ms) if loud.size else 0
        contact = min(sound.size - 1, contact)
    end = min(sound.size, contact + round(LONGEST_S * SAMPLE_RATE_HZ))
    ball: int | None = None
    if step.ball_sample is not None:
        ball = round(step.ball_sample * scale)
    elif step.contact_sample is None:
        found_ms = ball_ms(level, round(contact / per_ms), round(end / per_ms))
        ball = None if found_ms is None else round(found_ms * per_ms)
    if ball is not None and not contact < ball < end:
        ball = None
    first = max(0, contact - round(LONGEST_LEAD_S * SAMPLE_RATE_HZ))
    return _Entry(archive, step, contact, ball, first, end), level_db


def _strengths(steps: Sequence[PackStep], levels: Sequence[float]) -> list[float]:
    """As the manifest says; else by level among the steps of the same ground, shoe and gait."""
    found: list[float] = [0.5] * len(steps)
    groups: dict[tuple[object, ...], list[int]] = {}
    for i, step in enumerate(steps):
        groups.setdefault((step.surface, step.footwear, step.gait_kind), []).append(i)
    for positions in groups.values():
        judged = strengths(np.array([levels[i] for i in positions]), LEVEL_DB_PER_STRENGTH)
        for i, strength in zip(positions, judged.tolist(), strict=True):
            stated = steps[i].strength
            found[i] = strength if stated is None else stated
    return found


def _bad(file: str, problem: str) -> SamplePackInvalid:
    return SamplePackInvalid(f"{file!r} {problem}", entry=file, rule="format")
