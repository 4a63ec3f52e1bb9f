"""What the documents name exists: links, paths from the root, make targets, commands with their options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from foley_client.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "protos/*.md", "services/*/*.md", "deploy/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"  # tells what was
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```.*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
PATH = re.compile(r"(?:protos|services|deploy|tests)/[\w./-]*")
TARGET = re.compile(r"^([a-z][\w-]*):", re.MULTILINE)
OPTION = re.compile(r"--[a-z][\w-]*")


def code_in(text: str) -> Iterator[str]:
    """Lines of blocks, and what stands between backticks."""
    for block in BLOCK.findall(text):
        yield from block.splitlines()
    yield from CODE.findall(BLOCK.sub("", text))


def commands() -> dict[tuple[str, ...], set[str]]:
    """The options of every command of `foley`."""

    def walk(command: Any, name: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], set[str]]]:
        yield name, {word for item in command.params for word in (*item.opts, *item.secondary_opts)}
        for word, sub in getattr(command, "commands", {}).items():
            yield from walk(sub, (*name, word))

    return dict(walk(typer.main.get_command(app), ()))


def unknown_in(line: str, known: dict[tuple[str, ...], set[str]]) -> str:
    """What a line asks of `foley` that there is not; empty when all is well."""
    words = line.partition(" #")[0].split()[1:]
    name: tuple[str, ...] = ()
    for word in words:
        if (*name, word) not in known:
            break
        name = (*name, word)
    if words and not name and re.fullmatch(r"[a-z]+", words[0]):
        return f"foley {words[0]}"
    options = {word.partition("=")[0] for word in words if OPTION.fullmatch(word.partition("=")[0])}
    return " ".join(sorted(options - known[name] - {"--help"}))


def test_the_checks_find_what_is_wrong() -> None:
    known = commands()
    assert len(DOCUMENTS) > 8
    assert unknown_in("foley run clip.mp4 --output out  # --any", known) == ""
    assert unknown_in("foley models fetch --quickly", known) == "--quickly"
    assert unknown_in("foley walk", known) == "foley walk"


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_what_a_document_names_exists(document: Path) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    folder = (ROOT / document).parent
    missing = [link for link in LINK.findall(text) if not (folder / link).exists()]
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    known = commands()
    for code in code_in(text):
        if PATH.fullmatch(code) and not ((ROOT / code).exists() or (folder / code).exists()):
            missing.append(code)
        missing += [
            f"make {word}"
            for word in re.findall(r"(?:^|\s)make ([a-z][\w-]*)", code)
            if word not in targets
        ]
        for line in code.replace(".venv/bin/", "").split("&&"):
            if line.strip().startswith("foley ") and (unknown := unknown_in(line, known)):
                missing.append(f"{line}: {unknown}")
    assert missing == []
