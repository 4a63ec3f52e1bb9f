"""RenderVideo's work: the mix into the video, the annotated copy, and a measurement of what was delivered."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from foley_audio.domain.types import PlacedCue
from foley_audio.render.annotate import Annotator, annotate
from foley_audio.render.sync import measure_sync
from foley_common.errors import StoreFull, StoreReadOnly
from foley_common.footsteps import Footstep
from foley_common.media.mux import mux
from foley_common.media.probe import STAGE_LIMITS, probe
from foley_common.media.sound_track import SAMPLE_RATE_HZ as AAC_RATE_HZ
from foley_common.pose_tracks import PoseTracks
from foley_common.programme import SessionOptions, SyncReport
from foley_common.surfaces import SurfaceReport

UNIT = "frames"
PASSES = 2  # the picture is gone through twice: copied, drawn


@dataclass(frozen=True, slots=True)
class RenderedVideo:
    """What `render_video` wrote.

    Attributes:
        foley_video: MP4 with the mix as its sound.
        foley_video_untouched: QuickTime or Matroska with the untouched picture and the mix without loss; None when the
            MP4 has the picture and the mix is of 24 bit and 48 kHz.
        annotated_video: MP4 with boxes, skeletons, contact markers, ids and time code.
        sync: How well the sound stands on the footsteps, measured in the files; of the worse where there are two.
    """

    foley_video: Path
    foley_video_untouched: Path | None
    annotated_video: Path
    sync: SyncReport


def render_video(  # noqa: PLR0917 - the servicer reads in the order of the contract
    video: Path,
    mix: Path,
    cues: Sequence[PlacedCue],
    footsteps: tuple[Footstep, ...],
    report: SurfaceReport,
    poses: PoseTracks | None,
    out_dir: Path,
    on_progress: Callable[[int, int, str], None],
    *,
    labels: SessionOptions = SessionOptions(),  # noqa: B008 - frozen
) -> RenderedVideo:
    """Write ``foley.mp4`` and ``annotated.mp4`` into a folder, and measure them.

    Where MP4 does not hold the picture or the sound as it is (the mix has floating-point samples, or more than 48 kHz),
    ``foley.mov`` or ``foley.mkv`` holds both.

    Args:
        video: The source.
        mix: The programme, WAV; sample 0 stands at the first frame.
        cues: Where each step was placed in the mix.
        footsteps: What was found.
        report: The ground under each step.
        poses: Boxes and skeletons; None draws contact markers only.
        out_dir: An existing folder.
        on_progress: Called with work done, work in all and the unit; may raise to stop the work.
        labels: From where the drawn time code counts.

    Raises:
        UndecodableMedia: the source cannot be read.
        InvalidField: no frame of the video can have the start time code.
        StoreFull, StoreReadOnly: the results cannot be written.
    """
    info = probe(video, STAGE_LIMITS)
    total = PASSES * info.frame_count
    sound = soundfile.info(str(mix))
    is_float = sound.subtype == "FLOAT"
    annotator = Annotator(info, footsteps, report, poses, labels)
    with _writing(out_dir):
        muxed = mux(
            video,
            mix,
            out_dir / "foley.mp4",
            info,
            lossless=is_float or sound.samplerate > AAC_RATE_HZ,
            is_float=is_float,
            on_progress=lambda done, _: on_progress(done, total, UNIT),
        )
        annotated = out_dir / "annotated.mp4"
        annotate(
            video,
            info,
            annotator,
            mix=mix,
            out=annotated,
            on_progress=lambda done, _: on_progress(
                min(total, info.frame_count + done), total, UNIT
            ),
        )
    sync = measure_sync(
        muxed.video,
        mix,
        cues,
        mix_sample_rate_hz=int(sound.samplerate),
        untouched=muxed.untouched,
    )
    on_progress(total, total, UNIT)
    return RenderedVideo(muxed.video, muxed.untouched, annotated, sync)


@contextlib.contextmanager
def _writing(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(
                f"no space left for the videos in {folder.name!r}", folder=folder.name
            ) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise StoreReadOnly(
                f"{folder.name!r} cannot be written to", folder=folder.name
            ) from error
        raise
