"""Who may open which page: for those who may not, it does not exist."""

import pytest
from flask import Flask

from fabqueue.calls import guard_of
from fabqueue.models import JobState
from tests.web.staff.conftest import Browser, Floor

OURS = {"desk", "reviews", "floor", "machines", "materials", "tools", "staff_people", "rounds"}
FOR_TECHNICIANS = (
    "/desk", "/desk/part/stops", "/desk/part/wall", "/desk/part/inbox", "/desk/part/queue", "/desk/part/calls",
    "/desk/part/shelf", "/desk/part/failed", "/desk/part/stock", "/queue/hold", "/machines", "/machines/new",
    "/machines/bench", "/machines/models/new", "/machines/models/foam-cutter", "/machines/bench/retire",
    "/machines/bench/maintenance", "/machines/bench/cancel", "/machines/bench/load", "/m/bench/plate", "/materials",
    "/materials/new", "/materials/pla", "/materials/stock/new", "/people/new", "/round", "/round/bench",
    "/handover",
)  # fmt: skip
FOR_STAFF = ("/people", "/people/alice")
FOR_MEMBERS = ("/m/", "/m/bench", "/m/part/list", "/m/bench/part")


def test_every_view_has_a_guard(app: Flask) -> None:
    views = {name: view for name, view in app.view_functions.items() if name.partition(".")[0] in OURS}
    assert len(views) > 50
    assert [name for name, view in views.items() if guard_of(view) is None] == []


@pytest.mark.parametrize("path", FOR_TECHNICIANS)
def test_a_technicians_page_exists_for_technicians_and_admins_only(
    path: str, floor: Floor, tara: Browser, adam: Browser, alice: Browser, ines: Browser, visitor: Browser
) -> None:
    floor.tool()
    assert [each.get(path).status_code for each in (tara, adam)] == [200, 200]
    assert [each.get(path).status_code for each in (alice, ines, visitor)] == [404, 404, 404]


@pytest.mark.parametrize("path", FOR_STAFF)
def test_people_exist_for_staff_and_instructors(
    path: str, floor: Floor, tara: Browser, adam: Browser, ines: Browser, alice: Browser, visitor: Browser
) -> None:
    assert [each.get(path).status_code for each in (tara, adam, ines)] == [200, 200, 200]
    assert [each.get(path).status_code for each in (alice, visitor)] == [404, 404]


@pytest.mark.parametrize("path", FOR_MEMBERS)
def test_a_tools_page_exists_for_every_member(path: str, floor: Floor, alice: Browser, tara: Browser) -> None:
    floor.tool()
    assert [each.get(path).status_code for each in (alice, tara)] == [200, 200]


def test_a_visitor_who_scans_the_sign_is_asked_to_sign_in_and_comes_back(floor: Floor, visitor: Browser) -> None:
    floor.tool()
    answer = visitor.get("/m/bench")
    assert answer.status_code == 404
    assert 'href="/sign-in?next=/m/bench"' in answer.text


@pytest.mark.parametrize("state", JobState)
def test_the_desk_opens_a_job_in_every_state(state: JobState, floor: Floor, tara: Browser, alice: Browser) -> None:
    job = floor.job(state)
    assert f">{job.code}</a>" in tara.read(f"/desk/{job.code}")
    assert alice.get(f"/desk/{job.code}").status_code == 404
