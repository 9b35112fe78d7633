"""Importing on the pages: upload, look, choose, make, undo; bad rows to take home; for technicians alone."""

import re
from datetime import timedelta

from fabqueue.db import now
from fabqueue.dispatch.context import Context
from fabqueue.models import ImportBatch, ImportState, Person, StoredFile
from fabqueue.tasks import work
from tests.support import pages
from tests.support.bundles import long_bundle
from tests.web.staff.conftest import Browser, Floor

LIST = "Name,E-mail,Note\nLi Lei,lilei@example.org,=1+1\nHan Meimei,han@,-2\n"


def brought(floor: Floor, by: Browser, context: Context, content: str = LIST, kind: str = "people") -> str:
    """The address of an import whose file was read."""
    answer = by.upload(f"/imports/new/{kind}", "members.csv", content.encode())
    assert answer.status_code == 303
    assert "The file is being read" in by.read(answer.location)
    work.find("read_import")(context, answer.location.rpartition("/")[2])
    return str(answer.location)


def state(floor: Floor, address: str) -> ImportState:
    with floor.database.reading() as session:
        return session.get_one(ImportBatch, address.rpartition("/")[2]).state


def test_a_list_is_taken_in_and_undone_without_scripts(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context)
    page = tara.read(address)
    assert "1 account would be made." in page
    assert "“han@” is no e-mail address." in page
    refused = tara.post(f"{address}/make")
    assert refused.status_code == 422
    assert "1 row cannot be taken." in refused.text
    assert tara.post(f"{address}/make", {"leave_out": "1"}).location == address
    work.find("make_import")(context, address.rpartition("/")[2])
    assert "1 account was made." in tara.read(address)
    with floor.database.reading() as session:
        assert session.query(Person).filter_by(email="lilei@example.org").one().user_name == "lilei"
    assert "members.csv" in tara.read("/imports")
    assert tara.post(f"{address}/undo").location == address
    assert state(floor, address) is ImportState.UNDONE


def test_other_columns_can_be_chosen(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context)
    choices = {"column-private_name": "2", "column-email": "", "column-user_name": "", "column-display_name": "",
               "column-family_name": "", "encoding": "", "delimiter": ""}  # fmt: skip
    assert tara.post(f"{address}/choices", choices).location == address
    work.find("read_import")(context, address.rpartition("/")[2])
    assert "2 accounts would be made." in tara.read(address)
    assert tara.post(f"{address}/choices", choices | {"encoding": "klingon"}).status_code == 422
    assert tara.post(f"{address}/choices", choices | {"column-email": "99"}).status_code == 422


