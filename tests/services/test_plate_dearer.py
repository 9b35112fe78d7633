"""One of the jobs on a bed turns out dearer: its member is asked, and the others do not wait for the answer."""

from pathlib import Path

import pytest

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import JobState, RunState
from fabqueue.services import jobs, ordering, planning, plates, sharing
from fabqueue.services.events import SYSTEM
from fabqueue.storage import Storage
from tests.support.factories import Lab
from tests.support.making import short_gcode, waiting_run


@pytest.mark.postgresql
def test_who_shares_a_bed_does_not_wait_for_somebody_elses_yes(
    session: WritingSession, storage: Storage, config: Config, here: Lab, tmp_path: Path
) -> None:
    three = [
        waiting_run(session, storage, here, short_gcode(tmp_path / f"{number}.gcode", 0.5 + number / 100))
        for number in range(3)
    ]
    dear, *others = (each.items[0].job for each in three)
    plate = plates.put_together(session, SYSTEM, three)
    assert dear.quote is not None
    jobs.offer_dearer(session, SYSTEM, dear, dear.quote, "price_dearer_by_slicing")
    session.refresh(plate)
    assert (dear.state, plate.state) == (JobState.AWAITING_MEMBER, RunState.CANCELLED)
    alone = {each.id: planning.unsettled(session, each) for each in (dear, *others)}
    assert [len(each) for each in alone.values()] == [1, 1, 1]
    standing = ordering.places(session, config, here.site.id, here.model.id, RunState.WAITING)
    assert {each.run_id for each in standing} == {alone[each.id][0].id for each in others}
    (offer,) = sharing.offers(session, config, here.model)
    assert [each.id for each in offer.jobs] == [each.id for each in others]
