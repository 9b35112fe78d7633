"""Short names in addresses: made from what people type, and not taken yet."""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fabqueue.services.errors import Invalid, Refused

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def slugify(name: str) -> str:
    """An address part made from a name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "thing"


def free(session: Session, kind: Any, slug: str) -> str:
    """The slug, or one like it, that no row of that kind has. Raises Invalid at one that cannot be one."""
    if not _SLUG.fullmatch(slug):
        raise Invalid([Refused("slug_shape", {"slug": slug}, "slug")])
    taken = set(session.scalars(select(kind.slug).where(kind.slug.startswith(slug, autoescape=True))))
    number, found = 2, slug
    while found in taken:
        found, number = f"{slug}-{number}", number + 1
    return found
