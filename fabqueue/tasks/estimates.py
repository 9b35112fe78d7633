"""Estimates that a page or the API needs now: made by the sandbox when the settings were never asked for before."""

from collections.abc import Mapping
from typing import Any

from fabqueue.analysis import sandbox
from fabqueue.analysis.child import Limits
from fabqueue.dispatch.context import Context
from fabqueue.models import Revision
from fabqueue.services import estimates
from fabqueue.services.errors import Refused


def ensure(context: Context, revision_id: str, chosen: Mapping[str, Any]) -> None:
    """Make and keep whatever a quote for `chosen` settings still lacks; returns at once when nothing does.

    Takes a second or two otherwise; no transaction is open meanwhile. Raises Refused while the revision has no
    report, AnalysisError when the sandbox cannot do it.
    """
    with context.db.reading() as session:
        revision = session.get(Revision, revision_id)
        if revision is None or revision.report is None:
            raise Refused("revision_not_ready", {"state": revision.state if revision else "gone"})
        if not revision.report.data.get("estimable", revision.report.data["kind"] == "mesh"):
            return
        requests = estimates.missing(session, revision.report, estimates.wanted(session, context.config, chosen))
        sha256, filename, units = revision.sha256, revision.filename, revision.units
    if not requests:
        return
    made = sandbox.run(context.storage.path(sha256), filename, units or None, None, requests, limits=limits(context))
    with context.db.writing() as session:
        revision = session.get(Revision, revision_id)
        if revision is not None and revision.report is not None:
            estimates.keep(session, revision.report, made.estimates)
            session.commit()


def limits(context: Context) -> Limits:
    """The configured limits of one analysis."""
    chosen = context.config.analysis
    return Limits(
        memory_bytes=chosen.memory_mb * 1_000_000, cpu_seconds=chosen.cpu_seconds, wall_seconds=chosen.wall_seconds
    )
