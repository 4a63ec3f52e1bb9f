"""How good the local ground classifier is: ``make bench-surface``.

    python -m tests.bench.surface [--shared ../shared] [--views VIEWS.npz] [--also MORE_VIEWS.npz]
        [--drawn DRAWN_VIEWS.npz] [--picture CONFUSION.png] [--clips FOLDER…]

Prints, leave-one-source-out over the ground pictures: top-1, group, per source, per class, calibration; then, folder by
folder, the grounds found under the steps of rendered walkers (`tests.bench.surface_clips`, beside an oracle), and the
same by a head that saw no picture of the clips' textures; then milliseconds per patch on one thread. These are the
figures of the model card and of the service's README; the README's further clips are given with ``--clips``
(``make bench-surface CLIPS='FOLDER…'``; `tests.bench.surface_clips` says how they are rendered).

Describing all pictures takes about ten minutes of one core and fitting as long; what is described is kept in ``out/``
(or where ``--views``, ``--also`` and ``--drawn`` say) and used again. The textures that train and are not judged are
fetched as Debian packages the first time (760 MB, `training/more_pictures.py`); where that is not possible, the bench
says so and judges a head without them. Grounds that are drawn (`training/drawn_pictures.py`) take ten minutes more the
first time. Needs the development data.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "services" / "surface_agent" / "training"
sys.path.insert(0, str(TRAINING))

from fit import (  # noqa: E402
    FloatArray,
    Pictures,
    added,
    finished,
    fit,
    held_out_scores,
    of_single_views,
    temperatures_of,
)
from judge import Judged, confusion, facts_of, full_report, judge  # noqa: E402

from foley_common.weights import ensure  # noqa: E402
from foley_surface_agent.domain.fallback import AnswerThresholds  # noqa: E402
from foley_surface_agent.domain.features import PATCH_PX  # noqa: E402
from foley_surface_agent.domain.types import SURFACES  # noqa: E402
from foley_surface_agent.local.classifier import BEST, LocalClassifier  # noqa: E402
from foley_surface_agent.local.descriptor import Descriptor  # noqa: E402
from foley_surface_agent.local.head import Head  # noqa: E402
from tests.bench.surface_clips import judge_clips  # noqa: E402

TIMED_PATCHES = 50


CLIP_TEXTURES = "ambientcg"  # in the name of the source that the rendered grounds come from


class HeadOnly:
    """A classifier with a head that was fitted here, for clips.

    Args:
        describe: Patches to descriptors.
        head: The head, with its temperature.
        at: When its answers are sure.
    """

    name = "fitted here"

    def __init__(self, describe: Descriptor, head: Head, at: AnswerThresholds) -> None:
        self._describe, self._head = describe, head
        self.thresholds = self.picture_thresholds = at
        self.picture_temperature = 1.0  # it is shown steps, not pictures

    def log_probabilities(self, patches: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Shape ``(n, 16)``."""
        return self._head.log_probabilities(self._describe(patches))


def main() -> None:
    """Print the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--views", type=Path, default=ROOT / "out" / "surface-views.npz")
    parser.add_argument(
        "--also",
        type=Path,
        default=ROOT / "out" / "surface-more-views.npz",
        help="views that train and are not judged",
    )
    parser.add_argument(
        "--drawn",
        type=Path,
        default=ROOT / "out" / "surface-drawn-views.npz",
        help="views of drawn grounds, which train and are not judged",
    )
    parser.add_argument(
        "--picture", type=Path, default=None, help="write the confusion matrix here (PNG)"
    )
    parser.add_argument(
        "--clips", type=Path, nargs="*", default=[], help="further folders of rendered clips"
    )
    arguments = parser.parse_args()
    if not (arguments.shared / "data" / "surfaces.json").is_file():
        raise SystemExit(f"needs the development data in {arguments.shared}")
    if not arguments.views.is_file():
        _describe(arguments.shared / "data", arguments.views)
    pictures = Pictures.load(arguments.views)
    further = [*_further(arguments.also), _drawn(arguments.drawn)]
    also = added(further, pictures)
    scores = held_out_scores(pictures, also)
    judged = judge(pictures, scores)
    print("\n".join(full_report(pictures, judged)))
    if arguments.picture is not None:
        _draw_confusion(pictures, judged, arguments.picture)
    classifier = LocalClassifier()
    folders = [arguments.shared / "data" / "rendered", *arguments.clips]
    for folder in folders:
        print(f"\n## Rendered walkers of {folder.name}, steps as in the truth\n")
        judge_clips([folder], classifier)
    stranger = _without_clip_textures(pictures, also, scores)
    for folder in folders:
        print(f"\n## The same by a head that saw no {CLIP_TEXTURES}: {folder.name}\n")
        judge_clips([folder], stranger)
    _print_time(classifier)


def _describe(data: Path, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    script = [sys.executable, TRAINING / "extract.py", data, out]
    subprocess.run(script, check=True, stdout=subprocess.DEVNULL)


def _further(path: Path) -> list[Path]:
    """Views of gathered pictures; none, and a word about it, where they cannot be had."""
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            gathered = Path(folder) / "pictures"
            script = [TRAINING / "more_pictures.py", Path(folder) / "packages", gathered]
            try:
                subprocess.run(
                    [sys.executable, *script, "--download"], check=True, stdout=subprocess.DEVNULL
                )
            except subprocess.CalledProcessError:
                print("The shipped head saw further textures (--also): this is one that did not.\n")
                return []
            _describe(gathered, path)
    return [path]


def _drawn(path: Path) -> Path:
    """Views of drawn grounds."""
    if not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            script = [sys.executable, TRAINING / "drawn_pictures.py", folder]
            subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
            _describe(Path(folder), path)
    return path


def _without_clip_textures(
    pictures: Pictures, also: Pictures | None, scores: FloatArray
) -> HeadOnly:
    temperatures = temperatures_of(of_single_views(scores), pictures.label)
    facts = facts_of(pictures.label, scores, temperatures)
    at = AnswerThresholds(facts.surface_threshold, facts.group_threshold)
    others = pictures.part(np.char.find(pictures.source, CLIP_TEXTURES) < 0)
    head = finished(fit(others if also is None else others + also), temperatures)
    return HeadOnly(BEST.describe(ensure(BEST.backbone)), head, at)


def _print_time(classifier: LocalClassifier) -> None:
    patch = np.random.default_rng(0).integers(0, 256, (1, PATCH_PX, PATCH_PX, 3), dtype=np.uint8)
    spent = []
    for _ in range(TIMED_PATCHES):
        begun = time.process_time()
        classifier.log_probabilities(patch)
        spent.append(1000 * (time.process_time() - begun))
    print(
        f"\n{np.median(spent):.1f} ms of processor time per patch (median of {TIMED_PATCHES}, one thread)"
    )


def _draw_confusion(pictures: Pictures, judged: Judged, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    table = confusion(pictures, judged)
    figure, axes = pyplot.subplots(figsize=(8, 7))
    image = axes.imshow(table, vmin=0, vmax=1, cmap="viridis")
    words = [surface.value for surface in SURFACES]
    axes.set_xticks(range(len(words)), words, rotation=90)
    axes.set_yticks(range(len(words)), words)
    axes.set_xlabel("answered")
    axes.set_ylabel("truth")
    axes.set_title("Share of answers, leave one source out")
    figure.colorbar(image)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
