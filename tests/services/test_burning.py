"""How a laser burns a material: within what the machine can do, by whom, set back; old files are not used."""

import pytest
from sqlalchemy import select

from fabqueue.config import Config
from fabqueue.db import WritingSession
from fabqueue.models import Event, MaterialOffer
from fabqueue.services import burning, estimates, laserwork
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.storage import Storage
from tests.support import factories
from tests.support.factories import Lab

SLOW = {"cut": {"power_percent": 60, "speed_mm_s": 9, "passes": 2, "kerf_mm": 0.18, "air": True}}


@pytest.fixture
def poplar(session: WritingSession) -> MaterialOffer:
    """The laser works poplar of 3 mm as its profile says."""
    model = factories.laser_model(session)
    return factories.offer(session, model, factories.sheet_material(session), "poplar-3")


def test_a_change_is_kept_with_its_author_and_counts_above_the_profile(
    session: WritingSession, config: Config, here: Lab, poplar: MaterialOffer
) -> None:
    burning.change(session, config, here.tara, poplar, SLOW)
    now = burning.settings_of(config, poplar)
    assert (now["cut"].speed_mm_s, now["cut"].passes, now["engrave"].power_percent) == (9, 2, 25)
    assert (poplar.burning_by_id, poplar.burning_at is not None) == (here.tara.id, True)
    event = session.scalars(select(Event).where(Event.verb == "change_burning")).one()
    assert event.values["burning"]["cut"]["speed_mm_s"] == 9


def test_what_is_as_the_profile_says_is_not_kept_and_a_reset_brings_it_back(
    session: WritingSession, config: Config, here: Lab, poplar: MaterialOffer
) -> None:
    usual = burning.settings_of(config, poplar)
    same = {name: {key: getattr(each, key) for key in each.__dataclass_fields__} for name, each in usual.items()}
    burning.change(session, config, here.tara, poplar, same)
    assert poplar.burning is None
    burning.change(session, config, here.tara, poplar, SLOW)
    burning.reset(session, config, here.tara, poplar)
    assert burning.settings_of(config, poplar) == usual
    with pytest.raises(Conflict):
        burning.reset(session, config, here.tara, poplar)


@pytest.mark.parametrize(
    ("key", "value"),
    [("power_percent", 101), ("power_percent", -1), ("speed_mm_s", 301), ("speed_mm_s", 0), ("passes", 0),
     ("passes", 51), ("kerf_mm", 3), ("interval_mm", 0), ("power_percent", None)],
)  # fmt: skip
def test_what_the_machine_cannot_do_is_refused(
    session: WritingSession, config: Config, here: Lab, poplar: MaterialOffer, key: str, value: float | None
) -> None:
    with pytest.raises(Invalid) as invalid:
        burning.change(session, config, here.tara, poplar, {"cut": {**SLOW["cut"], key: value}})
    assert invalid.value.refusals[0].field == f"cut_{key}"


def test_other_settings_ask_for_other_files(
    session: WritingSession, storage: Storage, config: Config, here: Lab, poplar: MaterialOffer
) -> None:
    drawing = factories.drawing(session, storage, here.alice)
    before = estimates.want(config, poplar.machine_model, poplar, {}, drawing)
    burning.change(session, config, here.tara, poplar, SLOW)
    after = estimates.want(config, poplar.machine_model, poplar, {}, drawing)
    assert before.key != after.key
    assert estimates.want(config, poplar.machine_model, poplar, {"kerf": False}, drawing).key != after.key
    assert estimates.want(config, poplar.machine_model, poplar, {}, drawing, 2).key != after.key


def test_a_printer_burns_nothing(session: WritingSession, config: Config, here: Lab) -> None:
    with pytest.raises(Refused):
        burning.change(session, config, here.tara, here.offer, SLOW)
    assert burning.shown(config, here.model, here.offer) == {}


def test_the_usual_sheet_lies_the_way_round_that_more_of_it_is_on_the_bed(
    session: WritingSession, config: Config, poplar: MaterialOffer
) -> None:
    laser = burning.profile_of(config, poplar).laser
    assert laser is not None
    for size, expected in (((400.0, 600.0), (600.0, 400.0)), ((300.0, 200.0), (300.0, 200.0)), ((None, None), None)):
        poplar.material.sheet_width_mm, poplar.material.sheet_height_mm = size
        assert laserwork.sheet_on(laser, poplar.material) == expected
