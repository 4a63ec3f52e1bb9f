"""Words of closed lists, as people type them: any case, with hyphens, blanks or underscores."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import typer

_Word = TypeVar("_Word", bound=StrEnum)


def word_of(text: str, words: type[_Word]) -> _Word:
    """The word that a text is.

    >>> from foley_common.surfaces import Footwear
    >>> word_of("High heel", Footwear).value
    'high_heel'

    Raises:
        ValueError: it is none of them.
    """
    return words("_".join(text.strip().lower().replace("-", " ").replace("_", " ").split()))


def parser_of(words: type[_Word]) -> Callable[[str], _Word]:
    """What reads the value of an option that takes one of these words."""

    def parse(text: str) -> _Word:
        try:
            return word_of(text, words)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not one of {', '.join(words)}") from None

    return parse
