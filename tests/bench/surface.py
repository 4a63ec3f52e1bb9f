"""How good the local ground classifier is: ``make bench-surface``.

    python -m tests.bench.surface [--shared ../shared] [--views VIEWS.npz] [--also MORE_VIEWS.npz]
        [--picture CONFUSION.png] [--more FOLDER…]

Prints, leave-one-source-out over the ground pictures: top-1, group, per source, per class, calibration; then the
grounds found under the steps of the rendered walkers (`tests.bench.surface_clips`, beside an oracle); then
milliseconds per patch on one thread. Describing all pictures takes about six minutes of one core; give ``--views``
(written when it does not exist) to keep that. ``--also`` takes the views of further textures that train and
are not judged, as the shipped head was made (`training/more_pictures.py`). Needs the development data.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "services" / "surface_agent" / "training"
sys.path.insert(0, str(TRAINING))

from fit import Pictures, held_out_scores  # noqa: E402
from judge import Judged, confusion, full_report, judge  # noqa: E402

from foley_surface_agent.domain.features import PATCH_PX  # noqa: E402
from foley_surface_agent.domain.types import SURFACES  # noqa: E402
from foley_surface_agent.local.classifier import LocalClassifier  # noqa: E402
from tests.bench.surface_clips import judge_clips  # noqa: E402

TIMED_PATCHES = 50


def main() -> None:
    """Print the three parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--views", type=Path, default=ROOT / "out" / "surface-views.npz")
    parser.add_argument(
        "--picture", type=Path, default=None, help="write the confusion matrix here (PNG)"
    )
    parser.add_argument(
        "--more", type=Path, nargs="*", default=[], help="further folders of rendered clips"
    )
    parser.add_argument(
        "--also", type=Path, default=None, help="views that train and are not judged"
    )
    arguments = parser.parse_args()
    if not (arguments.shared / "data" / "surfaces.json").is_file():
        raise SystemExit(f"needs the development data in {arguments.shared}")
    if not arguments.views.is_file():
        arguments.views.parent.mkdir(parents=True, exist_ok=True)
        script = [
            sys.executable,
            TRAINING / "extract.py",
            arguments.shared / "data",
            arguments.views,
        ]
        subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
    pictures = Pictures.load(arguments.views)
    also = Pictures.load(arguments.also).without_copies_of(pictures) if arguments.also else None
    if also is None:
        print("The shipped head saw further textures (--also): this is one that did not.\n")
    judged = judge(pictures, held_out_scores(pictures, also))
    print("\n".join(full_report(pictures, judged)))
    if arguments.picture is not None:
        _draw_confusion(pictures, judged, arguments.picture)
    classifier = LocalClassifier()
    print("\n## Rendered walkers, steps as in the truth\n")
    judge_clips([arguments.shared / "data" / "rendered", *arguments.more], classifier)
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
