"""Messages of the contract as JSON, and request bodies as messages: one spelling for both faces."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from foley.gateway.v1 import render_service_pb2
from foley_common.errors import InvalidField
from foley_common.packs import Rejection
from foley_gateway.domain.sample_packs import PackSpec, SamplePack
from foley_gateway.domain.types import Clip, Render, RenderOptions
from foley_gateway.rest.parse_problems import violation_of
from foley_gateway.rpc.convert import clip_to_proto, render_to_proto
from foley_gateway.rpc.options import options_from_proto
from foley_gateway.rpc.packs import built_to_proto, pack_spec_from_proto, sample_pack_to_proto


def message_json(message: Message) -> dict[str, Any]:
    """A message as JSON with the contract's field names; fields without a value are written too."""
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def clip_json(clip: Clip) -> dict[str, Any]:
    """A clip as JSON."""
    return message_json(clip_to_proto(clip))


def render_json(render: Render) -> dict[str, Any]:
    """A render as JSON."""
    return message_json(render_to_proto(render))


def sample_pack_json(pack: SamplePack) -> dict[str, Any]:
    """A sample pack as JSON."""
    return message_json(sample_pack_to_proto(pack))


def built_json(pack: SamplePack, rejected: tuple[Rejection, ...]) -> dict[str, Any]:
    """A pack made of a recording, and what of it was not taken, as JSON."""
    return message_json(built_to_proto(pack, rejected))


def pack_spec(fields: dict[str, Any]) -> PackSpec:
    """What the caller says of a recording, out of fields of the contract's header.

    Raises:
        InvalidField: a field is unknown, or its value is none of its type.
    """
    header = render_service_pb2.BuildSamplePackHeader()
    try:
        json_format.ParseDict(fields, header)
    except json_format.ParseError as error:
        raise InvalidField([violation_of(error, "query")]) from error
    return pack_spec_from_proto(header)


def create_render_request(body: dict[str, Any]) -> tuple[RenderOptions, str]:
    """Options and request id out of a body such as ``{"options": {"style": {"seed": 7}}, "request_id": "a"}``.

    Raises:
        InvalidField: a field is unknown, or its value is none of its type.
    """
    request = render_service_pb2.CreateRenderRequest()
    try:
        json_format.ParseDict(body, request)
    except json_format.ParseError as error:
        raise InvalidField([violation_of(error, "body")]) from error
    return options_from_proto(request.options), request.request_id
