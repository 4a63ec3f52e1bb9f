"""How a question is put: endpoints differ in how an answer is bound to a form, and in which parameters they take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from foley_surface_agent.llm.endpoint_words import (
    MAX_TOKENS,
    TEMPERATURE,
    is_about_form,
    refused_parameter,
)
from foley_surface_agent.llm.prompt import TOOL_NAME, reply_schema

if TYPE_CHECKING:
    from openai import APIStatusError

FORMATS = ("json_schema", "tool", "json_object", "none")
"""From the tightest binding to none, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a question is put.

    Attributes:
        number: Of `FORMATS`, how the answer is bound.
        unknown: Parameters that the model does not take, of `MAX_TOKENS` and `TEMPERATURE`.
    """

    number: int = 0
    unknown: frozenset[str] = frozenset()

    @property
    def format(self) -> str:
        """Name of the binding."""
        return FORMATS[self.number]

    def after(self, error: APIStatusError) -> Form | None:
        """Another way to ask, after a refusal that is about the way; None when there is none, or it is not."""
        parameter = refused_parameter(error)
        if parameter is not None and parameter not in self.unknown:
            return replace(self, unknown=self.unknown | {parameter})
        if is_about_form(error) and self.number + 1 < len(FORMATS):
            return replace(self, number=self.number + 1)
        return None

    def along(self, other: Form) -> Form:
        """What is known of an endpoint after two questions: the looser binding, and every parameter refused."""
        return Form(max(self.number, other.number), self.unknown | other.unknown)

    def parameters(self, max_answer_tokens: int) -> dict[str, Any]:
        """Of the request: how varied and how long the answer may be, and how it is bound."""
        limit = "max_completion_tokens" if MAX_TOKENS in self.unknown else MAX_TOKENS
        told: dict[str, Any] = {limit: max_answer_tokens}
        if TEMPERATURE not in self.unknown:
            told[TEMPERATURE] = 0
        match self.format:
            case "json_schema":
                schema = {"name": TOOL_NAME, "strict": True, "schema": reply_schema()}
                told["response_format"] = {"type": "json_schema", "json_schema": schema}
            case "tool":
                function = {"name": TOOL_NAME, "parameters": reply_schema()}
                told["tools"] = [{"type": "function", "function": function}]
                told["tool_choice"] = {"type": "function", "function": {"name": TOOL_NAME}}
            case "json_object":
                told["response_format"] = {"type": "json_object"}
            case _:
                pass
        return told
