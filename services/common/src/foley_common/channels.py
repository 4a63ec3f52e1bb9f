"""Which loudspeaker each channel of a sound is for, by FFmpeg's names, and what WAV and BS.1770 call it.

Order of channels is that of WAVE_FORMAT_EXTENSIBLE (and of FFmpeg): by the speaker's bit in the mask.
"""

from __future__ import annotations

from dataclasses import dataclass

# Bits of dwChannelMask in WAVEFORMATEXTENSIBLE (Microsoft, mmreg.h).
SPEAKER_BITS = {
    name: 1 << bit
    for bit, name in enumerate(
        (
            "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL",
            "TBC", "TBR",
        )
    )
}  # fmt: skip
MOST_CHANNELS = (
    8  # of a layout that is kept as it is: 7.1, the most that AAC in MP4 and FLAC carry by name
)
SURROUND_WEIGHT = 1.41  # ITU-R BS.1770-5, Table 4: 60° to 120° to the side
_SURROUND = {"BL", "BR", "SL", "SR"}


@dataclass(frozen=True, slots=True)
class ChannelLayout:
    """The loudspeakers of a sound, one per channel.

    Attributes:
        name: FFmpeg's, for example ``5.1(side)``.
        speakers: FFmpeg's name of each, for example ``FL``; in the order of the channels.
    """

    name: str
    speakers: tuple[str, ...]

    @property
    def channel_count(self) -> int:
        """Number of channels."""
        return len(self.speakers)

    @property
    def wave_mask(self) -> int:
        """``dwChannelMask`` of a WAV file; 0 (not told) when a speaker has no bit.

        >>> hex(usual_layout(6).wave_mask)
        '0x3f'
        """
        bits = [SPEAKER_BITS.get(speaker, 0) for speaker in self.speakers]
        return sum(bits) if all(bits) else 0

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each channel in BS.1770 loudness: 0 for the LFE, 1.41 for surrounds at the side.

        A single pair of surrounds stands at ±110° however it is called; with two pairs the back one stands at ±135° and
        weighs 1.

        >>> usual_layout(6).weights
        (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
        """
        pairs = {speaker[0] for speaker in self.speakers if speaker in _SURROUND}
        at_side = _SURROUND if len(pairs) == 1 else {"SL", "SR"}
        return tuple(
            0.0 if speaker.startswith("LFE") else SURROUND_WEIGHT if speaker in at_side else 1.0
            for speaker in self.speakers
        )

    def index(self, speaker: str) -> int | None:
        """Channel of a loudspeaker; None when the layout has none."""
        return self.speakers.index(speaker) if speaker in self.speakers else None


MONO = ChannelLayout("mono", ("FC",))
STEREO = ChannelLayout("stereo", ("FL", "FR"))
_USUAL = (
    MONO,
    STEREO,
    ChannelLayout("2.1", ("FL", "FR", "LFE")),
    ChannelLayout("quad", ("FL", "FR", "BL", "BR")),
    ChannelLayout("5.0", ("FL", "FR", "FC", "BL", "BR")),
    ChannelLayout("5.1", ("FL", "FR", "FC", "LFE", "BL", "BR")),
    ChannelLayout("6.1", ("FL", "FR", "FC", "LFE", "BC", "SL", "SR")),
    ChannelLayout("7.1", ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")),
)


def usual_layout(channel_count: int) -> ChannelLayout:
    """What so many channels are taken for when a file does not say."""
    if 1 <= channel_count <= len(_USUAL):
        return _USUAL[channel_count - 1]
    return ChannelLayout(f"{channel_count} channels", ("NONE",) * channel_count)


def layout_of(name: str, speakers: tuple[str, ...]) -> ChannelLayout:
    """The layout that a decoder names; the usual one of that many channels where it does not say."""
    told = all(speaker in SPEAKER_BITS for speaker in speakers)
    return ChannelLayout(name, speakers) if told else usual_layout(len(speakers))
