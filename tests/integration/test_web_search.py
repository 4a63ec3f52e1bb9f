"""yt-dlp's search by name, over real TLS: a server on loopback plays the video site at a public address."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpcore
import pytest

from foley_common.errors import SoundNotFound
from foley_common.sound import SoundSource
from foley_surface_agent.domain.addresses import HostRules
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.settings import SoundSettings
from foley_surface_agent.sounds.find import SoundSources, find_sounds
from foley_surface_agent.sounds.web.guard import FetchLimits
from foley_surface_agent.sounds.web.source import WebSounds
from foley_surface_agent.sounds.web.wire import WebSettings

TLS = Path(__file__).parents[1] / "data" / "tls"
PUBLIC = "93.184.216.34"  # where the tests' name server says the site is
HOST = "www.youtube.com"


@dataclass
class VideoSite:
    """What was asked of the site."""

    port: int = 0
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    def searches(self) -> list[dict[str, Any]]:
        return [body for _, path, body in self.asked if path.startswith("/youtubei/v1/search")]


def _video(video_id: str, title: str, length: str) -> dict[str, Any]:
    return {
        "videoRenderer": {
            "videoId": video_id,
            "title": {"runs": [{"text": title}]},
            "lengthText": {"simpleText": length},
            "ownerText": {"runs": [{"text": "Somebody"}]},
        }
    }


FOUND = {
    "contents": {
        "twoColumnSearchResultsRenderer": {
            "primaryContents": {
                "sectionListRenderer": {
                    "contents": [
                        {
                            "itemSectionRenderer": {
                                "contents": [
                                    _video("aaaaaaaaaaa", "Gravel for ten hours", "10:00:00"),
                                    _video("bbbbbbbbbbb", "Boots on gravel", "0:42"),
                                ]
                            }
                        }
                    ]
                }
            }
        }
    }
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: VideoSite

    def do_GET(self) -> None:
        self._note({})
        self._give(200, b"<!doctype html><html><body>videos</body></html>", "text/html")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._note(body)
        if self.path.startswith("/youtubei/v1/search"):
            value: dict[str, Any] = FOUND
        else:
            value = {"playabilityStatus": {"status": "ERROR", "reason": "Video unavailable"}}
        self._give(200, json.dumps(value).encode(), "application/json")

    def _note(self, body: dict[str, Any]) -> None:
        self.site.asked.append((self.command, self.path, body))
        self.site.hosts.append(self.headers["host"])

    def _give(self, status: int, data: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when whoever asked does not like the certificate."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[VideoSite]:
    """The site, and a way from its public address to loopback."""
    found = VideoSite()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": found}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem", TLS / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found.port = server.server_port
    connect = httpcore.SyncBackend.connect_tcp

    def to_loopback(self: Any, host: str, port: int, *rest: Any, **more: Any) -> Any:
        assert (host, port) == (PUBLIC, 443)  # the judged address, never the name
        return connect(self, "127.0.0.1", found.port, *rest, **more)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", to_loopback)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def web(ca_file: Path | None = TLS / "ca.pem") -> WebSounds:
    defaults = SoundSettings.model_validate({})
    return WebSounds(
        WebSettings(
            rules=HostRules(defaults.allowed_hosts),
            limits=FetchLimits(4 << 20, 10.0, 30.0, 3.0),
            search=defaults.search,
            extractors=defaults.extractors,
            ca_file=ca_file,
        ),
        resolve=lambda _host, _port: [PUBLIC],
    )


def search(folder: Path, sounds: WebSounds) -> tuple[list[Found | Rejected], str]:
    wish = SoundWish("boots on gravel", "", 2, 900.0, rights_confirmed=True)
    sources = SoundSources(None, sounds, 1 << 20)
    items: list[Found | Rejected] = []
    try:
        for item in find_sounds(wish, sources, asked=[SoundSource.WEB], packs=(), folder=folder):
            items.append(item)
    except SoundNotFound as error:
        return items, error.message
    return items, ""


def test_a_search_by_name_asks_the_site_and_judges_what_it_lists(
    site: VideoSite, tmp_path: Path
) -> None:
    items, problem = search(tmp_path, web())
    (asked,) = site.searches()
    assert asked["query"] == "boots on gravel"
    assert set(site.hosts) == {HOST}
    assert [type(item) for item in items] == [Rejected, Rejected]
    long, gone = items
    assert isinstance(long, Rejected)
    assert (long.title, long.reason) == (
        "Gravel for ten hours",
        "it is longer than 900 s, the longest that is taken",
    )
    assert isinstance(gone, Rejected)
    assert gone.title == "Boots on gravel"
    assert "unavailable" in gone.reason.lower()
    assert "boots on gravel" in problem
    # The long one was judged by the list alone.
    assert not any("aaaaaaaaaaa" in json.dumps(body) + path for _, path, body in site.asked)
    assert any("bbbbbbbbbbb" in json.dumps(body) + path for _, path, body in site.asked)
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    site: VideoSite, tmp_path: Path
) -> None:
    items, problem = search(tmp_path, web(ca_file=None))
    assert site.asked == []
    assert problem
    assert all(isinstance(item, Rejected) for item in items)
    assert (
        "certificate"
        in " ".join(item.reason for item in items if isinstance(item, Rejected)).lower()
    )
