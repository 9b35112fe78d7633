"""A list of people: dry run, whole or not at all, undone as a whole unless somebody stands on it."""

import multiprocessing
import os
import signal
from datetime import timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event

from fabqueue.db import now
from fabqueue.models import Account, Base, Event, ImportBatch, ImportKind, ImportState, Person, RoleGrant
from fabqueue.services import people
from fabqueue.services.errors import Conflict, Invalid, Refused
from fabqueue.services.imports import batches
from fabqueue.tasks import ticker, work
from tests.imports.conftest import Codes, Importer

P = ImportKind.PEOPLE
LIST = "Name,E-mail,User name\nLi Lei,lilei@example.org,\nHan Meimei,,han.meimei\nÅsa Öberg,asa@example.org,asa\n"


def person(importer: Importer, user_name: str) -> Person:
    with importer.context.db.reading() as session:
        return session.query(Person).filter_by(user_name=user_name).one()


def test_a_list_becomes_accounts_without_password(importer: Importer) -> None:
    batch = importer.read(P, LIST.encode())
    assert (batch.state, batch.found["good"], batch.found["bad"]) == (ImportState.READ, 3, 0)
    assert importer.count(Person) == 5  # nothing was made yet
    assert importer.make(batch).state is ImportState.MADE
    made = person(importer, "lilei")
    assert (made.display_name, made.private_name, made.email, made.password_hash) == (
        "lilei", "Li Lei", "lilei@example.org", ""
    )  # fmt: skip
    with importer.context.db.reading() as session:
        assert people.sign_in(session, "lilei", "") is None
        assert {each.user_name for each in people.find(session, "oberg")} == {"asa"}
        assert session.query(Event).filter_by(subject_id=made.id, verb="import").one().actor_id == importer.lab.tara.id
        assert session.query(Event).filter_by(verb="import_people").one().values["count"] == 3
        assert session.query(RoleGrant).filter_by(person_id=made.id).one().role == "member"


def test_bad_rows_are_named_and_nothing_is_made_until_they_are_left_out(importer: Importer, codes: Codes) -> None:
    with importer.context.db.writing() as session:
        session.get_one(Person, importer.lab.alice.id).email = "Alice@example.org"
        session.commit()
    rows = "bob@,Bob\nalice@example.org,Alice again\nnew@example.org,New\nnew@example.org,Other\n,\n"
    batch = importer.read(P, f"email,name\n{rows}".encode())
    assert codes(batch) == [(2, "import_email_shape"), (3, "import_email_taken"), (5, "import_email_twice")]
    assert batch.found["faults"][1]["heading"] == "email"
    assert batch.found["faults"][1]["values"]["name"] == "alice"
    with pytest.raises(Refused, match="import_has_bad_rows"):
        importer.start(batch)
    assert importer.count(Person) == 5
    assert importer.make(batch, leave_out=True).found["made"] == 1


def test_one_row_that_goes_bad_meanwhile_stops_the_whole(importer: Importer, codes: Codes) -> None:
    batch = importer.read(P, LIST.encode())
    with importer.context.db.writing() as session:
        session.get_one(Person, importer.lab.bob.id).email = "asa@example.org"
        session.commit()
    after = importer.make(batch)
    assert (after.state, after.problem_code) == (ImportState.READ, "import_changed_meanwhile")
    assert codes(after) == [(4, "import_email_taken")]
    assert importer.count(Person) == 5


def test_namesakes_are_shown(importer: Importer) -> None:
    importer.make(importer.read(P, LIST.encode()))
    batch = importer.read(P, b"name\nHan  meimei\nTom\nTom\n")
    assert [(each["line"], each["code"]) for each in batch.found["doubles"]] == [
        (2, "import_maybe_known"), (4, "import_maybe_twice")
    ]  # fmt: skip
    assert batch.found["good"] == 3


def test_names_are_made_up_where_none_is_given(importer: Importer) -> None:
    importer.make(importer.read(P, "姓名,邮箱\n李雷,\n韩梅梅,\nAlice,\n,tara@example.com\n".encode()))
    with importer.context.db.reading() as session:
        names = {each.user_name for each in session.query(Person)}
    assert {"member", "member-2", "alice-2", "tara-2"} <= names


def test_an_import_is_undone_as_a_whole(importer: Importer) -> None:
    before = [importer.count(kind) for kind in (Person, RoleGrant, Account)]
    batch = importer.make(importer.read(P, LIST.encode()))
    assert importer.undo(batch).state is ImportState.UNDONE
    assert [importer.count(kind) for kind in (Person, RoleGrant, Account)] == before
    with pytest.raises(Conflict):
        importer.undo(batch)
    again = importer.read(P, LIST.encode())
    assert again.found["good"] == 3


def test_an_import_that_somebody_uses_stays(importer: Importer) -> None:
    batch = importer.make(importer.read(P, LIST.encode()))
    with importer.context.db.writing() as session:
        asa = session.query(Person).filter_by(user_name="asa").one()
        people.set_password(session, importer.context.config.people, asa, "a long password", asa)
        session.commit()
    with pytest.raises(Invalid) as raised:
        importer.undo(batch)
    assert [each.code for each in raised.value.refusals] == ["import_way_account"]
    assert importer.count(Person) == 8


