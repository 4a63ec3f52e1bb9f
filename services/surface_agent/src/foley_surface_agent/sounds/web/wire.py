"""A search and what it finds as lines of JSON, between the service and the process that fetches."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from foley_common.errors import FetchRefused
from foley_common.sound import SoundSource
from foley_surface_agent.domain.addresses import HostRules
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.sounds.web.guard import FetchLimits

Outcome = Found | Rejected | FetchRefused


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the web is asked.

    Attributes:
        rules: Which hosts.
        limits: How much.
        search: Name of yt-dlp's search, for example ``ytsearch``.
        extractors: Parts of yt-dlp that may look at pages, as regular expressions of their names.
        ca_file: Certificates that are believed; None takes the system's.
    """

    rules: HostRules
    limits: FetchLimits
    search: str
    extractors: tuple[str, ...]
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What the process that fetches is told, once."""

    settings: WebSettings
    wish: SoundWish
    folder: Path


def order_to_line(order: Order) -> str:
    """One line of JSON, without its end."""
    settings = order.settings
    told: dict[str, Any] = {
        "settings": {
            **asdict(settings),
            "rules": {"allowed": settings.rules.allowed, "private": sorted(settings.rules.private)},
        },
        "wish": asdict(order.wish),
        "folder": order.folder,
    }
    return json.dumps(told, default=str)


def order_from_line(line: str) -> Order:
    """What `order_to_line` wrote."""
    told = json.loads(line)
    settings, rules = told["settings"], told["settings"]["rules"]
    ca_file = settings["ca_file"]
    return Order(
        WebSettings(
            rules=HostRules(tuple(rules["allowed"]), frozenset(rules["private"])),
            limits=FetchLimits(**settings["limits"]),
            search=settings["search"],
            extractors=tuple(settings["extractors"]),
            ca_file=None if ca_file is None else Path(ca_file),
        ),
        SoundWish(**told["wish"]),
        Path(told["folder"]),
    )


def outcome_to_line(outcome: Outcome) -> str:
    """One line of JSON, without its end."""
    if isinstance(outcome, FetchRefused):
        return json.dumps({"refused": outcome.message, "metadata": outcome.metadata})
    if isinstance(outcome, Rejected):
        return json.dumps({"rejected": asdict(outcome)})
    moment = outcome.fetch_time
    told = asdict(outcome) | {"fetch_time": None if moment is None else moment.isoformat()}
    return json.dumps({"found": told}, default=str)


def outcome_from_line(line: bytes) -> Outcome:
    """What `outcome_to_line` wrote."""
    told = json.loads(line)
    if "refused" in told:
        return FetchRefused(told["refused"], **told["metadata"])
    if "rejected" in told:
        return Rejected(**told["rejected"])
    found = dict(told["found"])
    moment = found["fetch_time"]
    found |= {
        "path": Path(found["path"]),
        "source": SoundSource(found["source"]),
        "fetch_time": None if moment is None else datetime.fromisoformat(moment),
    }
    return Found(**found)
