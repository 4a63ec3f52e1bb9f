"""One stored file as an HTTP answer: ranges, digest as ETag, and a name that survives every alphabet."""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from foley_gateway.application import RenderApplication
from foley_gateway.domain.types import RenderFile

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


def file_response(
    request: Request,
    application: RenderApplication,
    file: RenderFile,
    clip_name: str,
    *,
    download: bool,
) -> Response:
    """The file, or the part of it that a ``Range`` asks for (RFC 9110, one range; several are answered in full)."""
    ref = file.file
    etag = f'"{ref.sha256}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, max-age=0, must-revalidate",
        "Content-Disposition": content_disposition(clip_name, file.file_name, download=download),
    }
    if etag in request.headers.get("if-none-match", "").replace(" ", "").split(","):
        return Response(status_code=304, headers=headers)
    start, end, status = 0, ref.size_bytes, 200
    asked = request.headers.get("range")
    if asked and request.headers.get("if-range", etag) == etag:
        span = byte_range(asked, ref.size_bytes)
        if span is None:
            return Response(
                status_code=416, headers={**headers, "Content-Range": f"bytes */{ref.size_bytes}"}
            )
        if span != (0, -1):
            (start, end), status = span, 206
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{ref.size_bytes}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=ref.media_type)
    return StreamingResponse(
        application.read(ref, start, end),
        status_code=status,
        headers=headers,
        media_type=ref.media_type,
    )


def byte_range(text: str, size_bytes: int) -> tuple[int, int] | None:
    """``[start, end)`` of a ``Range`` header; None when nothing of it can be had; ``(0, -1)`` when it is to be ignored.

    >>> byte_range("bytes=0-3", 10), byte_range("bytes=4-", 10), byte_range("bytes=-3", 10)
    ((0, 4), (4, 10), (7, 10))
    >>> byte_range("bytes=10-", 10), byte_range("bytes=0-1,4-5", 10)
    (None, (0, -1))
    """
    found = _RANGE.match(text.replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return (0, -1)
    first, last = found.groups()
    if not first:
        length = min(int(last), size_bytes)
        return (size_bytes - length, size_bytes) if length else None
    start = int(first)
    if last and int(last) < start:
        return (0, -1)
    end = min(int(last) + 1, size_bytes) if last else size_bytes
    return (start, end) if start < size_bytes else None


def content_disposition(clip_name: str, file_name: str, *, download: bool) -> str:
    r"""Names the file after its clip, in ASCII for old clients and in full for all others (RFC 6266).

    >>> content_disposition("Weg.mp4", "mix.wav", download=True)
    'attachment; filename="Weg - mix.wav"; filename*=UTF-8\'\'Weg%20-%20mix.wav'
    """
    name = f"{PurePath(clip_name).stem} - {file_name}"
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
    kind = "attachment" if download else "inline"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
