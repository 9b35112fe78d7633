"""A PrusaSlicer bundle becomes machine models, materials and profiles that really slice, down to a quote."""

from pathlib import Path

import pytest

from fabqueue.models import (
    MANUAL,
    ImportedProfile,
    ImportKind,
    ImportState,
    Job,
    JobState,
    MachineModel,
    Material,
    Person,
    Revision,
    RunState,
)
from fabqueue.services import (
    estimates,
    events,
    jobs,
    profiles,
    quotes,
    reviews,
    runs,
    slicings,
    workshop,
)
from fabqueue.services.errors import Invalid
from fabqueue.services.imports import bundles
from fabqueue.services.workshop import MachineFacts
from fabqueue.tasks import work
from printers import gcode
from tests.imports.conftest import Importer
from tests.support import factories

pytestmark = pytest.mark.slicer
B = ImportKind.BUNDLE
OWN = Path(__file__).parents[2] / "printers" / "profiles" / "marlin-250"
CREALITY = Path("/usr/share/PrusaSlicer/profiles/Creality.ini")


def exported() -> bytes:
    """A bundle with our own settings, as PrusaSlicer lays one out."""
    machine, pla = (OWN / "settings.ini").read_text(), (OWN / "pla.ini").read_text()
    hostile = "post_process = /bin/touch /tmp/fabqueue-was-here\nprint_host = http://octopi\nunheard_of = 1\n"
    own = "filament_cost = 24.5\nfilament_colour = #8A9099\ntemperature = 207\n"
    return (f"[print:Normal]\n{machine}[printer:Big one]\n{machine}{hostile}"
            f"[filament:Grey PLA]\n{pla}{own}[filament:Bad]\ntemperature = 200\n"
            "start_filament_gcode = M502\n").encode()  # fmt: skip


def chosen(printer: str = "Big one", filament: str = "Grey PLA", print_name: str = "Normal") -> dict[str, object]:
    return {"chosen": {"printers": {printer: print_name}, "filaments": [filament]}}


def test_a_bundle_becomes_a_model_a_material_and_a_profile_and_is_undone(importer: Importer) -> None:
    batch = importer.read(B, exported(), "bundle.ini")
    assert (batch.state, batch.found["good"]) == (ImportState.READ, 1)
    assert [each["code"] for each in batch.found["unusable"]] == ["import_bundle_harmful"]
    assert batch.found["left_out"] == [
        {"kind": "printer", "name": "Big one", "dropped": ["post_process", "print_host"], "scripts": ["touch"]}
    ]
    models, materials = importer.count(MachineModel), importer.count(Material)
    after = importer.make(batch, **chosen())
    assert (after.state, after.problem_code) == (ImportState.MADE, "")
    with importer.context.db.reading() as session:
        model = session.query(MachineModel).filter_by(title="Big one").one()
        profile = profiles.of(importer.context.config, model)
        assert profile is not None
        assert (profile.bed_mm, profile.nozzle_mm, list(profile.materials)) == ((250, 210, 210), 0.4, ["grey-pla"])
        assert "post_process" not in profile.base
        grey = model.offers[0].material
        assert (grey.per_kg_minor, grey.filament_type, grey.colour_hex, grey.density_g_cm3, grey.diameter_mm) == (
            2450, "PLA", "#8a9099", 1.24, 1.75
        )  # fmt: skip
        wanted = estimates.wanted(session, importer.context.config, {}, model.slug)
        assert [each.profile_digest for each in wanted] == [profile.digest]
        assert model.profile not in profiles.available(importer.context.config)  # it is nowhere but in the database
    assert not Path("/tmp/fabqueue-was-here").exists()
    assert importer.undo(after).state is ImportState.UNDONE
    assert (importer.count(MachineModel), importer.count(Material), importer.count(ImportedProfile)) == (
        models, materials, 0
    )  # fmt: skip


def test_a_material_of_the_same_name_is_used_again(importer: Importer) -> None:
    first = importer.make(importer.read(B, exported(), "bundle.ini"), **chosen())
    materials = importer.count(Material)
    second = importer.make(importer.read(B, exported(), "bundle.ini"), **chosen(), again=True)
    assert (second.state, importer.count(Material)) == (ImportState.MADE, materials)
    with pytest.raises(Invalid) as raised:
        importer.undo(first)
    assert {each.code for each in raised.value.refusals} >= {"import_way_material_offer"}
    assert importer.undo(second).state is ImportState.UNDONE
    assert importer.count(Material) == materials
    assert importer.undo(first).state is ImportState.UNDONE
    assert importer.count(Material) == materials - 1


