"""Finished work found again: the outcome of a request is stored last, under a name derived from the request."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from foley_common.objects import ObjectRef, ObjectStore, derived_key_part

RESULT_MEDIA_TYPE = "application/x-protobuf"
_Result = TypeVar("_Result", bound=Message)


def result_key(output_prefix: str, kind: str, request: Message) -> str:
    """Where the outcome of this very request is stored: ``<prefix>/<kind>-<digest>.result.binpb``."""
    content = request.SerializeToString(deterministic=True)
    return f"{output_prefix}/{kind}-{derived_key_part(content.hex())}.result.binpb"


async def find_result(
    store: ObjectStore, key: str, kind: type[_Result], files: str
) -> _Result | None:
    """The outcome stored under a key; None when there is none, or one of its files is gone or replaced.

    Args:
        store: Where results are.
        key: From `result_key`.
        kind: The outcome's message.
        files: Prefix that all files of the outcome have.
    """
    ref = await store.find(key)
    if ref is None:
        return None
    try:
        found = kind.FromString(await store.read_bytes(ref))
    except DecodeError:
        return None
    for file in _references(found):
        if file.key.startswith(files) and not _same(await store.find(file.key), file):
            return None
    return found


async def store_result(store: ObjectStore, key: str, outcome: Message) -> ObjectRef:
    """Store an outcome, after its files."""
    return await store.publish_bytes(
        outcome.SerializeToString(deterministic=True), key, RESULT_MEDIA_TYPE
    )


def _same(stored: ObjectRef | None, promised: ObjectRef) -> bool:
    return stored is not None and stored.sha256 == promised.sha256


def _references(message: Message) -> list[ObjectRef]:
    """Every object that a message points at, at any depth."""
    refs: list[ObjectRef] = []
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for item in value if field.is_repeated else [value]:
            if field.message_type.name == "ObjectRef":
                refs.append(
                    ObjectRef(item.bucket, item.key, item.sha256, item.size_bytes, item.media_type)
                )
            else:
                refs += _references(item)
    return refs
