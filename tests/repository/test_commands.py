"""What a page or the manual tells people to type is a command, whole and rightly spelt. None of them is run."""

import html
import re
import shlex
from pathlib import Path

import click
import pytest

from firmground.cli import cli

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "src" / "firmground" / "web" / "templates" / "web" / "nothing_yet.html"
TYPED = re.compile(r"<(?:code|pre)>(firmground .*?)</(?:code|pre)>")


def commands() -> list[str]:
    return [html.unescape(found) for found in TYPED.findall(PAGE.read_text(encoding="utf-8"))]


def test_the_empty_page_goes_from_files_to_findings() -> None:
    assert [line.split(" ")[1] for line in commands()] == ["demo", "places", "load", "snapshot", "screen", "findings"]


@pytest.mark.parametrize("line", commands())
def test_a_command_is_taken_as_it_is_written(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, *words = shlex.split(line)
    for word in words:
        if word.isupper():
            Path(word).touch() if word.startswith("FILE") else Path(word).mkdir()
    command: click.Command | None = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, f"{name} is no command"
    assert command is not None
    command.make_context(command.name, words, parent=context)  # parses, and refuses what is missing or unknown
