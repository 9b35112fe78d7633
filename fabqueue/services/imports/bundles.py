"""Presets of a slicer as machine models, materials and profiles: shown, then made from what was ticked and tried."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy.orm import Session

from fabqueue.models import ImportBatch, ImportedProfile, MachineKind, Material, Person
from fabqueue.models.people import folded
from fabqueue.services import analyses, sites, supplies, workshop
from fabqueue.services.imports import batches
from fabqueue.services.imports.batches import Work
from fabqueue.services.slugs import slugify
from fabqueue.services.workshop import ModelFacts
from fabqueue.storage import Kept
from printers import bundle

Line = Mapping[str, Any]
MOST_CHOSEN = 40
_DEAREST = 10**8


@dataclass(frozen=True)
class Stuff:
    """What a filament is. Empty or None where its preset does not say."""

    filament_type: str
    colour_hex: str
    density_g_cm3: float | None
    diameter_mm: float | None


@dataclass(frozen=True)
class Tried:
    """A printer whose box was sliced with every filament. settings: key to value as the slicer writes them."""

    name: str
    base: Mapping[str, str]
    filaments: Mapping[str, Mapping[str, str]]
    slicer: str


def show(session: Session, work: Work, lines: Sequence[Line], kept: Kept) -> None:
    """Keep what a file offers, and instead of it `kept`, which is the same without scripts, addresses and keys.

    Nothing happens when another worker has it since.
    """
    batch = batches.mine(session, work)
    if batch is None:
        return
    analyses.keep_row(session, kept)
    batch.sha256 = kept.sha256
    head, lines = lines[0], lines[1:]
    kinds = {kind: [each for each in lines if each["kind"] == kind] for kind in bundle.KINDS}
    filaments = [_filament(each) for each in kinds["filament"]]
    prints = [str(each["name"]) for each in kinds["print"] if not each["code"]]
    printers = [_printer(each, prints) for each in kinds["printer"]]
    unusable = [_why(each) for each in lines if each["code"]]
    usable = {"printer": sum(not each["code"] for each in printers), "print": len(prints),
              "filament": sum(not each["code"] for each in filaments)}  # fmt: skip
    lacks = [kind for kind, count in usable.items() if not count]
    batches.show(batch, {"printers": printers, "filaments": filaments, "prints": prints, "lacks": lacks,
                         "good": 0 if lacks else usable["printer"], "bad": 0, "unusable": unusable,
                         "left_out": _left_out(lines), "connections": head["connections"]})  # fmt: skip


def _left_out(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Presets whose scripts or addresses are never used, with the names of the scripts."""
    return [{name: each[name] for name in ("kind", "name", "dropped", "scripts")}
            for each in lines if each["dropped"]][:MOST_CHOSEN]  # fmt: skip


def _why(line: Line) -> dict[str, Any]:
    return {name: line[name] for name in ("kind", "name", "code", "values")}


def _printer(line: Line, prints: Sequence[str]) -> dict[str, Any]:
    bed = bundle.bed(line["keys"])
    return {**_why(line), "bed_mm": bed, "nozzle_mm": bundle.figure(line["keys"], "nozzle_diameter", 0),
            "print": _suits(line, prints)}  # fmt: skip


def _suits(printer: Line, prints: Sequence[str]) -> str:
    """The print settings that a printer is shown with: its own choice where the file holds them, else the first."""
    return printer["print_name"] if printer["print_name"] in prints else next(iter(prints), "")


def _filament(line: Line) -> dict[str, Any]:
    return {**_why(line), **asdict(stuff_of(line["keys"])), "cost": bundle.figure(line["keys"], "filament_cost", 0)}


def stuff_of(keys: Mapping[str, str]) -> Stuff:
    """What a filament is, as the slicer has it."""
    colour = keys.get("filament_colour", "").strip('"').lower()
    density, diameter = (bundle.figure(keys, f"filament_{name}", 0) for name in ("density", "diameter"))
    return Stuff(
        filament_type=keys.get("filament_type", "").strip('"')[:20],
        colour_hex=colour if re.fullmatch(r"#[0-9a-f]{6}", colour) else "",
        density_g_cm3=density if 0.1 <= density <= 25 else None,
        diameter_mm=diameter if 0.5 <= diameter <= 10 else None,
    )


def chosen(work: Work, lines: Sequence[Line]) -> tuple[list[tuple[Line, Line]], list[Line]]:
    """The ticked printers with their print settings, and the ticked filaments; what cannot be used is passed over."""
    usable = {(each["kind"], each["name"]): each for each in lines[1:] if not each["code"]}
    prints = [each["name"] for each in usable.values() if each["kind"] == "print"]
    pairs = [
        (printer, usable["print", wish if wish in prints else _suits(printer, prints)])
        for name, wish in work.choices["printers"].items()
        if (printer := usable.get(("printer", name)))
    ]
    filaments = [usable["filament", name] for name in work.choices["filaments"] if ("filament", name) in usable]
    return pairs[:MOST_CHOSEN], filaments[:MOST_CHOSEN]


