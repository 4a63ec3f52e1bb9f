"""Imports ultralytics so that it stays quiet, offline and within its own folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import ModuleType

from foley_detector.models import torchvision_cure

SWITCHES = {
    "YOLO_OFFLINE": "true",  # no look-up whether the net is there, no telemetry, no update check
    "YOLO_AUTOINSTALL": "false",  # never runs pip
    "YOLO_VERBOSE": "false",  # no banner on standard output
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime's builds report to their maker; read when it is first imported
}


def import_ultralytics(config_dir: Path | None = None) -> ModuleType:
    """The ultralytics package with everything that phones home switched off.

    Args:
        config_dir: Folder for its settings file; the system's temporary folder by default. What the environment
            says already (``YOLO_CONFIG_DIR``) wins.
    """
    os.environ.update(SWITCHES)
    if "YOLO_CONFIG_DIR" not in os.environ:
        folder = (config_dir or Path(tempfile.gettempdir())) / f"foley-ultralytics-{os.getuid()}"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["YOLO_CONFIG_DIR"] = str(folder)
    torchvision_cure.cure()
    from PIL import Image

    opens = Image.open
    import ultralytics
    import ultralytics.utils.patches

    if ultralytics.settings["sync"]:
        ultralytics.settings.update({"sync": False})
    # ultralytics replaces Pillow's open for the whole process by one that wants to install a package
    # for every picture it cannot read.
    if Image.open is ultralytics.utils.patches.image_open:
        Image.open = opens
    return ultralytics
