"""What the demonstration lab makes: projects with their words, their parts and who made how many of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from manifold3d import Manifold

from fabqueue.demo import drawings, shapes
from fabqueue.models import Means

QUICK = {"layer_height_mm": 0.3, "infill_percent": 10}
"""Settings that make a small print of a small part."""


def stl_of(part: Callable[[], Manifold]) -> Callable[[], bytes]:
    return lambda: shapes.stl(part())


@dataclass(frozen=True)
class Order:
    """Copies that are made while the lab is prepared."""

    owner: str
    machine_model: str
    colour: str
    quantity: int = 1
    material: str = "pla"
    settings: dict[str, Any] = field(default_factory=lambda: dict(QUICK))
    note: str = ""
    fails: str = ""
    """What a technician says of a first try that does not turn out; it is made again."""
    means: Means | None = None
    """How it is paid at the counter; with WAIVED, `why`. None: the account pays."""
    why: str = ""


@dataclass(frozen=True)
class DemoProject:
    """One open project; `parts` are (file name, what draws the file)."""

    owner: str
    title: str
    summary: str
    function: str
    licence: str
    licensor: str
    version: str
    documentation: str
    parts: tuple[tuple[str, Callable[[], bytes]], ...]
    orders: tuple[Order, ...] = ()
    tags: str = ""
    co_authors: tuple[str, ...] = ()


BIG, SMALL, CUTTER, LASER = "marlin-250", "mini-180", "vinyl-cutter", "laser-600"

PROJECTS = (
    DemoProject(
        "mia", "Angle bracket with gusset",
        "A right-angled bracket for 4 mm screws that holds a shelf on a pegboard or a side panel in its frame.",
        "Joins two boards at a right angle and carries about 3 kg on each bracket.",
        "CERN-OHL-P-2.0", "Mia Keller", "1.2.0",
        """## What it is for

Two boards, one corner. The gusset keeps the legs from opening when somebody leans on the shelf.

## Print

- PLA or PETG, 0.3 mm layers, 10 % infill, no supports.
- Lay it on its side, as the file has it: the layers then run along both legs, and none of them takes the load alone.

## Fit

Four countersunk holes of 4.3 mm take 4 x 16 wood screws. Drill 2.5 mm before you drive them.

## What we learned

Version 1.0 had a 3 mm leg and split at the upper hole after a week under a drill press. 4 mm has held for a year.
""",
        (("angle-bracket.stl", stl_of(shapes.angle_bracket)),),
        (Order("mia", BIG, "grey", 2, note="For the shelf beside the soldering place."),),
        tags="repair, workshop", co_authors=("noor",),
    ),
    DemoProject(
        "jonas", "Fluted knob for a 6 mm shaft",
        "A knob with a D-shaped bore that grips a potentiometer or a jig spindle; readable with wet fingers.",
        "Turns a 6 mm D-shaft by hand and shows where it points.",
        "CERN-OHL-P-2.0 OR MIT", "Jonas Weber", "2.0.1",
        """## What it is for

Old amplifiers lose their knobs first. This one presses onto a 6 mm shaft with a 4.5 mm flat.

## Print

PLA, 0.2 or 0.3 mm layers, flat side down, no supports. The mark on top can be filled with paint.

## Fit

The bore has 0.15 mm of play at the radius. If your printer draws holes small, run a 6 mm drill through **by hand**.
""",
        (("knob-28.stl", stl_of(shapes.knob)),),
        (Order("jonas", SMALL, "orange", means=Means.CASH),),
        tags="repair, audio",
    ),
    DemoProject(
        "mia", "Spur gear, module 1.5, 18 teeth",
        "An involute gear with a hub, for the hand-cranked drawing machine of the Saturday workshop.",
        "Transmits the turn of a hand crank to a drawing arm; mates with any module 1.5 gear of 20 degrees.",
        "CERN-OHL-S-2.0", "Mia Keller", "1.0.0",
        """## What it is for

The drawing machine needs gears that children can swap. Module 1.5 is coarse enough to see how the teeth roll.

| dimension | value |
| --- | --- |
| module | 1.5 |
| teeth | 18 |
| pitch diameter | 27 mm |
| pressure angle | 20 degrees |
| bore | 5 mm |

## Print

PLA, 0.2 mm layers for smooth flanks, 3 walls. Hub up.

## Centre distance

Half the sum of both tooth counts, times 1.5 mm, plus 0.1 mm of play.
""",
        (("gear-m1.5-z18.stl", stl_of(shapes.gear)),),
        (Order("mia", SMALL, "orange"),),
        tags="teaching, mechanics",
    ),
    DemoProject(
        "noor", "Cable clip for the desk edge",
        "Keeps a 6 mm cable where it belongs: snaps in from the front, held by one countersunk screw.",
        "Holds one cable of 5.5 to 6.5 mm along a desk edge or a wall.",
        "CC0-1.0", "Noor Haddad", "1.1.0",
        """## What it is for

Every soldering place has three cables that fall behind the desk. Print a handful.

