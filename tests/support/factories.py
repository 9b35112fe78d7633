"""Rows for tests: the people everybody knows, a printer with its model, material and stock, an uploaded box.

Each function takes a writing session, adds rows and flushes them; committing is the caller's. What has a service is
made by that service in tests of the whole way; these rows are the beginning such tests start from.
"""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import trimesh
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from fabqueue.config import Config
from fabqueue.db import new_id, now
from fabqueue.models import (
    MANUAL,
    OCTOPRINT,
    Account,
    AccountKind,
    Base,
    Connection,
    Design,
    DesignKind,
    Estimate,
    Machine,
    MachineKind,
    MachineModel,
    Material,
    MaterialOffer,
    Person,
    Project,
    ProjectAuthor,
    Report,
    Revision,
    RevisionState,
    Role,
    RoleGrant,
    Site,
    Slot,
    Stock,
    StoredFile,
)
from fabqueue.services import estimates
from fabqueue.storage import Storage

PASSWORD = "correct horse battery"
"""Everybody's."""


Row = TypeVar("Row", bound=Base)


@dataclass
class Lab:
    """A small lab: one printer of one model with grey PLA loaded and a clear bed, and one person of each kind."""

    site: Site
    alice: Person
    """A member."""
    bob: Person
    """Another member."""
    tara: Person
    """Technician."""
    ines: Person
    """Instructor."""
    adam: Person
    """Admin."""
    model: MachineModel
    pla: Material
    offer: MaterialOffer
    grey: Stock
    machine: Machine


def lab(session: Session) -> Lab:
    """Everything above, added and flushed."""
    here = site(session)
    model, pla = machine_model(session), material(session)
    spool = stock(session, here, pla)
    return Lab(
        site=here,
        alice=person(session, "alice"),
        bob=person(session, "bob"),
        tara=person(session, "tara", Role.MEMBER, Role.TECHNICIAN),
        ines=person(session, "ines", Role.MEMBER, Role.INSTRUCTOR),
        adam=person(session, "adam", Role.MEMBER, Role.ADMIN),
        model=model,
        pla=pla,
        offer=offer(session, model, pla, "pla"),
        grey=spool,
        machine=machine(session, here, model, spool),
    )


def site(session: Session, **columns: Any) -> Site:
    values = {"slug": "lab", "name": "Test Lab", "time_zone": "Europe/Berlin", "currency": "EUR", "job_prefix": "J"}
    return _added(session, Site(**(values | columns)))


