"""What a field of the contract may be, where two services check it: the one that owns it and one that passes it on.

The gateway refuses at once what a stage would refuse after minutes of work.
"""

from __future__ import annotations

# foley.detector.v1.PoseOptions
MIN_PERSON_CONFIDENCE, MAX_PERSON_CONFIDENCE = 0.05, 0.95
MAX_PEOPLE_COUNT = 32

# foley.surface_agent.v1.ClassifySurfacesRequest and FindSoundsRequest
MAX_OVERRIDES = 1000
MAX_QUERY_LENGTH = 200
"""Characters; no title of a recording is longer."""
MAX_URL_LENGTH = 2048
"""Characters; what browsers and proxies bear."""

# foley.audio.v1.Style and Ducking
MAX_SAMPLE_PACKS = 16
MAX_DUCK_DEPTH_DB = 60.0
MAX_DUCK_TIME_S = 5.0
MAX_NUDGE_S = 1.0

# foley.audio.v1.SessionOptions
MAX_SESSION_OFFSET_S = 24 * 3600.0
MAX_HANDLES_S = 60.0

# foley.audio.v1.ExportSessionRequest, SESSION_FORMAT_EDL and SESSION_FORMAT_RESOLVE_MARKERS
MAX_EDL_LABELS_PER_S = 100
"""CMX 3600 has two digits for frames."""

# foley.gateway.v1.StepEdits
MAX_STEP_EDITS = 10_000
"""As many as an hour of walking has. The longest of them are 2.2 MB of JSON and 1 MB in a message, of 4 that REST and
gRPC take; an operation holds its render twice."""
MAX_EDITED_PEOPLE = 64
"""Twice what the detector follows at once: every person may become two stems of the whole length."""
MAX_FOOTSTEP_ID_LENGTH = 64


def is_footstep_id(text: str) -> bool:
    """True for what may name a step in an edit: letters, digits, ``-`` and ``_``, not too many; also for nothing."""
    legal = all(c.isascii() and (c.isalnum() or c in "_-") for c in text)
    return legal and len(text) <= MAX_FOOTSTEP_ID_LENGTH


# foley.audio.v1.RenderStepBankRequest
MAX_BANK_STEPS = 256