## Print

- PETG keeps its spring; PLA breaks after some fifty openings.
- 0.3 mm layers, 2 walls, lying on its side. About 1.5 g each.

## Fit

One 3.5 x 12 screw. The slot is 72 % of the cable's diameter: press firmly, do not bend the clip open.
""",
        (("cable-clip-6.stl", stl_of(shapes.cable_clip)),),
        (Order("noor", BIG, "grey", 4, means=Means.WAIVED, why="They hold the lab's own cables."),),
        tags="repair, workshop, desk",
    ),
    DemoProject(
        "jonas", "Phone stand in one line",
        "A stand drawn as one bent line: holds a phone at 68 degrees for reading instructions at the bench.",
        "Holds a phone or a small tablet upright at a workbench while its cable stays plugged in.",
        "CC-BY-SA-4.0", "Jonas Weber", "1.0.2",
        """## What it is for

Reading an instruction while both hands hold the work.

## Print

Lay it on its side as the file has it; the layers follow the line and the stand does not split. No supports.

## Change it

Angle and width are parameters of the drawing. 68 degrees suits standing people; take 60 for sitting ones.
""",
        (("phone-stand.stl", stl_of(shapes.phone_stand)),),
        tags="desk, phone",
    ),
    DemoProject(
        "noor", "Ribbed seedling pot",
        "A small pot with drain holes for the window sill; the ribs keep a 1.6 mm wall stiff.",
        "Grows one seedling until it is planted out; drains into any saucer.",
        "CC-BY-4.0", "Noor Haddad", "1.0.0",
        """## What it is for

The school garden starts two hundred beans every March. A pot takes 19 g of filament, best from leftovers.

## Print

0.3 mm layers, upright, no supports. Mixed spools look good.

## Care

Wash and use again. PLA softens in a greenhouse above 55 degrees Celsius; print those in PETG.
""",
        (("ribbed-pot.stl", stl_of(shapes.planter)),),
        tags="garden, teaching",
    ),
    DemoProject(
        "mia", "Spool adapter for 608 bearings",
        "Lets a filament spool with a 52 mm hole run on a 608 skate bearing instead of scraping over a rod.",
        "Carries a 1 kg filament spool on a ball bearing so that it turns without jerks.",
        "CERN-OHL-W-2.0", "Mia Keller", "1.3.0",
        """## What it is for

Jerking spools made half of our failed prints. Two adapters, two 608 bearings, an 8 mm rod, and it is quiet.

## Bill of materials

1. Two of these rings
2. Two 608 bearings (22 x 8 x 7 mm)
3. One rod of 8 mm, 120 mm long

## Print

PETG or PLA, 0.3 mm layers, lip down. The bearing seat is 22.4 mm: press fit on a well-set printer.
""",
        (("spool-ring-608.stl", stl_of(shapes.spool_ring)),),
        (Order("mia", BIG, "grey"),),
        tags="workshop, 3d-printing",
    ),
    DemoProject(
        "jonas", "Door sign with raised letters",
        "A sign one can read with fingers: dots of five by seven on a rounded plate with two screw holes.",
        "Names a room so that it can be read by eye and by touch.",
        "CC-BY-SA-4.0", "Jonas Weber", "0.9.0",
        """## What it is for

The lab has three doors that look the same. Raised letters also help those who cannot see them.

## Print

Flat, 0.2 mm layers. Change the filament at 2 mm for letters in another colour.

## Limits

This is no Braille: dots of Braille have their own size and spacing by standard.
""",
        (("door-sign-lab-3.stl", stl_of(shapes.name_plate)),),
        (Order("jonas", SMALL, "orange", fails="The L let go of the bed and took its neighbours along."),),
        tags="home, sign",
    ),
    DemoProject(
        "noor", "Hinge for a wooden box",
        "One leaf of a knuckle hinge around a 3 mm pin; two of them and a piece of wire make a hinge.",
        "Hangs the lid of a small wooden box so that it opens to 180 degrees.",
        "CERN-OHL-P-2.0", "Noor Haddad", "1.0.0",
        """## What it is for

The tool boxes of the beginners' course. Print two leaves for each hinge and turn one of them around.

## Print

PETG, standing on its end as the file has it, 3 walls. The layers lie across the pin: do not make the wall thinner.

## Fit

The pin is 3 mm wire or a straight piece of 2.85 mm filament with a molten head.
""",
        (("hinge-leaf.stl", stl_of(shapes.box_hinge)),),
        (Order("noor", SMALL, "orange", 2),),
        tags="repair, home, furniture",
    ),
    DemoProject(
        "noor", "Sun sticker for the window",
        "A sun of vinyl foil that keeps birds and visitors from walking into the glass door.",
        "Makes a glass door visible; peels off without a trace.",
        "CC-BY-NC-4.0", "Noor Haddad", "1.0.0",
        """## What it is for

The new door is very clean and very invisible.

## Cut

