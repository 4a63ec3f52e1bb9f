"""The multipart body of an upload as a stream of the file's bytes: nothing is held, nothing is written twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from foley_common.errors import FieldViolation, InvalidField

FIELD_NAME = b"file"
DRAIN_BYTES = 64 << 20
DRAIN_S = 10.0
"""How much of a refused upload is still read, so that the sender gets to read the refusal instead of a reset."""


class UploadStream:
    """The field `file` of a ``multipart/form-data`` request; other fields are skipped.

    Read `file_name` first, then `chunks`.
    """

    def __init__(self, request: Request) -> None:
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise _bad("must be multipart/form-data with the file in the field `file`")
        self._body = request.stream()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                },
            )
        except FormParserError as error:  # a boundary that is too long
            raise _bad(f"is not well-formed multipart: {error}") from error
        self._header = [b"", b""]
        self._disposition = b""
        self._in_file = False
        self._file_ended = False
        self._name: str | None = None
        self._ready: list[bytes] = []

    async def file_name(self) -> str:
        """The file's name as the sender gave it.

        Raises:
            InvalidField: the body is not well formed, or holds no file field.
        """
        while self._name is None:
            await self._read_on()
        return self._name

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes in order."""
        while True:
            ready, self._ready = self._ready, []
            for chunk in ready:
                yield chunk
            if self._file_ended:
                return
            await self._read_on()

    async def drain(self) -> None:
        """Read what the sender still sends, within bounds."""
        left = DRAIN_BYTES
        try:
            async with asyncio.timeout(DRAIN_S):
                async for data in self._body:
                    left -= len(data)
                    if left < 0:
                        return
        except (
            TimeoutError,
            ClientDisconnect,
            RuntimeError,
        ):  # RuntimeError: the body was read to its end
            return

    async def _read_on(self) -> None:
        data = await anext(self._body, b"")
        if not data:
            raise _bad(
                "ended before the file did" if self._name else "holds no file in the field `file`"
            )
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _bad(f"is not well-formed multipart: {error}") from error

    def _on_part_begin(self) -> None:
        self._disposition = b""
        self._header = [b"", b""]

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _on_header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = [b"", b""]

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") == FIELD_NAME and self._name is None:
            self._in_file = True
            self._name = _text(options.get(b"filename", b""))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._ready.append(data[start:end])

    def _on_part_end(self) -> None:
        if self._in_file:
            self._in_file, self._file_ended = False, True


def _text(name: bytes) -> str:
    """Browsers send UTF-8 and write quotes and line ends as ``%22``, ``%0D``, ``%0A`` (HTML, multipart/form-data)."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode("latin-1")
    return text.replace("%22", '"').replace("%0D", "").replace("%0A", "")


def _bad(problem: str) -> InvalidField:
    return InvalidField([FieldViolation("body", problem)])
