"""Setting machines and machine models up, trying the connection, taking machines away."""

import json

from fabqueue.models import MANUAL, Machine, MachineModel, RunState
from tests.support.copied import CopyDriver, copy_driver  # noqa: F401  fixture
from tests.support.web import reply, web_server
from tests.web.staff.conftest import Browser, Floor

PRINTER = {
    "name": "Prusa 3", "model": "marlin-250", "position": "4", "driver": "octoprint", "url": "http://192.0.2.1",
    "key": "a-secret-key", "camera_url": "",
}  # fmt: skip


def machine(floor: Floor, slug: str) -> Machine | None:
    with floor.database.reading() as session:
        return session.query(Machine).filter_by(slug=slug).one_or_none()


def test_a_new_machine_needs_its_bed_cleared_first(floor: Floor, tara: Browser, wakes: list[tuple[str, str]]) -> None:
    assert tara.post("/machines/new", PRINTER).location == "/machines/prusa-3"
    made = machine(floor, "prusa-3")
    assert made is not None
    assert (made.url, made.key, made.position, made.bed_cleared_at) == ("http://192.0.2.1", "a-secret-key", 4, None)
    assert ("advance", made.id) in wakes


def test_its_key_never_comes_back(floor: Floor, tara: Browser) -> None:
    tara.post("/machines/new", PRINTER)
    pages = [tara.read(path) for path in ("/machines/prusa-3", "/machines", "/m/prusa-3", "/desk")]
    pages.append(tara.post("/machines/prusa-3", PRINTER | {"url": "nonsense"}).get_data(as_text=True))
    pages.append(tara.post("/machines/prusa-3/try", PRINTER | {"url": "nonsense"}).get_data(as_text=True))
    assert [page.count("a-secret-key") for page in pages] == [0] * 6


def test_an_empty_key_keeps_the_old_one(floor: Floor, tara: Browser) -> None:
    tara.post("/machines/new", PRINTER)
    tara.post("/machines/prusa-3", PRINTER | {"key": "", "name": "Prusa three"})
    kept = machine(floor, "prusa-3")
    assert kept is not None
    assert (kept.name, kept.key) == ("Prusa three", "a-secret-key")


