"""`fabqueue demo`: a lab to look at."""

from pathlib import Path

import click

from fabqueue import logs
from fabqueue.cli.common import fail
from fabqueue.config import LogSettings


@click.command()
@click.option("--port", type=click.IntRange(1, 65500), default=8000, show_default=True, help="Port of the web pages.")
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True,
    help="Where the lab is kept; a second start takes up what is there.",
)  # fmt: skip
@click.option("--fast", is_flag=True, help="Let the virtual printers print as fast as they can.")
def demo(port: int, folder: Path, fast: bool) -> None:
    """Prepare a lab with two real OctoPrint servers, people and projects, and run it until Ctrl-C.

    The first start installs OctoPrint into an environment of its own and prints the builds: some minutes.
    """
    from fabqueue.demo.run import FAILURES, FolderInUse, run

    logs.configure(LogSettings(level="warning"))
    try:
        run(folder, port, fast, _say)
    except (*FAILURES, FolderInUse) as error:
        fail(str(error))


def _say(line: str) -> None:
    click.echo(line)  # flushes, also into a pipe
