"""A drawing on its way to a checked file for a laser: analysed, quoted, asked for, approved, planned."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fabqueue.dispatch import claim, seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.match import Reason, refusal
from fabqueue.models import (
    Job,
    JobState,
    MachineModel,
    MaterialOffer,
    Person,
    Revision,
    RevisionState,
    Run,
    RunState,
    Slicing,
    SlicingState,
)
from fabqueue.services import burning, jobs, quotes, reviews, runs, toolpaths
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.jobs import Wish
from fabqueue.tasks import burn, estimates, work
from printers import profiles
from printers.digest import sha1
from printers.laser import Laser, check
from tests.support import factories
from tests.support.factories import Lab

LASER, POPLAR = "laser-600", "poplar-3"
AREA = round(105.2 * 65.2)
"""Of the sign: 99 x 59 mm, half the beam around it, the margins."""


class Shop:
    """A lab with a laser that nothing answers for, poplar loaded, and Alice's sign."""

    def __init__(self, context: Context, lab: Lab) -> None:
        self.context, self.lab = context, lab
        with context.db.writing() as session:
            model = factories.laser_model(session, per_hour_minor=3600, setup_minor=100)
            poplar = factories.sheet_material(session, POPLAR)
            factories.offer(session, model, poplar, POPLAR)
            self.pile = factories.pile(session, lab.site, poplar).id
            pile = session.get_one(type(lab.grey), self.pile)
            self.machine = factories.machine(session, lab.site, model, pile).id
            session.commit()

    def drawing(self, svg: str = factories.SIGN) -> str:
        """The id of an analysed revision."""
        with self.context.db.writing() as session:
            owner = session.get_one(Person, self.lab.alice.id)
            key = factories.drawing(session, self.context.storage, owner, svg).id
            session.commit()
        work.find("analyse")(self.context, key)
        with self.context.db.reading() as session:
            assert session.get_one(Revision, key).state is RevisionState.READY
        return key

    def option(self, revision: str, quantity: int = 1, **chosen: Any) -> quotes.Option:
        estimates.ensure(self.context, revision, chosen, LASER, POPLAR, quantity=quantity)
        with self.context.db.reading() as session:
            row = session.get_one(Revision, revision)
            (found,) = quotes.options(session, self.context.config, row, quantity=quantity, chosen=chosen,
                                      model_slug=LASER, material_slug=POPLAR)  # fmt: skip
            return found

    def approved(self, revision: str, quantity: int = 1, **chosen: Any) -> str:
        """The id of an approved job; its file is planned."""
        self.option(revision, quantity, **chosen)
        with self.context.db.writing() as session:
            alice, tara = (session.get_one(Person, each.id) for each in (self.lab.alice, self.lab.tara))
            wish = Wish(LASER, POPLAR, quantity=quantity, settings=chosen)
            config, row = self.context.config, session.get_one(Revision, revision)
            job = jobs.create(session, config, alice, row, wish, filed_by=alice)
            jobs.submit(session, config, job, alice)
            reviews.approve(session, config, job, tara)
            session.commit()
            key = job.id
        self.plan()
        return key

    def plan(self) -> None:
        """Carry out every slicing that waits."""
        with self.context.db.reading() as session:
            waiting = session.scalars(select(Slicing.id).where(Slicing.state == SlicingState.PENDING)).all()
        for each in waiting:
            work.find("slice")(self.context, each)

    def runs(self, job: str) -> list[Run]:
        with self.context.db.reading() as session:
            return runs.of_job(session, session.get_one(Job, job))

    def job(self, key: str) -> Job:
        with self.context.db.reading() as session:
            return session.get_one(Job, key)

    def gcode(self, run: Run) -> Path:
        assert run.slicing is not None
        return self.context.storage.path(run.slicing.gcode_sha256 or "")


@pytest.fixture
def shop(context: Context, lab: Lab) -> Shop:
    return Shop(context, lab)


def test_a_sign_is_quoted_by_time_sheet_and_setting_up(shop: Shop) -> None:
    option = shop.option(shop.drawing())
    assert option.fits
    assert option.seconds is not None
    assert option.seconds["low"] <= option.seconds["expected"] <= option.seconds["high"]
    assert option.mm2 == dict.fromkeys(("low", "expected", "high"), AREA)
    assert option.price is not None
    lines = {each.code: each.minor for each in option.price.lines}
    assert lines == {"price_sheet": round(1800 * AREA / 1e6), "price_machine": option.seconds["expected"],
                     "price_setup": 100}  # fmt: skip
    assert option.plan is not None
    assert [each["operation"] for each in option.plan["operations"]] == ["engrave", "score", "cut"]


