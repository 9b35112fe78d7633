"""The service book of a machine."""

from fabqueue.models import ServiceRecord, ServiceTask
from tests.web.staff.conftest import Browser, Floor


def test_a_service_is_written_down_done_and_remembered(floor: Floor, tara: Browser) -> None:
    machine = floor.lab.machine
    book = f"/machines/{machine.slug}/services"
    assert "Nothing is written down yet" in tara.read(book)
    assert book in tara.read(f"/m/{machine.slug}")
    tara.post(book, {"name": "Oil the rods", "every": "1", "unit": "runs", "blocks": "y"})
    assert "every 1 run, 0 so far" in tara.read(book)
    floor.change(machine, worked_runs=1, bed_cleared_at=None)
    tara.post(f"/machines/{machine.slug}/clear", {"outcome": "good"})
    assert "Oil the rods” is due" in tara.read("/notices")
    assert "Oil the rods" in tara.read("/desk")
    assert floor.now(machine).maintenance_at is not None
    with floor.database.reading() as session:
        key = session.query(ServiceTask).one().id
    assert "What you noticed" in tara.read(f"{book}/{key}/done")
    tara.post(f"{book}/{key}/done", {"note": "The left rod was dry."})
    assert "The left rod was dry." in tara.read(book)
    assert floor.now(machine).maintenance_at is None
    question = tara.read(f"{book}/{key}/retire")
    assert f"Take “Oil the rods” away from every {floor.lab.model.title}?" in question
    assert f'href="{book}/{key}/retire" hx-get' in tara.read(book)
    assert "What is to be done" in tara.read(book)
    tara.post(f"{book}/{key}/retire")
    assert "Nothing is written down yet" in tara.read(book)


def test_what_was_said_to_be_done_by_mistake_is_taken_back(floor: Floor, tara: Browser, alice: Browser) -> None:
    machine = floor.lab.machine
    book = f"/machines/{machine.slug}/services"
    tara.post(book, {"name": "Oil the rods", "every": "1", "unit": "runs", "blocks": "y"})
    floor.change(machine, worked_runs=1)
    with floor.database.reading() as session:
        key = session.query(ServiceTask).one().id
    tara.post(f"{book}/{key}/done", {"note": "Oops"})
    with floor.database.reading() as session:
        record = session.query(ServiceRecord).filter_by(kind="done").one().id
    undo = f"{book}/{record}/undo"
    assert undo in tara.read(book)
    assert alice.post(undo).status_code == 404
    assert tara.post(undo).location == book
    page = tara.read(book)
    assert "Taken back. It counts on as before." in page
    assert "every 1 run, 1 so far" in page
    assert "Oops" not in page
    assert floor.now(machine).maintenance_reason == "Oil the rods"
    assert tara.post(undo).status_code == 404


def test_what_is_wrong_with_a_service_is_said_and_what_was_typed_is_kept(floor: Floor, tara: Browser) -> None:
    book = f"/machines/{floor.lab.machine.slug}/services"
    answer = tara.post(book, {"name": "Oil the rods", "every": "0", "unit": "days"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Oil the rods"' in text
    assert "as a number from 1 to" in text
