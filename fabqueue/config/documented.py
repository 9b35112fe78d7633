"""The text of config.example.toml, written from what is known of each setting."""

from collections.abc import Mapping
from dataclasses import Field, fields
from typing import Any

from fabqueue.config.schema import sections


def example() -> str:
    """The text of config.example.toml: every setting with unit, bounds and default."""
    lines = [
        "# FabQueue's settings. Every setting stands here with its default; remove the # before a line to change it.",
        "# Those marked (page) can be decided on the lab's settings page instead; what stands here wins over the page.",
        "# Environment variables win over this file: FABQUEUE_SITE__NAME, FABQUEUE_DATA__FOLDER ...",
        "# A secret may come from a file: FABQUEUE_MAIL__PASSWORD_FILE=/run/secrets/mail.",
        "# `fabqueue check` says whether everything is well.",
    ]
    for name, kind in sections().items():
        lines += ["", f"[{name}]"]
        for each in fields(kind):
            lines += ["", f"# {_documentation(each)}", f"# {each.name} = {_toml(each.default)}"]
    return "\n".join(lines) + "\n"


def _documentation(known: "Field[Any]") -> str:
    rules: Mapping[str, Any] = known.metadata
    bounds = [f"in {rules['unit']}"] if rules["unit"] else []
    if rules["least"] is not None:
        bounds.append(f"at least {rules['least']}")
    if rules["most"] is not None:
        bounds.append(f"at most {rules['most']}")
    if rules["choices"]:
        bounds.append("one of " + ", ".join(rules["choices"]))
    documentation: str = rules["doc"] + (f" ({', '.join(bounds)})" if bounds else "")
    return documentation + (" (page)" if rules["adjustable"] else "")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value}"
