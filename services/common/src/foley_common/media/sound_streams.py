"""Which streams of a file are its sound: one, or the channels of one sound that are kept in streams of their own.

Cameras and broadcasters write a mono stream per channel (MXF OP1a, QuickTime from editors). Two of these are left and
right; six are 5.1 in the order of SMPTE ST 2035 and ITU-R BS.1738: L R C LFE Ls Rs. Of any other number the first two
are taken: that is where programmes in stereo stand in EBU R 123's tables of 4, 8 and more tracks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from foley_common.channels import STEREO, ChannelLayout, usual_layout

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

SURROUND_TRACKS = 6
NO_LANGUAGE = ("", "und")


def sound_streams(container: InputContainer) -> list[AudioStream]:
    """The streams that are heard together, a channel each where there are several; empty without sound.

    Streams in several languages are no channels, nor is a mono stream beside a stereo one: then the main one is heard.
    Streams of a kind that the library cannot decode are passed over.
    """
    streams = [stream for stream in container.streams.audio if has_decoder(stream)]
    if not streams:
        return []
    main = container.streams.best("audio")
    best = next((s for s in streams if main is not None and s.index == main.index), streams[0])
    kinds = {
        (s.codec_context.channels, s.codec_context.sample_rate, s.codec_context.name)
        for s in streams
    }
    languages = {s.metadata.get("language", "") for s in streams}.difference(NO_LANGUAGE)
    if len(streams) < 2 or len(kinds) > 1 or len(languages) > 1:
        return [best]
    if streams[0].codec_context.channels != 1:
        return [best]
    return streams if len(streams) == SURROUND_TRACKS else streams[:2]


def has_decoder(stream: AudioStream) -> bool:
    """Whether the library knows the codec; of others nothing can be read."""
    return cast("object", stream.codec_context) is not None  # PyAV's types know no such stream


def layout_of_streams(streams: list[AudioStream]) -> ChannelLayout | None:
    """The loudspeakers of several mono streams that are heard together; None for one stream, which says its own."""
    if len(streams) < 2:
        return None
    return STEREO if len(streams) == 2 else usual_layout(len(streams))