def test_a_new_upload_is_quoted_and_sliced_with_imported_settings(importer: Importer) -> None:
    importer.make(importer.read(B, exported(), "bundle.ini"), **chosen())
    context, alice = importer.context, importer.lab.alice.id
    with context.db.writing() as session:
        model = session.query(MachineModel).filter_by(title="Big one").one()
        facts = MachineFacts("Corner printer", model.slug, MANUAL)
        workshop.save_machine(session, session.get_one(Person, importer.lab.tara.id), facts)
        revision_id = factories.uploaded_box(session, context.storage, session.get_one(Person, alice)).id
        session.commit()
    work.find("analyse")(context, revision_id)
    with context.db.writing() as session:
        owner, revision = session.get_one(Person, alice), session.get_one(Revision, revision_id)
        (option,) = [each for each in quotes.options(session, context.config, revision, owner)
                     if each.machine_model.title == "Big one"]  # fmt: skip
        assert (option.material.name, option.fits, option.price is not None) == ("Grey PLA", True, True)
        wish = jobs.Wish(option.machine_model.slug, option.material.slug)
        job = jobs.create(session, context.config, owner, revision, wish, filed_by=owner)
        jobs.submit(session, context.config, job, owner)
        reviews.approve(session, context.config, job, session.get_one(Person, importer.lab.tara.id))
        runs.plan(session, context.config, events.SYSTEM, job)
        session.commit()
        job_id = job.id
    with context.db.reading() as session:
        (slicing_id,) = slicings.pending(session)
    work.find("slice")(context, slicing_id)
    with context.db.reading() as session:
        job = session.get_one(Job, job_id)
        (run,) = runs.of_job(session, job)
        assert (job.state, run.state, run.slicing is not None) == (JobState.QUEUED, RunState.WAITING, True)
        made = gcode.read(context.storage.path(run.slicing.gcode_sha256 or "")).settings
    footer = {name: made[name] for name in ("temperature", "filament_cost", "filament_colour", "bed_shape")}
    assert footer == {"temperature": "207", "filament_cost": "24.5", "filament_colour": "#8A9099",
                      "bed_shape": "0x0,250x0,250x210,0x210"}  # fmt: skip
    assert made.get("post_process", "") == ""


@pytest.mark.skipif(not CREALITY.is_file(), reason="PrusaSlicer's own profiles are not installed")
def test_a_vendors_file_is_imported_with_the_print_settings_that_suit_the_printer(importer: Importer) -> None:
    batch = importer.read(B, CREALITY.read_bytes(), "Creality.ini")
    shown = {each["name"]: each for each in batch.found["printers"] if not each["code"]}
    printer = "Creality Ender-3 (0.4 mm nozzle)"
    assert shown[printer]["print"] == "0.16 mm OPTIMAL (0.4 mm nozzle) @CREALITY" != batch.found["prints"][0]
    after = importer.make(batch, **chosen(printer, "Creality PLA @CREALITY", ""))
    assert (after.state, after.problem_code) == (ImportState.MADE, "")
    with importer.context.db.reading() as session:
        profile = profiles.of(importer.context.config, session.query(MachineModel).filter_by(title=printer).one())
        assert profile is not None
        assert profile.base["layer_height"] == "0.16"
        assert session.query(Material).filter_by(name="Creality PLA").one().filament_type == "PLA"


@pytest.mark.parametrize(
    ("presets", "shown"),
    [
        (["Creality PLA @CREALITY", "Prusament PLA"], ["Creality PLA", "Prusament PLA"]),
        (["Generic PLA @MINI", "Generic PLA @XL"], ["Generic PLA @MINI", "Generic PLA @XL"]),
        ([" @CREALITY"], [" @CREALITY"]),
    ],
)
def test_a_material_loses_its_vendors_mark_where_no_other_would_be_called_the_same(
    presets: list[str], shown: list[str]
) -> None:
    assert list(bundles.shown_names([{"name": each} for each in presets]).values()) == shown


def test_presets_that_make_no_box_are_not_taken(importer: Importer) -> None:
    bad = exported().replace(b"\nlayer_height = 0.2\n", b"\nlayer_height = 5\n")
    batch = importer.read(B, bad, "bundle.ini")
    after = importer.make(batch, **chosen())
    assert (after.state, after.problem_code) == (ImportState.READ, "import_bundle_box")
    assert importer.count(ImportedProfile) == 0