def test_the_same_file_twice_is_noticed(importer: Importer) -> None:
    importer.make(importer.read(P, b"name\nTom\n"))
    again = importer.read(P, b"name\nTom\n")
    with pytest.raises(Refused, match="import_made_before"):
        importer.start(again)
    assert importer.make(again, again=True).state is ImportState.MADE


def test_formulas_stay_text(importer: Importer) -> None:
    importer.make(importer.read(P, b'name,email\n"=HYPERLINK(""http://x"")",fay@example.org\n'))
    assert person(importer, "fay").private_name == '=HYPERLINK("http://x")'


def test_first_and_family_names_in_two_columns_are_one_name(importer: Importer) -> None:
    rows = (
        "First name,Last name,E-mail\nLi,Lei,lilei@example.org\n雷,李,lei@example.org\n" + f"{'A' * 50},{'B' * 50},\n"
    )
    batch = importer.read(P, rows.encode())
    assert [(each["line"], each["heading"], each["code"]) for each in batch.found["faults"]] == [
        (4, "Last name", "import_cell_too_long")
    ]
    importer.make(batch, leave_out=True)
    assert [person(importer, name).private_name for name in ("lilei", "lei")] == ["Li Lei", "李雷"]


def test_a_title_above_the_headings_is_passed_over_and_lines_stay_those_of_the_file(
    importer: Importer, codes: Codes
) -> None:
    batch = importer.read(P, b"Members of 2026,,\n,,\nName,E-mail,Note\nLi Lei,lilei@,x\n")
    assert (batch.found["headings"], codes(batch)) == (["Name", "E-mail", "Note"], [(4, "import_email_shape")])
    none = importer.read(P, b"Li Lei,lilei@example.org\nHan,han@example.org\n")
    assert [code for code, _ in none.found["notes"]] == ["import_no_columns"]
    assert none.found["good"] == 0


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_cell_that_begins_as_a_formula_is_a_name(importer: Importer, sign: str) -> None:
    importer.make(importer.read(P, f"name,email\n{sign}1+1,fay@example.org\n".encode()))
    assert person(importer, "fay").private_name == f"{sign}1+1"


def everything(importer: Importer) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what tells that there was an import."""
    told = {"import_batch", "event", "stored_file"}
    with importer.context.db.reading() as session:
        tables = [each for each in Base.metadata.sorted_tables if each.name not in told]
        return {each.name: sorted((tuple(row) for row in session.execute(each.select())), key=str) for each in tables}


def test_undoing_leaves_every_row_of_the_database_as_it_was(importer: Importer) -> None:
    before = everything(importer)
    people_batch = importer.make(importer.read(P, LIST.encode()))
    assert everything(importer) != before
    importer.undo(people_batch)
    assert everything(importer) == before


def test_five_thousand_rows(importer: Importer) -> None:
    rows = "".join(f"Person {n},p{n}@example.org\n" for n in range(5000))
    batch = importer.make(importer.read(P, f"name,email\n{rows}".encode()))
    assert batch.found["made"] == 5000
    assert importer.count(Person) == 5005
    assert importer.undo(batch).state is ImportState.UNDONE
    assert importer.count(Person) == 5


def _die_in_the_middle(importer: Importer, key: str) -> None:
    """What a worker does whose power goes when half of the rows are written."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    importer.context.db.close()
    sqlalchemy_event.listen(importer.context.db.engine, "before_cursor_execute", lambda _c, _k, sql, *_r: (
        die() if sql.startswith("INSERT INTO account") else None))  # fmt: skip
    work.find("make_import")(importer.context, key)


def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_makes_it(importer: Importer) -> None:
    batch = importer.read(P, LIST.encode())
    importer.start(batch)
    child = multiprocessing.get_context("fork").Process(target=_die_in_the_middle, args=(importer, batch.id))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert importer.count(Person) == 5
    work.find("make_import")(importer.context, batch.id)
    assert importer.now(batch.id).state is ImportState.MAKING  # somebody may still be at it
    with importer.context.db.writing() as session:
        session.get_one(ImportBatch, batch.id).running_until = now() - timedelta(seconds=1)
        session.commit()
    assert ("make_import", batch.id) in ticker.due(importer.context)
    work.find("make_import")(importer.context, batch.id)
    assert importer.now(batch.id).state is ImportState.MADE
    assert importer.count(Person) == 8


def test_a_file_that_cannot_be_read_says_so_and_may_be_read_otherwise(importer: Importer) -> None:
    batch = importer.read(P, b"PK\x03\x04")
    assert (batch.state, batch.problem_code) == (ImportState.FAILED, "import_is_workbook")
    other = importer.read(P, "姓名\n李雷\n".encode("gb18030"))
    assert importer.chosen(other, encoding="utf-8").problem_code == "import_encoding_wrong"
    assert importer.chosen(other, encoding="gb18030").found["good"] == 1


def test_a_discarded_file_is_forgotten(importer: Importer) -> None:
    batch = importer.read(P, LIST.encode())
    with importer.context.db.writing() as session:
        batches.discard(session, session.get_one(ImportBatch, batch.id))
        session.commit()
    after = importer.now(batch.id)
    assert (after.state, after.sha256, after.found) == (ImportState.DISCARDED, "", {})
