"""Looking for machines from a worker: begun by a task, done beside it, so that machines are driven meanwhile."""

from fabqueue.dispatch import finding
from fabqueue.dispatch.context import Context
from fabqueue.tasks.work import task


@task("search")
def search(context: Context, key: str) -> None:
    """One look around the network."""
    finding.aside(lambda: finding.search(context, key), "search")


@task("approach")
def approach(context: Context, key: str) -> None:
    """The next step with one OctoPrint that was found."""
    finding.aside(lambda: finding.approach(context, key), "approach")
