"""Weights of the models: a manifest of what there is, and a checked file for each name.

>>> [model.name for model in model_files()][:2]
['yolov8n.onnx', 'yolov8n.pt']
"""

from foley_common.weights.manifest import ModelFile, manifest_digest, model_file, model_files
from foley_common.weights.store import (
    FOLDER_VARIABLE,
    ModelState,
    ModelStatus,
    cache_folder,
    default_folder,
    ensure,
    list_models,
)

__all__ = [
    "FOLDER_VARIABLE",
    "ModelFile",
    "ModelState",
    "ModelStatus",
    "cache_folder",
    "default_folder",
    "ensure",
    "list_models",
    "manifest_digest",
    "model_file",
    "model_files",
]
