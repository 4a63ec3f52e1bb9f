"""What may go over the network while something is fetched: where to, how much, for how long, and only while wanted.

yt-dlp, and whatever site it reads, decide which addresses are asked next: by redirects, embedded players, fragments and
names that resolve to something else the second time. So the rules stand where connections are made. Every connection
resolves its name once, judges all addresses that came back, and goes to one of those very addresses; every read is
counted and timed.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import httpcore

from foley_common.errors import FetchRefused, FoleyError
from foley_surface_agent.domain.addresses import HostRules
from foley_surface_agent.sounds.web.confinement import connecting

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much may be fetched.

    Attributes:
        part_bytes: For one recording, pages and lists on the way to it included.
        part_s: The same in seconds.
        total_s: For everything that one call fetches.
        timeout_s: Longest wait for a connection or for the next bytes.
    """

    part_bytes: int
    part_s: float
    total_s: float
    timeout_s: float


class FetchStopped(BaseException):
    """Nothing more may be fetched in this call; no handler of a library below us swallows it.

    Attributes:
        error: Why.
    """

    def __init__(self, error: FoleyError) -> None:
        super().__init__(error.message)
        self.error = error


class Guard:
    """Holds the rules of one call and counts what it uses. For one thread.

    Args:
        rules: Which hosts.
        limits: How much.
        check: Raises when nobody waits for the call any more.
        resolve: Addresses of a name; for tests.
    """

    def __init__(
        self,
        rules: HostRules,
        limits: FetchLimits,
        *,
        check: Callable[[], None] = lambda: None,
        resolve: Resolve | None = None,
    ) -> None:
        self._rules = rules
        self._limits = limits
        self._check = check
        self._resolve = resolve or resolved
        self._end = time.monotonic() + limits.total_s
        self._part_end = self._end
        self._part_bytes = 0
        self.refusal: FoleyError | None = None

    @contextlib.contextmanager
    def part(self) -> Iterator[None]:
        """One recording: its bytes and seconds are counted from here; the first refusal inside is remembered."""
        self._part_bytes, self.refusal = 0, None
        self._part_end = min(self._end, time.monotonic() + self._limits.part_s)
        try:
            yield
        finally:
            self._part_end = self._end

    def check_url(self, url: str) -> None:
        """Raise FetchRefused for an address that may not be asked."""
        try:
            self._rules.check(url)
        except FetchRefused as error:
            raise self._noted(error) from None

    def check_length(self, size_bytes: int) -> None:
        """Raise FetchRefused for a body that says it is too large."""
        if self._part_bytes + size_bytes > self._limits.part_bytes:
            raise self._too_large()

    def addresses(self, host: str, port: int) -> list[str]:
        """Addresses of a name, all of them judged.

        Raises:
            FetchRefused: one is not public.
            OSError: the name cannot be resolved.
        """
        self.left_s()
        with connecting():
            found = self._resolve(host, port)
        try:
            self._rules.check_addresses(host, port, found)
        except FetchRefused as error:
            raise self._noted(error) from None
        return found

    def left_s(self) -> float:
        """The longest that the next wait may be.

        Raises:
            FetchStopped: the call is over or its time is up.
            FetchRefused: the time of this recording is up.
        """
        try:
            self._check()
        except FoleyError as error:
            raise FetchStopped(error) from error
        now = time.monotonic()
        if now >= self._end:
            total_s = self._limits.total_s
            raise FetchStopped(
                FetchRefused(f"fetching took longer than {total_s:g} s in all", rule="time")
            )
        if now >= self._part_end:
            limit_s = self._limits.part_s
            raise self._noted(FetchRefused(f"fetching took longer than {limit_s:g} s", rule="time"))
        return min(self._limits.timeout_s, self._part_end - now)

    def count(self, size_bytes: int) -> None:
        """Count bytes that came in.

        Raises:
            FetchRefused: they are too many for one recording.
        """
        self._part_bytes += size_bytes
        if self._part_bytes > self._limits.part_bytes:
            raise self._too_large()

    def _too_large(self) -> FoleyError:
        limit = self._limits.part_bytes
        return self._noted(
            FetchRefused(f"it is larger than {limit} bytes, the most that is fetched", rule="size")
        )

    def _noted(self, error: FetchRefused) -> FetchRefused:
        self.refusal = self.refusal or error
        return error


def resolved(host: str, port: int) -> list[str]:
    """Addresses of a name as the system knows them, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


# The waits that httpcore hands down are not taken: the guard says how long each may be.
# ruff: noqa: ARG002
class GuardedBackend(httpcore.NetworkBackend):
    """Makes connections under a guard.

    Args:
        guard: The rules.
        inner: Makes the connection itself, to an address; for tests.
    """

    def __init__(self, guard: Guard, inner: httpcore.NetworkBackend | None = None) -> None:
        self._guard = guard
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to one of the addresses that were judged, and to nothing else."""
        try:
            addresses = self._guard.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved") from error
        problem: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses:
            try:
                with connecting():
                    stream = self._inner.connect_tcp(
                        address, port, self._guard.left_s(), local_address, socket_options
                    )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _GuardedStream(stream, self._guard)
        raise problem or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Never."""
        raise httpcore.ConnectError("local sockets are not asked")


class _GuardedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, guard: Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            data = self._stream.read(max_bytes, self._guard.left_s())
        except httpcore.ReadTimeout:
            self._guard.left_s()  # raises when it was not this wait alone that was too long
            raise
        self._guard.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._guard.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._guard.left_s())
        return _GuardedStream(stream, self._guard)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
