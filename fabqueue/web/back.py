"""Where to go after a form: only to own addresses."""

from urllib.parse import urlsplit


def own_path(wanted: str | None, default: str) -> str:
    """`wanted` when it is a path on this site, else `default`; nobody is sent elsewhere by a link to us."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return default
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or any(ord(each) < 32 for each in wanted) or "\\" in wanted:
        return default
    return wanted
