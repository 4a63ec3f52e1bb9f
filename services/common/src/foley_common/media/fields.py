"""Interlaced frames hold two moments, one in the even rows and one in the odd: only the first is kept, filled up.

A frame's time is that of its first field. Taken as they are, woven frames show moving feet twice, half a frame apart.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.filter import Graph
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

DEINTERLACER = ("bwdif", "mode=send_frame:deint=interlaced")
"""Motion-adaptive, one frame out per frame in, at the time of its first field; progressive frames go through."""


def progressive(frames: Iterator[VideoFrame], stream: VideoStream) -> Generator[VideoFrame]:
    """Give the same number of frames at the same times, none interlaced.

    Nothing is spent on a stream without interlaced frames. From its first interlaced frame on, frames come out one
    later than they went in.
    """
    graph: Graph | None = None
    shape: tuple[int, int, str] | None = None
    for frame in frames:
        here = (frame.width, frame.height, frame.format.name)
        if graph is not None and here != shape:
            yield from _rest_of(graph)
            graph = None
        if graph is None and not frame.interlaced_frame:
            yield frame
            continue
        if graph is None:
            graph, shape = _graph_for(frame, stream), here
        graph.push(frame)
        yield from _ready_in(graph)
    if graph is not None:
        yield from _rest_of(graph)


def _graph_for(frame: VideoFrame, stream: VideoStream) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or stream.time_base,
    )
    graph.link_nodes(source, graph.add(*DEINTERLACER), graph.add("buffersink"))
    graph.configure()
    return graph


def _ready_in(graph: Graph) -> Iterator[VideoFrame]:
    import av.error

    while True:
        try:
            yield graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _rest_of(graph: Graph) -> Iterator[VideoFrame]:
    graph.push(None)
    yield from _ready_in(graph)