Both paths are cut lines. Weed the ring, keep the sun. Outdoor foil lasts about five years.
""",
        (("sun-sticker-60.svg", drawings.sticker),),
        (Order("noor", CUTTER, "yellow", 1, "vinyl", {}, "For the door to the yard."),),
        tags="vinyl, home",
    ),
    DemoProject(
        "jonas", "Door sign with an arrow",
        "A plywood sign that says which way: outline cut, frame scored, arrow engraved.",
        "Shows the way to a room; hangs on two screws.",
        "CC-BY-4.0", "Jonas Weber", "1.0.0",
        """## Colours

Red is cut, blue is scored, black is engraved.

## Material

Poplar plywood, 4 mm. Sand the face before engraving, not after.
""",
        (("door-sign.svg", drawings.sign),),
        tags="wood, laser, home",
    ),
)  # fmt: skip

STAGED = (len(PROJECTS) - 1, Order("jonas", LASER, "", 1, "poplar-4", {}, "For the meeting room."))
"""Index of a project and what waits at the laser until somebody arms it."""

WAITING = (
    (4, Order("jonas", BIG, "", note="Two of us share it, no hurry.")),
    (5, Order("noor", BIG, "grey", 2, note="For the seedlings of class 6b.")),
    (2, Order("mia", SMALL, "orange", 3, settings={"layer_height_mm": 0.2})),
)
"""Index of a project and what somebody asked for that no technician has decided yet."""

QUESTION = "The stand is 36 mm wide. Your note speaks of a tablet: shall we make it 60 mm, or print it as it is?"
"""Asked of the first of them."""


@dataclass(frozen=True)
class DemoPerson:
    user_name: str
    display_name: str
    role: str
    named: bool = True
    guardian: str = ""
    """User name of who looks after a guarded account."""


PEOPLE = (
    DemoPerson("mia", "Mia Keller", "member"),
    DemoPerson("jonas", "Jonas Weber", "member"),
    DemoPerson("noor", "Noor Haddad", "member", named=False),
    DemoPerson("sam", "Sam Berg", "member", guardian="ines"),
    DemoPerson("tara", "Tara Lind", "technician"),
    DemoPerson("ines", "Ines Costa", "instructor"),
    DemoPerson("adam", "Adam Novak", "admin"),
)

GUEST = "Lea Brandt"
SCREEN = "Television by the door"

TOKENS = {"member": "mia", "technician": "tara", "instructor": "ines", "admin": "adam"}
"""Who stands for each role in `access.json`."""

MATERIALS = {"pla": ("PLA", 2400), "petg": ("PETG", 2800), "tpu": ("TPU", 4200), "vinyl": ("Vinyl foil", 3000)}
"""Slug to name and price of a kilogram in cents: what a small lab pays for ordinary spools, and a little for waste."""


@dataclass(frozen=True)
class Spool:
    material: str
    colour: str
    colour_hex: str
    left_grams: float = 1000


SHEETS = {"poplar-4": ("Poplar plywood 4 mm", 4.0, 900, (600.0, 300.0))}
"""Slug to name, thickness in mm, price of a square metre in cents, and the usual size of a sheet in mm."""


SPOOLS = (
    Spool("pla", "grey", "#8b9096", 870),
    Spool("pla", "orange", "#e8762c", 640),
    Spool("pla", "black", "#26282b"),
    Spool("petg", "white", "#f3f3ee", 930),
    Spool("petg", "black", "#1f2124", 85),
    Spool("tpu", "blue", "#2f6db5", 480),
    Spool("vinyl", "yellow", "#f2c230", 900),
)


@dataclass(frozen=True)
class DemoMachine:
    """`profile` is also the slug of its model; empty profile: a tool driven by hand. Money in cents."""

    slug: str
    name: str
    model: str
    model_title: str
    profile: str
    per_hour_minor: int
    setup_minor: int
    offers: dict[str, str]
    loaded: tuple[str, str]
    bed_mm: tuple[float, float, float] = (0, 0, 0)
    drawings_only: bool = False
    is_laser: bool = False
    """Behind OctoPrint as the printers are; Tara is certified for it."""


MACHINES = (
    DemoMachine("left", "Left printer", BIG, "Marlin printer 250", BIG, 120, 50, {"pla": "pla", "petg": "petg"},
                ("pla", "grey"), (250, 210, 210)),
    DemoMachine("mini", "Mini by the window", SMALL, "Small printer 180", SMALL, 100, 50,
                {"pla": "pla", "petg": "petg", "tpu": "tpu"}, ("pla", "orange"), (180, 180, 180)),
    DemoMachine("cutter", "Vinyl cutter", CUTTER, "Vinyl cutter", "", 300, 400, {"vinyl": ""}, ("vinyl", "yellow"),
                drawings_only=True),
    DemoMachine("laser-600", "Laser by the wall", LASER, "Laser cutter 600 x 400", LASER, 1800, 300,
                {"poplar-4": "poplar-4"}, ("poplar-4", "natural"), (600, 400, 50), is_laser=True),
)  # fmt: skip
