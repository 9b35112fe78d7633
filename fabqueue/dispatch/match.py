"""May this machine take this run now? Pure; every "no" is a reason with values, for the page that says why a job waits.

Size, process and nozzle are the machine model's: a run is sliced for one model, and each machine of it takes the run.
Everything else is asked here, and here alone: by claiming, by every page, and by the forecast.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fabqueue.models import MachineKind, same_colour
from fabqueue.services.hours import NEVER, Hours, moment
from fabqueue.services.ordering import LATE


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a code of the wording catalogue with its values."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether it ends without anybody doing anything now."""
        return self.code in _PASSING


_PASSING = frozenset({"wait_turn", "wait_busy", "wait_foreign", "wait_slicing", "wait_sent_back"})


Size = tuple[float, float]
"""Width and height in millimetres."""
_ROUNDED_MM = 0.01


def fits_on(size: Size, sheet: Size) -> bool:
    return all(one <= other + _ROUNDED_MM for one, other in zip(size, sheet, strict=True))


@dataclass(frozen=True, slots=True)
class Loaded:
    """Stock in a slot; left in milligrams, or square millimetres where it is a pile of sheets of a size.

    promised_mm2: what of the pile goes to runs that its machine has already, and is not counted as left.
    slot: its number, as people read it. feeds: a file that starts by itself is made from it, as no file changes slots.
    """

    stock_id: str
    material_id: str
    colour: str
    left_mg: int
    left_mm2: int = 0
    sheet_mm: Size | None = None
    slot: int = 1
    feeds: bool = True
    promised_mm2: int = 0

    @property
    def left(self) -> int:
        return self.left_mg if self.sheet_mm is None else self.left_mm2

    def holds(self, size: Size | None) -> bool:
        """Whether what is laid out over `size` fits on one sheet of it, which may be turned."""
        if self.sheet_mm is None or size is None:
            return True
        return any(fits_on(size, sheet) for sheet in (self.sheet_mm, self.sheet_mm[::-1]))


@dataclass(frozen=True, slots=True)
class Alone:
    """What a machine may do while nobody is there: for so many seconds at a stretch, these materials (none: any)."""

    seconds: float = 0.0
    materials: frozenset[str] = frozenset()

    def seconds_with(self, material_id: str) -> float:
        return self.seconds if not self.materials or material_id in self.materials else 0.0


@dataclass(frozen=True, slots=True)
class Bench:
    """A machine as matching sees it. `slots` counts places for stock; a tool without any needs none.

    full: as many files wait at a laser for somebody to arm them as may. foreign: it is at work that nobody started
    from here, and nobody knows for how long.
    """

    id: str
    name: str
    model_id: str
    kind: MachineKind = MachineKind.PRINTER
    manual: bool = False
    needs_certification: bool = False
    online: bool = True
    in_service: bool = True
    maintenance: bool = False
    fault: bool = False
    busy: bool = False
    foreign: bool = False
    bed_clear: bool = True
    full: bool = False
    slots: int = 1
    loaded: tuple[Loaded, ...] = ()
    alone: Alone = Alone()
    drawings_only: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run needs; colour "" is any, milligrams, mm2, sheet_mm (the least sheet) and seconds None unknown.

    machine_id: the machine that was asked for, or "". required: no other will do. patient_until: until when (seconds
    since 1970) the others leave the run to a machine that is only preferred. certified: its owners are.
    """

    model_id: str
    material_id: str
    material: str = ""
    colour: str = ""
    milligrams: int | None = None
    seconds: float | None = None
    machine_id: str = ""
    required: bool = False
    patient_until: float = 0.0
    certified: bool = True
    mm2: int | None = None
    sheet_mm: Size | None = None


@dataclass(frozen=True)
class Room:
    """What holds for every machine of the lab at a moment: `at` in seconds since 1970.

    bench: the machine with an id, to see whether one that was asked for could serve. certified_only: a machine that
    needs a certification takes only runs of those who have it.
    """

    at: float = 0.0
    hours: Hours | None = None
    certified_only: bool = False
    bench: Callable[[str], Bench | None] = lambda _id: None


ANYWHERE = Room()
"""A room without hours and rules of its own."""


def closed(bench: Bench) -> Reason | None:
    """Why a machine takes nothing now, whatever waits; None: it is open."""
    name = {"machine": bench.name}
    checks = (
        (not bench.in_service, "wait_no_machine"),
        (bench.maintenance, "wait_maintenance"),
        (bench.fault, "wait_fault"),
        (not bench.online and not bench.manual, "wait_offline"),
        (bench.foreign, "wait_foreign"),
        (bench.busy, "wait_busy"),
        (not bench.bed_clear and not stages(bench), "wait_clear"),
        (bench.full, "wait_staged_full"),
    )
    return next((Reason(code, name) for closed, code in checks if closed), None)


def able(bench: Bench) -> bool:
    """Whether a machine will take runs again without anybody mending it: it may be at work, or be to be cleared."""
    return bench.in_service and not bench.maintenance and not bench.fault and (bench.online or bench.manual)


def materials(bench: Bench) -> frozenset[str] | None:
    """The only materials that a machine takes runs of now; None: any, or it needs none."""
    return frozenset(each.material_id for each in bench.loaded) if bench.slots else None


def stock_for(wish: Wish, bench: Bench) -> Loaded | Reason | None:
    """The loaded stock a run would use, or why none serves; None where the machine has no slots."""
    if not bench.slots:
        return None
    values = {"machine": bench.name, "material": wish.material}
    right = [each for each in bench.loaded if each.material_id == wish.material_id]
    if not right:
        return Reason("wait_material", values)
    coloured = [each for each in right if not wish.colour or same_colour(each.colour, wish.colour)]
    if not coloured:
        return Reason("wait_colour", values | {"colour": wish.colour})
    large = [each for each in coloured if each.holds(wish.sheet_mm)]
    if not large:
        return Reason("wait_sheet_small", values | _sides(wish, coloured))
    enough = [each for each in large if each.left >= _needed(wish, each)]
    if not enough:
        return _short(wish, large, values)
    fed = [each for each in enough if each.feeds or not dispatched(bench)]  # where a person starts it, any slot does
    if not fed:
        return Reason("wait_slot", values | {"number": enough[0].slot})
    return min(fed, key=lambda each: each.left)  # finish the opened spool first


def _needed(wish: Wish, loaded: Loaded) -> int:
    """How much of that stock a run needs, in the stock's own measure; nothing where nobody knows."""
    return (wish.milligrams if loaded.sheet_mm is None else wish.mm2) or 0


