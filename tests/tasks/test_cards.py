"""A laser's test card as a job: what is planned is the card, for nothing, and it stays as it was asked for."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from fabqueue import permissions
from fabqueue.dispatch import seeing
from fabqueue.dispatch.context import Context
from fabqueue.dispatch.match import refusal
from fabqueue.models import (
    Design,
    Job,
    JobState,
    MachineModel,
    Material,
    MaterialOffer,
    Person,
    Revision,
    RevisionState,
    Run,
    RunState,
)
from fabqueue.permissions import Permission
from fabqueue.services import answers, burning, cards, jobs, ledger, requests, reviews, runs, toolpaths
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.jobs import Wish
from fabqueue.services.laserwork import CARD
from fabqueue.tasks import burn
from tests.support import factories
from tests.support.cards import TRIED, design, laser_of, submitted
from tests.support.factories import Lab
from tests.tasks.test_burn import LASER, POPLAR, Shop


class CardShop(Shop):
    """A lab with a laser whose technician Tara tries out how it burns."""

    @property
    def downloaded(self) -> tuple[bytes, bytes]:
        """The card's file and picture as its page gives them."""
        laser = laser_of(self.context, LASER)
        file = burn.card(self.context, laser, TRIED, picture=False)
        return file, burn.card(self.context, laser, TRIED, picture=True)

    def ask(self, revision: str = "") -> str:
        """The id of Tara's job, of a design that is made unless there is one."""
        key = revision or design(self.context, self.lab.tara.id, LASER, POPLAR)
        with self.context.db.writing() as session:
            tara, drawn = session.get_one(Person, self.lab.tara.id), session.get_one(Revision, key)
            job = cards.ask(session, self.context.config, tara, drawn, LASER, POPLAR, TRIED)
            session.commit()
            return job.id

    def change(self, kind: type, slug: str, **columns: Any) -> None:
        with self.context.db.writing() as session:
            row = session.scalars(select(kind).where(kind.slug == slug)).one()  # type: ignore[attr-defined]
            for name, value in columns.items():
                setattr(row, name, value)
            session.commit()

    def submitted(self) -> str:
        """The id of a card that waits for review."""
        revision = design(self.context, self.lab.tara.id, LASER, POPLAR)
        with self.context.db.writing() as session:
            job = submitted(session, self.context, revision, LASER, POPLAR)
            session.commit()
            return job.id

    def approve(self, key: str) -> None:
        with self.context.db.writing() as session:
            job, tara = session.get_one(Job, key), session.get_one(Person, self.lab.tara.id)
            reviews.approve(session, self.context.config, job, tara)
            session.commit()


@pytest.fixture
def shop(context: Context, lab: Lab) -> CardShop:
    return CardShop(context, lab)


def test_a_technicians_card_is_approved_at_once_and_planned_as_it_is_downloaded(shop: CardShop) -> None:
    key = shop.ask()
    shop.plan()
    (run,) = shop.runs(key)
    assert (run.state, run.intent_at) == (RunState.WAITING, None)
    assert run.slicing is not None
    picture = shop.context.storage.path(run.slicing.picture_sha256 or "").read_bytes()
    assert (shop.gcode(run).read_bytes(), picture) == shop.downloaded
    job = shop.job(key)
    assert (job.state, job.approved_by_id, job.quantity) == (JobState.QUEUED, shop.lab.tara.id, 1)


def test_it_uses_up_its_sheet_and_asks_for_one_that_is_large_enough(shop: CardShop) -> None:
    key = shop.ask()
    shop.plan()
    (run,) = shop.runs(key)
    assert (run.needs_width_mm, run.needs_height_mm) == (57, 41)
    assert run.predicted_mm2 == 57 * 41
    with shop.context.db.reading() as session:
        bench = seeing.bench(shop.context.config, seeing.machine(session, shop.machine), busy=False)
        wish = seeing.wish(session, shop.context.config, run)
        assert refusal(wish, bench) is None
        small = replace(bench, loaded=tuple(replace(each, sheet_mm=(50.0, 50.0)) for each in bench.loaded))
        assert getattr(refusal(wish, small), "code", "") == "wait_sheet_small"


