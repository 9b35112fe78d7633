"""Drawings under a laser: toolpaths planned for estimates and for the file itself. Runs inside the sandboxed child.

What a laser is to do comes as JSON (`services.laserwork.wanted`): {"laser", "settings", "wishes", "reading"}, or
{"laser", "card"} for a test card, whose toolpath is its own whatever the drawing shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fabqueue.analysis import drawing, gates
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.results import EstimateRequest, without_figures
from printers.laser import OPERATIONS, Fill, Laser, Plan, PlanError, Setting, Wishes, Work, cards, check, plan
from printers.laser.cards import Card, test_card

MOST_MOVES = 400_000
"""Moves that an estimate plans; what many copies take beyond is reckoned from one of them."""
TOO_MANY = "laser_copies_too_many"
GCODE, PICTURE, DRAWING = "run.gcode", "toolpath.svg", "drawing.svg"

Told = dict[str, Any]
Span = dict[str, float]


@dataclass(frozen=True)
class Job:
    """What a laser is to do, read from its JSON."""

    laser: Laser
    settings: Mapping[str, Setting]
    wishes: Wishes
    card: Card | None = None
    """What is burnt instead of the drawing, once."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Job":
        laser = _laser(given["laser"])
        if "card" in given:
            card = _card(given["card"])
            settings = {"score": card.label, card.operation: card.setting}
            return cls(laser, settings, Wishes(margin_mm=cards.MARGIN_MM), card)
        sheet = given["wishes"]["sheet_mm"]
        wishes = {**given["wishes"], "sheet_mm": tuple(sheet) if sheet else None}
        settings = {name: Setting(**each) for name, each in given["settings"].items()}
        return cls(laser, settings, Wishes(**wishes))

    def plan(self, works: Sequence[Work], copies: int) -> Plan:
        """Raises PlanError."""
        if self.card is not None:
            return test_card(self.card, self.laser)
        return plan(works, self.settings, self.laser, replace(self.wishes, copies=copies))


def _laser(given: Mapping[str, Any]) -> Laser:
    return Laser(**{**given, "bed_mm": tuple(given["bed_mm"])})


def _card(given: Mapping[str, Any]) -> Card:
    return Card(**{**given, **{name: Setting(**given[name]) for name in ("setting", "label")}})


def _drawn(path: Path, filename: str, units: str | None, job: Mapping[str, Any]) -> list[Work]:
    """What of a drawing is burnt for a job: nothing where that is a test card. Raises AnalysisError."""
    return [] if "card" in job else works(path, filename, units, job["reading"])


def works(path: Path, filename: str, units: str | None, reading: Mapping[str, Any]) -> list[Work]:
    """What the drawing asks of a laser, colour by colour; what is ignored is left out. Raises AnalysisError."""
    found = drawing.works(path, filename, units, drawing.Reading.from_dict(reading))
    return [
        Work(
            str(each.operation),
            each.colour,
            each.lines,
            [Fill(it.contours, it.even_odd) for it in each.fills],
            each.images,
        )
        for each in found
        if each.operation in OPERATIONS
    ]


# estimates


def estimates(path: Path, filename: str, units: str | None, requests: Sequence[EstimateRequest]) -> Iterator[Told]:
    """Yield {"estimate": {...}} for every request, as `analysis.results` has it, with `mm2` and `plan` besides."""
    read: dict[str, list[Work]] = {}
    for request in requests:
        assert request.laser is not None
        key = repr(request.laser.get("reading"))
        if key not in read:
            read[key] = _drawn(path, filename, units, request.laser)
        yield {"estimate": _estimate(request, read[key])}


def _estimate(request: EstimateRequest, drawn: Sequence[Work]) -> Told:
    assert request.laser is not None
    try:
        told = foreseen(drawn, Job.of(request.laser), request.copies)
    except PlanError as error:
        reason = {"code": error.code, "values": dict(error.values)}
        return {**without_figures(request.key, [reason]), "fits": False}
    area = dict.fromkeys(("low", "expected", "high"), float(told["sheet_mm2"]))
    return {
        "key": request.key, "fits": True, "reasons": [], "seconds": told["seconds"], "grams": None, "mm2": area,
        "plan": told, "source": "geometry", "parameters_version": None,
    }  # fmt: skip


def foreseen(drawn: Sequence[Work], job: Job, copies: int) -> Told:
    """What all copies take together, on as many sheets as they need. Raises PlanError."""
    one = job.plan(drawn, 1)
    if copies == 1:
        return told(one, job)
    if len(one.moves) * copies > MOST_MOVES:
        return _together([(told(one, job), copies)])
    try:
        return told(job.plan(drawn, copies), job)
    except PlanError as error:
        if error.code != TOO_MANY:
            raise
        return _several(drawn, job, copies, int(str(error.values["fit"])))