def _sides(wish: Wish, loaded: Sequence[Loaded]) -> dict[str, Any]:
    """The sheet a run needs, and the largest that is loaded."""
    assert wish.sheet_mm is not None
    largest = max((each.sheet_mm for each in loaded if each.sheet_mm), key=lambda sheet: sheet[0] * sheet[1])
    return {"needed_width_mm": wish.sheet_mm[0], "needed_height_mm": wish.sheet_mm[1], "sheet_width_mm": largest[0],
            "sheet_height_mm": largest[1]}  # fmt: skip


def _short(wish: Wish, loaded: Sequence[Loaded], values: dict[str, Any]) -> Reason:
    most = max(loaded, key=lambda each: each.left)
    if most.sheet_mm is not None:
        return _short_sheets(_needed(wish, most), most, values)
    grams = {"left_grams": most.left / 1000, "needed_grams": _needed(wish, most) / 1000}
    return Reason("wait_stock_short", values | grams)


def _short_sheets(needed_mm2: int, pile: Loaded, values: dict[str, Any]) -> Reason:
    """What lies there, as people find it, and what of it goes to others where that makes the difference."""
    there = pile.left_mm2 + pile.promised_mm2
    areas = {"left_mm2": there, "needed_mm2": needed_mm2}
    if there < needed_mm2:
        return Reason("wait_sheets_short", values | areas)
    return Reason("wait_sheets_promised", values | areas | {"promised_mm2": pile.promised_mm2})


def refusal(wish: Wish, bench: Bench, room: Room = ANYWHERE) -> Reason | None:
    """Why this machine does not take this run now; None: it may."""
    if wish.model_id != bench.model_id:
        return Reason("wait_no_machine", {"machine": bench.name})
    if shut := closed(bench):
        return shut
    stock = stock_for(wish, bench)
    if isinstance(stock, Reason):
        return stock
    return uncertified(wish, bench, room) or left_to_another(wish, bench, room) or too_long(wish, bench, room)


def fits(wish: Wish, bench: Bench, room: Room = ANYWHERE) -> bool:
    """Whether a machine serves such a run sooner or later: what now keeps it for a while is left aside."""
    if wish.required and wish.machine_id not in ("", bench.id):
        return False
    fitting = wish.model_id == bench.model_id and able(bench) and not isinstance(stock_for(wish, bench), Reason)
    return fitting and uncertified(wish, bench, room) is None


def uncertified(wish: Wish, bench: Bench, room: Room) -> Reason | None:
    """The room's rule about who may have something made on what."""
    if room.certified_only and bench.needs_certification and not wish.certified:
        return Reason("wait_certification", {"machine": bench.name})
    return None


