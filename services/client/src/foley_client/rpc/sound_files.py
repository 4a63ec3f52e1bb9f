"""The sound that a render will write, as far as its options and the video tell before anybody was seen in it."""

from __future__ import annotations

from dataclasses import dataclass

from foley.audio.v1 import audio_service_pb2
from foley_client.rpc.options import OptionsMessage
from foley_common.channels import MOST_CHANNELS
from foley_common.media.info import VideoInfo
from foley_common.rpc.convert import duration_from_proto

DEFAULT_RATE_HZ = 48_000
"""What the contract takes for no sampling rate."""
STEREO = 2
PCM_BYTES, FLOAT_BYTES = 3, 4
"""Of one sample: 24 bit, and 32 bit of floating point, in which parts lie parked before they are levelled."""
WHOLES = 2
"""`mix.wav` and `foley.wav`."""
ASSUMED_WALKERS = 2
"""People that stems are reckoned for: how many walk is known only after the detector has looked."""
FEET = 2
_ROOMLESS = (audio_service_pb2.ROOM_NONE, audio_service_pb2.ROOM_OUTDOOR)


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """WAV files of one programme, all of one form.

    Attributes:
        file_count: The mix, the footsteps, and stems for `ASSUMED_WALKERS` where they are asked for; 0 for no sound.
        sample_rate_hz: Samples per second.
        channel_count: Channels of each.
        sample_bytes: Of one sample.
        duration_s: Of each.
        copy_count: How often all of them are written once more: as broadcast wave, and in an archive.
        handles_s: What these copies have more at both ends. Tails, of seconds, are not reckoned.
        has_stems: Stems are among them.
        is_in_video_too: The mix is put into a video without loss as well.
    """

    file_count: int
    sample_rate_hz: int
    channel_count: int
    sample_bytes: int
    duration_s: float
    copy_count: int
    handles_s: float
    has_stems: bool
    is_in_video_too: bool

    @property
    def delivered_bytes(self) -> int:
        """What of it lies in the folder of results."""
        copies = self.copy_count * self.file_count * self._file_bytes(2 * self.handles_s)
        return (self.file_count + self.is_in_video_too) * self._file_bytes() + copies

    @property
    def programme_bytes(self) -> int:
        """The files themselves, without any copy."""
        return self.file_count * self._file_bytes()

    @property
    def parked_bytes(self) -> int:
        """What lies in the scratch folder while they are made: every part, and the sum, in floating point."""
        samples = int(self.duration_s * self.sample_rate_hz) * self.channel_count
        return self.file_count * samples * FLOAT_BYTES

    def words(self) -> str:
        """For people.

        >>> SoundFiles(8, 96_000, 2, 3, 60.0, 0, 0.0, True, True).words()
        '8 sound files of 96 kHz and 33 MiB each, stems for 2 people among them'
        """
        size_mib = self._file_bytes() / (1 << 20)
        stems = f", stems for {ASSUMED_WALKERS} people among them" if self.has_stems else ""
        count = (1 + self.copy_count) * self.file_count
        return f"{count} sound files of {self.sample_rate_hz / 1000:g} kHz and {size_mib:.0f} MiB each{stems}"

    def _file_bytes(self, more_s: float = 0.0) -> int:
        samples = int((self.duration_s + more_s) * self.sample_rate_hz)
        return samples * self.channel_count * self.sample_bytes


def sound_files_of(options: OptionsMessage, video: VideoInfo) -> SoundFiles:
    """The sound that a render of a video will write."""
    style = options.style
    keeps_original = (
        video.has_audio and style.original_sound != audio_service_pb2.ORIGINAL_SOUND_DROP
    )
    is_float = style.sample_format == audio_service_pb2.SAMPLE_FORMAT_FLOAT_32
    rate_hz = style.sample_rate_hz or DEFAULT_RATE_HZ
    channels = video.audio_channel_count if keeps_original else STEREO
    stems = ASSUMED_WALKERS * (FEET + style.cloth) + (style.room not in _ROOMLESS) + keeps_original
    asked = set(options.formats)
    has_handles = options.session.HasField("handles")
    is_broadcast = audio_service_pb2.SESSION_FORMAT_BWF in asked or has_handles
    return SoundFiles(
        file_count=0 if options.footsteps_only else WHOLES + stems * style.stems,
        sample_rate_hz=rate_hz,
        channel_count=channels if STEREO < channels <= MOST_CHANNELS else STEREO,
        sample_bytes=FLOAT_BYTES if is_float else PCM_BYTES,
        duration_s=video.duration_s,
        copy_count=is_broadcast + has_archive(options),
        handles_s=duration_from_proto(options.session.handles),
        has_stems=style.stems and not options.footsteps_only,
        is_in_video_too=(is_float or rate_hz > DEFAULT_RATE_HZ) and not options.footsteps_only,
    )


def has_archive(options: OptionsMessage) -> bool:
    """True when the files are asked for in one archive too."""
    return audio_service_pb2.SESSION_FORMAT_ARCHIVE in options.formats
