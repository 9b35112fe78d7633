"""The desk's queue put in order by hand: kept at a place, moved, taken back; how urgent a job is; what htmx gets."""

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from fabqueue.db import now
from fabqueue.models import Event, Job, JobState
from tests.web.staff.conftest import Browser, Floor
from tests.web.staff.test_queue import order, waiting

HTMX = {"HX-Request": "true"}


@pytest.fixture
def three(floor: Floor) -> list[Job]:
    return [waiting(floor, 0, minutes) for minutes in (30, 20, 10)]


def pins(floor: Floor, jobs: list[Job]) -> list[int | None]:
    return [floor.now(each).pin for each in jobs]


def pressed(tara: Browser, job: Job, deed: str, **fields: str) -> TestResponse:
    """What htmx gets for a press on a button of the queue."""
    return tara.post(f"/desk/{job.code}/{deed}?queue=foam-cutter", fields, headers=HTMX)


def offered(tara: Browser) -> list[str]:
    """The addresses of the moves that can be taken back."""
    return re.findall(r'action="(/desk/[^"]+/unmove)', tara.read("/desk/part/queue"))


def test_a_move_by_htmx_brings_the_queue_and_says_the_place(floor: Floor, three: list[Job], tara: Browser) -> None:
    answer = pressed(tara, three[2], "move", to="up")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'data-say="{three[2].code} stands at place 2 of the queue."' in page
    assert page.lstrip().startswith('<section id="queue"')
    seen = page.partition("seen=")[2].partition('"')[0]
    assert tara.get(f"/desk/part/queue?queue=foam-cutter&seen={seen}").status_code == 204


def test_without_scripts_the_desk_opens_at_the_button_that_was_pressed(three: list[Job], tara: Browser) -> None:
    code = three[1].code
    buttons = {"up": "up", "down": "down", "here": "pin", "0": "front"}
    for to, button in buttons.items():
        assert tara.post(f"/desk/{code}/move", {"to": to}).location == f"/desk?queue=foam-cutter#{button}-{code}"
    page = tara.read("/desk?queue=foam-cutter")
    assert all(f'id="{button}-{code}"' in page for button in buttons.values())
    assert f"{code}</span> stands at place 1 of the queue." in page


def test_what_is_refused_is_told_to_htmx_above_the_page(floor: Floor, tara: Browser) -> None:
    answer = pressed(tara, floor.job(JobState.READY), "move", to="up")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#messages")


def test_a_job_is_kept_where_it_is_and_let_go(floor: Floor, three: list[Job], tara: Browser) -> None:
    pressed(tara, three[1], "move", to="here")
    assert (order(floor), pins(floor, three)) == ([each.code for each in three], [1, 2, None])
    waiting(floor, 9, 5)
    assert order(floor)[:2] == [three[0].code, three[1].code]
    page = pressed(tara, three[1], "unpin").get_data(as_text=True)
    assert pins(floor, three) == [1, None, None]
    assert f'data-say="The rules of the queue decide about {three[1].code} again."' in page
    assert f"Keep {three[1].code} at this place" in page


def test_a_job_goes_to_the_front_alone(floor: Floor, three: list[Job], tara: Browser) -> None:
    pressed(tara, three[2], "move", to="0")
    assert order(floor) == [three[2].code, three[0].code, three[1].code]
    assert pins(floor, three) == [None, None, 1]


def test_a_job_is_dropped_before_the_one_it_was_seen_before(floor: Floor, three: list[Job], tara: Browser) -> None:
    first, second, third = three
    last = waiting(floor, 0, 5)
    floor.take(first)  # a machine took it while the last one was dragged
    pressed(tara, last, "move", to="2", before=third.code)
    assert order(floor) == [second.code, last.code, third.code]
    pressed(tara, last, "move", to="0", before=first.code)  # which waits here no more
    assert order(floor) == [last.code, second.code, third.code]


def test_the_last_move_is_taken_back_with_all_it_pinned(floor: Floor, three: list[Job], tara: Browser) -> None:
    pressed(tara, three[0], "move", to="here")
    pressed(tara, three[2], "move", to="up")
    assert pins(floor, three) == [1, None, 2]
    pressed(tara, three[2], "move", to="down")
    assert pins(floor, three) == [1, 2, 3]
    assert offered(tara) == [f"/desk/{three[2].code}/unmove"]
    page = pressed(tara, three[2], "unmove").get_data(as_text=True)
    assert pins(floor, three) == [1, None, 2]
    assert "the queue stands as it did before" in page
    assert offered(tara) == []


