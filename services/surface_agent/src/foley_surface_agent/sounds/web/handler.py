"""yt-dlp's one way to the network: its request handler, over connections that the guard makes."""

from __future__ import annotations

import io
import ssl
import urllib.request
from collections.abc import Iterable, Iterator
from email.message import Message
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
from yt_dlp.networking.common import Request, RequestHandler, Response
from yt_dlp.networking.exceptions import (
    CertificateVerifyError,
    HTTPError,
    IncompleteRead,
    RequestError,
    SSLError,
    TransportError,
)
from yt_dlp.utils.networking import normalize_url

from foley_common.errors import FetchRefused
from foley_surface_agent.sounds.web.guard import Guard, GuardedBackend

MAX_REDIRECTS = 8
_REDIRECTS = (301, 302, 303, 307, 308)
_KEEPS_METHOD = (307, 308)
_NOT_ELSEWHERE = frozenset(
    ("authorization", "cookie")
)  # headers that stay with the host they are for
MAX_PAGE_BYTES = 16 << 20  # what is read in one piece is a page, a list or a script; none has more


_Handler: Any = RequestHandler  # its methods carry no types


class GuardedRH(_Handler):
    """Sends what yt-dlp asks for, redirects one by one, each judged before it is followed.

    No proxies, no impersonation, no other scheme than http and https, no compressed bodies.
    """

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = ()
    _SUPPORTED_FEATURES = ()

    def __init__(self, *, guard: Guard, ssl_context: ssl.SSLContext, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(**settings)
        self._guard = guard
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context, network_backend=GuardedBackend(guard), retries=0
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        super()._check_extensions(extensions)
        for known in ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing"):
            extensions.pop(known, None)

    def _send(self, request: Request) -> Response:
        url, method, data = request.url, request.method, _bytes_of(request.data)
        headers = {name.lower(): value for name, value in self._get_headers(request).items()}
        headers["accept-encoding"] = "identity"
        cookies = self._get_cookiejar(request)
        answer = self._ask(url, method, headers, data, cookies)
        for _ in range(MAX_REDIRECTS):
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                break
            answer.close()
            following = normalize_url(urljoin(url, target))
            if urlsplit(following).netloc != urlsplit(url).netloc:
                headers = {k: v for k, v in headers.items() if k not in _NOT_ELSEWHERE}
            if answer.status not in _KEEPS_METHOD and method not in ("GET", "HEAD"):
                method, data = "GET", None
                headers.pop("content-type", None)
            url = following
            answer = self._ask(url, method, headers, data, cookies)
        if not 200 <= answer.status < 300:
            raise HTTPError(answer, redirect_loop=answer.status in _REDIRECTS)
        return answer

    def _ask(
        self,
        url: str,
        method: str,
        headers: dict[str, str],
        data: bytes | None,
        cookies: Any,  # noqa: ANN401 - yt-dlp's jar has no types
    ) -> _Answer:
        try:
            self._guard.check_url(url)
            sent = {name: value for name, value in headers.items() if name != "content-length"}
            if data is not None:
                sent["content-length"] = str(len(data))
            if cookie := cookies.get_cookie_header(url):
                sent["cookie"] = cookie
            answer = self._exchange(url, method, sent, data)
            cookies.extract_cookies(_Told(answer.headers), urllib.request.Request(url))
        except FetchRefused as error:
            raise RequestError(error.message, cause=error) from error
        return answer

    def _exchange(
        self, url: str, method: str, headers: dict[str, str], data: bytes | None
    ) -> _Answer:
        """One request and the head of its answer."""
        try:
            request = httpcore.Request(
                method, url, headers=list(headers.items()), content=data,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self.timeout)},
            )  # fmt: skip
            request.headers.insert(0, (b"Host", _host_header(request.url)))
            response = self._pool.handle_request(request)
        except httpcore.ConnectError as error:
            raise _transport_error(error) from error
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError, ValueError) as error:
            raise RequestError(cause=error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise TransportError(cause=error) from error
        told = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers
        ]
        answer = _Answer(response, url, told)
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            answer.close()
            raise RequestError(
                f"the answer is compressed ({encoding[:20]}), which was not asked for"
            )
        length = answer.headers.get("content-length", "")
        if length.isascii() and length.isdigit():
            try:
                self._guard.check_length(int(length) if method != "HEAD" else 0)
            except FetchRefused:
                answer.close()
                raise
        return answer


class _Told:
    """What a cookie jar wants to know of an answer."""

    def __init__(self, headers: Message) -> None:
        self._headers = headers

    def info(self) -> Message:
        return self._headers


class _Answer(Response):
    """An answer whose body comes in as it is read."""

    def __init__(
        self, response: httpcore.Response, url: str, headers: list[tuple[str, str]]
    ) -> None:
        self._body = _Body(response)
        super().__init__(fp=self._body, url=url, headers={}, status=response.status)
        for name, value in headers:
            self.headers.add_header(name, value)

    def read(self, amt: int | None = None) -> bytes:
        """At most so many bytes; all of them without a number."""
        if self.closed:
            return b""
        try:
            data = self._body.read(-1 if amt is None else amt)
        except FetchRefused as error:
            raise RequestError(error.message, cause=error) from error
        except httpcore.RemoteProtocolError as error:
            raise IncompleteRead(partial=self._body.given, cause=error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise TransportError(cause=error) from error
        if not data and amt != 0:
            self.close()
        return data


class _Body(io.RawIOBase):
    """A stream of chunks as a file."""

    def __init__(self, response: httpcore.Response) -> None:
        super().__init__()
        self._response = response
        self._chunks: Iterator[bytes] = response.iter_stream()
        self._rest = b""
        self.given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            data = self._all()
        else:
            piece = self._rest or next(self._chunks, b"")
            data, self._rest = piece[:size], piece[size:]
        self.given += len(data)
        return data

    def _all(self) -> bytes:
        pieces, length = [self._rest], len(self._rest)
        self._rest = b""
        for piece in self._chunks:
            pieces.append(piece)
            length += len(piece)
            if length > MAX_PAGE_BYTES:
                raise RequestError(f"a page of more than {MAX_PAGE_BYTES} bytes is not read")
        return b"".join(pieces)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
        super().close()


def _host_header(url: httpcore.URL) -> bytes:
    default = {b"http": 80, b"https": 443}.get(url.scheme)
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    return host if url.port in (None, default) else host + b":" + str(url.port).encode()


def _bytes_of(data: bytes | Iterable[bytes] | io.IOBase | None) -> bytes | None:
    if data is None or isinstance(data, bytes):
        return data
    if isinstance(data, io.IOBase):
        return data.read()  # type: ignore[attr-defined]
    return b"".join(data)


def _transport_error(error: httpcore.ConnectError) -> TransportError:
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return CertificateVerifyError(cause=error)
    if isinstance(cause, ssl.SSLError):
        return SSLError(cause=error)
    return TransportError(cause=error)
