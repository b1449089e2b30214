"""Files that appear whole or not at all, and files that change while we run."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_AGAIN = 1.0
"""Seconds for which an answer of `last_change` stands. A page asks hundreds of times."""
_seen: dict[tuple[Path, tuple[str, ...]], tuple[float, int]] = {}


def last_change(folder: Path, *names: str) -> int:
    """When the newest of these files, or of the TOML files in and below these folders, was changed; 0: there is none.

    In nanoseconds since 1970, as it was at most a second ago.
    """
    now = time.monotonic()
    looked_at, newest = _seen.get((folder, names), (-LOOK_AGAIN, 0))
    if now - looked_at >= LOOK_AGAIN:
        paths = [path for name in names for path in (folder / name, *(folder / name).rglob("*.toml"))]
        newest = max((path.stat().st_mtime_ns for path in paths if path.exists()), default=0)
        _seen[folder, names] = (now, newest)
    return newest


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to, which takes its real name only when the block ends without an error.

    The unfinished file lies in the same folder under a hidden name, so that the last step is one rename.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        unfinished.chmod(0o644)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file (UTF-8) whole or not at all."""
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def link_or_copy(source: Path, target: Path) -> None:
    """The same file under another name: a link where the file system can, a copy where it cannot."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or no links there
        shutil.copy2(source, target)
