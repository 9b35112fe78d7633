"""`fabqueue check`: a line for each part, well or not, and what to do if not."""

import sys

import click

from fabqueue.cli.common import settings, words
from fabqueue.tasks import checks
from fabqueue.wording import Reader


@click.command()
def check() -> None:
    """Say for settings, database, Valkey, workers, ticker, slicer, storage and each machine whether it is well.

    Exits with 1 when something is not, with 2 when the settings have faults.
    """
    chosen = settings()
    reader, all_well = words(chosen), True
    for finding in checks.check(chosen):
        all_well &= finding.well
        mark = click.style("well    ", fg="green") if finding.well else click.style("NOT WELL", fg="red", bold=True)
        click.echo(f"{mark}  {reader.say(finding.code, finding.values)}")
        if not finding.well and (advice := _advice(reader, finding)):
            click.echo(f"          {advice}")
    sys.exit(0 if all_well else 1)


def _advice(reader: Reader, finding: checks.Finding) -> str:
    """What to do; for a machine, what to do about its problem."""
    problem = finding.values.get("problem")
    if problem:
        return reader.advice(problem["code"], problem["values"])
    return reader.advice(finding.code, finding.values)