def test_it_costs_nothing_whatever_the_laser_costs_and_the_account_lacks(shop: CardShop) -> None:
    key = shop.ask()
    shop.plan()
    with shop.context.db.reading() as session:
        job = session.get_one(Job, key)
        assert job.quote is not None
        assert (job.quote.total_minor, job.offer_id) == (0, None)
        assert job.quote.lines == [{"code": "price_own_work", "values": {}, "minor": 0}]
        assert (job.quote.mm2 or {})["expected"] == 57 * 41
        assert ledger.held_for(session, job) == 0
    poor = replace(shop.context.config, money=replace(shop.context.config.money, minimum_balance="5.00"))
    with shop.context.db.writing() as session:
        ledger.hold(session, poor.money, session.get_one(Job, key), None)


def test_its_toolpath_is_shown_before_and_after_its_file_is_made(shop: CardShop) -> None:
    key = shop.submitted()
    with shop.context.db.reading() as session:
        before = toolpaths.of_job(session, shop.context.config, session.get_one(Job, key))
    drawn = burn.preview(shop.context, key)
    shop.approve(key)
    shop.plan()
    with shop.context.db.reading() as session:
        after = toolpaths.of_job(session, shop.context.config, session.get_one(Job, key))
    assert before is not None
    assert after is not None
    assert (before.picture, before.copies) == ("", 1)
    assert after.plan == {**before.plan, "frame": after.plan["frame"]}
    assert shop.context.storage.path(after.picture).read_text("utf-8") == drawn


def test_a_card_of_somebody_who_does_not_review_waits_for_one_who_does(
    shop: CardShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(permissions.TABLE, Permission.REVIEW_JOB, ())
        key = shop.ask()
    assert (shop.job(key).state, shop.runs(key)) == (JobState.SUBMITTED, [])
    shop.approve(key)
    shop.plan()
    assert [each.state for each in shop.runs(key)] == [RunState.WAITING]


def test_the_same_card_again_is_a_job_of_the_same_design(shop: CardShop) -> None:
    first, second = shop.ask(), shop.ask()
    assert shop.job(first).revision_id == shop.job(second).revision_id
    with shop.context.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Design)) == 1
        revision = session.get_one(Revision, shop.job(first).revision_id)
        assert (revision.state, revision.design.project.owner_id) == (RevisionState.READY, shop.lab.tara.id)
        assert revision.design.project.is_public is False


def test_its_drawing_is_made_of_the_labs_colours(shop: CardShop) -> None:
    config = shop.context.config
    own = replace(config, drawings=replace(config.drawings, colours="green = cut, red = ignored, #123456 = cut"))
    assert cards.colours(own) | {"ignored": ""} == {
        "cut": "#008000", "score": "#0000ff", "engrave": "#000000", "ignored": ""
    }  # fmt: skip


def test_other_powers_for_the_material_leave_a_card_as_it_was_asked_for(shop: CardShop) -> None:
    key, sign = shop.ask(), shop.approved(shop.drawing())
    shop.plan()
    (before,) = shop.runs(key)
    with shop.context.db.writing() as session:
        run = session.get_one(Run, before.id)
        run.state, run.machine_id = RunState.STAGED, shop.machine
        offer = session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one()
        tara = session.get_one(Person, shop.lab.tara.id)
        burning.change(session, shop.context.config, tara, offer, {"cut": {"power_percent": 40, "speed_mm_s": 9}})
        session.commit()
    (after,) = shop.runs(key)
    assert (after.state, after.slicing_id) == (RunState.STAGED, before.slicing_id)
    assert shop.runs(sign)[0].state is RunState.PREPARING, "what is no card is planned anew"


def test_a_file_that_was_not_made_yet_is_made_after_other_powers_were_set(shop: CardShop) -> None:
    key = shop.ask()
    with shop.context.db.writing() as session:
        offer = session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one()
        tara = session.get_one(Person, shop.lab.tara.id)
        burning.change(session, shop.context.config, tara, offer, {"score": {"power_percent": 9, "speed_mm_s": 9}})
        session.commit()
    shop.plan()
    (run,) = shop.runs(key)
    assert shop.gcode(run).read_bytes() == shop.downloaded[0]


def test_a_material_that_nobody_has_burnt_yet_can_be_tried(shop: CardShop) -> None:
    with shop.context.db.writing() as session:
        session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one().preset = ""
        session.commit()
    key = shop.ask()
    shop.plan()
    assert [each.state for each in shop.runs(key)] == [RunState.WAITING]


