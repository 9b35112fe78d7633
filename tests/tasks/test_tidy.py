"""Housekeeping: files go after the rows that named them."""

import io
from datetime import timedelta

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Machine, MachineModel, Notice, Person, ServiceRecord, ServiceUnit, StoredFile
from fabqueue.services import servicing
from fabqueue.services.servicing import TaskFacts
from fabqueue.tasks import work
from tests.support.factories import Lab


def test_a_file_that_no_row_names_is_removed(context: Context) -> None:
    kept = context.storage.keep(io.BytesIO(b"orphan"), 100)
    with context.db.writing() as session:
        session.add(StoredFile(sha256=kept.sha256, size=kept.size, created_at=now() - timedelta(days=3)))
        session.commit()
    work.find("tidy")(context, "")
    assert not context.storage.has(kept.sha256)


def test_a_service_that_is_counted_in_days_comes_to_be_due_although_nobody_clears_a_bed(
    context: Context, lab: Lab
) -> None:
    with context.db.writing() as session:
        tara, model = session.get_one(Person, lab.tara.id), session.get_one(MachineModel, lab.model.id)
        servicing.add(session, tara, model, TaskFacts("Grease the screw", 30, ServiceUnit.DAYS, blocks=True))
        session.commit()
    for days, told in ((29, 0), (1, 1), (1, 1)):
        with context.db.writing() as session:
            for each in session.query(ServiceRecord):
                each.at -= timedelta(days=days)
            session.commit()
        work.find("tidy")(context, "")
        with context.db.reading() as session:
            assert session.query(Notice).filter_by(code="notice_service_due").count() == told
            assert session.get_one(Machine, lab.machine.id).maintenance_reason == "Grease the screw" * told


def test_old_camera_pictures_are_removed_and_new_ones_kept(context: Context, lab: Lab) -> None:
    name = f"camera-{lab.machine.id}"
    context.storage.put_volatile(name, b"picture")
    for age, kept in ((1, b"picture"), (30, None)):
        with context.db.writing() as session:
            session.get_one(Machine, lab.machine.id).picture_at = now() - timedelta(days=age)
            session.commit()
        work.find("tidy")(context, "")
        assert context.storage.volatile(name) == kept
