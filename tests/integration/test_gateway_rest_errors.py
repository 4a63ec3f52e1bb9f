"""What the gateway's REST face says to what it cannot take."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from foley_gateway.rest.refusals import MAX_JSON_BYTES, TAKE_FILES
from support import clips
from support.gateways import Studio, studio

LIMIT_BYTES = 200_000


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio(tmp_path, max_upload_bytes=LIMIT_BYTES) as running:
        yield running


def _reason(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert set(error) >= {"code", "reason", "message", "metadata", "request_id"}
    assert error["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return answer.status_code, error["reason"]


async def test_what_is_not_a_video_is_refused_and_leaves_nothing_behind(
    house: Studio, tmp_path: Path
) -> None:
    files = [clips.not_a_video(tmp_path / "text.mp4"), clips.empty(tmp_path / "empty.mp4")]
    files += [clips.audio_only(tmp_path / "sound.mp4"), clips.png_picture(tmp_path / "picture.mp4")]
    for file in files:
        answer = await house.rest.post("/v1/clips", files={"file": (file.name, file.read_bytes())})
        assert _reason(answer) == (422, "UNDECODABLE_MEDIA"), file.name
    assert (await house.rest.get("/v1/clips")).json()["clips"] == []
    assert [key async for key in house.fakes.store.list_keys("clips/")] == []


async def test_too_large_a_file_is_refused_whether_its_length_is_said_or_not(house: Studio) -> None:
    too_long = bytes(LIMIT_BYTES * 2)
    answer = await house.rest.post("/v1/clips", files={"file": ("long.mp4", too_long)})
    assert _reason(answer) == (413, "MEDIA_TOO_LARGE")

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="long.mp4"\r\n\r\n'
        for _ in range(LIMIT_BYTES // 1000 + 10):
            yield bytes(1000)
        yield b"\r\n--b--\r\n"

    answer = await house.rest.post(
        "/v1/clips", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert _reason(answer) == (413, "MEDIA_TOO_LARGE")
    assert str(LIMIT_BYTES) in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"x", "text/plain"),
        (b"x", "multipart/form-data"),
        (b"--b--\r\n", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nxx',
            "multipart/form-data; boundary=b",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\nxx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
    ],
)
async def test_a_body_that_is_no_upload_is_refused(
    house: Studio, content: bytes, kind: str
) -> None:
    answer = await house.rest.post("/v1/clips", content=content, headers={"Content-Type": kind})
    assert _reason(answer) == (400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"options": {"sensitivty": "SENSITIVITY_LOW"}}, "options"),
        ({"options": {"sensitivity": "SENSITIVITY_EXTREME"}}, "options.sensitivity"),
        ({"options": {"style": {"sample_rate_hz": 44100}}}, "options.style.sample_rate_hz"),
        ({"options": {"poses": {"max_people_count": 99}}}, "options.poses.max_people_count"),
        (
            {"options": {"overrides": [{"surface": "SURFACE_UNKNOWN"}]}},
            "options.overrides[0].surface",
        ),
        ({"request_id": "a b"}, "request_id"),
    ],
)
async def test_options_that_make_no_sense_are_named(house: Studio, body: dict, field: str) -> None:
    clip = await house.upload()
    answer = await house.rest.post(f"/v1/{clip['name']}/renders", json=body)
    assert _reason(answer) == (400, "INVALID_FIELD")
    assert field in [violation["field"] for violation in answer.json()["error"]["field_violations"]]


async def test_what_is_no_json_is_said_with_the_place(house: Studio) -> None:
    clip = await house.upload()
    answer = await house.rest.post(
        f"/v1/{clip['name']}/renders",
        content=b'{"options": nothing}',
        headers={"Content-Type": "application/json"},
    )
    assert _reason(answer) == (400, "INVALID_FIELD")
    (violation,) = answer.json()["error"]["field_violations"]
    assert violation["field"] == "body"
    assert "is no JSON" in violation["problem"]
    assert "at character 12" in violation["problem"]


async def test_what_is_not_there_is_said_in_one_form(house: Studio) -> None:
    assert _reason(await house.rest.get("/v1/clips/none")) == (404, "CLIP_NOT_FOUND")
    assert _reason(await house.rest.delete("/v1/clips/none")) == (404, "CLIP_NOT_FOUND")
    assert _reason(await house.rest.post("/v1/clips/none/renders")) == (404, "CLIP_NOT_FOUND")
    assert _reason(await house.rest.get("/v1/clips/none/renders/none")) == (404, "RENDER_NOT_FOUND")
    assert _reason(await house.rest.get("/v1/nothing")) == (404, "NOT_FOUND")
    assert _reason(await house.rest.put("/v1/clips")) == (405, "METHOD_NOT_ALLOWED")
    assert _reason(await house.rest.get("/v1/clips", params={"page_size": 101})) == (
        400,
        "INVALID_FIELD",
    )
    assert _reason(await house.rest.get("/v1/clips", params={"page_size": "x"})) == (
        400,
        "INVALID_FIELD",
    )
    assert _reason(await house.rest.get("/v1/clips", params={"page_token": "?"})) == (
        400,
        "INVALID_FIELD",
    )


async def test_an_unplanned_error_stays_opaque(
    house: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise RuntimeError("secret detail")

    assert house.gateway is not None
    monkeypatch.setattr(house.gateway.application, "clip", breaks)
    answer = await house.rest.get("/v1/clips/any", headers={"x-request-id": "mine-1"})
    assert _reason(answer) == (500, "INTERNAL")
    assert "secret" not in answer.text
    assert answer.json()["error"]["metadata"] == {"request_id": "mine-1"}


async def test_headers_keep_the_page_to_itself(house: Studio) -> None:
    page = await house.rest.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    asked = await house.rest.get("/v1/clips", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in asked.headers
    assert {"server"}.isdisjoint(asked.headers)


async def test_other_origins_only_when_the_settings_name_them(tmp_path: Path) -> None:
    async with studio(tmp_path, cors_origins=("https://desk.example",)) as house:
        for origin, allowed in (
            ("https://desk.example", True),
            ("https://elsewhere.example", False),
        ):
            answer = await house.rest.get("/v1/clips", headers={"Origin": origin})
            assert ("access-control-allow-origin" in answer.headers) is allowed


async def test_health_metrics_and_openapi(house: Studio) -> None:
    assert (await house.rest.get("/healthz")).json() == {"status": "ok"}
    assert (await house.rest.get("/readyz")).json() == {"status": "ok"}
    async with asyncio.timeout(10):
        while 'foley_gateway_detector_segments{state="queued"}' not in (
            text := (await house.rest.get("/metrics")).text
        ):
            await asyncio.sleep(0.1)
    assert "foley_gateway_rest_seconds" in text
    paths = (await house.rest.get("/v1/openapi.json")).json()["paths"]
    assert "/v1/clips/{clip}/renders/{render}:cancel" in paths
    assert "/v1/clips/{clip}/renders/{render}/events" in paths


async def test_a_body_longer_than_a_message_may_be_is_not_read_into_memory(house: Studio) -> None:
    clip = await house.upload()

    async def long() -> AsyncIterator[bytes]:
        yield b'{"request_id": "'
        for _ in range(4 * MAX_JSON_BYTES // (1 << 16)):
            yield b"a" * (1 << 16)

    address = f"/v1/{clip['name']}/renders"
    json_type = {"Content-Type": "application/json"}
    answer = await house.rest.post(address, content=long(), headers=json_type)
    assert _reason(answer) == (413, "INVALID_FIELD")
    assert str(MAX_JSON_BYTES) in answer.json()["error"]["message"]
    as_a_file = {"content-type": "multipart/form-data; boundary=x"}
    called_a_file = await house.rest.post(address, content=long(), headers=as_a_file)
    assert _reason(called_a_file) == (413, "INVALID_FIELD")
    said_before = await house.rest.post(
        address, content=b" " * (MAX_JSON_BYTES + 1), headers=json_type
    )
    assert _reason(said_before) == (413, "INVALID_FIELD")
    assert said_before.json()["error"]["code"] == "INVALID_ARGUMENT"
    fits = await house.rest.post(
        address, content=b"{}" + b" " * (MAX_JSON_BYTES - 2), headers=json_type
    )
    assert fits.status_code == 201


async def test_where_files_come_in_is_known(house: Studio) -> None:
    paths = (await house.rest.get("/v1/openapi.json")).json()["paths"]
    taking = {
        path
        for path, methods in paths.items()
        if "multipart/form-data"
        in methods.get("post", {}).get("requestBody", {}).get("content", {})
    }
    assert taking == TAKE_FILES


async def test_a_boundary_that_is_no_boundary_is_the_callers_mistake(house: Studio) -> None:
    kind = f"multipart/form-data; boundary={'b' * 5000}"
    answer = await house.rest.post("/v1/clips", content=b"--b", headers={"Content-Type": kind})
    assert _reason(answer) == (400, "INVALID_FIELD")


async def test_a_page_token_beyond_what_databases_count_is_the_callers_mistake(
    house: Studio,
) -> None:
    token = base64.urlsafe_b64encode(b"9" * 30).decode()
    for address in ("/v1/clips", "/v1/samplePacks"):
        answer = await house.rest.get(address, params={"page_token": token})
        assert _reason(answer) == (400, "INVALID_FIELD")


@pytest.mark.usefixtures("structured_logs")
async def test_who_hangs_up_while_uploading_is_no_error_of_ours(
    house: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    port = house.rest.base_url.port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /v1/clips HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: 100000\r\n\r\n--b\r\n"
        b'Content-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nabc'
    )
    await writer.drain()
    await asyncio.sleep(0.3)
    writer.close()
    said = ""
    async with asyncio.timeout(10):
        while "rest_finished" not in said:
            await asyncio.sleep(0.05)
            said += capsys.readouterr().err
    events = [json.loads(line) for line in said.splitlines()]
    assert [event["level"] for event in events] == ["info"]
    assert events[0]["status"] == 499


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://elsewhere"}, False),  # behind a proxy
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://studio.example"}, False),
        ({"Origin": "http://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://{host}"}, False),
    ],
    ids=str,
)
async def test_pages_from_elsewhere_may_not_use_the_gateway_of_who_looks_at_them(
    tmp_path: Path, headers: dict[str, str], is_refused: bool
) -> None:
    async with studio(tmp_path, cors_origins=["https://studio.example"]) as house:
        clip = await house.upload()
        host = f"127.0.0.1:{house.rest.base_url.port}"
        sent = {name: value.replace("{host}", host) for name, value in headers.items()}
        answers = [
            await house.rest.post(
                "/v1/clips", files={"file": ("a.mp4", house.video.read_bytes())}, headers=sent
            ),
            await house.rest.delete(f"/v1/{clip['name']}", headers=sent),
        ]
        for answer, status in zip(answers, (201, 200), strict=True):
            if is_refused:
                assert _reason(answer) == (403, "CROSS_ORIGIN")
                assert answer.headers["x-content-type-options"] == "nosniff"
            else:
                assert answer.status_code == status
        assert (await house.rest.get("/v1/clips", headers=sent)).status_code == 200


@pytest.mark.parametrize(
    ("settings", "host", "is_refused"),
    [
        ({}, "127.0.0.1:9", False),
        ({}, "localhost:9", False),
        ({}, "[::1]:9", False),
        ({}, "10.0.0.7", False),  # an address leads where it says
        ({}, "evil.example", True),
        ({}, "EVIL.example.:9", True),
        ({}, "localhost.evil.example", True),
        ({}, "127.0.0.1.evil.example", True),
        ({"allowed_hosts": ["Studio.example"]}, "studio.example:8443", False),
        ({"allowed_hosts": ["studio.example.:8443"]}, "studio.example", False),
        ({"allowed_hosts": ["studio.example"]}, "localhost", False),
        ({"allowed_hosts": ["studio.example"]}, "evil.example", True),
        ({"allowed_hosts": ["*"]}, "evil.example", False),
        ({"rest_host": "0.0.0.0"}, "foley-gateway.media.svc", False),
        ({"rest_host": "0.0.0.0", "allowed_hosts": ["gateway"]}, "evil.example", True),
    ],
    ids=str,
)
async def test_a_name_that_somebody_let_point_here_is_not_served(
    tmp_path: Path, settings: dict[str, object], host: str, is_refused: bool
) -> None:
    async with studio(tmp_path, **settings) as house:
        answers = [
            await house.rest.get(path, headers={"Host": host}) for path in ("/", "/v1/clips")
        ]
    for answer in answers:
        if is_refused:
            assert _reason(answer) == (421, "OTHER_HOST")
            assert "FOLEY_GATEWAY_ALLOWED_HOSTS" in answer.json()["error"]["message"]
        else:
            assert answer.status_code == 200
