"""The sound of footsteps without a video: single steps, or a short walk through the whole chain."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from foley_common.errors import FoleyError
from foley_common.footsteps import DetectedFootsteps
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.rpc.footsteps import detected_footsteps_to_bytes
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.sound import DEFAULT_SAMPLE_RATE_HZ
from foley_gateway.domain.sample_packs import MadeSound, SoundWish
from foley_gateway.domain.walk import short_walk
from foley_gateway.passing_folders import Purpose, passing_folder
from foley_gateway.settings import GatewaySettings
from foley_gateway.stages import AudioStage

WALK_FILE = "walk.wav"
_BINPB = "application/x-protobuf"


class SoundMaker:
    """Makes sound to listen to. Nothing of it is kept."""

    def __init__(self, *, store: ObjectStore, audio: AudioStage, settings: GatewaySettings) -> None:
        self._store = store
        self._audio = audio
        self._settings = settings

    async def make(self, wish: SoundWish) -> AsyncGenerator[MadeSound]:
        """The files of a wish, one after the other; each is gone once the next is asked for.

        Raises:
            FoleyError: what the audio service says.
        """
        lasting_s = self._settings.busy_patience_s + self._settings.stage_deadline_s
        async with passing_folder(self._store, Purpose.SOUND, lasting_s=lasting_s) as prefix:
            making = self._steps(wish, prefix) if wish.step_count else self._walk(wish, prefix)
            async with aclosing(making) as files:  # nobody writes any more when the folder goes
                async for made in files:
                    yield made

    def read(self, ref: ObjectRef) -> AsyncIterator[bytes]:
        """All bytes of a file."""
        return self._store.read_range(ref, 0, ref.size_bytes)

    async def _steps(self, wish: SoundWish, prefix: str) -> AsyncGenerator[MadeSound]:
        rate = wish.style.sample_rate_hz or DEFAULT_SAMPLE_RATE_HZ
        bank = self._audio.render_step_bank(
            wish, prefix, deadline_s=self._settings.stage_deadline_s
        )
        async with aclosing(bank) as steps:
            async for step in steps:
                name = step.sound.key.rsplit("/", 1)[-1]
                yield MadeSound(name, step.sound, (step.contact_sample,), rate)

    async def _walk(self, wish: SoundWish, prefix: str) -> AsyncGenerator[MadeSound]:
        video, steps, report = short_walk(
            wish.surface,
            wish.footwear,
            wish.gait_kind,
            wish.strength,
            wish.style.seed,
            wet=wish.wet,
        )
        detected = DetectedFootsteps(video, steps)
        footsteps = await self._store.publish_bytes(
            detected_footsteps_to_bytes(detected), f"{prefix}/footsteps.binpb", _BINPB
        )
        surfaces = await self._store.publish_bytes(
            surface_report_to_bytes(report), f"{prefix}/surfaces.binpb", _BINPB
        )
        sound = await self._audio.synthesize_footsteps(
            None,
            footsteps,
            surfaces,
            wish.style,
            prefix,
            tails=False,
            deadline_s=self._settings.stage_deadline_s,
            on_progress=lambda _fraction: None,
        )
        try:
            cues = json.loads(await self._store.read_bytes(sound.cues))
            contacts = tuple(int(cue["onset_sample"]) for cue in cues["cues"])
            rate = int(cues["sample_rate_hz"])
        except (KeyError, TypeError, ValueError) as error:
            raise FoleyError("the audio service wrote cues that cannot be read") from error
        yield MadeSound(WALK_FILE, sound.mix, contacts, rate)
