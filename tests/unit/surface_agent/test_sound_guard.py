"""The guard where connections are made: what is resolved, judged and connected to, and what is counted."""

# ruff: noqa: ARG002 - names and parameters are httpcore's

from __future__ import annotations

import socket
import subprocess
import threading
import time
import urllib.request
from types import SimpleNamespace

import httpcore
import pytest

from foley_common.errors import FetchRefused, RenderCancelled
from foley_surface_agent.domain.addresses import HostRules
from foley_surface_agent.sounds.web import guard as guard_module
from foley_surface_agent.sounds.web.confinement import ForbiddenHere, confined
from foley_surface_agent.sounds.web.guard import FetchLimits, FetchStopped, Guard, GuardedBackend
from support.sound_site import sound_site

LIMITS = FetchLimits(part_bytes=1000, part_s=5.0, total_s=10.0, timeout_s=1.0)
PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.7"


class Stream(httpcore.NetworkStream):
    """Gives what it is told to."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        given, self.data = self.data[:max_bytes], self.data[max_bytes:]
        return given


class Inner(httpcore.NetworkBackend):
    """Notes where it is sent, and connects to nothing."""

    def __init__(self, fails: tuple[str, ...] = ()) -> None:
        self.asked: list[tuple[str, int]] = []
        self.fails = fails

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.asked.append((host, port))
        if host in self.fails:
            raise httpcore.ConnectError("nobody there")
        return Stream(b"x" * 5000)


class Names:
    """A name server whose answer may change."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def backend(names: Names, inner: Inner | None = None, limits: FetchLimits = LIMITS, **more):
    guard = Guard(HostRules(("example.com",)), limits, resolve=names, **more)
    return guard, GuardedBackend(guard, inner or Inner())


def test_a_connection_goes_to_the_very_address_that_was_judged():
    names, inner = Names([PUBLIC], [PRIVATE]), Inner()
    _, made = backend(names, inner)
    made.connect_tcp("example.com", 443)
    assert inner.asked == [(PUBLIC, 443)]  # never the name, which would be resolved again
    assert names.asked == 1


def test_a_name_that_turns_private_is_refused_the_next_time():
    names, inner = Names([PUBLIC], [PRIVATE]), Inner()
    guard, made = backend(names, inner)
    made.connect_tcp("example.com", 443)
    with pytest.raises(FetchRefused, match="not a public address"):
        made.connect_tcp("example.com", 443)
    assert inner.asked == [(PUBLIC, 443)]
    assert guard.refusal is not None


@pytest.mark.parametrize(
    "answer",
    [[PUBLIC, PRIVATE], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["fe80::1"], ["100.64.1.1"]],
)
def test_a_name_with_any_private_address_is_refused(answer: list[str]):
    inner = Inner()
    _, made = backend(Names(answer), inner)
    with pytest.raises(FetchRefused):
        made.connect_tcp("example.com", 80)
    assert inner.asked == []


def test_the_next_address_is_tried_when_one_does_not_answer():
    inner = Inner(fails=("93.184.216.34",))
    _, made = backend(Names(["93.184.216.34", "93.184.216.35"]), inner)
    made.connect_tcp("example.com", 443)
    assert [host for host, _ in inner.asked] == ["93.184.216.34", "93.184.216.35"]
    with pytest.raises(httpcore.ConnectError):
        backend(Names([PUBLIC]), Inner(fails=(PUBLIC,)))[1].connect_tcp("example.com", 443)


def test_a_name_that_nobody_knows_is_a_failed_connection():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    guard = Guard(HostRules(("example.com",)), LIMITS, resolve=unknown)
    with pytest.raises(httpcore.ConnectError, match="cannot be resolved"):
        GuardedBackend(guard, Inner()).connect_tcp("example.com", 443)


def test_local_sockets_are_not_asked():
    with pytest.raises(httpcore.ConnectError):
        backend(Names([PUBLIC]))[1].connect_unix_socket("/var/run/docker.sock")


def test_bytes_are_counted_for_each_recording():
    guard, made = backend(Names([PUBLIC]))
    with guard.part():
        made.connect_tcp("example.com", 443).read(900)
    with guard.part():
        stream = made.connect_tcp("example.com", 443)
        stream.read(900)
        with pytest.raises(FetchRefused, match="larger than 1000 bytes"):
            stream.read(200)
    with guard.part():
        guard.check_length(1000)
        with pytest.raises(FetchRefused):
            guard.check_length(1001)


def test_time_is_counted_for_each_recording_and_for_all(monkeypatch):
    now_s = time.monotonic()
    monkeypatch.setattr(guard_module, "time", SimpleNamespace(monotonic=lambda: now_s))
    limits = FetchLimits(part_bytes=1000, part_s=5.0, total_s=15.0, timeout_s=60.0)
    guard, _ = backend(Names([PUBLIC]), limits=limits)
    with guard.part():
        assert 4.9 < guard.left_s() <= 5.0
        now_s += 6.0
        with pytest.raises(FetchRefused, match="longer than 5 s"):
            guard.left_s()
    with guard.part():
        assert 4.9 < guard.left_s() <= 5.0
        now_s += 10.0
        with pytest.raises(FetchStopped) as caught:
            guard.left_s()
    assert "in all" in caught.value.error.message


def test_whoever_is_gone_stops_everything_at_the_next_byte():
    def gone() -> None:
        raise RenderCancelled("the caller has cancelled the work")

    guard, made = backend(Names([PUBLIC]), check=gone)
    with pytest.raises(FetchStopped) as caught:
        made.connect_tcp("example.com", 443)
    assert isinstance(caught.value.error, RenderCancelled)
    assert not isinstance(
        caught.value, Exception
    )  # libraries that catch everything do not catch it
    with pytest.raises(FetchStopped):
        guard.left_s()


def test_code_that_fetches_starts_no_program_and_connects_nowhere_by_itself():
    with sound_site() as site:
        with confined():
            with pytest.raises(ForbiddenHere):
                subprocess.run(["true"], check=True)
            with pytest.raises(ForbiddenHere):
                socket.create_connection(("127.0.0.1", site.port))
            with pytest.raises((ForbiddenHere, OSError)):
                urllib.request.urlopen(site.url("gravel.wav"))
            with pytest.raises(ForbiddenHere):
                socket.getaddrinfo("example.com", 80)
        assert site.hits == []


def test_other_threads_go_on_as_they_were():
    worked: list[bool] = []

    def elsewhere() -> None:
        worked.append(subprocess.run(["true"], check=False).returncode == 0)

    with confined():
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    subprocess.run(["true"], check=True)
    assert worked == [True]
