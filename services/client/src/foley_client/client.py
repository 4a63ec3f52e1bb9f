"""The typed Python client of Foley Studio for platform teams: asyncio (`FoleyClient`) and blocking (`SyncFoleyClient`).

Both speak gRPC to a gateway, return the messages of the contract (`foley.gateway.v1`), and raise the errors of
`foley_common.errors`, each with its `reason`. A whole film in five lines:

    with SyncFoleyClient("127.0.0.1:50051") as client:
        clip = client.upload_clip(Path("walk.mp4"))
        render = client.render(clip.name, render_options(surface=Surface.WOOD), request_id="job-17")
        for row in render.files:
            client.download_file(render.name, row.file_name, Path("out") / row.file_name, sha256=row.file.sha256)
"""

from __future__ import annotations

from foley_client.rpc.blocking import SyncFoleyClient
from foley_client.rpc.gateway import FoleyClient, StartedRender, is_final
from foley_client.rpc.options import (
    Ducking,
    Session,
    SoundStyle,
    render_options,
    sound_request,
    with_packs,
)
from foley_client.rpc.sounds import RecordingSpec, SoundFile
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
)

__all__ = [
    "Ducking",
    "FoleyClient",
    "LoudnessPreset",
    "OriginalSound",
    "Perspective",
    "RecordingSpec",
    "Room",
    "SampleFormat",
    "Session",
    "SessionFormat",
    "SoundEngine",
    "SoundFile",
    "SoundStyle",
    "StartedRender",
    "SyncFoleyClient",
    "is_final",
    "render_options",
    "sound_request",
    "with_packs",
]