def test_bad_rows_are_taken_home_and_are_no_formulas(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context, 'Name,E-mail\n"=cmd|x",bad@\n@SUM(A1),worse@\n')
    answer = tara.get(f"{address}/bad.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data.decode("utf-8-sig") == "Name,E-mail\r\n'=cmd|x,bad@\r\n'@SUM(A1),worse@\r\n"


def test_a_name_in_two_columns_is_shown_whole(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context, "First name,Last name,E-mail\nLi,Lei,lilei@example.org\n")
    assert "Li Lei" in tara.read(address)


def test_names_of_a_list_are_only_text(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context, "Name\n<script>alert(1)</script>\n")
    assert not re.search(r"<script>alert", tara.read(address))


def test_past_jobs_are_shown_with_their_units(floor: Floor, tara: Browser, context: Context) -> None:
    rows = "Date,File name,Weight,Print time,Price,Result\n2024-03-01,arm.stl,12.5,1:30:00,4.20,ok\n"
    page = pages.quiet(tara.read(brought(floor, tara, context, rows, "past_jobs")))
    for shown in ("Mar 1, 2024", "12.5 g", "1 h 30 min", "€4.20", "arm.stl", "1 past job would be kept."):
        assert shown in page


def test_a_file_that_is_missing_empty_or_large_is_refused(floor: Floor, tara: Browser) -> None:
    assert tara.post("/imports/new/people").status_code == 422
    assert tara.upload("/imports/new/people", "a.csv", b"").status_code == 422
    assert tara.upload("/imports/new/people", "a.csv", b"x" * 20_000_001).status_code == 422
    assert tara.get("/imports/new/anything").status_code == 404


def test_an_import_is_thrown_away(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context)
    assert tara.post(f"{address}/discard").location == "/imports"
    assert "members.csv" not in tara.read("/imports")


def test_imports_are_for_technicians_alone(
    floor: Floor, tara: Browser, alice: Browser, ines: Browser, visitor: Browser, context: Context
) -> None:
    address = brought(floor, tara, context)
    for path in (
        "/imports",
        "/imports/new/people",
        address,
        f"{address}/bad.csv",
        f"{address}/undo",
        f"{address}/part",
    ):
        assert [each.get(path).status_code for each in (alice, ines, visitor)] == [404, 404, 404]
    for path in ("choices", "make", "undo", "discard"):
        assert [each.post(f"{address}/{path}").status_code for each in (alice, ines, visitor)] == [404, 404, 404]
    assert state(floor, address) is ImportState.READ


def test_a_bundle_is_shown_with_what_cannot_be_used_and_ticked(floor: Floor, tara: Browser, context: Context) -> None:
    text = (
        "[printer:<Mine>]\nbed_shape = 0x0,200x0,200x180,0x180\nnozzle_diameter = 0.4\nretract_length = 1\n"
        'post_process = "/bin/sh /opt/tidy.sh --key 77"\n'
        "[printer:Lost]\ninherits = Gone\n[print:Fine]\nlayer_height = 0.2\ntravel_speed = 90\n"
        "[filament:Soft]\nfilament_type = TPU\ntemperature = 220\nfilament_colour = #AA0033\nfilament_density = 1.21\n"
        "[physical_printer:Shop]\nprint_host = 10.0.0.7\nprinthost_apikey = SECRET77\n"
    )
    address = brought(floor, tara, context, text, "bundle")
    page = pages.quiet(tara.read(address))
    assert "200 × 180 × 200 mm" in page
    assert "&lt;Mine&gt;" in page
    assert "It is built upon “Gone”, which is not in the file." in page
    assert "the script tidy.sh of <Mine>; it is not run" in page.replace("&lt;", "<").replace("&gt;", ">")
    assert "1 connection to a printer with its key; nothing of it was kept" in page
    assert "TPU, 1.21 g/cm³" in page
    assert not any(secret in page for secret in ("SECRET77", "10.0.0.7", "--key"))
    assert tara.post(f"{address}/make").status_code == 422
    assert tara.post(f"{address}/make", {"printer": "<Mine>", "filament": "Soft"}).location == address
    assert state(floor, address) is ImportState.MAKING


def test_a_long_bundle_is_searched_and_keeps_its_ticks(floor: Floor, tara: Browser, context: Context) -> None:
    address = brought(floor, tara, context, long_bundle(40), "bundle")
    page = tara.read(address)
    assert "Printers: 40 of 40 shown. Filaments: 2 of 2 shown. Ticked: 0." in page
    sent = {"printer": "Prusa MK4 no. 7", "filament": "Soft"}
    page = tara.post(address, {**sent, "find": "VORON  no"})
    assert "Printers: 5 of 40 shown. Filaments: 1 of 2 shown. Ticked: 2." in pages.plain(page)
    assert 'value="Prusa MK4 no. 7" checked' in page.text, "what is ticked stays"
    assert 'value="VORON  no"' in page.text
    part = tara.post(address, {**sent, "find": "klingon"}, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<div")
    assert "Printers: 1 of 40 shown." in part.text
    assert "No printer is called like that." in tara.post(address, {"find": "klingon"}).text
    refused = tara.post(f"{address}/make", {"printer": "Prusa MK4 no. 7", "find": "voron"})
    assert refused.status_code == 422
    assert 'value="Prusa MK4 no. 7" checked' in refused.text, "nothing chosen is lost"


def test_how_long_names_are_kept_is_said_and_they_go_at_once_or_by_themselves(
    floor: Floor, tara: Browser, context: Context
) -> None:
    first, second = brought(floor, tara, context), brought(floor, tara, context, LIST + "More,more@example.org,\n")
    page = tara.read(first)
    assert "With all the names in it, it is kept until" in page
    digests = list(context.storage.all_digests())
    assert len(digests) == 2
    tara.post(f"{first}/discard")
    assert len(list(context.storage.all_digests())) == 1, "the file goes with its row"
    days = context.config.retention.draft_days
    with floor.database.writing() as session:
        batch = session.get_one(ImportBatch, second.rpartition("/")[2])
        batch.created_at = now() - timedelta(days=days - 1)
        session.query(StoredFile).update({"created_at": batch.created_at})
        session.commit()
    work.find("tidy")(context, "")
    assert state(floor, second) is ImportState.READ
    with floor.database.writing() as session:
        session.get_one(ImportBatch, second.rpartition("/")[2]).created_at = now() - timedelta(days=days, minutes=1)
        session.commit()
    work.find("tidy")(context, "")
    assert state(floor, second) is ImportState.DISCARDED
    assert list(context.storage.all_digests()) == []
    with floor.database.reading() as session:
        assert session.get_one(ImportBatch, second.rpartition("/")[2]).found == {}
