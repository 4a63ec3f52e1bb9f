"""Drive the page in Chromium, with real services behind it, as a person would: `make test-page`.

Needs chromium, node and npm (Debian packages chromium, nodejs, npm); playwright-core and axe-core come from npm.
Pictures of every state in two widths and both colour schemes stay in the cache, to be looked at.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # support, as pytest has it

from foley_client.home import Home
from support import stack

DRIVER = Path(__file__).with_name("page.mjs")
PACKAGES = ("playwright-core@1.65.1", "axe-core@4.14.1")
LIMIT_S = 1500.0


def main() -> int:
    """Run the driver; its exit status is ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).parents[2]
    parser.add_argument("--cache", type=Path, default=root / ".foley" / "bench" / "page")
    parser.add_argument("--video", type=Path, default=stack.WALK)
    chosen = parser.parse_args()
    missing = [one for one in ("chromium", "node", "npm") if shutil.which(one) is None]
    if missing:
        print(f"needs the programs {missing}", file=sys.stderr)
        return 2
    tools, pictures = chosen.cache.resolve() / "tools", chosen.cache.resolve() / "pictures"
    for folder in (tools, pictures):
        folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--prefix", tools, *PACKAGES], check=True)
    with tempfile.TemporaryDirectory() as home, stack.served(Home(Path(home))) as running:
        command = [
            "node",
            str(DRIVER),
            running.rest_url,
            str(chosen.video.resolve()),
            str(pictures),
        ]
        variables = {**os.environ, "CHROMIUM": shutil.which("chromium") or ""}
        done = subprocess.run(command, cwd=tools, env=variables, timeout=LIMIT_S, check=False)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
