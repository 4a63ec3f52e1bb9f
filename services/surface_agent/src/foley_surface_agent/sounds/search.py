"""A search as a service does it: packs fetched, recordings stored by their content, the outcome remembered."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from foley_common.errors import SoundNotFound
from foley_common.objects import ObjectRef, ObjectStore, derived_key_part, sha256_of
from foley_common.observability import get_logger
from foley_common.rpc.work import CallContext, Finished, ProgressUpdate, Reporter, WorkQueue
from foley_common.scratch import scratch_folder
from foley_common.sound import SoundSource
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.sounds.find import SoundSources, find_sounds
from foley_surface_agent.sounds.media import SUFFIX
from foley_surface_agent.sounds.packs import FetchedPack

MEMORY_MEDIA_TYPE = "application/json"
MEMORY_VERSION = 1
PROGRESS_UNIT = "recordings"
_NAME_LENGTH = 20  # hex digits of the digest in a stored recording's name


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a caller asks.

    Attributes:
        wish: What is looked for.
        asked: Where, in this order; empty for everywhere.
        packs: Sample packs of the caller's.
        output_prefix: Where recordings are stored.
    """

    wish: SoundWish
    asked: tuple[SoundSource, ...]
    packs: tuple[ObjectRef, ...]
    output_prefix: str


@dataclass(frozen=True, slots=True)
class StoredSound:
    """One recording in the store."""

    ref: ObjectRef
    found: Found


Outcome = StoredSound | Rejected


@dataclass(slots=True)
class _Gathered:
    items: list[Found | Rejected]
    nothing: SoundNotFound | None = None


class SoundSearch:
    """Searches, one worker thread each, and stores what was found.

    Args:
        store: Where packs are and recordings go.
        queue: Bounds the searches.
        sources: Where this service may look.
        scratch_dir: Where recordings lie until they are stored; None: the system's place.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        queue: WorkQueue,
        sources: SoundSources,
        scratch_dir: Path | None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._sources = sources
        self._scratch_dir = scratch_dir

    @property
    def source_names(self) -> tuple[SoundSource, ...]:
        """Where this service may look."""
        return self._sources.names()

    async def find(
        self, request: SearchRequest, context: CallContext
    ) -> AsyncIterator[ProgressUpdate | Outcome]:
        """Progress, then every recording that was taken or refused.

        Raises:
            FetchRefused, SoundNotFound: as `find_sounds`.
            ServiceBusy: as many searches as allowed run and wait.
        """
        memory = f"{request.output_prefix}/found-{self._digest(request)}.json"
        remembered = await self._remembered(memory)
        if remembered:
            for outcome in remembered:
                yield outcome
            return
        with scratch_folder("sounds", self._scratch_dir) as folder:
            packs = await self._packs(request.packs, folder)
            gathered = _Gathered([])
            work = self._work(request, packs, folder)
            async for item in self._queue.run(work, context):
                if isinstance(item, Finished):
                    gathered = item.value
                else:
                    yield item
            outcomes: list[Outcome] = []
            for item in gathered.items:
                outcome = await self._stored(item, request)
                outcomes.append(outcome)
                yield outcome
        if gathered.nothing is not None:
            raise gathered.nothing
        data = json.dumps({"version": MEMORY_VERSION, "found": [_to_json(o) for o in outcomes]})
        await self._store.publish_bytes(data.encode(), memory, MEMORY_MEDIA_TYPE)

    def _work(
        self, request: SearchRequest, packs: Sequence[FetchedPack], folder: Path
    ) -> Callable[[Reporter], _Gathered]:
        def search(reporter: Reporter) -> _Gathered:
            gathered = _Gathered([])
            with ExitStack() as stack:
                stack.push(_removes_when_it_fails(folder))
                items = find_sounds(
                    request.wish,
                    self._sources,
                    asked=request.asked,
                    packs=packs,
                    folder=folder,
                    check=reporter.check,
                )
                stack.callback(items.close)  # type: ignore[attr-defined]  # a generator
                try:
                    for item in items:
                        gathered.items.append(item)
                        taken = sum(isinstance(one, Found) for one in gathered.items)
                        reporter.report(taken, request.wish.count, PROGRESS_UNIT)
                except SoundNotFound as error:
                    gathered.nothing = error  # what was refused is told first
            return gathered

        return search

    async def _packs(self, refs: Sequence[ObjectRef], folder: Path) -> list[FetchedPack]:
        packs: list[FetchedPack] = []
        for number, ref in enumerate(refs):
            path = folder / f"kept-pack-{number}.zip"
            await self._store.fetch(ref, path)
            packs.append(FetchedPack(ref.key, path))
        return packs

    async def _stored(self, item: Found | Rejected, request: SearchRequest) -> Outcome:
        if isinstance(item, Rejected):
            return item
        confirmed = request.wish.rights_confirmed and item.source is SoundSource.WEB
        get_logger().info(
            "sound_found", source=item.source.value, url=item.source_url, rights_confirmed=confirmed
        )
        if item.path is None:
            ref = next(ref for ref in request.packs if ref.key == item.key)
            return StoredSound(ref, item)
        suffix = item.path.suffix.lower() or SUFFIX
        name = sha256_of(item.path)[:_NAME_LENGTH]
        ref = await self._store.publish(
            item.path, f"{request.output_prefix}/{name}{suffix}", item.media_type
        )
        return StoredSound(ref, replace(item, path=None, key=ref.key))

    async def _remembered(self, key: str) -> list[Outcome]:
        """What an earlier search found, while all of it is still there."""
        ref = await self._store.find(key)
        if ref is None:
            return []
        told = json.loads(await self._store.read_bytes(ref))
        if told.get("version") != MEMORY_VERSION:
            return []
        outcomes = [_from_json(item) for item in told["found"]]
        for outcome in outcomes:
            if isinstance(outcome, StoredSound) and await self._store.find(outcome.ref.key) is None:
                return []
        return outcomes

    def _digest(self, request: SearchRequest) -> str:
        """What an outcome depends on; the library's and the web's contents are what they are at the time."""
        return derived_key_part(
            json.dumps(asdict(request.wish), sort_keys=True),
            json.dumps(request.asked),
            json.dumps([ref.sha256 for ref in request.packs]),
            json.dumps(self.source_names),
        )


def _removes_when_it_fails(folder: Path) -> Callable[..., None]:
    """Removes a search's folder once its thread has ended by an exception.

    A search that nobody waits for any more outlives its caller for a moment, and makes the folder again that the
    caller has removed.
    """

    def remove(kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            shutil.rmtree(folder, ignore_errors=True)

    return remove


def _to_json(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Rejected):
        return {"rejected": asdict(outcome)}
    found = asdict(outcome.found)
    moment = outcome.found.fetch_time
    found |= {"path": None, "fetch_time": None if moment is None else moment.isoformat()}
    return {"ref": asdict(outcome.ref), "found": found}


def _from_json(told: dict[str, Any]) -> Outcome:
    if "rejected" in told:
        return Rejected(**told["rejected"])
    found = dict(told["found"])
    moment = found["fetch_time"]
    found |= {
        "source": SoundSource(found["source"]),
        "fetch_time": None if moment is None else datetime.fromisoformat(moment),
    }
    return StoredSound(ObjectRef(**told["ref"]), Found(**found))
