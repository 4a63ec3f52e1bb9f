"""The annotated copy: the video with what was found drawn into it, and the mix as its sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from foley_audio.export.clock import SessionClock
from foley_audio.render.camera_path import CameraPath
from foley_audio.render.lettering import Lettering, Picture
from foley_audio.render.markers import draw_marks, label_layout, marks_during
from foley_audio.render.palette import sizes_for
from foley_audio.render.people import People
from foley_audio.render.timeline_strip import TimelineStrip
from foley_common.footsteps import Footstep
from foley_common.media.decode import frame_times_s, read_ahead, read_frames
from foley_common.media.encode import VideoWriter
from foley_common.media.info import VideoInfo
from foley_common.pose_tracks import PoseTracks
from foley_common.programme import SessionOptions
from foley_common.surfaces import SurfaceReport

ENCODER_THREADS = 4  # the service renders several videos at a time, so none takes the whole machine
QUALITY_CRF = 21  # thin lines and small letters stay sharp


class Annotator:
    """Draws one frame after the other; labels keep their places from each to the next.

    Args:
        info: The video.
        footsteps: What was found.
        report: The ground under each step.
        poses: Boxes and skeletons; None draws contact markers only.
        labels: From where the time code counts: as in the session files.

    Raises:
        InvalidField: no frame of the video can have the start time code.
    """

    def __init__(
        self,
        info: VideoInfo,
        footsteps: Sequence[Footstep],
        report: SurfaceReport,
        poses: PoseTracks | None,
        labels: SessionOptions = SessionOptions(),  # noqa: B008 - frozen
    ) -> None:
        self._size = (info.height_px, info.width_px)
        self._steps = sorted(footsteps, key=lambda step: step.initial_contact_time_s)
        self._report = report
        self._sizes = sizes_for(info.width_px, info.height_px)
        self._letters = Lettering(self._sizes.text_px)
        self._people = None if poses is None else People(poses, self._letters, self._sizes)
        self._camera = CameraPath(poses)
        self._strip = TimelineStrip(info.width_px, self._letters, self._sizes, self._steps)
        self._layout = label_layout(info.width_px, info.height_px, self._sizes)
        self._clock = SessionClock(info, labels)
        self.width_px = info.width_px
        self.height_px = info.height_px + self._sizes.strip_px
        self.frame_rate = self._clock.rate

    def draw(self, picture: Picture, *, time_s: float, end_s: float) -> Picture:
        """The annotated frame, shape ``(height_px, width_px, 3)``: the picture, and the time line below it.

        Args:
            picture: shape ``(height, width, 3)``, BGR; not changed.
            time_s: Presentation time of the frame.
            end_s: Presentation time of the next frame.
        """
        canvas = np.empty((self.height_px, self.width_px, 3), np.uint8)
        canvas[: self._size[0]] = picture
        shown = canvas[: self._size[0]]
        names = [] if self._people is None else self._people.draw(shown, time_s)
        draw_marks(
            shown,
            marks_during(self._steps, time_s, end_s),
            time_s=time_s,
            camera=self._camera,
            report=self._report,
            letters=self._letters,
            sizes=self._sizes,
            layout=self._layout,
            taken=names,
        )
        frame = self._clock.picture_frame(time_s)
        self._strip.draw(
            canvas[self._size[0] :],
            time_s=time_s,
            frame=frame,
            timecode=self._clock.picture_label(frame),
        )
        return canvas


def annotate(
    video: Path,
    info: VideoInfo,
    annotator: Annotator,
    *,
    mix: Path,
    out: Path,
    on_progress: Callable[[int, int], None],
) -> None:
    """Write the annotated copy: every frame of the video at its own time, H.264, with the mix.

    Args:
        video: The source.
        info: What `probe` said about it.
        annotator: Draws the frames.
        mix: WAV file whose sample 0 stands at the first frame.
        out: The MP4 file to write.
        on_progress: Called with frames done and frames in all.
    """
    times_s = frame_times_s(video)
    with (
        read_ahead(read_frames(video)) as frames,
        VideoWriter(
            out,
            width_px=annotator.width_px,
            height_px=annotator.height_px,
            frame_rate=annotator.frame_rate,
            sound=mix,
            quality_crf=QUALITY_CRF,
            thread_count=ENCODER_THREADS,
        ) as writer,
    ):
        for frame in frames:
            following = int(np.searchsorted(times_s, frame.time_s, side="right"))
            end_s = float(times_s[following]) if following < times_s.size else info.duration_s
            writer.write(
                annotator.draw(frame.picture, time_s=frame.time_s, end_s=end_s), frame.time_s
            )
            on_progress(frame.index + 1, info.frame_count)
