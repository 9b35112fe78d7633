"""A design's page: its report as it comes, in every state, for everybody who may see it."""

import pytest

from fabqueue.models import RevisionState
from tests.support import factories
from tests.web.makers.conftest import Browser, Workshop, plain

BOX = factories.box_stl()
SQUARE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="40mm" viewBox="0 0 40 40">
<rect x="5" y="5" width="30" height="30" fill="none" stroke="#ff0000"/></svg>"""


def test_a_report_is_there_after_the_real_analysis(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "bracket.stl", BOX).location
    assert 'hx-trigger="every 1s"' in alice.get(place).text
    workshop.read_all()
    page = alice.read(place)
    assert "20 × 20 × 20 mm" in page
    assert "What the check found" in page
    assert "You pay at most" in page
    assert "Ask the workshop to make it" in page
    html = alice.get(place).text
    assert "<model-viewer" in html
    assert 'hx-trigger="every' not in html


def test_while_it_is_read_the_page_asks_and_is_built_anew_at_the_end(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "bracket.stl", BOX).location
    waiting = alice.get(f"{place}/live?revision=1", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in waiting.headers
    workshop.read_all()
    assert alice.get(f"{place}/live?revision=1", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_without_scripts_the_page_reloads_itself_while_it_waits(alice: Browser) -> None:
    place = alice.upload("/make", "bracket.stl", BOX).location
    assert '<noscript><meta http-equiv="refresh"' in alice.get(place).text


def test_a_file_that_cannot_be_read_says_why_and_takes_a_better_one(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "broken.stl", b"solid nothing\nendsolid nothing\n").location
    workshop.read_all()
    page = alice.read(place)
    assert "The file holds no surface at all." in page
    assert "Drop a better file here" in page
    assert "Ask the workshop" not in page


def test_a_drawing_shows_its_size_and_lengths_by_operation(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "plate.svg", SQUARE).location
    workshop.read_all()
    page = alice.read(place)
    assert "30 × 30 mm" in page
    assert "Layers by colour" in page
    assert "0.12 m" in page  # four sides of 30 mm


def test_a_better_file_becomes_the_next_revision_and_the_old_one_stays(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "bracket.stl", BOX).location
    alice.upload(f"{place}/revisions", "bracket.stl", factories.box_stl((30, 20, 10)))
    workshop.read_all()
    assert "30 × 20 × 10 mm" in alice.read(place)
    earlier = alice.read(f"{place}?revision=1")
    assert "20 × 20 × 20 mm" in earlier
    assert "This is an earlier revision." in earlier
    assert alice.get(f"{place}?revision=3").status_code == 404


def test_a_revision_of_another_kind_is_refused(alice: Browser) -> None:
    place = alice.upload("/make", "bracket.stl", BOX).location
    answer = alice.upload(f"{place}/revisions", "plate.svg", SQUARE)
    assert answer.status_code == 422
    assert "another kind of file" in plain(answer)


def test_a_doubtful_unit_is_read_anew_in_the_one_that_is_meant(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "inch.stl", factories.box_stl((2, 1, 1))).location
    workshop.read_all()
    assert "Read it in inches" in alice.read(place)
    assert alice.post(f"{place}/units", {"units": "in", "revision": "1"}).status_code == 303
    workshop.read_all()
    page = alice.read(place)
    assert "50.8 × 25.4 × 25.4 mm" in page
    assert "Revision 2" in page


def test_a_drawing_without_a_unit_asks_for_its_size_once(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "pixels.svg", SQUARE.replace(b"mm", b"")).location
    workshop.read_all()
    page = alice.read(place)
    assert "Which size is right?" in page
    for asked in ("10.6 × 10.6 mm", "8.5 × 8.5 mm", "7.9 × 7.9 mm", "30 × 30 mm", "762 × 762 mm"):
        assert asked in page
    assert 'value="96dpi" checked' in alice.get(place).text
    assert alice.post(f"{place}/units", {"units": "72dpi", "revision": "1"}).status_code == 303
    workshop.read_all()
    answered = alice.read(place)
    assert "The file does not say what size it is." not in answered
    assert "this is what was chosen" in answered
    assert 'value="72dpi" checked' in alice.get(place).text
    assert "Which size is right?" not in alice.read(alice.upload("/make", "plate.svg", SQUARE).location)


def test_a_mesh_has_no_pixels(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "bracket.stl", BOX).location
    workshop.read_all()
    answer = alice.post(f"{place}/units", {"units": "72dpi", "revision": "1"})
    assert answer.status_code == 422
    assert "There is no unit called 72dpi." in plain(answer)


def test_a_unit_nobody_knows_is_refused(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    answer = alice.post(f"/make/designs/{revision.design_id}/units", {"units": "furlong"})
    assert answer.status_code == 422
    assert "There is no unit called furlong." in plain(answer)


@pytest.mark.parametrize("state", list(RevisionState))
def test_a_strangers_design_does_not_exist_in_any_state(
    state: RevisionState, bob: Browser, visitor: Browser, workshop: Workshop
) -> None:
    revision = workshop.design()
    workshop.change(revision, state=state)
    for path in ("", "/live"):
        place = f"/make/designs/{revision.design_id}{path}"
        assert [each.get(place).status_code for each in (bob, visitor)] == [404, 404]
    for path in ("quote", "ask", "revisions", "units"):
        assert bob.post(f"/make/designs/{revision.design_id}/{path}").status_code in {404, 422}
    assert len(workshop.fresh(revision).design.revisions) == 1


def test_a_public_design_is_shown_to_everybody_and_changed_by_its_authors_only(
    bob: Browser, visitor: Browser, workshop: Workshop
) -> None:
    revision = workshop.design()
    workshop.publish(revision)
    place = f"/make/designs/{revision.design_id}"
    assert "What the check found" in visitor.read(place)
    assert "Change the file" not in bob.read(place)
    assert bob.post(f"{place}/units", {"units": "in"}).status_code == 403
    assert bob.upload(f"{place}/revisions", "x.stl", BOX).status_code == 403


def test_names_are_shown_as_they_are_typed_and_never_as_html(alice: Browser, workshop: Workshop) -> None:
    name = "<img src=x onerror=alert(1)>.stl"
    place = alice.upload("/make", name, BOX).location
    workshop.read_all()
    html = alice.get(place).text
    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
