"""What the planner of a laser could not do as wished is read before it matters: at the quote, the desk, the laser."""

import base64
import io

import pytest
from PIL import Image

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import Job, Machine, MaterialOffer, Person, Revision, Run, Site, Slicing
from fabqueue.services import certifications, events, jobs, reviews, runs, screens
from fabqueue.services.jobs import Wish
from fabqueue.tasks.work import find
from tests.support import factories, pages, run_states
from tests.web.staff.conftest import Browser, Floor

OPEN = factories.SIGN.replace("</svg>", '<path d="M10 40h20" fill="none" stroke="#f00"/></svg>')
SAID = "An open line is cut as drawn"


@pytest.fixture
def laser(floor: Floor) -> str:
    """A laser that Tara is certified for; its id."""
    with floor.database.writing() as session:
        machine = factories.laser(session, session.get_one(Site, floor.lab.site.id))
        tara, ines = session.get_one(Person, floor.lab.tara.id), session.get_one(Person, floor.lab.ines.id)
        certifications.grant(session, tara, ines, model=machine.machine_model)
        session.commit()
        return machine.id


@pytest.fixture
def job(floor: Floor, context: Context, laser: str) -> Job:
    """A job of Alice's for the laser, whose drawing has an open line to cut."""
    with floor.database.writing() as session:
        key = factories.drawing(session, floor.storage, session.get_one(Person, floor.lab.alice.id), OPEN).id
        session.commit()
    find("analyse")(context, key)
    with floor.database.writing() as session:
        session.expire_on_commit = False
        revision = session.get_one(Revision, key)
        owner = revision.design.project.owner
        made = jobs.create(session, floor.config, owner, revision, Wish("laser-600", "poplar-3"), filed_by=owner)
        jobs.submit(session, floor.config, made, owner)
        session.commit()
        return made


def staged(floor: Floor, context: Context, job: Job, laser: str) -> str:
    """The job's run, approved, planned and waiting at the laser; its id."""
    with floor.database.writing() as session:
        reviews.approve(session, floor.config, session.get_one(Job, job.id), session.get_one(Person, floor.lab.tara.id))
        session.commit()
    with floor.database.reading() as session:
        waiting = session.query(Slicing).one().id
    find("slice")(context, waiting)
    with floor.database.writing() as session:
        machine, run = session.get_one(Machine, laser), session.query(Run).one()
        machine.seen_at = now()
        runs.claim(session, events.of_machine(machine), run, machine, None)
        run_states.staged(session, run)
        session.commit()
        return run.id


def test_the_maker_reads_it_at_the_quote(floor: Floor, job: Job, alice: Browser) -> None:
    with floor.database.reading() as session:
        design = session.get_one(Revision, job.revision_id).design_id
    here = f"/make/designs/{design}"
    told = {"revision": "1", "option": "laser-600/poplar-3", "quantity": "1"}
    price = alice.post(f"{here}/quote", {**told, "kerf": "yes"}).text
    assert SAID in price
    assert "Close it in your program" in price
    assert SAID not in alice.post(f"{here}/quote", {**told, "kerf": "no"}).text, "without kerf all is cut as drawn"
    assert SAID in alice.read(f"/jobs/{job.code}")


def test_whoever_reviews_reads_it_once_and_without_unfolding_anything(job: Job, tara: Browser) -> None:
    review = tara.read(f"/desk/{job.code}")
    assert review.count(SAID) == 1
    folded = review[review.index("<details") : review.rindex("</details>")]
    assert SAID not in "".join(part.split("</details>")[0] for part in folded.split("<details")[1:])


def test_whoever_arms_reads_it_before_the_checklist(
    floor: Floor, context: Context, job: Job, laser: str, tara: Browser, visitor: Browser
) -> None:
    key = staged(floor, context, job, laser)
    with floor.database.writing() as session:
        _screen, secret = screens.make(session, session.get_one(Person, floor.lab.tara.id), "By the laser", arms=True)
        session.commit()
    for browser, here in ((tara, f"/machines/laser/arm/{key}"), (visitor, f"/wallboard/{secret}/lasers/laser/{key}")):
        page = browser.read(here)
        assert page.index(SAID) < page.index('type="checkbox"')


def test_a_plan_that_did_all_as_wished_says_nothing(tara: Browser, floor: Floor) -> None:
    assert "Not as wished" not in pages.quiet(tara.read(f"/desk/{floor.job().code}"))


def photo(pixels: int) -> str:
    """A sign with a picture of so many pixels on 20 mm."""
    written = io.BytesIO()
    Image.new("L", (pixels, pixels), 90).save(written, "PNG")
    link = "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
    return factories.SIGN.replace("</svg>", f'<image x="75" y="5" width="20" height="20" href="{link}"/></svg>')


@pytest.mark.usefixtures("laser")
def test_a_picture_is_judged_by_the_material_that_is_chosen(floor: Floor, context: Context, alice: Browser) -> None:
    with floor.database.writing() as session:
        offer = session.query(MaterialOffer).filter_by(preset="poplar-3").one()
        offer.burning = {"engrave": {"power_percent": 25, "speed_mm_s": 250, "interval_mm": 0.2}}
        owner = session.get_one(Person, floor.lab.alice.id)
        keys = [factories.drawing(session, floor.storage, owner, photo(pixels)).id for pixels in (40, 80)]
        session.commit()
    said = []
    for key in keys:
        find("analyse")(context, key)
        with floor.database.reading() as session:
            said.append(alice.read(f"/make/designs/{session.get_one(Revision, key).design_id}"))
    assert "only 51 dots to the inch" in said[0]
    assert "since the rows of this material lie 0.2 mm apart" in pages.quiet(said[0])
    assert "127 dots to the inch" in said[0]
    for page in said:
        assert "as is usual" not in page, "what is known is not judged by what is usual"
    assert "seen as squares" not in said[1]
