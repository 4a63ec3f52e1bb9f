"""From a search for sounds to sample packs: per ground look, cut into steps, take the next when one does not do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from foley_common.errors import FoleyError, RenderCancelled
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.observability import get_logger
from foley_common.packs import Provenance
from foley_common.rpc.surfaces import surface_report_from_bytes
from foley_common.sound import SoundSource
from foley_common.surfaces import Surface
from foley_gateway.codec import from_json, to_json
from foley_gateway.domain.sample_packs import PackSpec
from foley_gateway.domain.sounds import GroundWish, wishes_of
from foley_gateway.domain.types import FoundSound, GroundSound, RejectedSound, RenderOptions
from foley_gateway.stages import SoundRequest, Stages

SOUNDS_PER_GROUND = 3  # recordings asked for: the next is taken when one gives no steps
OUTCOME_NAME = "outcome.json"
MAX_PACK_NAME_CHARACTERS = 255  # foley.audio.v1.BuildSamplePackRequest
NOTHING_USABLE = "none of the recordings gives footsteps to use"


class SoundChain:
    """Chains `FindSounds` and `BuildSamplePack`.

    Args:
        store: Where reports are, and where a search's outcome is kept.
        stages: The services that do it.
    """

    def __init__(self, store: ObjectStore, stages: Stages) -> None:
        self._store = store
        self._stages = stages

    async def find(
        self,
        surfaces: ObjectRef,
        options: RenderOptions,
        prefix: str,
        *,
        deadline_s: float,
        on_progress: Callable[[float], None],
    ) -> tuple[tuple[GroundSound, ...], bool]:
        """What was found for every ground of a clip, and whether an earlier search had found it.

        A search that failed somewhere is not kept: the next render of the clip looks again.

        Args:
            surfaces: The surface report.
            options: With a sound search.
            prefix: Where recordings and packs are stored.
            deadline_s: For each call.
            on_progress: Called with the share of grounds that are done.
        """
        assert options.sound_search is not None  # else there is nothing to look for
        key = f"{prefix}/{OUTCOME_NAME}"
        known = await self._store.find(key)
        if known is not None:
            told = json.loads(await self._store.read_bytes(known))
            return tuple(from_json(GroundSound, item) for item in told), True
        report = surface_report_from_bytes(await self._store.read_bytes(surfaces))
        wishes = wishes_of(report, options.sound_search)
        found: list[GroundSound] = []
        for done, wish in enumerate(wishes):
            on_progress(done / len(wishes))
            found.append(await self._for_ground(wish, options, prefix, deadline_s))
        on_progress(1.0)
        if found and not any(item.fallback_reason for item in found):
            data = json.dumps([to_json(item) for item in found]).encode()
            await self._store.publish_bytes(data, key, "application/json")
        return tuple(found), False

    async def _for_ground(
        self, wish: GroundWish, options: RenderOptions, prefix: str, deadline_s: float
    ) -> GroundSound:
        outcome = GroundSound(wish.surface, wish.query, fallback_reason=wish.problem)
        if not wish.problem:
            outcome = await self._searched(
                outcome, wish, options, f"{prefix}/{wish.surface.value}", deadline_s
            )
        get_logger().info(
            "ground_sound",
            surface=wish.surface.value,
            query=outcome.query,
            source=outcome.sound.source.value if outcome.sound and outcome.sound.source else None,
            step_count=outcome.step_count,
            rejected_count=len(outcome.rejected),
            fallback_reason=outcome.fallback_reason,
        )
        return outcome

    async def _searched(
        self,
        outcome: GroundSound,
        wish: GroundWish,
        options: RenderOptions,
        prefix: str,
        deadline_s: float,
    ) -> GroundSound:
        search = options.sound_search
        assert search is not None
        findings = await self._stages.surfaces.find_sounds(
            SoundRequest(
                query=wish.query,
                url=wish.url,
                rights_confirmed=search.rights_confirmed,
                sources=search.sources,
                sample_packs=options.style.sample_packs,
                output_prefix=f"{prefix}/found",
                count=SOUNDS_PER_GROUND,
            ),
            deadline_s=deadline_s,
            on_progress=lambda _share: None,
        )
        rejected = list(findings.rejected)
        for sound in findings.sounds:
            if sound.source is SoundSource.SAMPLE_PACK:  # cut already, and in the style
                return replace(
                    outcome, sound=sound, sample_pack=sound.sound, rejected=tuple(rejected)
                )
            try:
                pack = await self._stages.audio.build_sample_pack(
                    sound.sound,
                    _pack_spec(sound, wish.surface),
                    f"{prefix}/packs/{sound.sound.sha256[:20]}",
                    deadline_s=deadline_s,
                    on_progress=lambda _share: None,
                )
            except RenderCancelled:
                raise
            except FoleyError as error:
                rejected.append(_refused(sound, error.message))
                continue
            if pack.step_count == 0:
                rejected.append(_refused(sound, "no footsteps were found in it"))
                continue
            return replace(
                outcome,
                sound=sound,
                sample_pack=pack.pack,
                step_count=pack.step_count,
                rejected=tuple(rejected),
            )
        reason = findings.problem
        if findings.sounds:
            reason = f"{NOTHING_USABLE}: {rejected[-1].reason}"
        return replace(outcome, rejected=tuple(rejected), fallback_reason=reason)


def _pack_spec(sound: FoundSound, surface: Surface) -> PackSpec:
    """A recording to be cut into steps; where it comes from goes into the pack."""
    return PackSpec(
        surface=surface,
        name=sound.title[:MAX_PACK_NAME_CHARACTERS],
        provenance=Provenance(
            source_url=sound.source_url,
            title=sound.title,
            uploader=sound.uploader,
            licence=sound.licence,
            rights_confirmed=sound.rights_confirmed,
        ),
    )


def _refused(sound: FoundSound, reason: str) -> RejectedSound:
    return RejectedSound(sound.source_url, sound.title, reason)
