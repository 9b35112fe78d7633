"""What commands share: settings or all their faults, the database, sentences for what was refused."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from fabqueue import config, logs
from fabqueue.config import Config, ConfigError
from fabqueue.db import Database
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.serving.folder import with_own_redis
from fabqueue.wording import Reader, best_language, reader

WRONG_SETTINGS = 2


def settings(*, serving: bool = False) -> Config:
    """The configuration, with logging set up by it. Prints every fault and exits with 2 when it has any.

    Unless `serving`, which starts our own Valkey itself, it holds the address where that listens.
    """
    try:
        chosen = config.load() if serving else with_own_redis(config.load())
    except ConfigError as error:
        click.echo("The settings are not right. Nothing was started.", err=True)
        for fault in error.faults:
            click.echo(f"  {fault}", err=True)
        sys.exit(WRONG_SETTINGS)
    logs.configure(chosen.log)
    return chosen


def terminal_language() -> str:
    """The language of ours that the terminal is set to."""
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return best_language([named.partition(".")[0]])


def words(chosen: Config) -> Reader:
    """Sentences in the language of the terminal."""
    return reader(terminal_language(), chosen.site.time_zone, chosen.site.currency)


@contextmanager
def database(chosen: Config) -> Iterator[Database]:
    """The database, closed afterwards. Says what to do when its tables are not those of this version."""
    require_migrated(chosen)
    made = Database(chosen.database_url)
    try:
        yield made
    finally:
        made.close()


def require_migrated(chosen: Config) -> None:
    """Exit with a sentence unless the database is at the newest revision."""
    from fabqueue.migrations import runner

    try:
        due = runner.pending(chosen.database_url)
    except runner.UnknownRevision:
        fail("This database was made by a newer FabQueue. Install that version again, or restore a backup.")
    if due:
        fail("The database is not ready for this version. Run `fabqueue init`, or start `fabqueue serve`.")


def fail(sentence: str) -> NoReturn:
    """Print a sentence and exit with 1."""
    raise click.ClickException(sentence)


@contextmanager
def refusals(chosen: Config) -> Iterator[None]:
    """Turn what a service refuses into its sentences and exit code 1."""
    try:
        yield
    except (Refused, Conflict) as error:
        fail(words(chosen).say(error.code, error.values))
    except Invalid as error:
        fail("\n".join(words(chosen).say(each.code, each.values) for each in error.refusals))