def _several(drawn: Sequence[Work], job: Job, copies: int, fit: int) -> Told:
    """More copies than one sheet holds: full ones, and one for the rest, as the runs will be."""
    full, rest = divmod(copies, fit)
    parts = [(told(job.plan(drawn, fit), job), full)]
    if rest:
        parts.append((told(job.plan(drawn, rest), job), 1))
    return _together(parts)


def _together(parts: Sequence[tuple[Told, int]]) -> Told:
    """What several runs come to, each so many times."""
    first = parts[0][0]
    spans = [(each["seconds"], times) for each, times in parts]
    return {
        **first,
        "seconds": {key: sum(span[key] * times for span, times in spans) for key in ("low", "expected", "high")},
        "sheet_mm2": sum(each["sheet_mm2"] * times for each, times in parts),
        "travel_mm": round(sum(each["travel_mm"] * times for each, times in parts), 1),
        "operations": [_summed(parts, place) for place in range(len(first["operations"]))],
        "runs": sum(times for _each, times in parts),
    }


def _summed(parts: Sequence[tuple[Told, int]], place: int) -> Told:
    found = [(each["operations"][place], times) for each, times in parts]
    sums = {key: round(sum(each[key] * times for each, times in found), 1) for key in ("length_mm", "area_mm2")}
    return {**found[0][0], **sums}


def told(made: Plan, job: Job) -> Told:
    """What a plan comes to, as JSON: lengths in mm, `sheet_mm` the least sheet (width, height) that it fits on."""
    low, expected, high = made.seconds
    (left, bottom), (right, top) = made.bounds_mm
    room = [min(each) for each in zip(job.wishes.sheet_mm or job.laser.bed_mm, job.laser.bed_mm, strict=True)]
    sides = [min(end + job.wishes.margin_mm, most) for end, most in zip((right, top), room, strict=True)]
    return {
        "seconds": {"low": low, "expected": expected, "high": high},
        "sheet_mm2": round(made.sheet_mm2),
        "sheet_mm": [round(side, 2) for side in sides],
        "bounds_mm": [[round(left, 3), round(bottom, 3)], [round(right, 3), round(top, 3)]],
        "operations": [
            {"operation": name, "length_mm": round(made.lengths_mm[name], 1),
             "area_mm2": round(made.areas_mm2.get(name, 0.0), 1), "passes": job.settings[name].passes}
            for name in OPERATIONS if name in made.lengths_mm
        ],
        "travel_mm": round(made.travel_mm, 1),
        "copies": made.copies,
        "runs": 1,
        "notes": [{"code": each.code, "values": dict(each.values)} for each in made.notes],
    }  # fmt: skip


# the file


def steps(
    folder: Path, path: str, filename: str, units: str | None, job: Mapping[str, Any], copies: int, files: bool = True
) -> Iterator[Told]:
    """Plan a job and write `GCODE` (unless `files` is false) and `PICTURE` into `folder`; yield {"plan": {...}}.

    The same arguments give the same bytes. Raises AnalysisError, also with the codes of PlanError.
    """
    gates.check_file(Path(path), filename)
    wanted = Job.of(job)
    try:
        made = wanted.plan(_drawn(Path(path), filename, units, job), copies)
    except PlanError as error:
        raise AnalysisError(error.code, dict(error.values)) from error
    if files:
        _write(folder / GCODE, made)
    (folder / PICTURE).write_text(made.picture(), encoding="utf-8")
    yield {"plan": {**told(made, wanted), "frame": list(made.frame())}}


def card(
    folder: Path, laser: Mapping[str, Any], card: Mapping[str, Any], colours: Mapping[str, str] | None = None
) -> Iterator[Told]:
    """Write G-code and picture of a test card into `folder`, with `colours` its drawing too (`cards.drawing`).

    laser, card: fields of `Laser` and `Card` as JSON. Yields {"seconds": expected, "sheet_mm": [w, h]}. Raises
    AnalysisError with the codes of PlanError.
    """
    wanted = _card(card)
    try:
        made = test_card(wanted, _laser(laser))
    except PlanError as error:
        raise AnalysisError(error.code, dict(error.values)) from error
    _write(folder / GCODE, made)
    (folder / PICTURE).write_text(made.picture(), encoding="utf-8")
    if colours:
        (folder / DRAWING).write_text(cards.drawing(wanted, colours), encoding="utf-8")
    right, top = made.bounds_mm[1]
    yield {"seconds": made.seconds[1], "sheet_mm": [round(right + 5), round(top + 5)]}


def _write(file: Path, made: Plan) -> None:
    """The file, read again by a check that trusts no planner. Raises AnalysisError where it does not pass."""
    with file.open("w", encoding="ascii", newline="\n") as out:
        for line in made.lines():
            out.write(f"{line}\n")
    if problems := check(file, made.laser):
        problem = {"code": problems[0].code, "values": dict(problems[0].values)}
        raise AnalysisError("laser_check_failed", {"problem": problem})
