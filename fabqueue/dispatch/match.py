"""May this machine take this run? Pure; every "no" is a reason with values, for the page that says why a job waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fabqueue.models import Machine, MachineKind, Run, Stock


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a code of the wording catalogue with its values."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Stock in a slot; left in milligrams."""

    stock_id: str
    material_id: str
    colour: str
    left_mg: int


@dataclass(frozen=True, slots=True)
class Bench:
    """A machine as matching sees it. `slots` counts places for stock; a tool without any needs none."""

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
    bed_clear: bool = True
    slots: int = 1
    loaded: tuple[Loaded, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run needs; colour "" is any, milligrams None unknown."""

    model_id: str
    material_id: str
    material: str = ""
    colour: str = ""
    milligrams: int | None = None


def bench(machine: Machine, busy: bool) -> Bench:
    """The facts of a row; `busy`: an active run holds it."""
    stocks = [slot.stock for slot in machine.slots if slot.stock]
    return Bench(
        id=machine.id, name=machine.name, model_id=machine.machine_model_id, kind=machine.kind,
        manual=machine.is_manual, needs_certification=machine.machine_model.needs_certification,
        online=machine.connection == "online", in_service=machine.retired_at is None,
        maintenance=machine.maintenance_at is not None, fault=bool(machine.fault_code), busy=busy,
        bed_clear=machine.bed_cleared_at is not None, slots=len(machine.slots),
        loaded=tuple(_loaded(each) for each in stocks),
    )  # fmt: skip


def _loaded(stock: Stock) -> Loaded:
    return Loaded(stock.id, stock.material_id, stock.colour, stock.left_mg)


def wish(run: Run) -> Wish:
    return Wish(run.machine_model_id, run.material_id, run.material.name, run.colour, run.predicted_milligrams)


def closed(bench: Bench) -> Reason | None:
    """Why a machine takes nothing now, whatever waits; None: it is open."""
    name = {"machine": bench.name}
    checks = (
        (not bench.in_service, "wait_no_machine"),
        (bench.maintenance, "wait_maintenance"),
        (bench.fault, "wait_fault"),
        (not bench.online and not bench.manual, "wait_offline"),
        (bench.busy, "wait_busy"),
        (not bench.bed_clear, "wait_clear"),
    )
    return next((Reason(code, name) for closed, code in checks if closed), None)


def stock_for(wish: Wish, bench: Bench) -> Loaded | Reason | None:
    """The loaded stock a run would use, or why none serves; None where the machine has no slots."""
    if not bench.slots:
        return None
    values = {"machine": bench.name, "material": wish.material}
    right = [each for each in bench.loaded if each.material_id == wish.material_id]
    if not right:
        return Reason("wait_material", values)
    coloured = [each for each in right if not wish.colour or _same(each.colour, wish.colour)]
    if not coloured:
        return Reason("wait_colour", values | {"colour": wish.colour})
    enough = [each for each in coloured if each.left_mg >= (wish.milligrams or 0)]
    if not enough:
        grams = {
            "left_grams": max(each.left_mg for each in coloured) / 1000,
            "needed_grams": (wish.milligrams or 0) / 1000,
        }
        return Reason("wait_stock_short", values | grams)
    return min(enough, key=lambda each: each.left_mg)  # finish the opened spool first


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def refusal(wish: Wish, bench: Bench) -> Reason | None:
    """Why this machine does not take this run now; None: it may."""
    if wish.model_id != bench.model_id:
        return Reason("wait_no_machine", {"machine": bench.name})
    if shut := closed(bench):
        return shut
    stock = stock_for(wish, bench)
    return stock if isinstance(stock, Reason) else None


def dispatched(bench: Bench) -> bool:
    """Whether runs start here without a person: never on a laser, never on a machine without a network."""
    return not bench.manual and bench.kind is not MachineKind.LASER


_MILDEST = ("wait_busy", "wait_clear", "wait_stock_short", "wait_colour", "wait_material", "wait_fault",
            "wait_maintenance", "wait_offline", "wait_no_machine")  # fmt: skip


def telling(reasons: Sequence[Reason]) -> Reason | None:
    """Of what several machines answer, the reason that is nearest to a yes."""
    return min(reasons, key=lambda each: _MILDEST.index(each.code), default=None)
