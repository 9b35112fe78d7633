"""`fabqueue init`: a place to start from."""

import os
from pathlib import Path

import click

from fabqueue import paths
from fabqueue.cli.common import fail, settings


@click.command()
def init() -> None:
    """Write config.toml with every setting and its default, and make the database.

    Nothing that exists is overwritten. Run again after an upgrade, it brings the database up to date (after a copy).
    """
    file = Path(os.environ.get("FABQUEUE_CONFIG") or "config.toml")
    wrote = _write_example(file)
    chosen = settings()
    click.echo(f"{'Wrote' if wrote else 'Kept'} {file}")
    from fabqueue.migrations import runner
    from fabqueue.serving.serve import prepare_database

    try:
        applied = prepare_database(chosen)
    except runner.UnknownRevision:
        fail("This database was made by a newer FabQueue. Install that version again, or restore a backup.")
    click.echo("The database is ready." if applied else "The database was up to date.")
    click.echo("Next: `fabqueue serve`. It says a link by which you set the lab up in a browser.")


def _write_example(file: Path) -> bool:
    """Write the example file unless there is one; whether it was written."""
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(paths.example_config().read_text("utf-8"))
    except FileExistsError:
        return False
    file.chmod(0o600)  # it may come to hold passwords
    return True
