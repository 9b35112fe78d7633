"""Machine profiles for machine models: those shipped, and the lab's own from a configured folder."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fabqueue.config import Config
from fabqueue.models import MachineModel
from printers import profiles
from printers.profiles import Profile


def available(config: Config) -> dict[str, Profile]:
    """Every profile by slug; a lab's own replaces a shipped one of the same slug."""
    return _available(config.extra_profiles)


@lru_cache(maxsize=4)
def _available(extra: Path | None) -> dict[str, Profile]:
    found = dict(profiles.builtin())
    if extra is not None:
        own = [profiles.load(folder) for folder in sorted(extra.iterdir()) if (folder / "machine.toml").is_file()]
        found |= {each.slug: each for each in own}
    return found


def of(config: Config, model: MachineModel) -> Profile | None:
    """The profile of a machine model; None for tools without one."""
    return available(config).get(model.profile) if model.profile else None


def settings_digest(settings: Mapping[str, Any]) -> str:
    """A stable short name for a set of settings."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
