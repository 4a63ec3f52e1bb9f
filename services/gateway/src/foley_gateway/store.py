"""Clips, renders and sample packs as rows of the database that the job engine uses too.

A row holds the whole clip or render as JSON beside the few columns that are searched. Whoever changes a render does
it through `change_render`, which checks the state machine and the attempt inside one transaction: a late word from an
old attempt, or from a render that was cancelled meanwhile, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from foley_common.errors import (
    ClipNotFound,
    ObjectNotFound,
    RenderConflict,
    RenderNotFound,
)
from foley_gateway.codec import from_text, to_text
from foley_gateway.database import Database
from foley_gateway.domain.plan import may_follow
from foley_gateway.domain.sample_packs import SamplePack
from foley_gateway.domain.types import Clip, Page, Render

_TABLES = sa.MetaData()
_CLIPS = sa.Table(
    "foley_clips",
    _TABLES,
    sa.Column("clip_id", sa.String(64), primary_key=True),
    sa.Column("create_time_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("clip", sa.Text, nullable=False),
)
_RENDERS = sa.Table(
    "foley_renders",
    _TABLES,
    sa.Column("clip_id", sa.String(64), primary_key=True),
    sa.Column("render_id", sa.String(64), primary_key=True),
    sa.Column("create_time_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("render", sa.Text, nullable=False),
)
_SAMPLE_PACKS = sa.Table(
    "foley_sample_packs",
    _TABLES,
    sa.Column("pack_id", sa.String(64), primary_key=True),
    sa.Column("create_time_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("pack", sa.Text, nullable=False),
)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RemovedClip:
    """What went with a clip.

    Attributes:
        renders: Its renders, as they were.
        is_last: True when no other clip has the same content.
    """

    renders: Sequence[Render]
    is_last: bool


class Catalog:
    """The clips, renders and sample packs of this installation. Every method may be called from many tasks at once."""

    def __init__(self, database_url: str) -> None:
        """Open the database and create what is missing.

        Raises:
            StoreReadOnly, StoreUnavailable: the database cannot be opened.
        """
        self._database = Database(database_url, _TABLES)
        self._run = self._database.run

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()

    async def ping(self) -> None:
        """Raise StoreUnavailable when the database does not answer."""
        await self._run(lambda connection: connection.execute(sa.select(1)).scalar())

    async def add_clip(self, clip: Clip) -> Clip:
        """Add a clip; the one that is there already wins."""

        def work(connection: sa.Connection) -> Clip:
            found = _clip(connection, clip.clip_id)
            if found is not None:
                return found
            connection.execute(
                _CLIPS.insert().values(
                    clip_id=clip.clip_id,
                    create_time_us=_micros(clip.create_time),
                    clip=to_text(clip),
                )
            )
            return clip

        return await self._run(work, writes=True)

    async def clip(self, clip_id: str) -> Clip:
        """One clip. Raises ClipNotFound."""
        return await self._run(lambda connection: _existing_clip(connection, clip_id))

    async def clips(self, page: Page) -> list[Clip]:
        """Clips, newest first; one more than the page holds when there is a next page."""
        query = (
            sa.select(_CLIPS.c.clip)
            .order_by(_CLIPS.c.create_time_us.desc(), _CLIPS.c.clip_id)
            .offset(page.offset)
            .limit(page.size + 1)
        )
        return await self._run(
            lambda connection: [from_text(Clip, row[0]) for row in connection.execute(query)]
        )

    async def remove_clip(self, clip_id: str) -> RemovedClip:
        """Forget a clip and its renders; from then on none can be added to it."""

        def work(connection: sa.Connection) -> RemovedClip:
            # Locked before the renders are looked at: who adds one waits, and finds no clip.
            found = _clip(connection, clip_id, lock=_Lock.CHANGE)
            if found is None:
                return RemovedClip((), is_last=False)  # somebody else removed it, and was told
            of_it = _RENDERS.c.clip_id == clip_id
            rows = connection.execute(sa.select(_RENDERS.c.render).where(of_it))
            renders = [from_text(Render, row[0]) for row in rows]
            connection.execute(_RENDERS.delete().where(of_it))
            connection.execute(_CLIPS.delete().where(_CLIPS.c.clip_id == clip_id))
            sha256 = found.source.sha256
            rows = connection.execute(
                sa.select(_CLIPS.c.clip).where(_CLIPS.c.clip.contains(sha256))
            )
            others = (from_text(Clip, row[0]).source.sha256 for row in rows)
            return RemovedClip(renders, is_last=sha256 not in others)

        return await self._run(work, writes=True)

    async def add_render(self, render: Render) -> tuple[Render, bool]:
        """Add a render; the one that is there already wins. Returns it, and whether it is new.

        Raises:
            ClipNotFound: its clip was deleted.
        """

        def work(connection: sa.Connection) -> tuple[Render, bool]:
            found = _render(connection, render.clip_id, render.render_id)
            if found is not None:
                return found, False
            _existing_clip(connection, render.clip_id, lock=_Lock.KEEP)
            connection.execute(
                _RENDERS.insert().values(
                    clip_id=render.clip_id,
                    render_id=render.render_id,
                    create_time_us=_micros(render.create_time),
                    state=render.state.value,
                    render=to_text(render),
                )
            )
            return render, True

        return await self._run(work, writes=True)

    async def render(self, clip_id: str, render_id: str) -> Render:
        """One render. Raises RenderNotFound."""
        return await self._run(lambda connection: _existing_render(connection, clip_id, render_id))

    async def renders(self, clip_id: str, page: Page) -> list[Render]:
        """Renders of a clip, newest first; one more than the page holds when there is a next page."""
        query = (
            sa.select(_RENDERS.c.render)
            .where(_RENDERS.c.clip_id == clip_id)
            .order_by(_RENDERS.c.create_time_us.desc(), _RENDERS.c.render_id)
            .offset(page.offset)
            .limit(page.size + 1)
        )
        return await self._run(
            lambda connection: [from_text(Render, row[0]) for row in connection.execute(query)]
        )

    async def renders_of(self, clip_id: str) -> list[Render]:
        """All renders of a clip."""
        query = sa.select(_RENDERS.c.render).where(_RENDERS.c.clip_id == clip_id)
        return await self._run(
            lambda connection: [from_text(Render, row[0]) for row in connection.execute(query)]
        )

    async def all_renders(self, page: Page) -> list[Render]:
        """Renders of all clips, newest first; one more than the page holds when there is a next page."""
        query = (
            sa.select(_RENDERS.c.render)
            .order_by(_RENDERS.c.create_time_us.desc(), _RENDERS.c.render_id)
            .offset(page.offset)
            .limit(page.size + 1)
        )
        return await self._run(
            lambda connection: [from_text(Render, row[0]) for row in connection.execute(query)]
        )

    async def unfinished_renders(self) -> list[Render]:
        """Renders that are queued or at work, oldest first."""
        query = (
            sa.select(_RENDERS.c.render)
            .where(_RENDERS.c.state.in_(["queued", "running"]))
            .order_by(_RENDERS.c.create_time_us)
        )
        return await self._run(
            lambda connection: [from_text(Render, row[0]) for row in connection.execute(query)]
        )

    async def change_render(
        self, clip_id: str, render_id: str, attempt: int, change: Callable[[Render], Render]
    ) -> Render:
        """Change a render in one transaction, when the state machine allows it.

        Args:
            clip_id: Its clip.
            render_id: Itself.
            attempt: The attempt the caller speaks for.
            change: Gives the new render from the old one.

        Returns:
            The render as it is stored now.

        Raises:
            RenderNotFound: it was deleted.
            RenderConflict: another attempt runs, or its state does not allow the change.
        """

        def work(connection: sa.Connection) -> Render:
            found = _existing_render(connection, clip_id, render_id, lock=_Lock.CHANGE)
            changed = change(found)
            if found.attempt != attempt or (
                changed.state is not found.state and not may_follow(found.state, changed.state)
            ):
                raise RenderConflict(
                    f"{found.name} is {found.state.value} in attempt {found.attempt} and cannot become "
                    f"{changed.state.value} in attempt {attempt}",
                    state=found.state.name,
                )
            if found.state.is_final and changed.state is found.state:
                raise RenderConflict(
                    f"{found.name} is {found.state.value} already", state=found.state.name
                )
            changed = replace(changed, update_time=now())
            connection.execute(
                _RENDERS.update()
                .where(_RENDERS.c.clip_id == clip_id, _RENDERS.c.render_id == render_id)
                .values(state=changed.state.value, render=to_text(changed))
            )
            return changed

        return await self._run(work, writes=True)

    async def add_sample_pack(self, pack: SamplePack) -> SamplePack:
        """Add a sample pack; the one that is there already wins."""

        def work(connection: sa.Connection) -> SamplePack:
            found = _sample_pack(connection, pack.pack_id)
            if found is not None:
                return found
            connection.execute(
                _SAMPLE_PACKS.insert().values(
                    pack_id=pack.pack_id,
                    create_time_us=_micros(pack.create_time),
                    pack=to_text(pack),
                )
            )
            return pack

        return await self._run(work, writes=True)

    async def sample_pack(self, pack_id: str) -> SamplePack:
        """One sample pack. Raises ObjectNotFound."""
        found = await self._run(lambda connection: _sample_pack(connection, pack_id))
        if found is None:
            name = f"samplePacks/{pack_id}"
            raise ObjectNotFound(f"there is no sample pack {name}", key=name)
        return found

    async def sample_packs(self, page: Page) -> list[SamplePack]:
        """Sample packs, newest first; one more than the page holds when there is a next page."""
        query = (
            sa.select(_SAMPLE_PACKS.c.pack)
            .order_by(_SAMPLE_PACKS.c.create_time_us.desc(), _SAMPLE_PACKS.c.pack_id)
            .offset(page.offset)
            .limit(page.size + 1)
        )
        return await self._run(
            lambda connection: [from_text(SamplePack, row[0]) for row in connection.execute(query)]
        )

    async def remove_sample_pack(self, pack_id: str) -> None:
        """Forget a sample pack."""
        await self._run(
            lambda connection: connection.execute(
                _SAMPLE_PACKS.delete().where(_SAMPLE_PACKS.c.pack_id == pack_id)
            ),
            writes=True,
        )


def _micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


class _Lock(Enum):
    """What others may do with a row that a transaction has read, until it ends. SQLite has one writer at a time."""

    NONE = "anything"
    KEEP = "anything but change it or delete it"
    CHANGE = "nothing that takes a lock"


def _locked(connection: sa.Connection, query: sa.Select[Any], lock: _Lock) -> sa.Select[Any]:
    if lock is _Lock.NONE or connection.dialect.name == "sqlite":
        return query
    return query.with_for_update(read=lock is _Lock.KEEP)


def _can_be_stored(*texts: str) -> bool:
    """False for what PostgreSQL has no text for, so nothing is called so."""
    return not any("\0" in text for text in texts)


def _clip(connection: sa.Connection, clip_id: str, *, lock: _Lock = _Lock.NONE) -> Clip | None:
    if not _can_be_stored(clip_id):
        return None
    query = _locked(connection, sa.select(_CLIPS.c.clip).where(_CLIPS.c.clip_id == clip_id), lock)
    text = connection.execute(query).scalar()
    return None if text is None else from_text(Clip, text)


def _existing_clip(connection: sa.Connection, clip_id: str, *, lock: _Lock = _Lock.NONE) -> Clip:
    found = _clip(connection, clip_id, lock=lock)
    if found is None:
        raise ClipNotFound(f"there is no clip clips/{clip_id}", name=f"clips/{clip_id}")
    return found


def _sample_pack(connection: sa.Connection, pack_id: str) -> SamplePack | None:
    if not _can_be_stored(pack_id):
        return None
    query = sa.select(_SAMPLE_PACKS.c.pack).where(_SAMPLE_PACKS.c.pack_id == pack_id)
    text = connection.execute(query).scalar()
    return None if text is None else from_text(SamplePack, text)


def _render(
    connection: sa.Connection, clip_id: str, render_id: str, *, lock: _Lock = _Lock.NONE
) -> Render | None:
    if not _can_be_stored(clip_id, render_id):
        return None
    query = sa.select(_RENDERS.c.render).where(
        _RENDERS.c.clip_id == clip_id, _RENDERS.c.render_id == render_id
    )
    text = connection.execute(_locked(connection, query, lock)).scalar()
    return None if text is None else from_text(Render, text)


def _existing_render(
    connection: sa.Connection, clip_id: str, render_id: str, *, lock: _Lock = _Lock.NONE
) -> Render:
    found = _render(connection, clip_id, render_id, lock=lock)
    if found is None:
        name = f"clips/{clip_id}/renders/{render_id}"
        raise RenderNotFound(f"there is no render {name}", name=name)
    return found