def test_letting_go_is_taken_back_too(floor: Floor, three: list[Job], tara: Browser) -> None:
    pressed(tara, three[1], "move", to="0")
    pressed(tara, three[1], "unpin")
    pressed(tara, three[1], "unmove")
    assert pins(floor, three) == [None, 1, None]


def test_a_move_is_not_taken_back_after_another_nor_by_another_nor_late(
    floor: Floor, three: list[Job], tara: Browser, adam: Browser
) -> None:
    def refused(browser: Browser, job: Job) -> bool:
        return pressed(browser, job, "unmove").status_code == 409

    pressed(tara, three[2], "move", to="0")
    assert offered(adam) == []
    assert refused(adam, three[2])
    assert refused(tara, three[0])
    pressed(adam, three[1], "move", to="here")
    assert offered(tara) == []
    assert refused(tara, three[2])
    with floor.database.writing() as session:
        for event in session.query(Event).filter(Event.verb == "pin"):
            event.at = now() - timedelta(minutes=16)
        session.commit()
    assert offered(adam) == []
    assert refused(adam, three[1])


def test_a_move_of_a_job_that_a_machine_took_is_not_taken_back(floor: Floor, three: list[Job], tara: Browser) -> None:
    pressed(tara, three[0], "move", to="here")
    pressed(tara, three[2], "move", to="up")
    pressed(tara, three[2], "move", to="up")
    floor.take(three[2])
    assert offered(tara) == []
    assert pressed(tara, three[2], "unmove").status_code == 409
    assert pressed(tara, three[0], "unmove").status_code == 409


def test_members_neither_pin_nor_take_back_nor_hurry(floor: Floor, three: list[Job], alice: Browser) -> None:
    for deed in ("move", "unpin", "unmove", "priority"):
        assert pressed(alice, three[1], deed, to="here", urgency="urgent").status_code == 404
    assert pins(floor, three) == [None, None, None]
    assert floor.now(three[1]).priority == 0


def test_a_job_is_called_urgent_and_the_queue_shows_it(floor: Floor, three: list[Job], tara: Browser) -> None:
    job = three[2]
    assert f'href="/desk/{job.code}/priority?next=/desk/{job.code}"' in tara.read(f"/desk/{job.code}")
    assert "Urgent" not in tara.read("/desk/part/queue")
    answer = tara.post(f"/desk/{job.code}/priority", {"urgency": "urgent"})
    assert answer.location == f"/desk/{job.code}"
    assert order(floor)[0] == job.code
    assert '<b class="tag">Urgent</b>' in tara.read("/desk/part/queue")
    page = tara.read(f"/desk/{job.code}")
    assert '<b class="tag">Urgent</b>' in page
    assert "Tara changed its priority" in page
    tara.post(f"/desk/{job.code}/priority", {"urgency": "later"})
    assert order(floor)[-1] == job.code
    assert '<b class="tag">When there is time</b>' in tara.read("/desk/part/queue")
    tara.post(f"/desk/{job.code}/priority", {"urgency": "normal"})
    assert (floor.now(job).priority, order(floor)[-1]) == (0, job.code)


def test_a_finer_priority_of_a_program_stays_while_it_means_the_same(floor: Floor, tara: Browser) -> None:
    job = waiting(floor, 3, 10)
    assert re.search(r'value="urgent"[^>]*checked|checked[^>]*value="urgent"', tara.read(f"/desk/{job.code}/priority"))
    tara.post(f"/desk/{job.code}/priority", {"urgency": "urgent"})
    assert floor.now(job).priority == 3
    assert tara.post(f"/desk/{job.code}/priority", {"urgency": "at once"}).status_code == 422


def test_priority_is_chosen_before_approval_and_no_more_when_all_is_made(floor: Floor, tara: Browser) -> None:
    asked, made = floor.job(), floor.job(JobState.READY)
    tara.post(f"/desk/{asked.code}/priority", {"urgency": "urgent"})
    assert floor.now(asked).priority > 0
    assert f"/desk/{made.code}/priority" not in tara.read(f"/desk/{made.code}")
