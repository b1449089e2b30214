"""One word per idea: the glossary has each of them, with its Chinese."""

import re
import tomllib
from pathlib import Path

import pytest

from firmground.common.home import CATALOGUE

ROOT = Path(__file__).parents[2]
GLOSSARY = {
    english: (chinese, meaning)
    for english, chinese, meaning in re.findall(
        r"^\| ([^|]+) \| ([^|]*) \| ([^|]+) \|$", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"), re.MULTILINE
    )
}
FACTS = tomllib.loads((CATALOGUE / "facts.toml").read_text(encoding="utf-8"))
ROOMS = sorted(path.parent.name for path in (ROOT / "src" / "firmground").glob("*/__init__.py"))


@pytest.mark.parametrize("word", [*FACTS, *ROOMS, *FACTS["household"]["facts"]["kind"]["values"]])
def test_a_word_of_the_code_is_in_the_glossary(word: str) -> None:
    spoken = word.replace("_", " ")
    assert spoken in GLOSSARY or spoken.removesuffix("s") in GLOSSARY, f"{spoken} is missing in GLOSSARY.md"


def test_every_word_has_a_meaning_in_one_line_and_its_chinese() -> None:
    words = {word: said for word, said in GLOSSARY.items() if word not in ("word", "---")}
    assert len(words) > 60
    for word, (chinese, meaning) in words.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), f"{word} has no Chinese"
        assert 5 < len(meaning) < 200, word
