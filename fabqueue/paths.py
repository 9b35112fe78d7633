"""Where FabQueue's own files lie, in a checkout and in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder or file `name` that travels with FabQueue.

    A wheel carries it inside the package, a checkout beside the package. The checkout wins,
    because an editable install may leave an older copy in site-packages.
    """
    beside = PACKAGE.parent / name
    return beside if (PACKAGE.parent / "pyproject.toml").exists() and beside.exists() else PACKAGE / name


def static() -> Path:
    return shipped("static")


def templates() -> Path:
    return shipped("templates")


def example_config() -> Path:
    return shipped("config.example.toml")


def guides() -> Path:
    return shipped("docs")


def migrations() -> Path:
    return PACKAGE / "migrations"


def translations() -> Path:
    return PACKAGE / "translations"
