"""How drawings are read: a report serves whoever brings the same bytes, as long as the colours mean the same."""

import io
from dataclasses import replace
from typing import Any

import pytest

from fabqueue.analysis.sandbox import Analysis
from fabqueue.config import Config, DrawingSettings
from fabqueue.db import WritingSession
from fabqueue.models import Revision, RevisionState
from fabqueue.services import analyses, jobs, readings, reassigning, uploads
from fabqueue.services.errors import Conflict, Refused
from fabqueue.services.jobs import Wish
from fabqueue.storage import Kept, Storage
from tests.support import factories
from tests.support.factories import Lab

COLOURS = [{"colour": "#ff0000", "operation": "cut"}, {"colour": "#00ff00", "operation": "ignored"}]
SQUARE = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0H9V9H0Z" stroke="red" fill="none"/></svg>'


@pytest.fixture
def square(storage: Storage) -> Kept:
    return storage.keep(io.BytesIO(SQUARE), 10**6)


def with_colours(settings: Config, colours: str) -> Config:
    return replace(settings, drawings=DrawingSettings(colours=colours))


def uploaded(session: WritingSession, here: Lab, kept: Kept) -> Revision:
    return uploads.add_design(session, Config().uploads, here.alice, kept, "sign.svg")


def read(session: WritingSession, settings: Config, revision: Revision) -> analyses.Work | None:
    """Have it analysed as far as it needs to be."""
    work = analyses.begin(session, settings, revision.id)
    if work is not None:
        report = {"kind": "drawing", "reading": work.reading, "findings": [], "estimable": False, "operations": COLOURS}
        analyses.finish(session, revision.id, Analysis(report), {})
    assert revision.state is RevisionState.READY
    return work


def test_a_drawing_is_read_by_the_colours_of_the_lab(session: WritingSession, here: Lab, square: Kept) -> None:
    work = read(session, with_colours(Config(), "lime = cut"), uploaded(session, here, square))
    assert work is not None
    assert work.reading is not None
    assert work.reading["colours"] == {"#00ff00": "cut"}


def test_the_same_drawing_is_read_once_until_the_colours_change(
    session: WritingSession, here: Lab, square: Kept
) -> None:
    first, second, third = (uploaded(session, here, square) for _ in range(3))
    assert read(session, Config(), first) is not None
    assert read(session, Config(), second) is None
    assert first.report_id == second.report_id
    other = with_colours(Config(), "red = score, lime = cut")
    assert read(session, other, third) is not None
    assert third.report_id != first.report_id
    assert readings.is_outdated(other, first)
    assert not readings.is_outdated(other, third)


def changed(session: WritingSession, here: Lab, revision: Revision, **wish: Any) -> Revision:
    return reassigning.change(session, Config(), here.alice, revision, **wish)


def test_an_owner_says_what_a_colour_means_and_takes_it_back(session: WritingSession, here: Lab, square: Kept) -> None:
    revision = uploaded(session, here, square)
    read(session, Config(), revision)
    usual = revision.report_id
    same = changed(session, here, revision, operations={"#ff0000": "score", "#00ff00": "ignored"})
    assert same is revision
    assert (revision.state, revision.report_id) == (RevisionState.PENDING, None)
    assert revision.reading == {"operations": {"#ff0000": "score"}}  # what the lab means anyway need not be kept
    work = read(session, Config(), revision)
    assert work is not None
    assert work.reading is not None
    assert work.reading["operations"] == {"#ff0000": "score"}
    changed(session, here, revision, operations={})
    assert (revision.state, revision.report_id, revision.reading) == (RevisionState.READY, usual, {})


def test_what_stays_as_it_is_costs_nothing(session: WritingSession, here: Lab, square: Kept) -> None:
    revision = uploaded(session, here, square)
    read(session, Config(), revision)
    for wish in ({}, {"operations": {"#ff0000": "cut"}}, {"without_doubles": False}):
        changed(session, here, revision, **wish)
        assert revision.state is RevisionState.READY


def test_one_wish_leaves_the_other_alone(session: WritingSession, here: Lab, square: Kept) -> None:
    revision = uploaded(session, here, square)
    read(session, Config(), revision)
    changed(session, here, revision, operations={"#00ff00": "engrave"})
    read(session, Config(), revision)
    changed(session, here, revision, without_doubles=True)
    assert revision.reading == {"operations": {"#00ff00": "engrave"}, "without_doubles": True}
    read(session, Config(), revision)
    changed(session, here, revision, operations={})
    assert revision.reading == {"without_doubles": True}


