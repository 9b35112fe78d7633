"""Past form responses: kept with mass, time, day, price and outcome, tied to what is known here."""

from datetime import date

from fabqueue.models import ImportKind, ImportState, PastJob, Person
from tests.imports.conftest import Codes, Importer

J = ImportKind.PAST_JOBS
GERMAN = (
    "Datum;E-Mail;Datei;Material;Drucker;Gewicht (g);Dauer;Preis;Ergebnis\r\n"
    "25.04.2024;alice@example.org;Hülle.stl;PLA;Unbekannt;1.012,5;2:15:00;4,20 €;ok\r\n"
    "26.04.2024;wer@example.org;Arm.stl;Holz;;7;45 min;;fehlgeschlagen\r\n"
)


def jobs(importer: Importer) -> list[PastJob]:
    with importer.context.db.reading() as session:
        return session.query(PastJob).order_by(PastJob.line).all()


def test_responses_become_past_jobs(importer: Importer) -> None:
    with importer.context.db.writing() as session:
        session.get_one(Person, importer.lab.alice.id).email = "alice@example.org"
        session.commit()
    batch = importer.read(J, GERMAN.encode("cp1252"))
    assert {code for code, _ in batch.found["notes"]} == {
        "import_unknown_person", "import_unknown_material", "import_unknown_machine"
    }  # fmt: skip
    assert importer.make(batch).state is ImportState.MADE
    first, second = jobs(importer)
    assert (first.milligrams, first.seconds, first.made_on, first.price_minor, first.good) == (
        1_012_500, 8100, date(2024, 4, 25), 420, True
    )  # fmt: skip
    assert (first.person_id, first.material_id is not None, first.filename) == (
        importer.lab.alice.id,
        True,
        "Hülle.stl",
    )
    assert (second.person_id, second.person_name, second.good, second.price_minor) == (
        None,
        "wer@example.org",
        False,
        None,
    )


def test_what_means_two_things_is_asked_for(importer: Importer, codes: Codes) -> None:
    batch = importer.read(J, b"Date,File name,Weight,Print time\n3/4/2024,a.stl,12,90\n")
    assert codes(batch) == [(2, "import_date_unclear"), (2, "import_time_unit_unclear")]
    chosen = importer.chosen(batch, order="mdy", time_unit="min")
    assert codes(chosen) == []
    importer.make(chosen)
    (made,) = jobs(importer)
    assert (made.made_on, made.seconds, made.milligrams) == (date(2024, 3, 4), 5400, 12_000)


def test_columns_can_be_chosen_otherwise(importer: Importer) -> None:
    batch = importer.read(J, b"A,B\nx.stl,12\n", columns={"filename": 0, "mass": 1})
    importer.make(batch)
    assert [(each.filename, each.milligrams) for each in jobs(importer)] == [("x.stl", 12_000)]


def test_five_thousand_responses_with_three_bad_rows(importer: Importer, codes: Codes) -> None:
    rows = [f'3/{1 + n % 28}/2024 14:03:22,p{n}@example.org,"part {n}.stl\n(second line)",{n % 90}.5,0:{n % 60:02}:00'
            for n in range(5000)]  # fmt: skip
    rows[10], rows[4000], rows[4999] = (
        "31/31/2024,,x.stl,1.5,0:10:00",
        "3/2/2024,,x.stl,heavy,0:10:00",
        "3/2/2024,,,1.5,soon",
    )
    heading = "Timestamp,Email Address,Upload your file,Estimated weight (g),Print time"
    batch = importer.read(J, "\r\n".join([heading, *rows]).encode("utf-16"))
    assert codes(batch) == [
        (22, "import_date_unreadable"), (8001, "import_mass_unreadable"), (9998, "import_time_unreadable")
    ]  # fmt: skip
    assert [each["heading"] for each in batch.found["faults"]] == [
        "Timestamp", "Estimated weight (g)", "Print time"
    ]  # fmt: skip
    made = importer.make(batch, leave_out=True)
    assert (made.found["made"], importer.count(PastJob)) == (4997, 4997)
    assert importer.undo(made).state is ImportState.UNDONE
    assert importer.count(PastJob) == 0


def test_past_jobs_are_undone(importer: Importer) -> None:
    batch = importer.make(importer.read(J, GERMAN.encode("utf-8-sig")))
    assert importer.undo(batch).state is ImportState.UNDONE
    assert jobs(importer) == []
