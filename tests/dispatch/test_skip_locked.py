"""PostgreSQL: what another process has locked at this moment is passed over, not waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from fabqueue.dispatch.claim import claim_for
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.lease import leased, picked
from fabqueue.dispatch.sweep import which
from fabqueue.models import Machine, Run
from tests.support import factories
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@contextmanager
def locked(context: Context, thing: type[Machine] | type[Run], key: str) -> Iterator[None]:
    """Another transaction holds the row; whoever waits for it fails instead of for ever."""
    event.listen(context.db.engine, "begin", lambda on: on.exec_driver_sql("SET LOCAL lock_timeout = '2s'"))
    with context.db.writing() as other:
        other.execute(select(thing.id).where(thing.id == key).with_for_update())
        yield


def two_runs(context: Context, lab: Lab, gcode: Path) -> list[str]:
    with context.db.writing() as session:
        made = [waiting_run(session, context.storage, lab, gcode) for _ in range(2)]
        session.commit()
        return [each.id for each in made]


def test_a_run_that_somebody_is_just_claiming_is_passed_over(context: Context, lab: Lab, tmp_path: Path) -> None:
    first, second = two_runs(context, lab, short_gcode(tmp_path / "short.gcode"))
    with locked(context, Run, first), context.db.writing() as session:
        claimed = claim_for(session, context.config, lab.machine.id)
        assert claimed is not None
        assert claimed.id == second


def take_all(context: Context, _ids: set[str]) -> Any:
    return picked(context, which(), 9)


@pytest.mark.parametrize("take", [take_all, leased])
def test_a_machine_that_somebody_is_just_taking_is_passed_over(context: Context, lab: Lab, take: Any) -> None:
    with context.db.writing() as session:
        other = factories.machine(
            session, session.merge(lab.site), session.merge(lab.model), url="http://127.0.0.1:1"
        ).id
        session.commit()
    with locked(context, Machine, lab.machine.id), take(context, {lab.machine.id, other}) as lease:
        assert lease.machines == {other}