def make(session: Session, work: Work, tried: Sequence[Tried], filaments: Sequence[Line]) -> None:
    """Machine models, materials and profiles of everything that was tried, in this one transaction."""
    batch = batches.mine(session, work)
    if batch is None:
        return
    by = session.get_one(Person, batch.by_id)
    known = {folded(each.name): each for each in supplies.materials(session)}
    names = shown_names(filaments)
    presets = {
        each["name"]: known.get(folded(each["name"][:60])) or known.get(folded(names[each["name"]]))
        or _material(session, by, each, names[each["name"]])
        for each in filaments
    }  # fmt: skip
    new = {each.id for each in presets.values()} - {each.id for each in known.values()}
    made: dict[str, list[str]] = {"material": sorted(new), "machine_model": [], "imported_profile": []}
    slugs = {name: material.slug for name, material in presets.items()}
    for number, each in enumerate(tried):
        profile = _profile(session, batch, each, slugs, number)
        offers = {slugs[name]: slugs[name] for name in each.filaments}
        facts = ModelFacts(each.name[:60], MachineKind.PRINTER, profile.slug, offers=offers)
        made["machine_model"].append(workshop.save_model(session, by, facts).id)
        made["imported_profile"].append(profile.id)
    batches.finish(session, batch, made, {"count": len(tried)})
    batch.found = {**batch.found, "made": len(tried)}


def shown_names(filaments: Sequence[Line]) -> dict[str, str]:
    """What people call each filament: "PLA @CREALITY" is "PLA", unless another one would be called the same."""
    short = {each["name"]: (each["name"].partition(" @")[0].strip() or each["name"])[:60] for each in filaments}
    often = Counter(map(folded, short.values()))
    return {full: name if often[folded(name)] == 1 else full[:60] for full, name in short.items()}


def _material(session: Session, by: Person, filament: Line, name: str) -> Material:
    """A material the lab does not have yet; one of the same name is used as it is, with its own price."""
    keys, factor = filament["keys"], 10 ** get_currency_precision(sites.the_site(session).currency)
    price = min(round(bundle.figure(keys, "filament_cost", 0) * factor), _DEAREST)
    made = supplies.save_material(session, by, name, price)
    stuff = stuff_of(keys)
    made.filament_type, made.colour_hex = stuff.filament_type, stuff.colour_hex
    made.density_g_cm3, made.diameter_mm = stuff.density_g_cm3, stuff.diameter_mm
    return made


def _profile(
    session: Session, batch: ImportBatch, tried: Tried, slugs: Mapping[str, str], number: int
) -> ImportedProfile:
    slug = f"{slugify(tried.name)}-{batch.id[:6]}-{number}"
    files = profile_files(tried, slugs)
    profile = ImportedProfile(
        import_batch_id=batch.id, slug=slug, files=files, digest=_digest(files), slicer=tried.slicer
    )
    session.add(profile)
    session.flush()
    return profile


def profile_files(tried: Tried, presets: Mapping[str, str]) -> dict[str, str]:
    """A profile folder as text."""
    width, depth, height = bundle.bed(tried.base) or (0.0, 0.0, 0.0)
    nozzle = bundle.figure(tried.base, "nozzle_diameter", 0.4)
    own = bundle.figure(tried.base, "layer_height", 0.2)
    lines = [
        f"title = {_quoted(tried.name)}", 'kind = "printer"', f"bed_mm = [{width}, {depth}, {height}]",
        f"nozzle_mm = {nozzle}",
        "[limits]", f"layer_height_mm = [{min(own, nozzle / 5):.3f}, {max(own, nozzle * 0.8):.3f}]",
    ]  # fmt: skip
    files = {"settings.ini": _ini(tried.base)}
    for name, keys in tried.filaments.items():
        density = bundle.figure(keys, "filament_density", 0) or 1.24
        lines += [f"[materials.{presets[name]}]", f"title = {_quoted(name)}", f"density_g_cm3 = {density}"]
        files[f"{presets[name]}.ini"] = _ini(keys)
    return {"machine.toml": "\n".join(lines) + "\n", **files}


def _digest(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def _quoted(text: str) -> str:
    return json.dumps(re.sub(r"[\x00-\x1f\x7f]", " ", text))


def _ini(keys: Mapping[str, str]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in sorted(keys.items()))