def left_to_another(wish: Wish, bench: Bench, room: Room) -> Reason | None:
    """Another machine was asked for, and the run is left to it."""
    if wish.machine_id in ("", bench.id):
        return None
    asked = room.bench(wish.machine_id)
    if not wish.required and (asked is None or not _worth_waiting(wish, asked, room)):
        return None
    return Reason("wait_asked", {"machine": asked.name if asked else "", "other": bench.name})


def _worth_waiting(wish: Wish, asked: Bench, room: Room) -> bool:
    """A preferred machine is waited for only for a while, and only while it needs nobody's hands to serve.

    Nor while it is at work that is not ours, which may go on for longer than anybody has patience.
    """
    return room.at < wish.patient_until and not asked.foreign and fits(wish, asked, room)


def passed_by(wish: Wish, bench: Bench, room: Room) -> Reason | None:
    """Why this machine makes what another one was preferred for; None: none was, or it is this one."""
    asked = room.bench(wish.machine_id) if wish.machine_id not in ("", bench.id) else None
    if asked is None:
        return None
    values: dict[str, Any] = {"asked": asked.name, "machine": bench.name}
    ready = replace(asked, busy=False, bed_clear=True, full=False)  # the rest keeps it until somebody does something
    if why := refusal(replace(wish, machine_id=asked.id), ready, ANYWHERE) or uncertified(wish, asked, room):
        return Reason("elsewhere_unable", values | {"because": {"code": why.code, "values": why.values}})
    until = moment(wish.patient_until).isoformat()
    return Reason("elsewhere_late", values | {"until_at": until})


def too_long(wish: Wish, bench: Bench, room: Room) -> Reason | None:
    """It would be at work while nobody is there, and must not, or not for so long.

    Where a person starts each run, that person knows. What nobody has predicted counts as going on through the night.
    """
    if room.hours is None or not room.hours.kept or not dispatched(bench):
        return None
    alone = bench.alone.seconds_with(wish.material_id)
    until = room.hours.latest_end(room.at, alone)
    if wish.seconds is None and until != NEVER:
        return Reason("wait_length_unknown", {"machine": bench.name})
    if wish.seconds is None or room.at + wish.seconds * LATE <= until:
        return None
    return _hours_reason(wish.seconds, bench, room.hours, room.at, alone)


def _hours_reason(seconds: float, bench: Bench, hours: Hours, at: float, alone: float) -> Reason:
    values: dict[str, Any] = {"machine": bench.name, "alone_seconds": alone}
    if hours.again(at, alone) == NEVER:
        return Reason("wait_always_closed", values)
    again = hours.begins(at, seconds * LATE, alone)
    if again == NEVER:
        return Reason("wait_day_too_short", values | {"takes_seconds": seconds * LATE})
    values["again_at"] = moment(again).isoformat()
    if not hours.is_open(at) and not alone:
        return Reason("wait_closed", values)
    return Reason("wait_closing" if not alone else "wait_alone_too_long", values)


def dispatched(bench: Bench) -> bool:
    """Whether runs start here without a person: never on what burns or cuts drawings, never without a network."""
    return not bench.manual and bench.kind is not MachineKind.LASER and not bench.drawings_only


def stages(bench: Bench) -> bool:
    """Whether it takes files that wait there for somebody to arm them; for that its bed need not be clear."""
    return bench.kind is MachineKind.LASER and not bench.manual


def by_person(bench: Bench) -> bool:
    """Whether a person starts each run here: by hand, or by arming it."""
    return bench.manual or stages(bench)


def pulls(bench: Bench) -> bool:
    """Whether it takes waiting runs by itself, to start them or to have them staged."""
    return dispatched(bench) or stages(bench)


_MILDEST = ("wait_busy", "wait_staged_full", "wait_clear", "wait_foreign", "wait_closing", "wait_alone_too_long",
            "wait_closed", "wait_asked", "wait_stock_short", "wait_sheets_promised", "wait_sheets_short",
            "wait_sheet_small", "wait_slot", "wait_colour", "wait_material", "wait_certification",
            "wait_length_unknown", "wait_day_too_short", "wait_always_closed", "wait_fault", "wait_maintenance",
            "wait_offline", "wait_no_machine")  # fmt: skip


def telling(reasons: Sequence[Reason]) -> Reason | None:
    """Of what several machines answer, the reason that is nearest to a yes."""
    return min(reasons, key=lambda each: _MILDEST.index(each.code), default=None)
