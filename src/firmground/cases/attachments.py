"""Files shown with a step: kept under the name of their content; what they are is told from their first bytes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext

from firmground.common.errors import Refusal
from firmground.common.files import whole

LARGEST = 10 * 1024 * 1024
BEGINNINGS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}


@dataclass(frozen=True)
class Handed:
    """A file as an officer handed it in."""

    name: str
    content: bytes


def keep(file: Handed) -> dict[str, str | int]:
    """Keep a file; what is to be written down of it.

    Raises:
        Refusal: it is empty, larger than ten megabytes, or neither JPEG, PNG nor PDF.
    """
    if not file.content or len(file.content) > LARGEST:
        raise Refusal(
            gettext("%(file)s is empty, or larger than %(size)s MB. Hand in a smaller file.")
            % {"file": file.name, "size": LARGEST // 1024 // 1024}
        )
    media_type = next((kind for first, kind in BEGINNINGS.items() if file.content.startswith(first)), "")
    if not media_type:
        raise Refusal(gettext("%(file)s is not a photograph (JPEG, PNG) or a PDF.") % {"file": file.name})
    digest = hashlib.sha256(file.content).hexdigest()
    path = path_of(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with whole(path) as unfinished:
            unfinished.write_bytes(file.content)
    return {"file_name": file.name[-200:], "media_type": media_type, "sha256": digest, "bytes": len(file.content)}


def path_of(digest: str) -> Path:
    """Where the file with this content lies."""
    return Path(settings.FIRMGROUND_HOME) / "attachments" / digest[:2] / digest
