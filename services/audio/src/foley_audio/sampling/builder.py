"""A recording becomes a sample pack: steps found, judged, levelled and put into a zip with a manifest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from foley_audio.domain.cleaning import REMEDIES, Flaw, flaw_of, loops, outliers, strengths
from foley_audio.domain.content import ContentSpan, find_content
from foley_audio.domain.segmentation import FoundStep, scan
from foley_audio.domain.synthesis import LEVEL_DB_PER_STRENGTH
from foley_audio.render.wav import write_mono
from foley_audio.sampling.mono import RATE_HZ, MonoRecording
from foley_audio.sampling.streams import ChosenStream, in_seconds, rank_streams, read_best
from foley_common.errors import RecordingUnusable
from foley_common.footsteps import GaitKind
from foley_common.packs import (
    MANIFEST_NAME,
    PackManifest,
    PackStep,
    Provenance,
    Rejection,
    zip_folder,
)
from foley_common.storage.failures import from_os_error
from foley_common.surfaces import Footwear, Surface

MAX_PACK_STEPS = 128  # the best ones; more variety is not heard
MAX_CANDIDATES = (
    384  # good steps after which reading stops: three times as many as are kept, to choose from
)
HIGHEST_PEAK_DB = -1.0  # of full scale, of the loudest peak in the pack
HIGHEST_LEVEL_DB = -20.0  # of the loudest 50 ms of every step
CLEAN_SNR_DB = 40.0  # cleaner steps are not better ones
PACK_NAME = "pack.zip"


@dataclass(frozen=True, slots=True)
class PackSpec:
    """What the caller says of a recording.

    Attributes:
        surface: The ground in it.
        footwear: The shoe; None when not known.
        gait_kind: The gait; None when not known.
        name: Of the pack; empty takes one made of ground and shoe.
        provenance: Where the recording comes from; None when nobody said.
        audio_stream: Which of the recording's audio streams, from 1; 0 takes the one with most steps.
    """

    surface: Surface
    footwear: Footwear | None = None
    gait_kind: GaitKind | None = None
    name: str = ""
    provenance: Provenance | None = None
    audio_stream: int = 0

    @property
    def words(self) -> list[str]:
        """Ground, shoe and gait, as far as they are told."""
        return [word.value for word in (self.surface, self.footwear, self.gait_kind) if word]


@dataclass(frozen=True, slots=True)
class BuiltPack:
    """A pack on disk, and what of the recording is not in it."""

    path: Path
    manifest: PackManifest


def build_pack(
    recording: Path,
    spec: PackSpec,
    folder: Path,
    *,
    on_progress: Callable[[int, int, str], None] = lambda _done, _total, _unit: None,
) -> BuiltPack:
    """Make a pack of the steps in a recording.

    Args:
        recording: Any container with sound, however long.
        spec: What the caller says of it.
        folder: Existing folder for the pack and for scratch files.
        on_progress: Called with done, total and unit; may raise to stop the work.

    Raises:
        UndecodableMedia: no sound can be read.
        RecordingUnusable: no step of it can be used; the message says why and what would help.
        InvalidField: it has no such audio stream.
    """
    tell = in_seconds(on_progress)
    choices = rank_streams(recording, spec.audio_stream, on_listened=tell)
    found = read_best(choices, lambda chosen: _Findings(recording, chosen, tell).read())
    chosen, steps = found.chosen, found.best_steps()
    if not steps:
        raise _unusable(found, chosen.words)
    manifest = PackManifest(
        name=spec.name or ", ".join(spec.words),
        steps=_written(steps, spec, folder / "pack"),
        provenance=spec.provenance,
        rejected=tuple(found.rejections({step.span.contact for step in steps})),
        audio_stream=chosen.number,
        audio_stream_count=chosen.count,
        audio_streams_left_out=chosen.left_out,
    )
    path = folder / PACK_NAME
    try:
        (folder / "pack" / MANIFEST_NAME).write_text(manifest.to_json(), encoding="utf-8")
        zip_folder(folder / "pack", path)
    except OSError as error:
        raise from_os_error(error, path=PACK_NAME) from error
    return BuiltPack(path, manifest)


class _Findings:
    """What was found in a recording so far."""

    def __init__(
        self, recording: Path, chosen: ChosenStream, tell: Callable[[float, float], None]
    ) -> None:
        self._recording = MonoRecording(recording, chosen.number, on_read=self._read)
        self.chosen = chosen
        self._tell = tell
        self.good: list[FoundStep] = []
        self.spans: list[ContentSpan] = []
        self.flawed: list[tuple[FoundStep, Flaw]] = []
        self.read_s = 0.0

    def read(self) -> Self:
        """Go through the recording until its end, or until there are steps enough."""
        for window in scan(
            self._recording.blocks(), RATE_HZ, in_coarse_steps=self._recording.in_coarse_steps
        ):
            start_s = window.first / RATE_HZ
            self.read_s = start_s + window.mono.size / RATE_HZ
            spans = find_content(window.mono, RATE_HZ) if window.steps else []
            for span in spans:
                self._add_span(
                    replace(span, start_s=span.start_s + start_s, end_s=span.end_s + start_s)
                )
            clipped_s = self._recording.clipped_s()
            for step in window.steps:
                flaw = flaw_of(step, self.spans, clipped_s, RATE_HZ)
                if flaw is None:
                    self.good.append(step)
                else:
                    self.flawed.append((replace(step, sound=step.sound[:0]), flaw))
            self._read(self.read_s)
            if len(self.good) >= MAX_CANDIDATES:
                break
        return self

    def best_steps(self) -> list[FoundStep]:
        """Good steps that are unlike each other and like all others, the cleanest ones, in order of time."""
        for positions, flaw in ((loops(self.good, RATE_HZ), Flaw.LOOP), (None, Flaw.OUTLIER)):
            bad = outliers(self.good) if positions is None else positions
            self.flawed += [(self.good[i], flaw) for i in sorted(bad)]
            self.good = [step for i, step in enumerate(self.good) if i not in bad]
        cleanest = sorted(
            range(len(self.good)),
            key=lambda i: (
                -min(CLEAN_SNR_DB, self.good[i].level_db - self.good[i].noise_db),
                i,
            ),
        )
        kept = set(cleanest[:MAX_PACK_STEPS])
        self.flawed += [(step, Flaw.SURPLUS) for i, step in enumerate(self.good) if i not in kept]
        return [step for i, step in enumerate(self.good) if i in kept]

    def rejections(self, kept_contacts: set[int]) -> list[Rejection]:
        """Speech and music as a whole, every other flawed step; neighbours with one flaw are one part."""
        parts = [
            Rejection(round(span.start_s, 3), round(span.end_s, 3), span.content.value)
            for span in self.spans
        ]
        contacts = np.sort(np.array(sorted(kept_contacts), np.int64))
        open_part: tuple[int, int, Flaw] | None = None
        for step, flaw in sorted(self.flawed, key=lambda item: item[0].span.contact):
            if flaw in (Flaw.SPEECH, Flaw.MUSIC):
                continue
            if open_part is not None:
                first, last, same = open_part
                between = np.searchsorted(contacts, [last, step.span.contact])
                if same is flaw and between[0] == between[1]:
                    open_part = (first, step.span.end, flaw)
                    continue
                parts.append(_part(open_part))
            open_part = (step.span.first, step.span.end, flaw)
        if open_part is not None:
            parts.append(_part(open_part))
        return sorted(parts, key=lambda part: (part.start_s, part.end_s))

    def _read(self, read_s: float) -> None:
        self._tell(self.chosen.listened_s + read_s, max(0.0, self._recording.duration_s - read_s))

    def _add_span(self, span: ContentSpan) -> None:
        """Windows overlap, and so do spans that go on from one to the next."""
        if self.spans and self.spans[-1].end_s >= span.start_s:
            before = self.spans[-1]
            content = before.content if before.end_s >= span.end_s else span.content
            self.spans[-1] = ContentSpan(
                min(before.start_s, span.start_s), max(before.end_s, span.end_s), content
            )
        else:
            self.spans.append(span)


def _part(part: tuple[int, int, Flaw]) -> Rejection:
    first, last, flaw = part
    return Rejection(round(first / RATE_HZ, 3), round(last / RATE_HZ, 3), flaw.value)


def _unusable(found: _Findings, where: str) -> RecordingUnusable:
    """Why, by what most of the steps suffered from, and what would help."""
    if not found.flawed:
        return RecordingUnusable(
            f"no footsteps were found in {found.read_s:.0f} s of sound{where}; give a recording in which single steps "
            "stand out from what is around them",
            found="nothing",
        )
    flaw, count = Counter(flaw for _, flaw in found.flawed).most_common(1)[0]
    return RecordingUnusable(
        f"none of {len(found.flawed)} sounds that begin like steps{where} can be used: {flaw.value} in {count} of "
        f"them; {REMEDIES[flaw]}",
        found=flaw.value,
    )


def _written(steps: Sequence[FoundStep], spec: PackSpec, folder: Path) -> tuple[PackStep, ...]:
    """Write every step at one level and say what it was."""
    (folder / "steps").mkdir(parents=True)
    levels = np.array([step.level_db for step in steps])
    hardness = strengths(levels, LEVEL_DB_PER_STRENGTH)
    crests = [
        20 * math.log10(float(np.abs(step.sound).max()) + 1e-9) - step.level_db for step in steps
    ]
    level_db = min(HIGHEST_LEVEL_DB, HIGHEST_PEAK_DB - max(crests))
    rows: list[PackStep] = []
    for i, step in enumerate(steps):
        name = f"steps/{'_'.join(spec.words)}_{i + 1:03d}.wav"
        gain = 10 ** ((level_db - step.level_db) / 20)
        write_mono(folder / name, (gain * step.sound).astype(np.float32), RATE_HZ)
        ball = step.ball_index
        rows.append(
            PackStep(
                file=name,
                surface=spec.surface,
                footwear=spec.footwear,
                gait_kind=spec.gait_kind,
                contact_sample=step.contact_index,
                ball_sample=ball,
                toe_range=None if ball is None else (ball, step.sound.size),
                level_db=round(step.level_db, 2),
                strength=round(float(hardness[i]), 3),
                spectral_centroid_hz=round(step.centroid_hz, 1),
                source_start_s=round(step.span.contact / RATE_HZ, 4),
            )
        )
    return tuple(rows)
