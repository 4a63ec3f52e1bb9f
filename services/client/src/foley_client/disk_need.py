"""How much disk a render takes: the folder of results, and the home of services that run for it."""

from __future__ import annotations

from dataclasses import dataclass

from foley_client.rpc.options import OptionsMessage
from foley_client.rpc.sound_files import has_archive, sound_files_of
from foley_common.media.info import VideoInfo

DISK_CHECK_VARIABLE = "FOLEY_DISK_CHECK"
"""`0` begins although the disk may be too small, for who knows better."""
MADE_VIDEOS = 3
"""`foley.mp4`, `annotated.mp4`, and `foley.mov` or `.mkv` where MP4 does not hold all; each about the video's size."""
SLACK_VIDEOS = 1
"""A picture that is encoded anew may be larger than the video."""
SPARE_BYTES = 16 << 20
"""Small files and the file system's own needs."""


@dataclass(frozen=True, slots=True)
class DiskNeed:
    """Room that a render takes at most, as a rule of thumb: people are counted, and pictures encoded, only later.

    Attributes:
        results_bytes: In the folder of results.
        stored_bytes: In the home, for good: the video and all results.
        scratch_bytes: In the home, while the hungriest stage works.
        words: What of it is sound, for people.
    """

    results_bytes: int
    stored_bytes: int
    scratch_bytes: int
    words: str

    @property
    def work_bytes(self) -> int:
        """In the home."""
        return self.stored_bytes + self.scratch_bytes

    @property
    def together_bytes(self) -> int:
        """On a disk that holds both; results are copied when no stage works any more."""
        return self.stored_bytes + max(self.scratch_bytes, self.results_bytes)


def disk_need(options: OptionsMessage, video: VideoInfo, video_bytes: int) -> DiskNeed:
    """What a render of a video takes.

    Args:
        options: What it shall be.
        video: What a probe says of the video.
        video_bytes: Size of its file.
    """
    sound = sound_files_of(options, video)
    made_videos = 0 if options.footsteps_only else MADE_VIDEOS + SLACK_VIDEOS
    archived_videos = int(has_archive(options) and not options.footsteps_only)
    results_bytes = (
        (made_videos + archived_videos) * video_bytes + sound.delivered_bytes + SPARE_BYTES
    )
    one_sound = sound.programme_bytes // max(1, sound.file_count)
    stages = (
        video_bytes + sound.parked_bytes + sound.programme_bytes,  # SynthesizeFootsteps
        (1 + made_videos) * video_bytes + (1 + sound.is_in_video_too) * one_sound,  # RenderVideo
        archived_videos * 2 * video_bytes + sound.delivered_bytes,  # ExportSession
    )
    words = sound.words() if sound.file_count else "no sound"
    return DiskNeed(results_bytes, video_bytes + results_bytes, max(stages), words)
