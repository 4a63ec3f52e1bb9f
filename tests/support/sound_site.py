"""A site with recordings on loopback, with pages, lists and streams, and with every trick that a bad one plays."""

from __future__ import annotations

import gzip
import io
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np

RATE_HZ = 16_000


def steps_wav(seconds: float = 2.0, *, seed: int = 1, rate_hz: int = RATE_HZ) -> bytes:
    """Two noisy thuds a second, as a WAV file."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    since_step = time_s % 0.5
    sound = rng.normal(0, 0.3, time_s.size) * np.exp(-since_step / 0.06)
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return data.getvalue()


@dataclass(slots=True)
class Hit:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]


@dataclass(slots=True)
class SoundSite:
    """A running site.

    Attributes:
        port: On loopback.
        hits: Every request so far.
        elsewhere: Where redirects and embeds of the forbidden kind lead.
    """

    port: int
    elsewhere: str = ""
    hits: list[Hit] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def name(self) -> str:
        """``host:port``, as settings name it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """An address on this site."""
        return f"http://{self.name}/{path}"

    def paths(self) -> list[str]:
        """Paths that were asked for."""
        return [hit.path for hit in self.hits]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: SoundSite

    def do_GET(self) -> None:
        self.site.hits.append(Hit(self.path, {k.lower(): v for k, v in self.headers.items()}))
        parts = urlsplit(self.path)
        name = parts.path.strip("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        action = _ROUTES.get(name)
        try:
            if action is None:
                self.give(b"no such page", "text/plain", 404)
            else:
                action(self, query)
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def do_HEAD(self) -> None:
        self.do_GET()

    def give(
        self, data: bytes, media_type: str, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(data)))
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def begin(self, media_type: str, **headers: str) -> None:
        """Headers of a body that ends when the connection does."""
        self.send_response(200)
        self.send_header("content-type", media_type)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True

    def page(self, head: str = "", body: str = "", title: str = "Steps on gravel") -> None:
        text = f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
        self.give(text.encode(), "text/html; charset=utf-8")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


Action = Callable[[_Handler, dict[str, str]], None]


def _endless(handler: _Handler, _: dict[str, str]) -> None:
    handler.begin("audio/wav")
    handler.wfile.write(steps_wav(1.0))
    while not handler.site.stopping.is_set():
        handler.wfile.write(b"\x01\x00" * 32_768)


def _lying(handler: _Handler, _: dict[str, str]) -> None:
    """Promises little, sends without end."""
    handler.begin("audio/wav", content_length="100000")
    handler.wfile.write(steps_wav(1.0))
    while not handler.site.stopping.is_set():
        handler.wfile.write(b"\x01\x00" * 32_768)


def _cut(handler: _Handler, _: dict[str, str]) -> None:
    """Promises much, and hangs up."""
    handler.begin("audio/wav", content_length="1000000")
    handler.wfile.write(steps_wav(1.0)[:10_000])


def _drip(handler: _Handler, _: dict[str, str]) -> None:
    handler.begin("audio/wav")
    for byte in steps_wav(2.0):
        if handler.site.stopping.wait(0.05):
            return
        handler.wfile.write(bytes([byte]))


def _drip_headers(handler: _Handler, _: dict[str, str]) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        if handler.site.stopping.wait(0.05):
            return
        handler.wfile.write(f"X-{number}: 1\r\n".encode())


def _hang(handler: _Handler, _: dict[str, str]) -> None:
    handler.site.stopping.wait(60)
    handler.close_connection = True


def _redirect(handler: _Handler, query: dict[str, str]) -> None:
    handler.give(b"", "text/plain", int(query.get("status", "302")), {"location": query["to"]})


def _loop(handler: _Handler, _: dict[str, str]) -> None:
    handler.give(b"", "text/plain", 302, {"location": f"/loop?{time.monotonic_ns()}"})


def _cookie(handler: _Handler, _: dict[str, str]) -> None:
    """Sets a cookie on the way to the recording."""
    handler.give(
        b"", "text/plain", 302, {"location": "/gravel.wav", "set-cookie": "session=secret; Path=/"}
    )


def _big_page(handler: _Handler, _: dict[str, str]) -> None:
    handler.begin("text/html")
    handler.wfile.write(b"<!doctype html><html><body>")
    for _number in range(20 * 16):  # 20 MiB
        handler.wfile.write(b"<p>.</p>" * 8192)


def _gzipped(handler: _Handler, _: dict[str, str]) -> None:
    handler.give(gzip.compress(steps_wav(1.0)), "audio/wav", headers={"content-encoding": "gzip"})


def _feed(handler: _Handler, query: dict[str, str]) -> None:
    """A list: too long, gone, no sound, and two that are fine."""
    names = ("long.wav", "gone.wav", "text.wav", "gravel.wav", "boots.wav", "gravel.wav?again")
    items = "".join(
        f"<item><title>gravel {number} {name}</title>"
        f'<enclosure url="http://{handler.site.name}/{name}" type="audio/wav"/>'
        f"<guid>{number}</guid></item>"
        for number, name in enumerate(names)
    )
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Steps</title>{items}</channel></rss>'
    handler.give(text.encode(), "application/rss+xml")


