"""A design's page: its report as it comes, in every state, for everybody who may see it."""

import base64
import io
import re

import pytest
from PIL import Image

from fabqueue.models import Report, RevisionState
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


COLOURS = b"""<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="40mm" viewBox="0 0 90 40"><g fill="none">
<rect x="5" y="5" width="30" height="30" stroke="#ff0000"/><path d="M50 5h30" stroke="#00ff00"/></g></svg>"""


def test_a_page_tells_the_colours_of_this_lab(alice: Browser, workshop: Workshop) -> None:
    workshop.decide({"drawings.colours": "lime = cut, red = ignored, #123456 = engrave"})
    place = alice.upload("/make", "colours.svg", COLOURS).location
    workshop.read_all()
    page = alice.read(place)
    assert "Cut bright green Engrave #123456" in page
    assert 'value="cut" selected' in row(alice.get(place).text, "#00ff00")
    assert 'value="ignored" selected' in row(alice.get(place).text, "#ff0000")


def row(html: str, colour: str) -> str:
    """What may be chosen for a colour."""
    return html.partition(f'name="operation:{colour}"')[2].partition("</select>")[0]


def test_a_maker_says_what_a_colour_means_and_takes_it_back(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "colours.svg", COLOURS).location
    workshop.read_all()
    assert "stands for nothing in this lab" in alice.read(place)
    wish = {"revision": "1", "operation:#00ff00": "score", "operation:#ff0000": "cut"}
    assert alice.post(f"{place}/reading", wish).location == place
    assert "Reading colours.svg" in alice.read(place)
    workshop.read_all()
    page = alice.read(place)
    assert "stands for nothing in this lab" not in page
    assert "The lab means: Leave out" in page
    assert 'value="score" selected' in row(alice.get(place).text, "#00ff00")
    assert alice.post(f"{place}/reading", {"revision": "1", "reset": "1"}).status_code == 303
    assert "stands for nothing in this lab" in alice.read(place)  # the report of before serves at once
    assert "Revision 2" not in alice.read(place)


def pictured() -> bytes:
    """A drawing that is nothing but a picture made of pixels."""
    written = io.BytesIO()
    Image.new("L", (60, 30), 90).save(written, "PNG")
    link = base64.b64encode(written.getvalue()).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="40mm" viewBox="0 0 90 40">'
        f'<image x="5" y="5" width="20" height="10" href="data:image/png;base64,{link}"/></svg>'
    ).encode()


def test_a_picture_made_of_pixels_is_engraved_or_left_out(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "photo.svg", pictured()).location
    workshop.read_all()
    page, html = alice.read(place), alice.get(place).text
    assert "20 × 10 mm" in page
    assert "pictures made of pixels" in page
    assert "1 picture made of pixels will be engraved row by row" in page
    assert "has only 76 dots to the inch" in page
    assert 'value="engrave" selected' in row(html, "image")
    assert 'value="cut"' not in row(html, "image")
    shown = alice.get(re.findall(r'"([^"]*/drawing[.]svg[^"]*)"', html)[0])
    assert 'href="data:image/png;base64,' in shown.text
    assert "img-src data:" in shown.headers["Content-Security-Policy"]
    assert alice.post(f"{place}/reading", {"operation:image": "cut"}).status_code == 422
    assert alice.post(f"{place}/reading", {"operation:image": "ignored"}).status_code == 303
    workshop.read_all()
    assert 'value="ignored" selected' in row(alice.get(place).text, "image")
    assert "will be engraved" not in alice.read(place)


def test_a_drawing_that_an_earlier_version_read_is_offered_a_new_reading(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "photo.svg", pictured()).location
    workshop.read_all()
    offered = "read by an earlier version of FabQueue"
    assert offered not in alice.read(place)
    with workshop.writing() as session:
        (report,) = session.query(Report).all()
        left_out = [{"code": "drawing_image", "severity": "warning", "values": {"count": 1}}]
        report.analyser, report.data = "4", {**report.data, "operations": [], "findings": left_out}
        session.commit()
    assert offered in alice.read(place)
    assert "will be left out" in alice.read(place)
    assert alice.post(f"{place}/reading", {"revision": "1"}).status_code == 303
    workshop.read_all()
    page = alice.read(place)
    assert offered not in page
    assert "1 picture made of pixels will be engraved row by row" in page


