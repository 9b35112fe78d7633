"""Machine profiles for machine models: those shipped, and the lab's own from a configured folder."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from fabqueue.config import Config
from fabqueue.models import ImportedProfile, MachineModel
from printers import profiles
from printers.profiles import Profile


def available(config: Config, session: Session | None = None) -> dict[str, Profile]:
    """Every profile by slug; a lab's own replaces a shipped one of the same slug. Imported ones need a session."""
    found = _available(config.extra_profiles)
    return {**_imported(session), **found} if session is not None else found


def _imported(session: Session) -> dict[str, Profile]:
    """They live in the database, so that every process on every host has them; each is unpacked once a process."""
    rows = session.execute(select(ImportedProfile.id, ImportedProfile.slug)).all()
    return {slug: _unpacked.get(key) or _unpack(session.get_one(ImportedProfile, key)) for key, slug in rows}


_unpacked: dict[str, Profile] = {}


def _unpack(row: ImportedProfile) -> Profile:
    with TemporaryDirectory(prefix="profile-") as place:
        folder = Path(place, row.slug)
        folder.mkdir()
        for name, text in row.files.items():
            (folder / name).write_text(text, "utf-8")
        _unpacked[row.id] = profiles.load(folder)
    return _unpacked[row.id]


@lru_cache(maxsize=4)
def _available(extra: Path | None) -> dict[str, Profile]:
    found = dict(profiles.builtin())
    if extra is not None:
        own = [profiles.load(folder) for folder in sorted(extra.iterdir()) if (folder / "machine.toml").is_file()]
        found |= {each.slug: each for each in own}
    return found


def of(config: Config, model: MachineModel) -> Profile | None:
    """The profile of a machine model; None for tools without one."""
    return available(config, object_session(model)).get(model.profile) if model.profile else None


def settings_digest(settings: Mapping[str, Any]) -> str:
    """A stable short name for a set of settings."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