def test_copies_share_a_sheet_and_more_than_it_holds_take_several(shop: Shop) -> None:
    revision = shop.drawing()
    one, four, many = (shop.option(revision, each) for each in (1, 4, 40))
    assert one.mm2
    assert four.mm2
    assert many.mm2
    assert one.seconds
    assert four.seconds
    assert one.mm2["expected"] < four.mm2["expected"] < 4 * one.mm2["expected"]
    assert four.seconds["expected"] > 3 * one.seconds["expected"]
    assert many.plan
    assert many.plan["runs"] == 2


def test_what_does_not_fit_or_burns_nothing_says_why(shop: Shop) -> None:
    large = factories.SIGN.replace('width="100mm" height="60mm"', 'width="1000mm" height="600mm"')
    assert [each["code"] for each in shop.option(shop.drawing(large)).reasons] == ["laser_sheet_too_small"]
    green = factories.SIGN.replace("#f00", "#0f0").replace("#00f", "#0f0").replace("#000", "#0f0")
    assert [each["code"] for each in shop.option(shop.drawing(green)).reasons] == ["laser_nothing_to_burn"]


def test_settings_that_are_a_printers_are_refused_for_a_drawing(shop: Shop) -> None:
    revision = shop.drawing()
    with shop.context.db.writing() as session:
        alice = session.get_one(Person, shop.lab.alice.id)
        for chosen in ({"walls": 3}, {"bridges": 13}, {"kerf": "no"}):
            with pytest.raises(Invalid):
                jobs.create(session, shop.context.config, alice, session.get_one(Revision, revision),
                            Wish(LASER, POPLAR, settings=chosen), filed_by=alice)  # fmt: skip


def test_an_approved_sign_is_planned_and_waits_for_somebody_at_the_laser(shop: Shop) -> None:
    job = shop.approved(shop.drawing())
    (run,) = shop.runs(job)
    assert run.state is RunState.WAITING
    assert run.slicing is not None
    assert run.predicted_mm2 == AREA
    assert (run.needs_width_mm, run.needs_height_mm) == (pytest.approx(105, abs=0.3), pytest.approx(65, abs=0.3))
    assert run.slicing.gcode_sha1 == sha1(shop.gcode(run))
    text = shop.gcode(run).read_text("ascii")
    assert check(shop.gcode(run), profiles.builtin()[LASER].laser or Laser((1, 1))) == ()
    assert text.rstrip().endswith("M2")
    assert "M30" not in text
    plan = run.slicing.plan or {}
    assert plan["frame"][2] == "M5"
    assert shop.context.storage.path(run.slicing.picture_sha256 or "").read_text().startswith("<svg")


def test_the_same_job_gives_the_same_bytes(shop: Shop) -> None:
    revision = shop.drawing()
    first = shop.gcode(shop.runs(shop.approved(revision, 3, bridges=2))[0]).read_bytes()
    with shop.context.db.writing() as session:
        row = session.scalars(select(Slicing)).one()
        session.delete(session.scalars(select(Run)).one().items[0])
        session.flush()
        session.delete(session.scalars(select(Run)).one())
        session.flush()
        session.delete(row)
        session.commit()
    second = shop.gcode(shop.runs(shop.approved(revision, 3, bridges=2))[0]).read_bytes()
    assert first == second


def test_more_copies_than_a_sheet_holds_become_several_runs(shop: Shop) -> None:
    job = shop.approved(shop.drawing(), 40)
    shop.plan()
    open_runs = [each for each in shop.runs(job) if each.state is RunState.WAITING]
    assert [sum(item.copies for item in each.items) for each in open_runs] == [33, 7]
    assert shop.job(job).state is JobState.QUEUED


def test_nothing_claims_a_run_for_a_laser_to_start_it(shop: Shop) -> None:
    (run,) = shop.runs(shop.approved(shop.drawing()))
    with shop.context.db.writing() as session:
        bench = seeing.bench(shop.context.config, seeing.machine(session, shop.machine), busy=False)
        assert refusal(seeing.wish(session, shop.context.config, run), bench) is None, "somebody may start it there"
        claimed = claim.claim_for(session, shop.context.config, shop.machine)
        assert claimed is None or claimed.state is not RunState.STARTING
        assert session.get_one(Run, run.id).intent_at is None


def test_a_run_waits_for_sheets_that_are_large_enough(shop: Shop) -> None:
    (run,) = shop.runs(shop.approved(shop.drawing()))
    with shop.context.db.writing() as session:
        machine = seeing.machine(session, shop.machine)
        bench = seeing.bench(shop.context.config, machine, busy=False)
        small = replace(bench, loaded=tuple(replace(each, sheet_mm=(100.0, 100.0)) for each in bench.loaded))
        reason = refusal(seeing.wish(session, shop.context.config, run), small)
    assert isinstance(reason, Reason)
    assert reason.code == "wait_sheet_small"


