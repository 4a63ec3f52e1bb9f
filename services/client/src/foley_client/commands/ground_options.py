"""The options of `foley run` that say what the ground is, and where recorded sounds are looked for."""

from __future__ import annotations

from typing import Annotated

import typer

from foley_client.overrides import FORM
from foley_client.rpc.options import SoundSearch
from foley_common.errors import FieldViolation, InvalidField
from foley_common.sound import SoundSource
from foley_common.surfaces import Footwear, Surface

_SEARCH = "Recorded sounds"

SurfaceOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar=f"GROUND|{FORM}",
        help=f"The ground; wins over the models. GROUND for everybody ({', '.join(Surface)}); 2:grass for person 2, "
        "@3.5-8:wood for a span in seconds, 1@3.5-:wood for both. Give it as often as you like; the more precise "
        "wins, then the later.",
        show_default=False,
    ),
]
FootwearOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar=f"SHOE|{FORM}",
        help=f"The shoe, typed the same way ({', '.join(Footwear)}).",
        show_default=False,
    ),
]
WetOption = Annotated[
    bool | None,
    typer.Option(
        "--wet/--dry",
        help="Every ground is wet, or dry, whichever ground it is; without a word the models say.",
        show_default=False,
    ),
]
LocalGroundOption = Annotated[
    bool,
    typer.Option(
        "--local-ground",
        help="Look at the ground without the vision model: no picture leaves the services.",
    ),
]
FindSoundsOption = Annotated[
    bool,
    typer.Option(
        "--find-sounds",
        help="Look for recorded footsteps for every ground, in sample packs, the library and, when the services allow "
        "it, the web; where none can be used, steps are synthesised.",
        rich_help_panel=_SEARCH,
    ),
]
SoundQueryOption = Annotated[
    str,
    typer.Option(
        metavar="WORDS",
        help="What to look for, instead of what the picture suggests.",
        rich_help_panel=_SEARCH,
    ),
]
SoundUrlOption = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="One recording to fetch, for the ground that lasts longest.",
        rich_help_panel=_SEARCH,
    ),
]
SoundSourceOption = Annotated[
    list[SoundSource] | None,
    typer.Option(
        "--sound-source",
        help="Where to look, in this order; give it once per place.",
        show_default="everywhere",
        case_sensitive=False,
        rich_help_panel=_SEARCH,
    ),
]
RightsOption = Annotated[
    bool,
    typer.Option(
        "--rights-confirmed",
        help="I have the right to use what is fetched. Without it nothing is fetched from the web.",
        rich_help_panel=_SEARCH,
    ),
]


def search_of(
    find_sounds: bool,
    query: str,
    url: str,
    sources: list[SoundSource] | None,
    rights_confirmed: bool,
) -> SoundSearch | None:
    """The search that the options ask for; None when they ask for none.

    Raises:
        InvalidField: they do not fit together.
    """
    if query and url:
        raise InvalidField([FieldViolation("--sound-url", "cannot be given with --sound-query")])
    if not (find_sounds or query or url or sources):
        if rights_confirmed:
            problem = (
                "is about what is fetched; ask for sounds too, with --find-sounds or --sound-url"
            )
            raise InvalidField([FieldViolation("--rights-confirmed", problem)])
        return None
    return SoundSearch(query, url, rights_confirmed, tuple(sources or ()))
