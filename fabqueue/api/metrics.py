"""`GET /metrics`: figures of the lab for Prometheus, read from the database when asked.

Nothing is counted inside a process, so every web process of a site gives the same answer.
"""

import hmac
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from flask import Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fabqueue.api.health import open_to_watchers, watch
from fabqueue.calls import context, reading
from fabqueue.models import Connection, Job, JobState, MailState, Notice, RevisionState, Run, RunState
from fabqueue.models import Revision as RevisionRow
from fabqueue.services import runs, sites, workshop
from fabqueue.tasks import heartbeat


@watch.route("/metrics")
@open_to_watchers
def metrics() -> Response:
    """Prometheus text for whoever has the configured token, or for anybody where that is configured; else 404."""
    settings = context().config.metrics
    if not settings.open:
        if not settings.token:
            abort(404)
        if not hmac.compare_digest(_brought(), f"Bearer {settings.token}".encode()):
            refused = Response("a token is needed\n", 401, mimetype="text/plain")
            refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
            return refused
    registry = CollectorRegistry()
    registry.register(LabCollector(reading()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _brought() -> bytes:
    return request.headers.get("Authorization", "").encode()


class LabCollector(Collector):
    """Figures of one lab, read in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def collect(self) -> Iterator[Metric]:
        yield self._by_state("fabqueue_jobs", "Jobs by state.", Job.state, JobState)
        yield self._by_state("fabqueue_runs", "Runs by state.", Run.state, RunState)
        yield self._by_state("fabqueue_revisions", "Uploaded files by how far their analysis is.", RevisionRow.state,
                             RevisionState)  # fmt: skip
        yield self._by_state("fabqueue_mails", "Notices by how far their mail is.", Notice.mail, MailState)
        yield from self._machines()
        yield self._heartbeats()
        held = sites.the_site(self._session).is_held
        yield GaugeMetricFamily("fabqueue_queue_held", "1 while all dispatch is held.", value=float(held))

    def _by_state(self, name: str, documentation: str, column: object, states: type[StrEnum]) -> Metric:
        """A gauge with one sample for each state, also for those nothing is in."""
        counted: dict[Any, int] = dict(self._counts(column))
        family = GaugeMetricFamily(name, documentation, labels=["state"])
        for state in states:
            family.add_metric([str(state)], counted.get(state, 0))
        return family

    def _counts(self, column: Any) -> Iterator[tuple[Any, int]]:
        for state, count in self._session.execute(select(column, func.count()).group_by(column)):
            yield state, int(count)

    def _machines(self) -> Iterator[Metric]:
        online = GaugeMetricFamily("fabqueue_machine_online", "1 while a machine answers.", labels=["machine"])
        condition = GaugeMetricFamily(
            "fabqueue_machine_condition", "1 for the condition a machine is in.", labels=["machine", "condition"]
        )
        for machine in workshop.machines(self._session):
            busy = runs.is_busy(self._session, machine.id)
            online.add_metric([machine.slug], float(machine.connection is Connection.ONLINE))
            condition.add_metric([machine.slug, str(machine.condition(busy))], 1.0)
        yield online
        yield condition

    def _heartbeats(self) -> Metric:
        family = GaugeMetricFamily(
            "fabqueue_heartbeat_age_seconds", "Since the last sign of life of a process.", labels=["process"]
        )
        for name, age in heartbeat.ages(self._session).items():
            family.add_metric([name], age)
        return family