def test_a_material_nobody_said_the_burning_of_cannot_be_planned(shop: Shop) -> None:
    revision = shop.drawing()
    with shop.context.db.writing() as session:
        offer = session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one()
        offer.preset = ""
        session.commit()
    assert [each["code"] for each in shop.option(revision).reasons] == ["fit_material_unknown"]
    with shop.context.db.writing() as session:
        offer = session.scalars(select(MaterialOffer).where(MaterialOffer.material_id != shop.lab.pla.id)).one()
        offer.burning = {"cut": {"power_percent": 60, "speed_mm_s": 10}}
        session.commit()
    assert [each["code"] for each in shop.option(revision).reasons] == ["laser_setting_missing_engrave"]


def test_a_drawing_is_for_no_printer_and_a_solid_for_no_laser(shop: Shop, lab: Lab) -> None:
    revision = shop.drawing()
    with shop.context.db.writing() as session:
        config = shop.context.config
        found = quotes.options(session, config, session.get_one(Revision, revision))
        assert {each.machine_model.slug: each.fits for each in found} == {"laser-600": True, "marlin-250": False}
        box = factories.analysed_box(session, shop.context.storage, session.get_one(Person, lab.alice.id))
        factories.estimate(session, config, box)
        found = quotes.options(session, config, box)
        assert {each.machine_model.slug: each.fits for each in found} == {"laser-600": False, "marlin-250": True}


def test_a_profile_for_a_laser_on_a_printer_makes_nothing(shop: Shop) -> None:
    revision = shop.drawing()
    with shop.context.db.writing() as session:
        model = session.scalars(select(MachineModel).where(MachineModel.slug == LASER)).one()
        model.kind = type(model.kind)("printer")
        session.commit()
    option = shop.option(revision)
    assert [each["code"] for each in option.reasons] == ["fit_wrong_kind_of_machine"]


def test_changed_settings_between_planning_and_the_file_stop_it(shop: Shop) -> None:
    revision = shop.drawing()
    shop.option(revision)
    with shop.context.db.writing() as session:
        alice, tara = (session.get_one(Person, each.id) for each in (shop.lab.alice, shop.lab.tara))
        row = session.get_one(Revision, revision)
        job = jobs.create(session, shop.context.config, alice, row, Wish(LASER, POPLAR), filed_by=alice)
        jobs.submit(session, shop.context.config, job, alice)
        reviews.approve(session, shop.context.config, job, tara)
        offer = session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one()
        offer.burning = {"cut": {"power_percent": 60, "speed_mm_s": 10}}
        session.commit()
        key = job.id
    shop.plan()
    assert shop.job(key).reason_code == "slicing_profile_changed"


def test_a_submission_without_an_estimate_says_that_it_is_pending(shop: Shop) -> None:
    revision = shop.drawing()
    with shop.context.db.writing() as session:
        alice = session.get_one(Person, shop.lab.alice.id)
        row = session.get_one(Revision, revision)
        job = jobs.create(session, shop.context.config, alice, row, Wish(LASER, POPLAR, quantity=7), filed_by=alice)
        with pytest.raises(Refused) as refused:
            jobs.submit(session, shop.context.config, job, alice)
    assert refused.value.code == "estimate_pending"


def test_a_change_of_power_plans_anew_what_waits(shop: Shop) -> None:
    job = shop.approved(shop.drawing())
    (before,) = shop.runs(job)
    with shop.context.db.writing() as session:
        offer = session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one()
        tara = session.get_one(Person, shop.lab.tara.id)
        burning.change(session, shop.context.config, tara, offer, {"cut": {"power_percent": 40, "speed_mm_s": 9}})
        session.commit()
    (between,) = shop.runs(job)
    assert (between.id, between.state) == (before.id, RunState.PREPARING)
    shop.plan()
    (after,) = shop.runs(job)
    assert after.state is RunState.WAITING
    assert after.slicing_id != before.slicing_id
    assert "S400" in shop.gcode(after).read_text("ascii")
    assert (after.predicted_seconds or 0) > (before.predicted_seconds or 0)


def test_what_is_planned_for_a_job_is_shown_before_and_after_its_file_is_made(shop: Shop) -> None:
    revision = shop.drawing()
    shop.option(revision, 2)
    with shop.context.db.writing() as session:
        alice = session.get_one(Person, shop.lab.alice.id)
        row = session.get_one(Revision, revision)
        job = jobs.create(session, shop.context.config, alice, row, Wish(LASER, POPLAR, quantity=2), filed_by=alice)
        session.commit()
        foreseen = toolpaths.of_job(session, shop.context.config, job)
        assert foreseen is not None
        assert (foreseen.picture, foreseen.copies) == ("", 2)
        key = job.id
    assert burn.preview(shop.context, key).startswith("<svg")
    made = shop.approved(revision, 2)
    with shop.context.db.reading() as session:
        found = toolpaths.of_job(session, shop.context.config, session.get_one(Job, made))
    assert found is not None
    assert found.picture
    assert found.plan["operations"] == foreseen.plan["operations"]
