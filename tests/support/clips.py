"""Makers of every kind of clip the product meets, good and bad; all pictures and sounds are computed here.

The picture is a grey field with a white block that moves one block width per frame, and a number of bright columns
that says which frame it is, so that a test can tell frames apart after any codec. See `frame_number_of`.
"""

from __future__ import annotations

import struct
import wave
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from numpy.typing import NDArray

from foley_common.channels import usual_layout

NTSC_24 = Fraction(24_000, 1001)
NTSC_30 = Fraction(30_000, 1001)
BITS = 8  # frames are numbered up to 255
PQ, BT2020 = 16, 9  # ITU-T H.273
SAMPLE_RATE_HZ = 48_000
_DARK, _LIGHT = 40, 215


def picture(number: int, width_px: int = 160, height_px: int = 120) -> NDArray[np.uint8]:
    """A BGR picture, shape ``(height, width, 3)``, that carries its number in the upper half, red below left."""
    image = np.full((height_px, width_px, 3), _DARK, np.uint8)
    edges = np.linspace(0, width_px, BITS + 1).astype(int)
    for bit in range(BITS):
        if number >> bit & 1:
            image[: height_px // 2, edges[bit] : edges[bit + 1]] = _LIGHT
    image[height_px // 2 :, : width_px // 2] = (30, 30, 200)
    return image


def frame_number_of(image: NDArray[np.uint8]) -> int:
    """The number that `picture` wrote, read from an upright picture of any size."""
    height_px, width_px = image.shape[:2]
    row = image[height_px // 4].mean(axis=-1)
    centres = ((np.arange(BITS) + 0.5) * width_px / BITS).astype(int)
    return int(sum(1 << bit for bit, x in enumerate(centres) if row[x] > (_DARK + _LIGHT) / 2))


def tone(
    duration_s: float, channels: int = 2, sample_rate_hz: int = SAMPLE_RATE_HZ
) -> NDArray[np.float32]:
    """A quiet 440 Hz tone, shape ``(n, channels)``."""
    time_s = np.arange(round(duration_s * sample_rate_hz)) / sample_rate_hz
    return np.repeat((0.1 * np.sin(2 * np.pi * 440 * time_s))[:, None], channels, axis=1).astype(
        np.float32
    )


def clicks(
    times_s: Sequence[float],
    duration_s: float,
    channels: int = 2,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
) -> NDArray[np.float32]:
    """Short decaying bursts that start at exact samples, shape ``(n, channels)``; silence between."""
    sound = np.zeros((round(duration_s * sample_rate_hz), channels), np.float32)
    burst = np.random.default_rng(7).standard_normal(480) * np.exp(-np.arange(480) / 90) * 0.3
    for time_s in times_s:
        start = round(time_s * sample_rate_hz)
        room = max(0, min(480, len(sound) - start))
        sound[start : start + room] += burst[:room, None].astype(np.float32)
    return sound


def write_wav(path: Path, sound: NDArray[np.float32], sample_rate_hz: int = SAMPLE_RATE_HZ) -> Path:
    """Write ``(n, channels)`` as 16-bit WAV."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def clip(
    path: Path,
    *,
    frame_count: int = 30,
    pictures: Sequence[NDArray[np.uint8]] | None = None,
    rate: Fraction = Fraction(30),
    times_s: Sequence[float] | None = None,
    width_px: int = 160,
    height_px: int = 120,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    container: str | None = None,
    sound: NDArray[np.float32] | None = None,
    sound_start_s: float = 0.0,
    video_start_s: float = 0.0,
    audio_codec: str = "aac",
    sound_layout: str = "",
    sound_rate_hz: int = SAMPLE_RATE_HZ,
    rotation_degrees: int = 0,
    field_order: str = "",
    colour: dict[str, int] | None = None,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a video of numbered pictures.

    ``pictures`` (shape ``(height, width, 3)`` each, BGR) come instead of the numbered ones, in their size and number.
    The suffix of the file chooses the container unless ``container`` does. ``times_s`` gives each frame its own
    presentation time, else they stand on a regular grid; ``video_start_s`` and ``sound_start_s`` say when the first
    frame and the first sample (shape ``(n, channels)`` at ``sound_rate_hz``) are presented; ``sound_layout`` is
    FFmpeg's name of its channels where it is not the usual one. ``rotation_degrees`` is the clockwise
    turn that a player applies to the stored pictures. ``field_order``, ``tff`` or ``bff``: frames are interlaced (H.264
    only). ``colour`` holds ITU-T H.273 numbers. ``options`` go to the
    encoder, ``muxer`` to the muxer.
    """
    if pictures is not None:
        frame_count, (height_px, width_px) = len(pictures), pictures[0].shape[:2]
    clock = Fraction(1, 90_000) if times_s is not None else 1 / rate
    with av.open(str(path), "w", format=container, options=muxer or {}) as output:
        output.metadata.update(metadata or {})
        stream: Any = output.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, pixel_format
        stream.codec_context.time_base = clock
        stream.codec_context.options = (
            {"x265-params": "log-level=none"} if codec == "libx265" else {}
        )
        stream.codec_context.options = stream.codec_context.options | (options or {})
        for name, value in (colour or {}).items():
            setattr(stream.codec_context, name, value)
        if field_order:
            stream.codec_context.options |= {"flags": "+ildct"}
        if rotation_degrees:
            stream.set_display_rotation(-rotation_degrees)
        track: Any = None
        if sound is not None:
            track = output.add_stream(audio_codec, rate=sound_rate_hz)
            track.codec_context.layout = sound_layout or usual_layout(sound.shape[1]).name
        count = frame_count if times_s is None else len(times_s)
        for index in range(count):
            image = (
                picture(index % 256, width_px, height_px) if pictures is None else pictures[index]
            )
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=pixel_format)
            time = index / rate if times_s is None else Fraction(times_s[index])
            frame = _marked(frame, field_order) if field_order else frame
            frame.pts, frame.time_base = round((time + Fraction(video_start_s)) / clock), clock
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            _encode_sound(output, track, sound, sound_start_s)
    return path


def _marked(frame: av.VideoFrame, field_order: str) -> av.VideoFrame:
    """The same frame, flagged as interlaced: PyAV sets that flag by a filter only."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    graph.link_nodes(
        source, graph.add("setfield", field_order), graph.add("buffersink")
    ).configure()
    frame.pts, frame.time_base = 0, Fraction(1, 1000)
    graph.push(frame)
    return graph.vpull()


def _encode_sound(output: Any, track: Any, sound: NDArray[np.float32], start_s: float) -> None:
    """Packed samples go in and PyAV converts: it reads beyond the end of planar frames of 8 channels."""
    rate_hz, layout = track.codec_context.sample_rate, track.codec_context.layout.name
    for start in range(0, len(sound), 1024):
        block = np.ascontiguousarray(sound[start : start + 1024], np.float32)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate = rate_hz
        frame.pts = start + round(start_s * rate_hz)
        frame.time_base = Fraction(1, rate_hz)
        output.mux(track.encode(frame))
    output.mux(track.encode(None))


def normal(path: Path, **changes: Any) -> Path:
    """H.264 with B-frames and AAC in stereo, one second at 30 frames a second."""
    return clip(path, **{"sound": tone(1.0), **changes})


def ten_bit_hdr(path: Path, *, codec: str = "libx265") -> Path:
    """10 bit with PQ tags: HEVC, or H.264 High 10 with ``codec="libx264"``."""
    tags = {"color_trc": PQ, "color_primaries": BT2020, "colorspace": BT2020}
    return clip(path, codec=codec, pixel_format="yuv420p10le", colour=tags)


def vp9(path: Path) -> Path:
    """VP9 in what the suffix says."""
    return clip(path, codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"})


def av1(path: Path) -> Path:
    """AV1 in what the suffix says."""
    return clip(path, codec="libsvtav1", options={"preset": "12", "svtav1-params": "lp=1"})


def variable_rate(
    path: Path, *, nominal: Fraction = Fraction(30), metadata: dict[str, str] | None = None
) -> tuple[Path, NDArray[np.float64]]:
    """30 Hz with frames left out, as phones in the dark do; the file and its frame times."""
    kept = np.array([n for n in range(45) if n % 7 not in (2, 3) and n % 11 != 5])
    times_s = kept / float(nominal)
    written = clip(path, times_s=times_s.tolist(), sound=tone(1.5), rate=nominal, metadata=metadata)
    return written, times_s


def audio_only(path: Path) -> Path:
    """AAC in an MP4 without any picture."""
    with av.open(str(path), "w") as output:
        track: Any = output.add_stream("aac", rate=SAMPLE_RATE_HZ)
        track.codec_context.layout = "stereo"
        _encode_sound(output, track, tone(1.0), 0.0)
    return path


def not_a_video(path: Path) -> Path:
    """Letters."""
    path.write_text("This is no video. " * 200)
    return path


def empty(path: Path) -> Path:
    """No byte at all."""
    path.write_bytes(b"")
    return path


def png_picture(path: Path) -> Path:
    """One PNG picture under any name."""
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as output:
        stream: Any = output.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb24"
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(picture(5, 64, 48)[..., ::-1]), format="rgb24"
        )
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def without_index(path: Path) -> Path:
    """An MP4 whose end, with the index (moov), is missing."""
    normal(path, frame_count=60)
    data = path.read_bytes()
    assert data.rindex(b"moov") > len(data) // 2, "the index must stand at the end"
    path.write_bytes(data[: len(data) * 6 // 10])
    return path


def cut_off(path: Path, *, keep: float = 0.5) -> Path:
    """An MP4 with the index first whose end is missing: a download that stopped. Holds 60 frames when whole."""
    normal(
        path, frame_count=60, sound=tone(2.0), muxer={"movflags": "+faststart"}, options={"g": "10"}
    )
    data = path.read_bytes()
    start = data.index(b"mdat")
    path.write_bytes(data[: start + int((len(data) - start) * keep)])
    return path


def playlist(path: Path, target: str, *, kind: str) -> Path:
    """A text file that asks a demuxer to open ``target``: ``hls``, ``concat`` or ``dash``."""
    texts = {
        "hls": f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:5\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{target}'\n",
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
            'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" mediaPresentationDuration="PT1S"><Period>'
            '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
            f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
    }
    path.write_text(texts[kind])
    return path


def with_lying_rate(path: Path) -> Path:
    """An MP4 whose encoder was told 90 000 frames a second, with frames every 40 ms."""
    return clip(path, times_s=[n / 25 for n in range(25)], rate=Fraction(90_000))


def with_lying_metadata(
    path: Path, rate: float, pictures: Sequence[NDArray[np.uint8]], times_s: Sequence[float]
) -> Path:
    """An FLV whose metadata give any frame rate, also 0 or NaN; its frames carry true times of 1 ms."""
    clip(path, pictures=pictures, times_s=times_s, container="flv", options={"preset": "ultrafast"})
    data = bytearray(path.read_bytes())
    value = data.index(b"framerate") + len("framerate") + 1  # after the AMF type byte
    data[value : value + 8] = struct.pack(">d", rate)
    path.write_bytes(bytes(data))
    return path


def woven(pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Interlaced frames, upper field first: each takes its even rows from one picture, its odd rows from the next."""
    frames = [picture.copy() for picture in pictures[::2]]
    for frame, later in zip(frames, pictures[1::2], strict=False):
        frame[1::2] = later[1::2]
    return frames


def box_at(data: bytes, *names: bytes) -> int:
    """Offset of a nested MP4 box's header, for tests that change one."""
    start, end = 0, len(data)
    for depth, name in enumerate(names):
        while start < end:
            size, found = struct.unpack_from(">I4s", data, start)
            if found == name:
                break
            start += size
        else:
            raise ValueError(f"no box {name!r}")
        if depth < len(names) - 1:
            end, start = start + size, start + 8
    return start