def test_with_htmx_the_page_waits_in_place_and_a_known_reading_is_shown_at_once(
    alice: Browser, workshop: Workshop
) -> None:
    place = alice.upload("/make", "colours.svg", COLOURS).location
    workshop.read_all()
    headers = {"HX-Request": "true"}
    waiting = alice.post(f"{place}/reading", {"operation:#00ff00": "score"}, headers=headers)
    assert 'id="checked"' in waiting.text
    assert 'hx-trigger="every 1s"' in waiting.text
    workshop.read_all()
    assert alice.post(f"{place}/reading", {"reset": "1"}, headers=headers).headers["HX-Redirect"] == place


def test_a_technician_says_it_for_a_member_and_nobody_else_does(
    alice: Browser, bob: Browser, tara: Browser, visitor: Browser, workshop: Workshop
) -> None:
    place = alice.upload("/make", "colours.svg", COLOURS).location
    workshop.read_all()
    wish = {"operation:#00ff00": "engrave"}
    assert [each.post(f"{place}/reading", wish).status_code for each in (bob, visitor)] == [404, 404]
    assert tara.post(f"{place}/reading", wish).status_code == 303
    workshop.read_all()
    assert 'value="engrave" selected' in row(alice.get(place).text, "#00ff00")


def test_a_page_says_that_the_colours_changed_since(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "colours.svg", COLOURS).location
    workshop.read_all()
    assert "The lab means other colours now" not in alice.read(place)
    workshop.decide({"drawings.colours": "lime = cut"})
    assert "The lab means other colours now" in alice.read(place)
    assert alice.post(f"{place}/reading", {"revision": "1"}).status_code == 303
    workshop.read_all()
    assert "The lab means other colours now" not in alice.read(place)
    assert 'value="cut" selected' in row(alice.get(place).text, "#00ff00")


def test_a_colour_that_is_not_there_is_refused_in_words(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "colours.svg", COLOURS).location
    workshop.read_all()
    answer = alice.post(f"{place}/reading", {"operation:#123456": "cut"})
    assert answer.status_code == 422
    assert "The drawing has nothing in the colour #123456." in plain(answer)


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
    for path in ("quote", "ask", "revisions", "units", "reading"):
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


DOUBLE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="40mm" viewBox="0 0 90 40">
<g fill="none" stroke="red"><rect x="5" y="5" width="30" height="30"/><rect x="35" y="5" width="30" height="30"/></g>
<text x="70" y="20">Hi</text></svg>"""


def test_findings_have_numbered_places_in_the_picture(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "double.svg", DOUBLE).location
    workshop.read_all()
    html = alice.get(place).text
    assert 'data-marks="1"' in html
    assert '<a href="#mark-1">1</a>' in html
    ring = html.partition('id="mark-1"')[2].partition("</g>")[0]
    assert 'cx="35.0" cy="20.0"' in ring
    assert 'id="mark-2"' in html  # of the text
    assert 'id="mark-3"' not in html


def test_double_lines_are_removed_with_one_click_and_brought_back(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "double.svg", DOUBLE).location
    workshop.read_all()
    assert "1 line lies on another one, wholly or in part (30 mm)." in alice.read(place)
    assert alice.post(f"{place}/reading", {"revision": "1", "doubles": "remove"}).status_code == 303
    workshop.read_all()
    page = alice.read(place)
    assert "1 line that lay on another one is left out (30 mm)." in page
    assert "0.21 m" in page
    assert alice.post(f"{place}/reading", {"revision": "1", "doubles": "keep"}).status_code == 303
    assert "0.24 m" in alice.read(place)


def test_who_may_not_change_a_drawing_is_offered_no_buttons_for_it(
    bob: Browser, visitor: Browser, workshop: Workshop, alice: Browser
) -> None:
    place = alice.upload("/make", "double.svg", DOUBLE).location
    workshop.read_all()
    workshop.publish(workshop.latest(place))
    for each in (bob, visitor):
        html = each.get(place).text
        assert "Remove them" not in html
        assert 'name="operation:' not in html
        assert "Layers by colour" in html
    assert bob.post(f"{place}/reading", {"doubles": "remove"}).status_code == 403
