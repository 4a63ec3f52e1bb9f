"""Whose settings count: services that run already have those of the shell they were started in, not this one's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

SECRETS = ("API_KEY", "ACCESS_KEY", "SECRET_KEY", "DATABASE_URL")
"""Ends of names whose values are not even kept as digests; that they are set is."""
MAX_NAMES = 6
"""Of settings in one sentence."""


def settings_in(environment: Mapping[str, str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Settings of services by name, each with a digest of its value, or an empty text for a secret.

    Args:
        environment: A shell's.
        prefixes: Of the services: ``FOLEY_AUDIO_`` and so on.
    """
    return {
        name.upper(): "" if _is_secret(name.upper(), value) else _digest(value)
        for name, value in environment.items()
        if name.upper().startswith(prefixes)
    }


def _is_secret(name: str, value: str) -> bool:
    """True for a secret, and for a group of settings in one text of JSON, which may hold one."""
    return name.endswith(SECRETS) or value.lstrip().startswith("{")


def which_count(here: Mapping[str, str], there: Mapping[str, str] | None, place: str) -> str:
    """What to say when a shell's settings are not those that running services have; empty when they are.

    Args:
        here: This shell's, as of `settings_in`.
        there: Those of the services; None where they are not known.
        place: The services, in words.

    >>> which_count({"FOLEY_AUDIO_A": "1"}, {}, "the services")
    'the settings of the services count, not those of this shell: FOLEY_AUDIO_A is set here alone'
    """
    begin = f"the settings of {place} count, not those of this shell"
    if there is None:
        return f"{begin}: {_are(list(here), 'is set here', 'are set here')}" if here else ""
    other = [name for name in here if name in there and here[name] != there[name]]
    parts = [
        _are(other, "has another value there", "have other values there"),
        _are(
            [name for name in here if name not in there], "is set here alone", "are set here alone"
        ),
        _are(
            [name for name in there if name not in here],
            "is set there alone",
            "are set there alone",
        ),
    ]
    told = "; ".join(part for part in parts if part)
    return f"{begin}: {told}" if told else ""


def _are(names: list[str], one: str, more: str) -> str:
    if not names:
        return ""
    shown = ", ".join(sorted(names)[:MAX_NAMES])
    rest = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return f"{shown}{rest} {one if len(names) == 1 else more}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:16]