def test_every_fault_is_named_beside_its_field_and_what_was_typed_stays(floor: Floor, tara: Browser) -> None:
    answer = tara.post("/machines/new", PRINTER | {"url": "prusa3.local", "key": "", "camera_url": "ftp://x"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count('aria-invalid="true"') == 3
    assert 'href="#url"' in page
    assert 'value="prusa3.local"' in page
    assert machine(floor, "prusa-3") is None


def test_a_tool_driven_by_hand_needs_no_address(floor: Floor, tara: Browser) -> None:
    floor.tool()
    fields = dict.fromkeys(PRINTER, "") | {"name": "Second bench", "model": "foam-cutter", "driver": "manual"}
    assert tara.post("/machines/new", fields).location == "/machines/second-bench"
    made = machine(floor, "second-bench")
    assert made is not None
    assert made.driver == MANUAL


def test_a_driver_that_is_one_copied_file_can_be_chosen(
    floor: Floor,
    tara: Browser,
    copy_driver: CopyDriver,  # noqa: F811
) -> None:
    copy_driver("octoprint", "klipper")
    assert tara.read("/machines/new").count(">Through OctoPrint</option>") == 2
    assert tara.post("/machines/new", PRINTER | {"driver": "klipper", "key": ""}).status_code == 422
    assert tara.post("/machines/new", PRINTER | {"driver": "klipper"}).location == "/machines/prusa-3"
    made = machine(floor, "prusa-3")
    assert made is not None
    assert (made.driver, made.is_manual) == ("klipper", False)
    assert '<option selected value="klipper">' in tara.read("/machines/prusa-3")


def test_no_driver_that_is_not_there_can_be_chosen(floor: Floor, tara: Browser) -> None:
    assert tara.post("/machines/new", PRINTER | {"driver": "teleporter"}).status_code == 422
    assert machine(floor, "prusa-3") is None


def test_trying_the_connection_says_what_is_wrong_and_saves_nothing(floor: Floor, tara: Browser) -> None:
    answer = tara.post("/machines/try", PRINTER | {"url": "http://127.0.0.1:1"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "The machine does not answer." in page
    assert 'value="Prusa 3"' in page
    assert machine(floor, "prusa-3") is None


def test_trying_uses_the_key_that_is_kept_at_its_own_address_only(floor: Floor, tara: Browser) -> None:
    tara.post("/machines/new", PRINTER)
    body = json.dumps({"text": "Something else"}).encode()
    with web_server(reply(200, body, Content_Type="application/json")) as server:
        fields = PRINTER | {"key": "", "url": server.url}
        page = tara.post("/machines/prusa-3/try", fields, headers={"HX-Request": "true"}).get_data(as_text=True)
        assert "a-secret-key" not in server.headers[0].values()
        kept = machine(floor, "prusa-3")
        assert kept is not None
        assert kept.url == "http://192.0.2.1"
        tara.post("/machines/prusa-3", PRINTER | {"url": server.url})
        tara.post("/machines/prusa-3/try", fields, headers={"HX-Request": "true"})
        assert server.headers[-1]["X-Api-Key"] == "a-secret-key"
    assert "<html" not in page
    assert 'id="health"' in page
    assert 'class="flash bad"' in page


def test_a_machine_taken_away_leaves_the_lists_and_gives_its_stock_back(floor: Floor, tara: Browser) -> None:
    floor.tool()
    assert tara.post("/machines/bench/retire").location == "/machines"
    gone = machine(floor, "bench")
    assert gone is not None
    assert gone.retired_at is not None
    assert gone.slots[0].stock_id is None
    assert "bench" not in tara.read("/machines").partition("Not in use any more")[0]


def test_a_machine_at_work_is_not_taken_away(floor: Floor, tara: Browser) -> None:
    floor.run(floor.job(), floor.tool(), RunState.RUNNING)
    answer = tara.post("/machines/bench/retire")
    assert answer.status_code == 422
    assert 'class="flash bad" role="alert"' in answer.get_data(as_text=True)
    gone = machine(floor, "bench")
    assert gone is not None
    assert gone.retired_at is None


def test_a_model_shows_bed_and_nozzle_of_its_profile(floor: Floor, tara: Browser) -> None:
    page = tara.read("/machines/models/marlin-250")
    assert "250 × 210 × 210" in page
    assert 'value="1.20"' in page
    assert 'value="0.50"' in page


def test_a_model_is_made_with_rates_and_the_materials_it_works(floor: Floor, tara: Browser) -> None:
    fields = {
        "title": "Small printer", "kind": "printer", "profile": "mini-180", "per_hour_minor": "1,50",
        "setup_minor": "0", "needs_certification": "y", "offers": "pla", "preset-pla": "pla",
    }  # fmt: skip
    assert tara.post("/machines/models/new", fields).location == "/machines/models/small-printer"
    with floor.database.reading() as session:
        made = session.query(MachineModel).filter_by(slug="small-printer").one()
        assert (made.per_hour_minor, made.profile, made.needs_certification) == (150, "mini-180", True)
        assert [(each.material.slug, each.preset) for each in made.offers] == [("pla", "pla")]
    tara.post("/machines/models/small-printer", {key: value for key, value in fields.items() if key != "offers"})
    with floor.database.reading() as session:
        assert session.query(MachineModel).filter_by(slug="small-printer").one().offers == []


def test_a_rate_below_zero_is_refused(floor: Floor, tara: Browser) -> None:
    fields = {"title": "X", "kind": "other", "profile": "", "per_hour_minor": "-0.60", "setup_minor": "1"}
    page = tara.post("/machines/models/new", fields).get_data(as_text=True)
    assert "Write 0 or more." in page
    assert 'value="-0.60"' in page


def test_the_sign_carries_the_address_of_the_tool(floor: Floor, tara: Browser) -> None:
    floor.tool()
    page = tara.read("/m/bench/plate")
    assert "http://127.0.0.1:8000/m/bench" in page
    assert 'class="qr"' in page


def test_a_machine_that_was_taken_away_comes_back(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    tara.post(f"/machines/{machine.slug}/retire")
    assert "Not in use any more" in tara.read("/machines")
    assert tara.post(f"/machines/{machine.slug}/back").status_code == 303
    assert floor.now(machine).retired_at is None


def test_slots_are_added_and_taken_away_on_the_machines_page(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    assert tara.post(f"/machines/{machine.slug}/slots").status_code == 303
    assert "Take slot 2 away" in tara.read(f"/machines/{machine.slug}")
    assert tara.post(f"/machines/{machine.slug}/slots/remove", {"position": "0"}).status_code == 303
    assert "is loaded there." in tara.read(f"/machines/{machine.slug}")
    tara.post(f"/machines/{machine.slug}/slots/remove", {"position": "1"})
    assert "Take slot 2 away" not in tara.read(f"/machines/{machine.slug}")


def test_a_model_with_machines_is_not_retired_and_one_without_is(floor: Floor, tara: Browser) -> None:
    machine = floor.tool()
    slug = machine.machine_model.slug
    answer = tara.post(f"/machines/models/{slug}/retire")
    assert answer.status_code == 422
    assert "stands in the lab" in answer.text
    tara.post(f"/machines/{machine.slug}/retire")
    assert tara.post(f"/machines/models/{slug}/retire").status_code == 303
    assert floor.now(machine.machine_model).retired_at is not None
    assert tara.post(f"/machines/models/{slug}/back").status_code == 303
    assert floor.now(machine.machine_model).retired_at is None
