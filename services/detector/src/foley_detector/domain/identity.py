"""Who is who: the tracklets of a clip are put together to people, all at once.

Tracking forward in time has to decide at a crossing, when least is known. Here both sides of every crossing are known:
each tracklet gets at most one tracklet before and one after it, so that the sum of what links, beginnings, ends and
left-out tracklets cost is least (an assignment problem). Motion through the gap and clothes say what a link costs.
The outcome does not depend on what the tracker called people, nor on how the clip was cut into segments.
"""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csgraph

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.linking import MAX_GAP_S, colour_cost, link_cost
from foley_detector.domain.measured import Passage, Tracklet, at_border, carried, tracklet_of
from foley_detector.domain.rows import chosen_rows
from foley_detector.domain.tracklets import MIN_HEIGHT_PX, TORSO, has_torso, tracklets_of
from foley_detector.domain.types import IntArray

MIN_ROWS = 2
"""A tracklet of one row has no motion; such rows are fitted in afterwards."""

PASSAGE_COST = {Passage.EDGE: 2.4, Passage.BEHIND: 6.0, Passage.OPEN: 7.0}
"""Cost of a person who appears or vanishes. In costs of links 2 is a deviation of twice the usual size. People come and
go at edges, and stay behind somebody now and then. In the open they hardly do: there a vanishing and an appearing are
likelier than one person in other clothes from head to foot (13.5), and not than one who starts to run (8)."""

OMIT_COST_PER_S = 40.0
"""Cost of leaving out a tracklet as a false alarm, per second of it: a person in the open must be seen for 0.35 s, one
between others for 0.3 s, one at an edge for 0.12 s. False alarms last a look or two of the detector, 0.2 to 0.3 s."""

MIN_LOOKS = 2
"""A person seen by the detector only once is a false alarm more often than a person (ByteTrack asks for two, too)."""

MIN_PERSON_S = 0.3
"""A person seen for less is a false alarm, or takes no step while seen; people at the ends of a shot are kept."""

MAX_FILL_GAP_S = 1.0
"""Between rows of a person further apart, single rows are not fitted in."""

FILL_HEIGHT = 0.06
"""Heights: how far from a person's way a single row may be …"""

FILL_HEIGHT_PER_S = 0.15
"""… and per second from the nearest row of that person: between two known places the way is known well."""

MAX_FILL_COLOUR_COST = 4.0
"""A single row whose clothes deviate by more is somebody else; one person differs from themselves by about 1."""

CONSTANT = 64.0
"""Added to all costs for the solver, which takes 0 for no edge; every tracklet pays it once, so it decides nothing."""


def identified(tracks: PoseTracks) -> PoseTracks:
    """The same rows with one id per person, from 1 in order of appearance; false alarms are left out.

    Args:
        tracks: A whole clip. Ids on the way in are only asked for the tracker's colour histograms.
    """
    pieces = tracklets_of(tracks)
    tracklets = [tracklet_of(tracks, rows) for rows in pieces if rows.size >= MIN_ROWS]
    people = [
        np.concatenate([tracklets[k].rows for k in chain]) for chain in _chains(tracks, tracklets)
    ]
    people = [rows for rows in people if _is_person(tracks, rows)]
    people = _with_single_rows(tracks, people)
    track = np.zeros(tracks.row_frame.size, np.int64)
    for number, rows in enumerate(people, start=1):
        track[rows] = number
    return _with_ids(tracks, track)


def _is_person(tracks: PoseTracks, rows: IntArray) -> bool:
    """False for false alarms: seen in one look only, or for too short a time in the middle of a shot."""
    if np.count_nonzero(tracks.box_is_detected[rows]) < MIN_LOOKS:
        return False
    first, last = (int(frame) for frame in tracks.row_frame[rows[[0, -1]]])
    lasting = tracks.time_s[last] - tracks.time_s[first] >= MIN_PERSON_S
    return bool(lasting) or at_border(tracks, first, -1) or at_border(tracks, last, 1)


def _chains(tracks: PoseTracks, tracklets: Sequence[Tracklet]) -> list[list[int]]:
    """Tracklets of each person in order of time, as positions in ``tracklets``."""
    n = len(tracklets)
    if not n:
        return []
    begin = [PASSAGE_COST[one.comes] for one in tracklets]
    end = [PASSAGE_COST[one.goes] for one in tracklets]
    omit = [OMIT_COST_PER_S * one.duration_s for one in tracklets]
    # Row i is the end of tracklet i; column j < n is the start of tracklet j, column n + i an end for good. A start
    # without a predecessor costs `begin`: it is taken off the links instead. Who follows themselves is left out.
    edges: list[tuple[int, int, float]] = []
    starts = [one.start_s for one in tracklets]
    for i, one in enumerate(tracklets):
        edges.append((i, n + i, end[i]))
        edges.append((i, i, omit[i] - begin[i]))
        low = bisect.bisect_right(starts, one.end_s)
        high = bisect.bisect_right(starts, one.end_s + MAX_GAP_S)
        for j in range(low, high):
            cost = link_cost(tracks, one, tracklets[j])
            if cost < end[i] + begin[j]:
                edges.append((i, j, cost - begin[j]))
    rows, columns, costs = (np.array(part) for part in zip(*edges, strict=True))
    graph = sparse.csr_matrix((costs + CONSTANT, (rows, columns)), shape=(n, 2 * n))
    left, right = csgraph.min_weight_full_bipartite_matching(graph)
    following = {int(i): int(j) for i, j in zip(left, right, strict=True)}
    omitted = {i for i, j in following.items() if i == j}
    led = {j for i, j in following.items() if j < n and i != j}
    chains = []
    for head in range(n):
        if head in omitted or head in led:
            continue
        chain = [head]
        while following[chain[-1]] < n:
            chain.append(following[chain[-1]])
        chains.append(chain)
    return chains