def test_what_a_job_depends_on_stays_and_the_file_becomes_the_next_revision(
    session: WritingSession, here: Lab, square: Kept
) -> None:
    revision = uploaded(session, here, square)
    read(session, Config(), revision)
    wish = Wish(machine_model="marlin-250", material="pla")
    jobs.create(session, Config(), here.alice, revision, wish, filed_by=here.alice)
    report = revision.report_id
    following = changed(session, here, revision, operations={"#ff0000": "engrave"})
    assert (following.number, following.sha256, following.reading) == (
        2, revision.sha256, {"operations": {"#ff0000": "engrave"}}
    )  # fmt: skip
    assert (revision.report_id, revision.reading, revision.state) == (report, {}, RevisionState.READY)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"#123456": "cut"}, "reading_colour_unknown"),
        ({"#ff0000": "burn"}, "reading_operation_unknown"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    session: WritingSession, here: Lab, square: Kept, wish: dict[str, str], code: str
) -> None:
    revision = uploaded(session, here, square)
    read(session, Config(), revision)
    with pytest.raises(Refused) as refused:
        changed(session, here, revision, operations=wish)
    assert refused.value.code == code


def test_nothing_is_said_of_a_drawing_while_it_is_read_nor_of_a_mesh(
    session: WritingSession, here: Lab, square: Kept, storage: Storage
) -> None:
    with pytest.raises(Conflict, match="reading_under_way"):
        changed(session, here, uploaded(session, here, square), operations={})
    with pytest.raises(Refused, match="reading_of_no_drawing"):
        changed(session, here, factories.analysed_box(session, storage, here.alice), operations={})


PICTURED = [*COLOURS, {"colour": "image", "operation": "engrave"}]


def pictured(session: WritingSession, revision: Revision, finding: str) -> None:
    """Have it read with a picture made of pixels, and that said of it."""
    work = analyses.begin(session, Config(), revision.id)
    assert work is not None
    report = {"kind": "drawing", "reading": work.reading, "estimable": False, "operations": PICTURED,
              "findings": [{"code": finding, "severity": "warning", "values": {"count": 1}}]}  # fmt: skip
    analyses.finish(session, revision.id, Analysis(report), {})


def test_an_owner_leaves_pictures_out_and_cannot_have_them_cut(
    session: WritingSession, here: Lab, square: Kept
) -> None:
    revision = uploaded(session, here, square)
    pictured(session, revision, "drawing_image_engraved")
    for operation in ("cut", "score"):
        with pytest.raises(Refused) as refused:
            changed(session, here, revision, operations={"image": operation})
        assert refused.value.code == "reading_image_not_followed"
    changed(session, here, revision, operations={"image": "engrave"})
    assert revision.reading == {}
    changed(session, here, revision, operations={"image": "ignored"})
    assert revision.reading == {"operations": {"image": "ignored"}}


def test_a_drawing_that_an_earlier_version_read_is_read_anew_with_its_pictures(
    session: WritingSession, here: Lab, square: Kept
) -> None:
    revision = uploaded(session, here, square)
    pictured(session, revision, "drawing_image")
    assert changed(session, here, revision).state is RevisionState.READY, "this version would find nothing else"
    assert revision.report
    revision.report.analyser = "4"
    session.flush()
    assert readings.is_of_before(revision)
    assert changed(session, here, revision) is revision
    work = read(session, Config(), revision)
    assert work is not None
    assert work.reading is not None
    assert work.reading["operations"] == {}
    assert not readings.is_of_before(revision)
    mesh = uploads.add_design(session, Config().uploads, here.alice, square, "sign.stl")
    assert not readings.is_of_before(mesh)


def test_pictures_that_a_report_of_old_leaves_out_stay_out(session: WritingSession, here: Lab, square: Kept) -> None:
    old, new = uploaded(session, here, square), uploaded(session, here, square)
    pictured(session, old, "drawing_image")
    asked = readings.asked(Config(), old)
    assert asked is not None
    assert asked["operations"] == {"image": "ignored"}
    fresh = readings.asked(Config(), new)
    assert fresh is not None
    assert fresh["operations"] == {}
