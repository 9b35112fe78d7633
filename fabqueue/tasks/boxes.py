"""Imported presets are offered only after a box was really sliced with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from fabqueue.dispatch.context import Context
from fabqueue.services.imports import batches, bundles
from fabqueue.services.imports.batches import Work
from fabqueue.services.imports.bundles import Line, Tried
from printers import bundle, slicer
from printers.limits import Limits
from printers.slicer import Slicer, SlicingError

_LIMITS = Limits(memory_bytes=4 << 30, cpu_seconds=60, wall_seconds=120, output_bytes=64 << 20)
_SIDE = 10.0
_log = structlog.get_logger(__name__)


class NotSliced(Exception):
    """A box cannot be made with these presets."""

    def __init__(self, printer: str, filament: str, error: SlicingError) -> None:
        super().__init__(str(error))
        self.values = {"printer": printer, "filament": filament, "why": {"code": error.code, "values": error.values}}


def make(context: Context, work: Work, lines: Sequence[Line]) -> None:
    """Try everything that was ticked, then make all of it; when one box fails, nothing."""
    pairs, filaments = bundles.chosen(work, lines)
    try:
        program = slicer.find(context.config.slicer.program or None)
        with context.storage.scratch() as place:
            tried = [_tried(context, work, program, place, pair, filaments, number / len(pairs))
                     for number, pair in enumerate(pairs)]  # fmt: skip
    except SlicingError as error:  # no slicer at all
        _fail(context, work, error.code, error.values)
        return
    except NotSliced as error:
        _log.info("box_not_sliced", batch=work.batch_id, detail=str(error))
        _fail(context, work, "import_bundle_box", error.values)
        return
    with context.db.writing() as session:
        bundles.make(session, work, tried, filaments)
        session.commit()


def _fail(context: Context, work: Work, code: str, values: Mapping[str, Any]) -> None:
    with context.db.writing() as session:
        batches.fail(session, work, code, values)
        session.commit()


def _tried(
    context: Context, work: Work, program: Slicer, place: Path, pair: tuple[Line, Line], filaments: Sequence[Line],
    done: float,
) -> Tried:  # fmt: skip
    context.storage.put_volatile(f"import-{work.batch_id}", str(round(100 * done)).encode())
    printer, prints = pair
    base = {**prints["keys"], **printer["keys"]}
    found: dict[str, dict[str, str]] = {}
    for each in filaments:
        try:
            base, found[each["name"]] = _sliced(program, place, base, each["keys"])
        except SlicingError as error:
            raise NotSliced(printer["name"], each["name"], error) from error
    return Tried(printer["name"], base, found, program.version())


def _sliced(
    program: Slicer, place: Path, base: Mapping[str, str], filament: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Both as the slicer itself writes them, without what it does not know, after a box was made with them."""
    known = program.canonical({**base, **filament}, _LIMITS)
    mine = {key: known[key] for key in filament if key in known}
    rest = {key: known[key] for key in base if key in known and key not in mine}
    model = place / "box.stl"
    model.write_bytes(box())
    size = bundle.bed(rest) or (0.0, 0.0, 0.0)
    program.slice(model, place / "box.gcode", {**rest, **mine}, 1, size, limits=_LIMITS)
    return rest, mine


def box() -> bytes:
    """A cube as STL in words."""
    corners = [(x * _SIDE, y * _SIDE, z * _SIDE) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
    faces = ((0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6),
             (0, 2, 6), (0, 6, 4),             (1, 5, 7), (1, 7, 3))  # fmt: skip
    facet = "facet normal 0 0 0\nouter loop\n{}endloop\nendfacet\n"
    corner = "vertex {} {} {}\n"
    text = "".join(facet.format("".join(corner.format(*corners[each]) for each in face)) for face in faces)
    return f"solid box\n{text}endsolid box\n".encode()