def _nested(handler: _Handler, _: dict[str, str]) -> None:
    """A list whose only entry is a list again."""
    text = (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Steps</title><item><title>more</title>'
        f'<enclosure url="http://{handler.site.name}/feed.rss"/></item></channel></rss>'
    )
    handler.give(text.encode(), "application/rss+xml")


def _fragments(*names: str, end: bool = True) -> Action:
    def act(handler: _Handler, _: dict[str, str]) -> None:
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2"]
        for name in names:
            lines += ["#EXTINF:1.0,", name.replace("ELSEWHERE", handler.site.elsewhere)]
        lines += ["#EXT-X-ENDLIST"] if end else []
        handler.give("\n".join(lines).encode(), "application/vnd.apple.mpegurl")

    return act


def _long_manifest(handler: _Handler, _: dict[str, str]) -> None:
    """A few hundred bytes of DASH that make a list of two hundred million fragments."""
    text = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="audio/mp4">'
        '<SegmentTemplate timescale="1" media="s$Number$.m4s"><SegmentTimeline>'
        '<S t="0" d="1" r="200000000"/></SegmentTimeline></SegmentTemplate>'
        '<Representation id="1" bandwidth="1"/></AdaptationSet></Period></MPD>'
    )
    handler.give(text.encode(), "application/dash+xml")


def _aac(handler: _Handler, _: dict[str, str]) -> None:
    handler.give(aac_adts(1.0), "audio/aac")


def aac_adts(seconds: float) -> bytes:
    """Sound as a raw AAC stream, as fragments of HLS are."""
    import av

    samples = np.frombuffer(steps_wav(seconds, rate_hz=48_000)[44:], "<i2")
    data = io.BytesIO()
    with av.open(data, "w", format="adts") as output:
        stream: Any = output.add_stream("aac", rate=48_000, layout="mono")
        for start in range(0, samples.size, 1024):
            block = samples[start : start + 1024].reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate = 48_000
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return data.getvalue()


def _sound(data: Callable[[], bytes], media_type: str = "audio/wav") -> Action:
    return lambda handler, _: handler.give(data(), media_type)


_ROUTES: dict[str, Action] = {
    "gravel.wav": _sound(lambda: steps_wav(2.0)),
    "boots.wav": _sound(lambda: steps_wav(3.0, seed=2)),
    "long.wav": _sound(lambda: steps_wav(30.0, rate_hz=8000)),
    "plain.wav": _sound(lambda: steps_wav(2.0), "application/octet-stream"),
    "text.wav": _sound(lambda: b"this is no sound at all, whatever it is called. " * 200, "text/plain"),
    "silence.wav": _sound(lambda: steps_wav(0.01)),
    "typed.wav": _sound(lambda: b"not a wave file " * 500),
    "endless.wav": _endless,
    "lying.wav": _lying,
    "cut.wav": _cut,
    "large.wav": lambda handler, _: handler.begin("audio/wav", content_length=str(10 << 30)),
    "drip.wav": _drip,
    "drip-headers.wav": _drip_headers,
    "hang.wav": _hang,
    "redirect": _redirect,
    "loop": _loop,
    "cookie.wav": _cookie,
    "gzip.wav": _gzipped,
    "big.html": _big_page,
    "audio.html": lambda handler, _: handler.page(body='<audio controls src="/gravel.wav"></audio>'),
    "source.html": lambda handler, _: handler.page(
        body='<audio><source src="gravel.wav" type="audio/wav"></audio>'
    ),
    "og.html": lambda handler, _: handler.page(head='<meta property="og:audio" content="/boots.wav">'),
    "empty.html": lambda handler, _: handler.page(body="<p>No sound here.</p>"),
    "evil-audio.html": lambda handler, _: handler.page(
        body=f'<audio src="{handler.site.elsewhere}/secret.wav"></audio>'
    ),
    "evil-og.html": lambda handler, _: handler.page(
        head=f'<meta property="og:audio" content="{handler.site.elsewhere}/secret.wav">'
    ),
    "evil-file.html": lambda handler, _: handler.page(body='<audio src="file:///etc/passwd"></audio>'),
    # Regular expressions of yt-dlp's go over this again and again, without ever letting another thread in.
    "slow-to-read.html": lambda handler, _: handler.page(body="<a " * 600_000),
    "long.mpd": _long_manifest,
    "feed.rss": _feed,
    "nested.rss": _nested,
    "list.m3u8": _fragments("one.aac", "two.aac", "three.aac"),
    "evil.m3u8": _fragments("one.aac", "ELSEWHERE/secret.aac"),
    "evil-file.m3u8": _fragments("one.aac", "file:///etc/passwd"),
    "live.m3u8": _fragments("one.aac", end=False),
    "one.aac": _aac,
    "two.aac": _aac,
    "three.aac": _aac,
    "secret.wav": _sound(lambda: steps_wav(1.0)),
    "secret.aac": _aac,
}  # fmt: skip


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when whoever asked has gone."""


@contextmanager
def sound_site(elsewhere: str = "") -> Iterator[SoundSite]:
    """Serve inside the block on a free port of loopback."""
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    site = SoundSite(server.server_port, elsewhere)
    handler.site = site
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield site
    finally:
        site.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
