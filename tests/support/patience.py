"""How long tests wait for something that ought to happen: guards against a hang, no measures of speed."""

PATIENCE_S = 600.0
"""For a process that loads models, or works: on a disk that others were writing to, torch's import alone took four
minutes once."""

END_S = 120.0
"""For a process that was told to end: one that waits for such a disk cannot even be killed before it has been read."""
