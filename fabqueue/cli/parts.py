"""`fabqueue serve` and its parts."""

import click

from fabqueue.cli.common import fail, refusals, require_migrated, settings


@click.command()
def serve() -> None:
    """Run everything on this machine; what dies is started again. SIGTERM or Ctrl-C stops all of it.

    The database is brought up to date first, after a copy of it in the data folder.
    """
    from fabqueue.migrations.runner import UnknownRevision
    from fabqueue.serving import serve as serving
    from fabqueue.serving.folder import AlreadyServing, FolderTaken
    from fabqueue.serving.valkey import NoServer

    chosen = settings(serving=True)
    try:
        with refusals(chosen):
            serving.serve(chosen)
    except (AlreadyServing, FolderTaken, NoServer, serving.AddressInUse) as error:
        fail(f"Not started: {error}.")
    except UnknownRevision:
        fail("This database was made by a newer FabQueue. Install that version again, or restore a backup.")


@click.command()
def web() -> None:
    """Run the web server alone, against a configured database and Valkey."""
    from fabqueue.serving.web import WebServer

    chosen = settings()
    require_migrated(chosen)
    WebServer(chosen).run()


@click.command()
@click.option(
    "--queue", required=True, type=click.Choice(["analysis", "slicing", "machines"]),
    help="analysis: reading designs; slicing: slicing, sending mail, tidying; machines: driving machines.",
)  # fmt: skip
def worker(queue: str) -> None:
    """Run one worker alone. Several may run, on several hosts; machines workers stand beside their machines."""
    from fabqueue.tasks import workers
    from fabqueue.tasks.process import make_context

    chosen = settings()
    require_migrated(chosen)
    workers.RUN[queue](make_context(chosen))


@click.command()
def ticker() -> None:
    """Run the ticker alone. One is enough; more do no harm."""
    from fabqueue.tasks import ticker as ticking
    from fabqueue.tasks.process import make_context

    chosen = settings()
    require_migrated(chosen)
    ticking.run(make_context(chosen))
