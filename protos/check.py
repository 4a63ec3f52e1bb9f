"""Lint the contract with buf and compare it with the last released one.

    python protos/check.py             buf lint, then buf breaking against protos/released.binpb
    python protos/check.py --release   writes protos/released.binpb: from now on this contract must not break

buf wants every imported file inside its workspace, and the Google protos come in a Python wheel; so the workspace is
laid out in a scratch folder.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from generate import HERE, include_folders

RELEASED = HERE / "released.binpb"
# What the contract imports, and what that imports in turn; `google/protobuf/*` comes with buf.
GOOGLE_FOLDERS = ("google/api", "google/rpc", "google/longrunning")


def lay_out(scratch: Path) -> Path:
    """Lay out a buf workspace below ``scratch`` and return its folder."""
    workspace = scratch / "workspace"
    renamed = scratch / "renamed"
    renamed.mkdir()
    sources = include_folders(renamed)[1:]
    shutil.copytree(HERE / "foley", workspace / "foley")
    for folder in GOOGLE_FOLDERS:
        target = workspace / "third_party" / folder
        target.mkdir(parents=True)
        for source in sources:
            for proto in (source / folder).glob("*.proto"):
                if proto.name in ("operations_proto.proto",):
                    continue
                shutil.copyfile(proto, target / proto.name)
    config = (HERE / "buf.yaml").read_text(encoding="utf-8")
    modules = "modules:\n  - path: .\n    excludes:\n      - gen\n"
    if modules not in config:
        raise SystemExit("protos/buf.yaml no longer names its module as this script expects")
    both = "modules:\n  - path: .\n    excludes:\n      - third_party\n  - path: third_party\n"
    (workspace / "buf.yaml").write_text(config.replace(modules, both), encoding="utf-8")
    return workspace


def buf(*arguments: str, cwd: Path) -> int:
    """Run buf, showing its words."""
    program = Path(sysconfig.get_path("scripts")) / "buf"
    return subprocess.run([str(program), *arguments], cwd=cwd, check=False).returncode


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--release", action="store_true", help="make this contract the released one"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        workspace = lay_out(Path(scratch))
        if arguments.release:
            return buf(
                "build",
                "--path",
                "foley",
                "--exclude-source-info",
                "-o",
                str(RELEASED),
                cwd=workspace,
            )
        status = buf("lint", "--path", "foley", cwd=workspace)
        if not RELEASED.exists():
            print("protos/released.binpb is missing; make it with --release", file=sys.stderr)
            return 1
        # The image is of the whole workspace, Google's files included; only ours are compared.
        return status or buf(
            "breaking", "--path", "foley", "--against", str(RELEASED), cwd=workspace
        )


if __name__ == "__main__":
    sys.exit(main())