def _with_single_rows(tracks: PoseTracks, people: list[IntArray]) -> list[IntArray]:
    """Rows that no person has, put where a person's way passes and the clothes do not speak against it."""
    posed = has_torso(tracks)
    free = posed.copy()
    for rows in people:
        free[rows] = False
    measured = [tracklet_of(tracks, rows) for rows in people]
    shown = [rows[posed[rows]] for rows in people]
    more: list[list[int]] = [[] for _ in people]
    singles = np.flatnonzero(free)
    starts = np.flatnonzero(np.diff(tracks.row_frame[singles], prepend=-1))
    for rows in np.split(singles, starts[1:]) if singles.size else []:
        frame = int(tracks.row_frame[rows[0]])
        costs = np.full((len(people), rows.size), CONSTANT)
        for k, own in enumerate(people):
            if not measured[k].first_frame < frame < measured[k].last_frame:
                continue
            at = int(np.searchsorted(tracks.row_frame[own], frame))
            ends = _around(tracks, shown[k], frame)
            if tracks.row_frame[own[at]] == frame or ends is None:
                continue
            for m, row in enumerate(rows):
                cost = _fill_cost(tracks, ends, int(row), measured[k])
                costs[k, m] = CONSTANT if cost is None else cost
        for k, m in zip(*linear_sum_assignment(costs), strict=True):
            if costs[k, m] < CONSTANT:
                more[k].append(int(rows[m]))
    return [
        np.sort(np.r_[rows, np.array(new, np.int64)])
        for rows, new in zip(people, more, strict=True)
    ]


def _around(tracks: PoseTracks, rows: IntArray, frame: int) -> tuple[int, int] | None:
    """The rows of a person before and after a frame; None where the person is not there on both sides, or too far."""
    after = int(np.searchsorted(tracks.row_frame[rows], frame))
    if after in (0, rows.size):
        return None
    first, last = int(rows[after - 1]), int(rows[after])
    times = tracks.time_s[tracks.row_frame[[first, last]]]
    return (first, last) if times[1] - times[0] <= MAX_FILL_GAP_S else None


def _fill_cost(
    tracks: PoseTracks, ends: tuple[int, int], row: int, person: Tracklet
) -> float | None:
    """How ill a single row fits between two rows of a person; None when it does not."""
    frame = int(tracks.row_frame[row])
    frames = tracks.row_frame[list(ends)]
    times = tracks.time_s[frames] - tracks.time_s[frame]
    share = -times[0] / (times[1] - times[0])
    torsos = [
        carried(tracks, tracks.landmarks_xy_px[end, TORSO].astype(np.float64), int(at), frame)
        for end, at in zip(ends, frames, strict=True)
    ]
    way = torsos[0] * (1 - share) + torsos[1] * share
    height = max(float(np.ptp(tracks.box_xyxy_px[ends[0], [1, 3]])), MIN_HEIGHT_PX)
    torso = tracks.landmarks_xy_px[row, TORSO].astype(np.float64)
    off = float(np.linalg.norm(torso - way, axis=1).mean()) / height
    limit = FILL_HEIGHT + FILL_HEIGHT_PER_S * float(np.abs(times).min())
    if off > limit:
        return None
    colours = tracks.row_colours[row].astype(np.float64)
    looks = np.isfinite(colours[:, 0]) * person.colour_looks
    colour = colour_cost(colours, looks, person.colours, person.colour_looks) or 0.0
    return off / limit + colour if colour <= MAX_FILL_COLOUR_COST else None


def _with_ids(tracks: PoseTracks, track: IntArray) -> PoseTracks:
    """Rows that belong to somebody, and the tracker's histogram of most of each person's rows."""
    keep = track > 0
    histograms = {}
    for number in np.unique(track[keep]):
        ids, counts = np.unique(tracks.row_track[track == number], return_counts=True)
        found = np.flatnonzero(tracks.appearance_track == ids[counts.argmax()])
        if found.size:
            histograms[int(number)] = tracks.appearance[found[0]]
    kept = chosen_rows(replace(tracks, row_track=track), keep)
    return replace(
        kept,
        appearance_track=np.array(list(histograms), np.int64),
        appearance=np.array(list(histograms.values()), np.float32).reshape(len(histograms), -1)
        if histograms
        else tracks.appearance[:0],
    )
