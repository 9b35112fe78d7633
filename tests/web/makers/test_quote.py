"""The quote: options compared, and a price that follows the wishes."""

import re
from dataclasses import replace

from fabqueue.models import Design, Revision
from tests.support import factories
from tests.web.makers.conftest import Browser, Workshop, plain

HTMX = {"HX-Request": "true"}


def _quote(browser: Browser, revision: Revision, **wishes: str) -> str:
    answer = browser.post(f"/make/designs/{revision.design_id}/quote", {"quantity": "1", **wishes}, headers=HTMX)
    assert answer.status_code == 200
    return plain(answer)


def test_the_page_names_every_machine_and_material_with_time_and_price(alice: Browser, workshop: Workshop) -> None:
    page = alice.read(f"/make/designs/{workshop.design().design_id}")
    assert "Marlin 250" in page
    assert "50 min to 1 h 15 min" in page
    assert "Material, 10 g at €25.00 per kg €0.25" in page
    assert "You pay at most €1.95" in page  # 0.25 for material, 1.20 for an hour, 0.50 for setting up


def test_more_pieces_cost_more_at_once(alice: Browser, workshop: Workshop) -> None:
    text = _quote(alice, workshop.design(), quantity="3")
    assert "3 pieces" in text
    assert "You pay at most €4.85" in text


def test_the_answer_for_htmx_holds_the_changed_parts_alone(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    answer = alice.post(f"/make/designs/{revision.design_id}/quote", {"quantity": "2"}, headers=HTMX)
    assert "<html" not in answer.text
    assert 'id="quote-price"' in answer.text
    assert re.findall(r'id="(quote-[a-z]+)"[^>]*hx-swap-oob="true"', answer.text) == [
        "quote-colour", "quote-machine", "quote-go", "quote-options",
    ]  # fmt: skip


def test_without_script_the_same_button_shows_the_whole_page(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    answer = alice.post(f"/make/designs/{revision.design_id}/quote", {"quantity": "2", "note": "Face down."})
    assert "<html" in answer.text
    assert "2 pieces" in plain(answer)
    assert "Face down." in answer.text


def test_other_settings_are_estimated_anew_by_the_real_estimator(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "block.stl", factories.box_stl((40, 40, 40))).location
    workshop.read_all()
    revision = _first(workshop, place)
    usual, solid = _quote(alice, revision), _quote(alice, revision, infill_percent="90")
    assert _price(solid) > _price(usual)


def test_who_may_ask_for_no_more_new_settings_now_is_told_so_where_they_are(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    analysis = replace(workshop.context.config.analysis, estimates_per_hour=1)
    context = replace(workshop.context, config=replace(workshop.context.config, analysis=analysis))
    alice.client.application.extensions["fabqueue"] = context
    address = f"/make/designs/{revision.design_id}"
    _quote(alice, revision, infill_percent="91")
    answer = alice.post(f"{address}/quote", {"quantity": "1", "infill_percent": "92"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (429, "#messages")
    assert "You asked for the price of new settings 1 times in an hour." in plain(answer)
    wish = {"quantity": "1", "infill_percent": "92", "option": "marlin-250/pla", "note": "Face down."}
    page = alice.post(f"{address}/ask", wish)
    assert page.status_code == 422
    assert "You asked for the price of new settings 1 times in an hour." in plain(page)
    assert "Face down." in page.text
    usual = alice.post(f"{address}/quote", {"quantity": "1", "infill_percent": "91"}, headers=HTMX)
    assert usual.status_code == 200


def _first(workshop: Workshop, place: str) -> Revision:
    with workshop.context.db.reading() as session:
        return session.get_one(Design, place.rpartition("/")[2]).latest


def _price(text: str) -> float:
    found = re.search(r"You pay at most €([\d.]+)", text)
    assert found is not None
    return float(found[1])


def test_wishes_that_make_no_sense_are_marked_and_the_usual_price_is_shown(alice: Browser, workshop: Workshop) -> None:
    revision = workshop.design()
    answer = alice.post(
        f"/make/designs/{revision.design_id}/quote", {"quantity": "1", "infill_percent": "900", "walls": "two"}
    )
    text = plain(answer)
    assert "This must lie between 0 and 100." in text
    assert "Write a whole number." in text
    assert "You pay at most €1.95" in text
    assert 'value="two"' in answer.text


def test_an_option_that_does_not_fit_says_why_and_cannot_be_chosen(alice: Browser, workshop: Workshop) -> None:
    place = alice.upload("/make", "long.stl", factories.box_stl((600, 20, 20))).location
    workshop.read_all()
    answer = alice.get(place)
    assert "disabled" in answer.text[answer.text.index('name="option"') :][:200]
    assert "Nothing can make it as it is." in plain(answer)


def test_the_colours_are_those_the_lab_has(alice: Browser, workshop: Workshop) -> None:
    html = alice.get(f"/make/designs/{workshop.design().design_id}").text
    assert '<option value="grey"' in html
    assert '<option value="pink"' not in html


def test_a_finding_in_the_way_stops_the_button_for_members(alice: Browser, tara: Browser, workshop: Workshop) -> None:
    finding = {"code": "mesh_open_edges", "severity": "blocker", "values": {"count": 4}}
    revision = workshop.design(findings=[finding])
    place = f"/make/designs/{revision.design_id}"
    member, technician = alice.get(place), tara.get(place)
    assert "1 finding is in the way." in plain(member)
    assert 'disabled aria-describedby="why"' in member.text
    assert "A technician may send it in with a reason." in plain(technician)
