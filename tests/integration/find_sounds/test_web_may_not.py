"""What a fetch from the web may not do: reach private addresses, use or tell what the machine holds, go unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import FetchRefused, SoundNotFound
from support.sound_desk import OpenDesk
from support.sound_site import SoundSite

PRIVATE = [
    "evil-audio.html",
    "evil-og.html",
    "evil.m3u8",
    "redirect?to={elsewhere}/secret.wav",
    "redirect?status=307&to={elsewhere}/secret.wav",
    "redirect?to=//127.0.0.1:{port}/secret.wav",
    "redirect?to=http://localhost:{port}/secret.wav",
    "redirect?to=http://[::1]:{port}/secret.wav",
    "redirect?to=http://[::ffff:127.0.0.1]:{port}/secret.wav",
    "redirect?to=http://2130706433:{port}/secret.wav",
    "redirect?to=http://0x7f000001:{port}/secret.wav",
    "redirect?to=http://169.254.169.254/latest/meta-data/",
    "redirect?to=http://10.0.0.1/secret.wav",
    "redirect?to=https://192.168.1.1/secret.wav",
    "redirect?to=file:///etc/passwd",
    "redirect?to=ftp://127.0.0.1/secret.wav",
]


@pytest.mark.parametrize("path", PRIVATE)
async def test_no_redirect_embed_or_fragment_leads_to_a_private_address(
    desk: OpenDesk, site: SoundSite, elsewhere: SoundSite, path: str
):
    address = site.url(path.format(elsewhere=elsewhere.url("").rstrip("/"), port=elsewhere.port))
    async with desk(site) as agent:
        answer = await agent.fetch(address)
    assert answer.sounds == []
    assert elsewhere.hits == []
    assert any(word in answer.reasons for word in ("allowed", "http or https", "scheme"))


async def test_a_redirect_within_the_site_is_followed(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        answer = await agent.fetch(site.url("redirect?to=/gravel.wav"))
    assert len(answer.sounds) == 1
    assert answer.sounds[0].source_url == site.url("gravel.wav")


async def test_cookies_last_for_one_search_only(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        await agent.fetch(site.url("cookie.wav"))
        with_cookie = [hit.path for hit in site.hits if "session=" in hit.headers.get("cookie", "")]
        assert with_cookie  # the site's own, within the search that it was set in
        count = len(site.hits)
        await agent.fetch(site.url("boots.wav"))
        assert all("cookie" not in hit.headers for hit in site.hits[count:])


async def test_nothing_of_the_machine_is_told_or_used(
    desk: OpenDesk, site: SoundSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "home"
    plugins = home / ".config" / "yt-dlp" / "plugins" / "evil" / "yt_dlp_plugins" / "extractor"
    plugins.mkdir(parents=True)
    (plugins / "evil.py").write_text(f"open({str(tmp_path / 'plugin-ran')!r}, 'w')\n")
    (home / ".config" / "yt-dlp" / "config").write_text("--exec 'touch config-ran'\n")
    (home / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    async with desk(site) as agent:
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        answer = await agent.fetch(site.url("gravel.wav"))
    assert answer.error is None, answer.reasons
    assert not (tmp_path / "plugin-ran").exists()
    assert not list(tmp_path.rglob("config-ran"))
    assert not (home / ".cache").exists()
    for hit in site.hits:
        assert "authorization" not in hit.headers
        assert hit.headers["accept-encoding"] == "identity"


async def test_rights_must_be_confirmed(desk: OpenDesk, site: SoundSite):
    async with desk(site) as agent:
        by_address = await agent.find(url=site.url("gravel.wav"))
        by_words = await agent.find(query="gravel", sources=[pb.SOUND_SOURCE_WEB])
    for answer in (by_address, by_words):
        assert isinstance(answer.error, FetchRefused)
        assert answer.error.metadata["rule"] == "rights"
    assert site.hits == []


async def test_the_web_is_off_unless_it_is_switched_on(desk: OpenDesk, site: SoundSite):
    async with desk() as agent:
        answer = await agent.fetch(site.url("gravel.wav"))
        told = await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=10)
    assert isinstance(answer.error, FetchRefused)
    assert answer.error.metadata["rule"] == "switch"
    assert list(told.sound_sources) == [pb.SOUND_SOURCE_SAMPLE_PACK]
    assert site.hits == []


async def test_an_address_off_the_list_is_refused_at_once(desk: OpenDesk, elsewhere: SoundSite):
    async with desk(elsewhere, allowed_hosts=("example.com",)) as agent:
        answer = await agent.fetch("https://evil.example/steps.wav")
    assert isinstance(answer.error, FetchRefused)
    assert answer.error.metadata["rule"] == "host"


async def test_a_search_where_no_name_can_be_resolved_says_so(desk: OpenDesk, site: SoundSite):
    async with desk(site, allowed_hosts=("youtube.invalid",)) as agent:
        answer = await agent.find(
            query="gravel", rights_confirmed=True, sources=[pb.SOUND_SOURCE_WEB]
        )
    assert isinstance(answer.error, SoundNotFound)
    assert "not on the list of allowed hosts" in answer.reasons  # youtube.com is not, here
