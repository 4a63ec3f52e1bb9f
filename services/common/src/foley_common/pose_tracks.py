"""The pose-tracks file: what `EstimatePoses` stores per segment and `FindFootsteps` joins.

One row per frame for the picture, one row per (frame, person) for people. Written as npz without pickles, with a
schema version; a reader refuses versions it does not know. Version 1 had no ``row_colours``; it is still read.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import SchemaMismatch

SCHEMA_VERSION = 2
READABLE_VERSIONS = (1, SCHEMA_VERSION)
LANDMARK_COUNT = (
    33  # MediaPipe pose: 23/24 hips, 25/26 knees, 27/28 ankles, 29/30 heels, 31/32 foot indices
)
BODY_PARTS = ("head", "torso", "thighs", "shins", "shoes")
"""Parts of the body whose colours are kept, in the order of ``row_colours``."""


def _no_colours() -> NDArray[np.float32]:
    return np.zeros((0, len(BODY_PARTS), 3), np.float32)


@dataclass(frozen=True, slots=True)
class PoseTracks:
    """People and their poses over the frames of one segment, or of a whole clip.

    Attributes:
        width_px, height_px: Displayed picture.
        time_s: shape ``(n,)``, presentation time of each frame from the clip's first frame, increasing.
        frame_index: shape ``(n,)``, number of each frame in the clip.
        camera_from_previous: shape ``(n, 2, 3)``, affine map of background points of the frame before to this one.
        is_cut: shape ``(n,)``, True on the first frame of a new shot.
        is_duplicate: shape ``(n,)``, True where a frame repeats the one before.
        row_frame: shape ``(m,)``, for each row the position of its frame in ``time_s``; not decreasing.
        row_track: shape ``(m,)``, person; ids are unique in this file, from 1.
        box_xyxy_px: shape ``(m, 4)``, left, top, right, bottom.
        box_confidence: shape ``(m,)``, 0 to 1.
        box_is_detected: shape ``(m,)``, False where the box was interpolated between detections.
        landmarks_xy_px: shape ``(m, 33, 2)``; NaN where no pose was found.
        visibility: shape ``(m, 33)``, 0 to 1; 0 where no pose was found.
        pose_confidence: shape ``(m,)``, the network's belief that a person is there; 0 where no pose was found.
        appearance_track: shape ``(k,)``, track ids that have an appearance vector.
        appearance: shape ``(k, d)``, one vector per such track, unit length.
        row_colours: shape ``(m, 5, 3)``, colour of each of `BODY_PARTS` in CIELAB (8 bit: lightness times 2.55, a and
            b plus 128); NaN where it is not seen, everywhere when left out.
    """

    width_px: int
    height_px: int
    time_s: NDArray[np.float64]
    frame_index: NDArray[np.int64]
    camera_from_previous: NDArray[np.float64]
    is_cut: NDArray[np.bool_]
    is_duplicate: NDArray[np.bool_]
    row_frame: NDArray[np.int64]
    row_track: NDArray[np.int64]
    box_xyxy_px: NDArray[np.float32]
    box_confidence: NDArray[np.float32]
    box_is_detected: NDArray[np.bool_]
    landmarks_xy_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    pose_confidence: NDArray[np.float32]
    appearance_track: NDArray[np.int64]
    appearance: NDArray[np.float32]
    row_colours: NDArray[np.float32] = field(default_factory=_no_colours)

    def __post_init__(self) -> None:
        n, m, k = self.time_s.size, self.row_frame.size, self.appearance_track.size
        if m and not len(self.row_colours):
            unseen = np.full((m, len(BODY_PARTS), 3), np.nan, np.float32)
            object.__setattr__(self, "row_colours", unseen)
        expected = {
            "time_s": (n,),
            "frame_index": (n,),
            "camera_from_previous": (n, 2, 3),
            "is_cut": (n,),
            "is_duplicate": (n,),
            "row_frame": (m,),
            "row_track": (m,),
            "box_xyxy_px": (m, 4),
            "box_confidence": (m,),
            "box_is_detected": (m,),
            "landmarks_xy_px": (m, LANDMARK_COUNT, 2),
            "visibility": (m, LANDMARK_COUNT),
            "pose_confidence": (m,),
            "appearance_track": (k,),
            "row_colours": (m, len(BODY_PARTS), 3),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {getattr(self, name).shape}")
        if self.appearance.ndim != 2 or self.appearance.shape[0] != k:
            raise ValueError(f"appearance must have shape ({k}, d), got {self.appearance.shape}")
        if n > 1 and not np.all(np.diff(self.time_s) > 0):
            raise ValueError("time_s must be increasing")
        if m and not (
            np.all(np.diff(self.row_frame) >= 0)
            and self.row_frame[0] >= 0
            and self.row_frame[-1] < n
        ):
            raise ValueError("row_frame must not decrease and must point into time_s")

    @property
    def track_ids(self) -> list[int]:
        """Every person in the file, in order."""
        return [int(track) for track in np.unique(self.row_track)]

    def rows_of(self, track_id: int) -> NDArray[np.int64]:
        """Rows of one person, in order of time."""
        return np.flatnonzero(self.row_track == track_id)

    def save(self, path: Path) -> None:
        """Write the file, compressed. The same content gives the same bytes."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            arrays: dict[str, Any] = {"schema_version": np.int64(SCHEMA_VERSION)}
            arrays |= {one.name: np.asarray(getattr(self, one.name)) for one in fields(self)}
            for name, array in arrays.items():
                # ZipInfo's fixed date keeps the bytes a function of the content (np.savez stamps the clock).
                with archive.open(_member(name), "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> PoseTracks:
        """Read a file.

        Raises:
            SchemaMismatch: the file is not a pose-tracks file, or of a version that this code does not know.
        """
        try:
            # Opened here: np.load leaves the file open when it is no zip file.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                found = int(archive["schema_version"])
                if found not in READABLE_VERSIONS:
                    known = ", ".join(map(str, READABLE_VERSIONS))
                    raise SchemaMismatch(
                        f"pose-tracks schema {found} is not known here (known: {known}); "
                        "run EstimatePoses again",
                        schema="pose-tracks",
                        found=str(found),
                        known=known,
                    )
                values: dict[str, Any] = {
                    one.name: archive[one.name]
                    for one in fields(cls)
                    if found > 1 or one.name != "row_colours"
                }
            values["width_px"], values["height_px"] = (
                int(values["width_px"]),
                int(values["height_px"]),
            )
            return cls(**values)
        except (KeyError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise SchemaMismatch(
                "not a pose-tracks file; run EstimatePoses again", schema="pose-tracks"
            ) from error


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(f"{name}.npy")
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
