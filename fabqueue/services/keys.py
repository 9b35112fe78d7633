"""Long random secrets, as tokens and links carry them: shown once, kept as a digest."""

import hashlib
import secrets


def new() -> str:
    """A secret of 256 random bits that fits into an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """How a secret is kept: it is long and random, so one plain hash is enough."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
