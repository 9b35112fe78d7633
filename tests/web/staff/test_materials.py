"""Materials with prices, stock that is brought in, weighed and used up."""

from fabqueue.models import Material, Stock
from tests.support import pages
from tests.web.staff.conftest import Browser, Floor

SPOOL = {
    "material": "pla", "label": "PLA red, spool 9", "colour": "Red", "colour_hex": "#aa2211", "full_grams": "1000",
    "left_grams": "640.5", "low_grams": "250",
}  # fmt: skip


def spool(floor: Floor) -> Stock:
    with floor.database.reading() as session:
        return session.query(Stock).filter_by(label="PLA red, spool 9").one()


def test_a_material_is_made_and_its_price_changed(floor: Floor, tara: Browser) -> None:
    assert tara.post("/materials/new", {"name": "PETG", "per_kg_minor": "32"}).location == "/materials"
    assert 'value="32.00"' in tara.read("/materials/petg")
    tara.post("/materials/petg", {"name": "PETG", "per_kg_minor": "34.50", "retired": "y"})
    with floor.database.reading() as session:
        made = session.query(Material).filter_by(slug="petg").one()
        assert (made.per_kg_minor, made.retired_at is None) == (3450, False)


def test_a_price_that_is_none_is_refused(floor: Floor, tara: Browser) -> None:
    for price in ("", "cheap", "-1"):
        assert tara.post("/materials/new", {"name": "PETG", "per_kg_minor": price}).status_code == 422


def test_stock_is_brought_in_and_weighed(floor: Floor, tara: Browser) -> None:
    assert tara.post("/materials/stock/new", SPOOL).location == "/materials"
    made = spool(floor)
    assert (made.colour, made.left_mg, made.low_mg) == ("red", 640_500, 250_000)
    assert tara.post(f"/materials/stock/{made.id}/weigh", {"left_grams": "200"}).location == "/materials"
    after = spool(floor)
    assert (after.left_mg, after.full_mg, after.label) == (200_000, 1_000_000, made.label)
    assert "Low" in tara.read("/materials")


def test_what_came_with_a_filament_is_shown_and_begins_its_spools(floor: Floor, tara: Browser) -> None:
    with floor.database.writing() as session:
        pla = session.get_one(Material, floor.lab.pla.id)
        pla.filament_type, pla.colour_hex, pla.density_g_cm3, pla.diameter_mm = "PLA", "#8a9099", 1.24, 1.75
        session.commit()
    assert "PLA, 1.75 mm, 1.24 g/cm³" in pages.quiet(tara.read("/materials"))
    assert 'value="#8a9099"' in tara.read("/materials/stock/new?material=pla")
    assert tara.get("/materials/stock/new?material=nothing").status_code == 200


def test_a_mass_that_cannot_be_is_refused_and_kept_in_the_form(floor: Floor, tara: Browser) -> None:
    answer = tara.post("/materials/stock/new", SPOOL | {"left_grams": "-5"})
    assert answer.status_code == 422
    assert 'value="-5"' in answer.get_data(as_text=True)