@cache
def _password_hash() -> str:
    """Argon2id at its cheapest, made once: signing in is not what most tests are about."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def person(session: Session, name: str, *roles: Role, **columns: Any) -> Person:
    """Somebody called `name` with these roles (a member, unless others are named), an account and PASSWORD."""
    values = {"user_name": name, "display_name": name.capitalize(), "password_hash": _password_hash()}
    made = _added(session, Person(**(values | columns)))
    session.add(Account(kind=AccountKind.PERSON, name=made.display_name, person_id=made.id))
    for role in roles or (Role.MEMBER,):
        made.role_grants.append(RoleGrant(role=role))
    session.flush()
    return made


def machine_model(session: Session, slug: str = "marlin-250", **columns: Any) -> MachineModel:
    values = {"slug": slug, "title": slug.replace("-", " ").capitalize(), "kind": MachineKind.PRINTER, "profile": slug}
    prices = {"per_hour_minor": 120, "setup_minor": 50}
    return _added(session, MachineModel(**(values | prices | columns)))


def manual_model(session: Session, slug: str = "sewing-machine", **columns: Any) -> MachineModel:
    """A kind of tool that is driven by hand."""
    return machine_model(session, slug, **({"kind": MachineKind.OTHER, "profile": ""} | columns))


def material(session: Session, slug: str = "pla", **columns: Any) -> Material:
    return _added(session, Material(**({"slug": slug, "name": slug.upper(), "per_kg_minor": 2500} | columns)))


def offer(session: Session, model: MachineModel, of: Material, preset: str = "") -> MaterialOffer:
    return _added(session, MaterialOffer(machine_model=model, material=of, preset=preset))


def stock(session: Session, at: Site, of: Material, colour: str = "grey", **columns: Any) -> Stock:
    """A full kilogram spool."""
    values = {"label": f"{of.name} {colour}", "colour": colour, "full_mg": 1_000_000, "left_mg": 1_000_000}
    return _added(session, Stock(site_id=at.id, material=of, **(values | columns)))


def sheet_material(session: Session, slug: str = "poplar-3", **columns: Any) -> Material:
    """Poplar plywood of 3 mm in sheets of 600 x 400 mm."""
    values = {"name": "Poplar plywood 3 mm", "thickness_mm": 3.0, "per_m2_minor": 1800, "per_kg_minor": 0}
    size = {"sheet_width_mm": 600.0, "sheet_height_mm": 400.0}
    return material(session, slug, **(values | size | columns))


def pile(session: Session, at: Site, of: Material, sheets: float = 10, **columns: Any) -> Stock:
    """A pile of so many sheets of 600 x 400 mm, of ten."""
    size = {"sheet_width_mm": 600.0, "sheet_height_mm": 400.0, "full_mg": 0, "left_mg": 0, "low_mg": 0}
    areas = {"full_mm2": 2_400_000, "left_mm2": round(sheets * 240_000), "low_mm2": 240_000}
    return stock(session, at, of, "natural", **(size | areas | columns))


def laser_model(session: Session, slug: str = "laser-600", **columns: Any) -> MachineModel:
    """A laser of 600 x 400 mm with its built-in profile."""
    return machine_model(session, slug, **({"kind": MachineKind.LASER, "profile": "laser-600"} | columns))


def machine(session: Session, at: Site, model: MachineModel, loaded: Stock | None = None, **columns: Any) -> Machine:
    """A machine that is online with a clear bed and perhaps stock in its one slot. Nothing answers at its address."""
    values: dict[str, Any] = {
        "slug": f"{model.slug}-{new_id()[:4]}", "name": model.title, "driver": OCTOPRINT,
        "url": "http://127.0.0.1:1", "key": "no-such-key", "connection": Connection.ONLINE, "seen_at": now(),
        "bed_cleared_at": now(),
    }  # fmt: skip
    made = Machine(site_id=at.id, machine_model=model, **(values | columns))
    made.slots.append(Slot(position=0, stock=loaded))
    return _added(session, made)


def manual_machine(session: Session, at: Site, model: MachineModel, **columns: Any) -> Machine:
    """A tool without a network."""
    return machine(session, at, model, **({"driver": MANUAL, "url": "", "key": ""} | columns))


def laser(session: Session, at: Site) -> Machine:
    """A laser of 600 x 400 mm with ten sheets of poplar plywood loaded, 60 an hour, 1 for setting up; not by hand."""
    model = laser_model(session, per_hour_minor=6000, setup_minor=100)
    poplar = sheet_material(session)
    offer(session, model, poplar, "poplar-3")
    return machine(session, at, model, pile(session, at, poplar), slug="laser", name="Laser")


def project(session: Session, owner: Person, title: str = "Box", **columns: Any) -> Project:
    made = _added(session, Project(slug=f"{title.lower()}-{new_id()[:8]}", title=title, owner=owner, **columns))
    made.authors.append(ProjectAuthor(person=owner))
    session.flush()
    return made


def box(size_mm: tuple[float, float, float] = (20, 20, 20)) -> trimesh.Trimesh:
    """A closed box standing on the bed."""
    made = trimesh.creation.box(size_mm)
    made.apply_translation((0, 0, size_mm[2] / 2))
    return made


def stl(shape: trimesh.Trimesh) -> bytes:
    content = shape.export(file_type="stl")
    assert isinstance(content, bytes)
    return content


def box_stl(size_mm: tuple[float, float, float] = (20, 20, 20)) -> bytes:
    return stl(box(size_mm))


def open_box_stl(size_mm: tuple[float, float, float]) -> bytes:
    """A box without two of its triangles."""
    whole: trimesh.Trimesh = trimesh.creation.box(size_mm)
    whole.update_faces([index > 1 for index in range(len(whole.faces))])
    return stl(whole)


def sheet_stl(width_mm: float, depth_mm: float) -> bytes:
    """Two triangles: a surface that encloses nothing."""
    corners = [(0, 0, 0), (width_mm, 0, 0), (width_mm, depth_mm, 0), (0, depth_mm, 0)]
    return stl(trimesh.Trimesh(corners, [(0, 1, 2), (0, 2, 3)]))


def uploaded_box(
    session: Session,
    storage: Storage,
    owner: Person,
    size_mm: tuple[float, float, float] = (20, 20, 20),
    into: Project | None = None,
) -> Revision:
    """The first revision of a box design, its bytes stored, waiting for its analysis."""
    content = box_stl(size_mm)
    kept = storage.keep(io.BytesIO(content), len(content))
    if session.get(StoredFile, kept.sha256) is None:
        session.add(StoredFile(sha256=kept.sha256, size=kept.size))
        session.flush()
    design = Design(project=into or project(session, owner), name="box", kind=DesignKind.MESH)
    session.add(design)
    session.flush()
    revision = Revision(
        design=design, number=1, sha256=kept.sha256, filename="box.stl", units="mm", uploaded_by_id=owner.id
    )
    return _added(session, revision)


def analysed_box(
    session: Session, storage: Storage, owner: Person, size_mm: tuple[float, float, float] = (20, 20, 20)
) -> Revision:
    """An uploaded box whose report is ready: what the analysis says of a faultless box, without its pictures."""
    revision = uploaded_box(session, storage, owner, size_mm)
    shape = box(size_mm)
    revision.report = Report(
        sha256=revision.sha256, units=revision.units, analyser="factory",
        data={
            "kind": "mesh", "units": "mm", "extents_mm": [float(each) for each in size_mm],
            "volume_mm3": float(shape.volume), "area_mm2": float(shape.area), "watertight": bool(shape.is_watertight),
            "bodies": 1, "triangles": len(shape.faces), "findings": [], "estimable": True,
        },
    )  # fmt: skip
    revision.state, revision.ready_at = RevisionState.READY, now()
    session.flush()
    return revision


SIGN = """<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="60mm" viewBox="0 0 100 60">
<rect x="0.5" y="0.5" width="99" height="59" fill="none" stroke="#f00" stroke-width=".1"/>
<circle cx="20" cy="30" r="4" fill="none" stroke="#f00" stroke-width=".1"/>
<path d="M10 50h80" fill="none" stroke="#00f" stroke-width=".1"/>
<rect x="40" y="20" width="30" height="15" fill="#000"/></svg>"""
"""A sign to cut out, with a hole, a line to score and a field to engrave."""


def drawing(session: Session, storage: Storage, owner: Person, svg: str = SIGN, name: str = "sign.svg") -> Revision:
    """An uploaded drawing that nobody has analysed yet."""
    content = svg.encode()
    kept = storage.keep(io.BytesIO(content), len(content))
    if session.get(StoredFile, kept.sha256) is None:
        _added(session, StoredFile(sha256=kept.sha256, size=kept.size))
    design = _added(session, Design(project=project(session, owner, "Sign"), name="Sign", kind=DesignKind.DRAWING))
    revision = Revision(design_id=design.id, number=1, sha256=kept.sha256, filename=name, uploaded_by_id=owner.id)
    return _added(session, revision)


def estimate(session: Session, config: Config, revision: Revision, chosen: dict[str, Any] | None = None) -> None:
    """An estimate of an hour and ten grams a copy for every offer, as the analysis would keep it."""
    assert revision.report is not None
    for want in estimates.wanted(session, config, chosen or {}):
        session.add(
            Estimate(report_id=revision.report.id, profile_digest=want.profile_digest,
                     settings_digest=want.settings_digest, fits=True, reasons=[],
                     seconds={"low": 3000, "expected": 3600, "high": 4200},
                     milligrams={"low": 9000, "expected": 10_000, "high": 11_000}, source="geometry")
        )  # fmt: skip
    session.flush()


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