def test_it_is_neither_changed_nor_burnt_from_another_drawing(shop: CardShop) -> None:
    key = shop.submitted()
    with shop.context.db.writing() as session:
        job, tara = session.get_one(Job, key), session.get_one(Person, shop.lab.tara.id)
        for wanted in ({"quantity": 2}, {"settings": {}}, {"material": "pla"}, {"machine_model": "marlin-250"}):
            with pytest.raises(Refused, match="card_stays"):
                reviews.change(session, shop.context.config, job, tara, **wanted)
        reviews.request_changes(session, job, tara, "Is it the right sheet?")
        drawing = factories.drawing(session, shop.context.storage, tara)
        drawing.design_id, drawing.number = job.revision.design_id, 2
        session.flush()
        with pytest.raises(Refused, match="card_stays"):
            answers.answer(session, shop.context.config, job, tara, "No.", drawing)
        answers.answer(session, shop.context.config, job, tara, "Yes.")
        assert (job.state, job.settings, job.quantity) == (JobState.SUBMITTED, {CARD: TRIED}, 1)


def test_nobody_else_has_the_laser_burn_with_powers_of_their_own(shop: CardShop) -> None:
    key = shop.drawing()
    config = shop.context.config
    with shop.context.db.writing() as session:
        alice, tara = (session.get_one(Person, each.id) for each in (shop.lab.alice, shop.lab.tara))
        revision = session.get_one(Revision, key)
        refused = {
            "card_for_technicians": (Wish(LASER, POPLAR, card=TRIED), alice),
            "card_once": (Wish(LASER, POPLAR, quantity=2, card=TRIED), tara),
            "settings_unknown": (Wish(LASER, POPLAR, settings={CARD: TRIED}), tara),
        }
        for code, (wish, by) in refused.items():
            with pytest.raises(Invalid) as error:
                jobs.create(session, config, by, revision, wish, filed_by=by)
            assert [each.code for each in error.value.refusals] == [code]


def test_it_is_asked_for_again_by_technicians_only(shop: CardShop) -> None:
    key, config = shop.ask(), shop.context.config
    with shop.context.db.writing() as session:
        job, tara = session.get_one(Job, key), session.get_one(Person, shop.lab.tara.id)
        again = requests.repeat(session, config, job, tara)
        jobs.submit(session, config, again, tara)
        assert (again.settings, again.quote.total_minor if again.quote else None) == ({CARD: TRIED}, 0)
        with pytest.raises(Invalid):
            requests.repeat(session, config, job, tara, quantity=2)
        with pytest.raises(Invalid):
            requests.repeat(session, config, job, session.get_one(Person, shop.lab.alice.id))
        reviews.approve(session, config, again, tara)
        first, second = (runs.of_job(session, each)[0].slicing_id for each in (job, again))
        assert first == second, "the same file serves both"


def test_what_must_not_go_under_a_laser_is_not_tried_either(shop: CardShop) -> None:
    key = shop.submitted()
    shop.change(Material, POPLAR, name="PVC foil")
    with pytest.raises(Refused, match="beam"):
        shop.approve(key)
    with pytest.raises(Refused, match="beam"):
        shop.ask()
    with shop.context.db.reading() as session:
        assert session.scalars(select(Run)).all() == []
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_without_the_lasers_profile_it_is_refused_and_never_made_by_hand(shop: CardShop) -> None:
    key = shop.submitted()
    shop.change(MachineModel, LASER, profile="")
    with pytest.raises(Refused, match="fit_wrong_kind_of_machine"):
        shop.approve(key)
    with pytest.raises(Refused, match="fit_wrong_kind_of_machine"):
        shop.ask(shop.job(key).revision_id)
    assert shop.runs(key) == []


def test_where_the_laser_has_the_material_no_more_it_is_refused(shop: CardShop) -> None:
    key = shop.submitted()
    with shop.context.db.writing() as session:
        session.delete(session.scalars(select(MaterialOffer).where(MaterialOffer.preset == POPLAR)).one())
        session.commit()
    with pytest.raises(Refused, match="fit_material_unknown"):
        shop.approve(key)
    with pytest.raises(Invalid) as error:
        shop.ask(shop.job(key).revision_id)
    assert [each.code for each in error.value.refusals] == ["option_unknown"]