def test_stock_that_is_used_up_leaves_its_machine(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    loaded = machine.slots[0].stock_id
    assert tara.post(f"/materials/stock/{loaded}/retire").location == "/materials"
    assert floor.now(machine).slots[0].stock_id is None
    assert tara.get(f"/materials/stock/{loaded}").status_code == 404


def test_members_change_nothing(floor: Floor, alice: Browser, ines: Browser) -> None:
    key = floor.lab.grey.id
    for path in ("/materials/new", "/materials/pla", "/materials/stock/new", f"/materials/stock/{key}/weigh",
                 f"/materials/stock/{key}/retire"):  # fmt: skip
        assert [each.post(path, SPOOL).status_code for each in (alice, ines)] == [404, 404]
    assert floor.now(floor.lab.grey).retired_at is None


def test_weighing_and_its_reason_stand_in_the_history(floor: Floor, tara: Browser) -> None:
    spool = floor.lab.grey
    fields = {"left_grams": "640", "reason": "scales of room 2"}
    assert tara.post(f"/materials/stock/{spool.id}/weigh", fields).status_code == 303
    page = tara.read(f"/materials/stock/{spool.id}")
    assert "Tara weighed it: 640" in page
    assert "scales of room 2" in page


def test_changing_a_spool_keeps_what_runs_used_meanwhile(floor: Floor, tara: Browser) -> None:
    spool = floor.lab.grey
    floor.change(spool, left_mg=123_000)
    fields = {"material": "pla", "label": "Grey 2", "colour": "grey", "colour_hex": "#9aa39d", "full_grams": "1000",
              "left_grams": "1000", "low_grams": "50"}  # fmt: skip
    assert tara.post(f"/materials/stock/{spool.id}", fields).status_code == 303
    assert floor.now(spool).left_mg == 123_000


def test_a_spool_that_was_called_used_up_comes_back(floor: Floor, tara: Browser, alice: Browser) -> None:
    spool = floor.lab.grey
    tara.post(f"/materials/stock/{spool.id}/retire")
    assert "used up" in tara.read("/materials")
    assert alice.post(f"/materials/stock/{spool.id}/back").status_code == 404
    assert tara.post(f"/materials/stock/{spool.id}/back").status_code == 303
    assert floor.now(spool).retired_at is None


POPLAR = {"name": "Poplar 3 mm", "thickness_mm": "3", "per_m2_minor": "18", "sheet_width_mm": "600",
          "sheet_height_mm": "400"}  # fmt: skip
PILE = {"material": "poplar-3-mm", "label": "Poplar, rack 2", "colour": "natural", "colour_hex": "#c9a26b",
        "sheet_width_mm": "600", "sheet_height_mm": "400", "full_sheets": "10", "left_sheets": "2.5",
        "low_sheets": "3"}  # fmt: skip


def test_sheets_are_made_brought_in_and_counted(floor: Floor, tara: Browser) -> None:
    assert tara.post("/materials/new", POPLAR).location == "/materials"
    assert 'value="600"' in tara.read("/materials/stock/new?material=poplar-3-mm")
    assert tara.post("/materials/stock/new?of=sheets", PILE).location == "/materials"
    with floor.database.reading() as session:
        made = session.query(Stock).filter_by(label=PILE["label"]).one()
        assert (made.left_mm2, made.low_mm2, made.material.per_m2_minor) == (600_000, 720_000, 1800)
    words = pages.quiet(tara.read("/materials"))
    for part in ("2.5 sheets of 600 × 400 mm", "6,000 cm²", "3 mm thick", "€18.00 per m²", "Low"):
        assert part in words
    assert tara.post(f"/materials/stock/{made.id}/weigh", {"left_sheets": "8"}).location == "/materials"
    assert floor.now(made).left_mm2 == 1_920_000
    assert "counted it" in tara.read(f"/materials/stock/{made.id}")
    assert tara.post(f"/materials/stock/{made.id}", PILE | {"low_sheets": "1"}).location == "/materials"
    assert floor.now(made).left_mm2 == 1_920_000


def test_sheets_need_a_price_and_both_sides(floor: Floor, tara: Browser) -> None:
    for change in ({"per_m2_minor": ""}, {"sheet_width_mm": ""}, {"thickness_mm": "-1"}):
        assert tara.post("/materials/new", POPLAR | change).status_code == 422


def test_a_pile_is_loaded_and_shown_at_its_machine(floor: Floor, tara: Browser) -> None:
    tara.post("/materials/new", POPLAR)
    tara.post("/materials/stock/new?of=sheets", PILE)
    machine = floor.tool()
    with floor.database.writing() as session:
        made = session.query(Stock).filter_by(label=PILE["label"]).one()
        session.get_one(type(machine), machine.id).slots[0].stock_id = made.id
        session.commit()
    assert "2.5 sheets of 600 × 400 mm" in pages.quiet(tara.read(f"/machines/{machine.slug}"))
    assert "Poplar, rack 2" in tara.read("/desk")


def test_a_forbidden_material_says_so_when_it_is_added_and_is_allowed_with_a_reason(
    floor: Floor, tara: Browser, alice: Browser
) -> None:
    answer = tara.post("/materials/new", POPLAR | {"name": "PVC 2 mm"})
    assert answer.location == "/materials/pvc-2-mm"
    assert "holds chlorine" in pages.quiet(tara.read("/materials/pvc-2-mm"))
    assert tara.post("/materials/pvc-2-mm/beam", {"reason": " "}).status_code == 422
    assert alice.post("/materials/pvc-2-mm/beam", {"reason": "fine"}).status_code == 404
    tara.post("/materials/pvc-2-mm/beam", {"reason": "It is a polyolefin."})
    words = pages.quiet(tara.read("/materials/pvc-2-mm"))
    assert "Allowed by Tara" in words
    assert "It is a polyolefin." in words
    tara.post("/materials/pvc-2-mm/beam/withdraw", {})
    assert "Allow it all the same" in tara.read("/materials/pvc-2-mm")
