"""The supervisor with real processes that speak real health: start, death, restart, end, and no orphans."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from foley_client import supervisor as module
from foley_client.child import Child, ServiceSpec
from foley_client.home import Home, read_server_file
from foley_client.rpc.health import is_serving
from foley_client.supervisor import Supervisor
from foley_common.errors import ModelMissing, StageUnavailable, StoreReadOnly
from support.patience import END_S

TESTS = Path(__file__).parents[2]
NAMES = ("detector", "surface_agent", "audio", "gateway")
DRIVER = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from unit.client.test_supervisor import specs
from foley_client.home import Home
from foley_client.supervisor import Supervisor

async def main():
    home = Home(Path(sys.argv[3]))
    home.prepare()
    stages, gateway = specs()
    await Supervisor(home, mode="run", stages=stages, gateway=gateway).start(lambda what: None)
    print("up", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def specs() -> tuple[tuple[ServiceSpec, ...], ServiceSpec]:
    *stages, gateway = (
        ServiceSpec(n, f"fake_{n}", f"FAKE_{n.upper()}_", f"fake.{n}") for n in NAMES
    )
    return tuple(stages), gateway


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in NAMES:
        (modules / f"fake_{name}.py").write_text(
            f"from support.fake_service import serve\nserve({name!r})\n"
        )
    monkeypatch.setenv("PYTHONPATH", f"{modules}{os.pathsep}{TESTS}")
    home = Home(tmp_path / "home with a blank")
    home.prepare()
    return home


def supervised(home: Home, grace_s: float = 5.0) -> Supervisor:
    stages, gateway = specs()
    return Supervisor(home, mode="serve", stages=stages, gateway=gateway, grace_s=grace_s)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "RESTART_PAUSE_S", 0.05)
    return


async def until(condition: object, what: str) -> None:
    assert callable(condition)
    deadline = time.monotonic() + END_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.05)


async def test_all_start_and_are_found_and_stop(home: Home) -> None:
    said: list[str] = []
    supervisor = supervised(home)
    stack = await supervisor.start(said.append)
    assert set(stack.service_pids) == set(NAMES)
    assert await is_serving(stack.grpc_target, "fake.gateway")
    assert read_server_file(home) == stack
    assert any("waiting for" in words for words in said)
    assert '"AUDIO_TARGET"' not in (home.ready / "gateway.json").read_text()
    assert "FAKE_GATEWAY_AUDIO_TARGET" in (home.ready / "gateway.json").read_text()
    await supervisor.stop()
    assert all(gone(pid) for pid in stack.service_pids.values())
    assert read_server_file(home) is None
    assert home.log_of("audio").read_text() == "audio serves\n"


async def test_a_service_that_dies_at_start_shows_its_last_words_and_its_log(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAILS", "surface_agent")
    supervisor = supervised(home)
    with pytest.raises(StageUnavailable, match=r"surface_agent ended with status 4") as caught:
        await supervisor.start([].append)
    assert "settings are wrong: no model" in caught.value.message
    assert str(home.log_of("surface_agent")) in caught.value.message
    assert caught.value.metadata["stage"] == "surface_agent"
    assert caught.value.retry_after_s is None  # it will not come by itself


async def test_a_service_that_says_why_it_cannot_run_is_heard(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAILS", "detector")
    monkeypatch.setenv(
        "FAKE_SAYS",
        '{"event": "service_failed", "reason": "MODEL_MISSING", "message": "no yolov8n.onnx"}',
    )
    with pytest.raises(ModelMissing, match=r"detector cannot run: no yolov8n\.onnx") as caught:
        await supervised(home).start([].append)
    assert str(home.log_of("detector")) in caught.value.message


@pytest.mark.usefixtures("quick")
async def test_a_stage_that_dies_comes_back_on_its_port(home: Home) -> None:
    supervisor = supervised(home)
    before = await supervisor.start([].append)
    ready = home.ready / "audio.json"
    port = json.loads(ready.read_text())["grpc_port"]
    os.kill(before.service_pids["audio"], signal.SIGKILL)
    await until(
        lambda: supervisor.stack.service_pids["audio"] != before.service_pids["audio"],
        "another process",
    )
    await until(ready.exists, "its port")
    assert json.loads(ready.read_text())["grpc_port"] == port  # the gateway knows no other
    assert supervisor.restarts() == {"audio": 1}
    assert supervisor.stack.grpc_target == before.grpc_target
    await supervisor.stop()


@pytest.mark.usefixtures("quick")
async def test_a_service_that_keeps_dying_is_given_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = supervised(home)
    stack = await supervisor.start([].append)
    monkeypatch.setenv("FAKE_FAILS", "detector")  # from now on it cannot start
    os.kill(stack.service_pids["detector"], signal.SIGKILL)
    error = await asyncio.wait_for(supervisor.failure(), END_S)
    assert isinstance(error, StageUnavailable)
    assert "detector" in error.message
    assert supervisor.restarts() == {"detector": module.MAX_RESTARTS + 1}
    await supervisor.stop()


async def test_a_service_that_ignores_sigterm_is_killed_after_the_grace_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STUBBORN", "audio")
    supervisor = supervised(home, grace_s=0.5)
    stack = await supervisor.start([].append)
    await supervisor.stop()
    assert gone(stack.service_pids["audio"])


async def test_the_gateway_is_stopped_before_the_stages_that_it_calls(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    stop = Child.stop

    async def stopped(child: Child, grace_s: float) -> None:
        told.append(f"{child.spec.name} asked")
        await stop(child, grace_s)
        told.append(f"{child.spec.name} gone")

    monkeypatch.setattr(Child, "stop", stopped)
    supervisor = supervised(home)
    await supervisor.start([].append)
    await supervisor.stop()
    assert told[:2] == ["gateway asked", "gateway gone"]
    assert len(told) == 2 * len(NAMES)


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
async def test_kill_9_of_the_supervisor_leaves_no_orphans(home: Home) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(TESTS), str(TESTS / "support"), str(home.root)],
        stdout=subprocess.PIPE,
        text=True,
    ) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline().strip() == "up"
        stack = read_server_file(home)
        assert stack is not None
        assert not any(gone(pid) for pid in stack.service_pids.values())
        driver.kill()
        driver.wait()
    await until(
        lambda: all(gone(pid) for pid in stack.service_pids.values()), "the end of all services"
    )


async def test_a_log_that_cannot_be_written_does_not_halt_its_service(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TALKS_BYTES", str(1 << 20))  # more than a pipe holds
    home.log_of("audio").symlink_to("/dev/full")
    supervisor = supervised(home)
    stack = await asyncio.wait_for(supervisor.start([].append), END_S)
    assert await is_serving(stack.grpc_target, "fake.gateway")
    await supervisor.stop()
    assert all(gone(pid) for pid in stack.service_pids.values())


async def test_a_log_that_cannot_be_opened_ends_the_start_with_all_that_was_started(
    home: Home,
) -> None:
    home.log_of("audio").mkdir()
    supervisor = supervised(home)
    with pytest.raises(StoreReadOnly, match=r"the log, .*audio\.log"):
        await supervisor.start([].append)
    assert not list(home.ready.iterdir())


@pytest.mark.usefixtures("quick")
async def test_a_service_that_cannot_be_started_again_is_given_up(home: Home) -> None:
    supervisor = supervised(home)
    stack = await supervisor.start([].append)
    home.log_of("audio").unlink()
    home.log_of("audio").mkdir()
    os.kill(stack.service_pids["audio"], signal.SIGKILL)
    error = await asyncio.wait_for(supervisor.failure(), END_S)
    assert isinstance(error, StoreReadOnly)
    await supervisor.stop()
