"""The words of the pages and their Chinese: what is translatable, and what of it has no translation yet.

    python -m firmground.web.messages      brings locale/…/django.po up to the templates and the code
    pybabel compile -D django -d src/firmground/locale

Django's own makemessages needs the gettext programs; this reads the same strings with Babel alone.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parents[1]
PO = SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "pgettext", "npgettext")


def translatable() -> Catalog:
    """Every string of the templates and the code that a reader may see, with the files it stands in."""
    catalog = Catalog(locale="zh_Hans", project="firmground", charset="utf-8", fuzzy=False)
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("*.svg")]):
        for message, context in _strings(path):
            catalog.add(message, context=context, locations=[(str(path.relative_to(SOURCE)), 0)])
    return catalog


def translations() -> Catalog:
    """The translations as they are kept."""
    with open(PO, "rb") as file:
        return read_po(file, locale="zh_Hans")


def untranslated() -> list[str]:
    """Strings without a Chinese translation."""
    kept = translations()
    return [
        str(message.id)
        for message in translatable()
        if message.id and not _is_translated(kept.get(message.id, message.context))
    ]


def update() -> None:
    """Bring the file of translations up to the strings: new ones without a translation, dropped ones gone."""
    wanted, kept = translatable(), translations() if PO.exists() else Catalog(locale="zh_Hans")
    wanted.header_comment = "# The Chinese of the pages; python -m firmground.web.messages brings it up to them."
    wanted.creation_date = kept.creation_date  # a date of its own for every run would be noise in the history
    for message in wanted:
        known = kept.get(message.id, message.context) if message.id else None
        if known is not None:
            message.string = known.string
    PO.parent.mkdir(parents=True, exist_ok=True)
    with open(PO, "wb") as file:
        write_po(file, wanted, width=120, sort_output=True, include_lineno=False, omit_header=False)


def _is_translated(message: object) -> bool:
    said = getattr(message, "string", "")
    return all(said) if isinstance(said, tuple | list) else bool(said)


def _strings(path: Path) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    text = path.read_text(encoding="utf-8")
    source = text if path.suffix == ".py" else templatize(text)
    if path.suffix != ".py" and "{%" not in text:
        return
    for _, function, found, _ in extract_python(BytesIO(source.encode()), dict.fromkeys(KEYWORDS), [], {}):
        said: Any = found
        parts = [said] if isinstance(said, str) else [str(part) for part in said if part]
        if not parts:  # called with a variable
            continue
        context = parts.pop(0) if function in ("pgettext", "npgettext") else None
        plural = function in ("ngettext", "npgettext")
        yield (tuple(parts[:2]) if plural else parts[0]), context


if __name__ == "__main__":
    update()
    for missing in untranslated():
        print(f"no Chinese yet: {missing}")  # noqa: T201
