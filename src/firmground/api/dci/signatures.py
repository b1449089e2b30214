"""Signatures of messages: Ed25519 over the header and the message, where keys are configured.

The folder FIRMGROUND_REGISTRY_KEYS holds `<sender_id>.pem`, the public key of a sender, whose messages must then be
signed; and `ours.pem`, the private key that signs what we send. What is signed are three lines:

    (created): 1606970629
    (expires): 1607030629
    digest: SHA-256=<base64 of the SHA-256 of the JSON of {"header", "message"}, keys sorted, no spaces, UTF-8>
"""

import base64
import json
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings
from django.utils.translation import gettext

from firmground.api.dci.messages import NotTaken

OURS = "ours"
LASTS = 300  # seconds
PART = re.compile(r'(\w+)="([^"]*)"')


def check(sender: str, envelope: Mapping[str, Any]) -> None:
    """See that a message of a sender whose key is known is signed with it.

    Raises:
        NotTaken: it is not, or no longer.
    """
    key = _key(sender)
    if key is None:
        return
    assert isinstance(key, Ed25519PublicKey)
    said = dict(PART.findall(str(envelope.get("signature") or "")))
    if not said:
        raise NotTaken(401, "err.signature.missing", gettext("Messages of this sender have to be signed."))
    try:
        created, expires = int(said["created"]), int(said["expires"])
        if said["kidId"].partition("|")[0] != sender or not created - LASTS <= time.time() <= expires:
            raise ValueError
        key.verify(base64.b64decode(said["signature"], validate=True), _signed(created, expires, envelope))
    except (KeyError, ValueError, InvalidSignature):
        raise NotTaken(401, "err.signature.invalid", gettext("The signature does not fit, or has expired.")) from None


def signed(sender: str, envelope: dict[str, Any]) -> dict[str, Any]:
    """A message of ours with its signature, if we have a key."""
    key = _key(OURS)
    if key is None:
        return envelope
    assert isinstance(key, Ed25519PrivateKey)
    now = int(time.time())
    made = base64.b64encode(key.sign(_signed(now, now + LASTS, envelope))).decode()
    parts = {
        "namespace": "dci", "kidId": f"{sender}|{OURS}|ed25519", "algorithm": "ed25519", "created": now,
        "expires": now + LASTS, "headers": "(created) (expires) digest", "signature": made,
    }  # fmt: skip
    return {"signature": "Signature: " + ", ".join(f'{name}="{value}"' for name, value in parts.items()), **envelope}


def published() -> list[dict[str, str]]:
    """Our public key as a JSON Web Key (RFC 8037), under the name that our signatures give it; none if we have none."""
    key = _key(OURS)
    if key is None:
        return []
    assert isinstance(key, Ed25519PrivateKey)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": OURS, "x": x}]


def _signed(created: int, expires: int, envelope: Mapping[str, Any]) -> bytes:
    said = {name: envelope.get(name) for name in ("header", "message")}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = base64.b64encode(sha256(text.encode()).digest()).decode()
    return f"(created): {created}\n(expires): {expires}\ndigest: SHA-256={digest}".encode()


def _key(name: str) -> Any:
    """The key of that name; None if none is configured."""
    folder = Path(settings.REGISTRY_KEYS) if settings.REGISTRY_KEYS else None
    files = {file.stem: file for file in folder.glob("*.pem")} if folder else {}
    if name not in files:
        return None
    content = files[name].read_bytes()
    return load_pem_private_key(content, None) if name == OURS else load_pem_public_key(content)
