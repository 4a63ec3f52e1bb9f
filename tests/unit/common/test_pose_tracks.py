"""The pose-tracks file: round trip, same bytes, versions, and refusals."""

from __future__ import annotations

import zipfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from foley_common.errors import SchemaMismatch
from foley_common.pose_tracks import BODY_PARTS, LANDMARK_COUNT, SCHEMA_VERSION, PoseTracks


def tracks(
    rng: np.random.Generator, n: int = 5, rows: tuple[int, ...] = (0, 0, 1, 3, 4)
) -> PoseTracks:
    m = len(rows)
    landmarks = rng.normal(size=(m, LANDMARK_COUNT, 2)).astype(np.float32)
    landmarks[-1:] = np.nan
    return PoseTracks(
        width_px=1920,
        height_px=1080,
        time_s=np.arange(n) / 25.0,
        frame_index=np.arange(n, dtype=np.int64),
        camera_from_previous=np.tile(np.eye(2, 3), (n, 1, 1)),
        is_cut=np.zeros(n, dtype=bool),
        is_duplicate=np.zeros(n, dtype=bool),
        row_frame=np.array(rows, dtype=np.int64),
        row_track=np.array([1, 2, 1, 2, 1][:m], dtype=np.int64),
        box_xyxy_px=rng.uniform(0, 100, (m, 4)).astype(np.float32),
        box_confidence=np.full(m, 0.5, dtype=np.float32),
        box_is_detected=np.ones(m, dtype=bool),
        landmarks_xy_px=landmarks,
        visibility=np.ones((m, LANDMARK_COUNT), dtype=np.float32),
        pose_confidence=np.ones(m, dtype=np.float32),
        appearance_track=np.array([1, 2], dtype=np.int64),
        appearance=np.eye(2, 8, dtype=np.float32),
    )


@pytest.mark.parametrize(("n", "rows"), [(5, (0, 0, 1, 3, 4)), (3, ()), (0, ())])
def test_round_trip(rng, tmp_path, n, rows):
    before = tracks(rng, n, rows)
    before.save(tmp_path / "poses.npz")
    after = PoseTracks.load(tmp_path / "poses.npz")
    for field in fields(PoseTracks):
        old, new = np.asarray(getattr(before, field.name)), np.asarray(getattr(after, field.name))
        np.testing.assert_array_equal(new, old)
        assert new.dtype == old.dtype, field.name
    assert isinstance(after.width_px, int)


def test_the_same_content_gives_the_same_bytes(rng, tmp_path):
    some = tracks(rng)
    for name in ("a", "b"):
        some.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_people_and_their_rows(rng):
    some = tracks(rng)
    assert some.track_ids == [1, 2]
    assert some.rows_of(1).tolist() == [0, 2, 4]
    assert some.rows_of(9).tolist() == []


def test_a_newer_schema_is_refused(rng, tmp_path, monkeypatch):
    monkeypatch.setattr("foley_common.pose_tracks.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    tracks(rng).save(tmp_path / "new.npz")
    monkeypatch.undo()
    with pytest.raises(SchemaMismatch) as caught:
        PoseTracks.load(tmp_path / "new.npz")
    assert caught.value.metadata == {
        "schema": "pose-tracks",
        "found": str(SCHEMA_VERSION + 1),
        "known": f"1, {SCHEMA_VERSION}",
    }


def test_a_file_of_version_1_is_read_without_colours(rng, tmp_path, monkeypatch):
    before = tracks(rng)
    monkeypatch.setattr("foley_common.pose_tracks.SCHEMA_VERSION", 1)
    before.save(tmp_path / "new.npz")
    monkeypatch.undo()
    with (
        zipfile.ZipFile(tmp_path / "new.npz") as new,
        zipfile.ZipFile(tmp_path / "old.npz", "w") as old,
    ):
        for name in new.namelist():
            if name != "row_colours.npy":
                old.writestr(name, new.read(name))
    after = PoseTracks.load(tmp_path / "old.npz")
    np.testing.assert_array_equal(after.landmarks_xy_px, before.landmarks_xy_px)
    assert after.row_colours.shape == (5, len(BODY_PARTS), 3)
    assert np.isnan(after.row_colours).all()


def write_pickle(path: Path) -> None:
    np.savez(path, schema_version=np.array([{"a": 1}], dtype=object))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"not an npz"),
        lambda path: path.write_bytes(b""),
        lambda path: zipfile.ZipFile(path, "w").close(),
        lambda path: np.savez(path, schema_version=np.int64(SCHEMA_VERSION)),
        write_pickle,
    ],
    ids=["text", "empty", "empty zip", "fields missing", "pickle"],
)
def test_other_files_are_refused(tmp_path, write):
    path = tmp_path / "x.npz"
    write(path)
    with pytest.raises(SchemaMismatch):
        PoseTracks.load(path)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_cut_short_is_refused(rng, tmp_path, share):
    path = tmp_path / "x.npz"
    tracks(rng).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SchemaMismatch):
        PoseTracks.load(path)


def test_a_damaged_file_is_refused(rng, tmp_path):
    path = tmp_path / "x.npz"
    tracks(rng).save(path)
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 4, len(data) // 2, 7):
        data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(SchemaMismatch):
        PoseTracks.load(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"frame_index": np.arange(4)},
        {"box_xyxy_px": np.zeros((5, 3), np.float32)},
        {"landmarks_xy_px": np.zeros((5, 32, 2), np.float32)},
        {"appearance": np.zeros((3, 8), np.float32)},
        {"row_colours": np.zeros((4, 5, 3), np.float32)},
        {"time_s": np.array([0.0, 0.1, 0.1, 0.2, 0.3])},
        {"row_frame": np.array([0, 1, 0, 2, 3])},
        {"row_frame": np.array([0, 1, 2, 3, 5])},
        {"row_frame": np.array([-1, 1, 2, 3, 4])},
    ],
)
def test_shapes_and_orders_are_checked(rng, changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        replace(tracks(rng), **changes)
