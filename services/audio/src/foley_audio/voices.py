"""Who makes the steps of a programme: recorded steps where packs cover the ground, synthesis elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from foley_audio.domain.materials import load_materials
from foley_audio.domain.mix import StepVoice
from foley_audio.domain.pool import PooledVoice
from foley_audio.domain.sample_choice import choose_samples
from foley_audio.domain.sampled import sampled_step
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import FootstepCue, StepSound
from foley_audio.sampling.bank import SampleBank
from foley_common.errors import SamplePackInvalid
from foley_common.packs import PackArchive
from foley_common.sound import SoundEngine
from foley_common.storage.failures import from_os_error

POOL_FROM_STEPS = 500
"""A programme of more steps takes them from pools: 64 of a kind are made first, which pays when each serves often."""


@dataclass(frozen=True, slots=True)
class PackFile:
    """A fetched pack: its zip, and its key in the store for messages."""

    path: Path
    key: str


class SampledVoice:
    """Plays the steps of packs, and synthesises all others; without packs all of them.

    Use it as a context manager: it holds the packs open.

    Attributes:
        chosen: By footstep id, the position of the sample that sounds; the others are synthesised.
    """

    def __init__(
        self,
        cues: Sequence[FootstepCue],
        packs: Sequence[PackFile],
        synthesizer: Synthesizer,
        sample_rate_hz: int,
    ) -> None:
        """Open the packs and choose a sample for every cue that they cover.

        Raises:
            SamplePackInvalid: a pack cannot be used; ``key`` of the metadata says which.
        """
        self._open = ExitStack()
        self._synthesise = synthesised(len(cues), synthesizer, sample_rate_hz)
        self._sample_rate_hz = sample_rate_hz
        self._materials = load_materials() if packs else None
        with ExitStack() as opening:
            archives = [opening.enter_context(_opened(pack)) for pack in packs]
            self._bank = SampleBank(archives, {cue.spec.surface for cue in cues})
            self._open.enter_context(opening.pop_all())
        self.chosen = choose_samples(cues, self._bank.samples)

    def __call__(self, cue: FootstepCue, /) -> StepSound:
        """Mono sound of a cue, dry and from close by."""
        at = self.chosen.get(cue.footstep_id)
        if at is None or self._materials is None:
            return self._synthesise(cue)
        spec = cue.spec
        ground_db = (
            self._materials.grounds[spec.surface].level_db
            + self._materials.shoes[spec.footwear].level_db
        )
        return sampled_step(
            self._bank.sample(at), spec, ground_db=ground_db, sample_rate_hz=self._sample_rate_hz
        )

    def __enter__(self) -> SampledVoice:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def note_engines(self, cues_file: Path) -> None:
        """Write into ``cues.json`` which engine made each step, and of which recording."""
        try:
            document = json.loads(cues_file.read_text(encoding="utf-8"))
            for cue in document["cues"]:
                at = self.chosen.get(cue["footstep_id"])
                cue["engine"] = (
                    SoundEngine.PROCEDURAL if at is None else SoundEngine.SAMPLED
                ).value
                if at is not None:
                    cue["sample"] = self._bank.file_of(at)
            cues_file.write_text(
                json.dumps(document, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
            )
        except OSError as error:
            raise from_os_error(error, path=cues_file.name) from error


def synthesised(step_count: int, synthesizer: Synthesizer, sample_rate_hz: int) -> StepVoice:
    """The voice for the steps of one programme: each afresh, or from pools when there are very many."""
    if step_count > POOL_FROM_STEPS:
        return PooledVoice(synthesizer, sample_rate_hz)
    return synthesizer.voice(sample_rate_hz)


def _opened(pack: PackFile) -> PackArchive:
    try:
        return PackArchive(pack.path)
    except SamplePackInvalid as error:
        error.metadata["key"] = pack.key
        raise
