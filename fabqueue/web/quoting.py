"""The quote form and what it shows: every option for a revision, the chosen one, its price in lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice

from fabqueue.models import DesignKind, Machine, Person, Revision, Stock
from fabqueue.services import quotes, supplies, workshop
from fabqueue.services import settings as job_settings
from fabqueue.services.errors import Invalid, Refused
from fabqueue.services.jobs import MOST_COPIES, Wish
from fabqueue.services.quotes import Option
from fabqueue.services.settings import SPREAD
from fabqueue.web.forms import AtMost, Choice, Day, Form, LongText, Needed, Number, Text, Whole, YesNo
from fabqueue.web.site import context

TRUTH = {"yes": True, "no": False}
LAYERS = [
    SelectChoice("", _("as usual here")),
    SelectChoice("0.1", _("0.10 mm, very fine and slow")),
    SelectChoice("0.15", _("0.15 mm, fine")),
    SelectChoice("0.2", _("0.20 mm, everyday")),
    SelectChoice("0.25", _("0.25 mm, quick")),
    SelectChoice("0.3", _("0.30 mm, coarse and quick")),
]
SUPPORTS = [
    SelectChoice("", _("as usual here")),
    SelectChoice("yes", _("with supports")),
    SelectChoice("no", _("without")),
]


KERF = [
    SelectChoice("", _("as usual here")),
    SelectChoice("yes", _("parts as large as drawn")),
    SelectChoice("no", _("exactly along the lines")),
]


def at_once() -> Whole:
    """A field for the number of machines that make the copies at the same time."""
    return Whole(
        _("Machines at once"),
        description=_("The most machines that share the copies. Leave it empty to let the lab decide."),
        render_kw={"min": 1, "max": 50, "inputmode": "numeric"},
    )  # fmt: skip


class QuoteForm(Form):
    option = Text(_("Machine and material"))
    quantity = Whole(
        _("Pieces"), [Needed()], default=1, render_kw={"min": 1, "max": MOST_COPIES, "inputmode": "numeric"}
    )
    colour = Text(_("Colour"))
    layer_height_mm = Choice(_("Layers"), choices=LAYERS, default="")
    infill_percent = Whole(_("Infill"), render_kw={"min": 0, "max": 100, "inputmode": "numeric"})
    walls = Whole(_("Walls"), render_kw={"min": 1, "max": 10, "inputmode": "numeric"})
    supports = Choice(_("Supports"), choices=SUPPORTS, default="")
    kerf = Choice(_("Width of the beam"), choices=KERF, default="")
    bridges = Whole(_("Bridges on each part"), render_kw={"min": 0, "max": 12, "inputmode": "numeric"})
    margin_mm = Number(_("Margin"), render_kw={"min": 0, "max": 50, "inputmode": "decimal"})
    spread = at_once()
    machine = Text(_("Machine"))
    machine_required = YesNo(_("No other will do"))
    needed_by = Day(_("Needed by"))
    note = LongText(_("For the technician"), [AtMost(2000)], description=_("Anything to watch for."))
    owner = Text(_("Who it is for"), [AtMost(40)], description=_("User name of whoever gets and pays it; empty: you."))
    override = LongText(_("Why it is right all the same"), [AtMost(500)])

    def settings(self, kind: DesignKind) -> dict[str, Any]:
        """The settings that were chosen, as services take them."""
        given = self._burnt() if kind is DesignKind.DRAWING else self._sliced()
        given[SPREAD] = None if self.machine.data else self.spread.data
        return {key: value for key, value in given.items() if value is not None}

    def _burnt(self) -> dict[str, Any]:
        kerf = TRUTH.get(self.kerf.data or "")
        return {"kerf": kerf, "bridges": self.bridges.data, "margin_mm": self.margin_mm.data}

    def _sliced(self) -> dict[str, Any]:
        return {
            "layer_height_mm": float(self.layer_height_mm.data) if self.layer_height_mm.data else None,
            "infill_percent": self.infill_percent.data,
            "walls": self.walls.data,
            "supports": TRUTH.get(self.supports.data or ""),
        }

    def wish(self, kind: DesignKind) -> Wish:
        """Everything asked for. Raises Refused when no option is chosen."""
        model, _slash, material = (self.option.data or "").partition("/")
        if not material:
            raise Refused("option_missing", field="option")
        return Wish(
            machine_model=model, material=material, colour=self.colour.data or "", quantity=self.quantity.data or 0,
            settings=self.settings(kind), needed_by=self.needed_by.data, note=self.note.data or "",
            machine=self.machine.data or "", machine_required=bool(self.machine_required.data),
        )  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """What the quote part of the page shows."""

    revision: Revision
    options: Sequence[Option]
    chosen: Option | None
    stocks: Mapping[str, Sequence[Stock]] = field(default_factory=dict)
    """Loaded stock by material id."""
    top_seconds: int = 0
    """The right end of the time scale."""
    machines: Sequence[Machine] = ()
    """Those of the chosen model, where there is a choice."""

    @property
    def is_pending(self) -> bool:
        return any(each.pending for each in self.options)

    @property
    def colours(self) -> list[str]:
        """Colours of the chosen material that are loaded now."""
        loaded = self.stocks.get(self.chosen.material.id, ()) if self.chosen else ()
        return sorted({each.colour for each in loaded if each.colour})

    @property
    def blockers(self) -> list[dict[str, Any]]:
        report = self.revision.report
        found = report.data["findings"] if report else []
        return [each for each in found if each["severity"] == "blocker"]

    @property
    def may_spread(self) -> bool:
        """Whether several machines could make copies of it at once; a toolpath's go to any machine one by one."""
        return bool(self.machines) and self.revision.design.kind is not DesignKind.TOOLPATH

    @property
    def has_settings(self) -> bool:
        return self.revision.design.kind is DesignKind.MESH

    @property
    def is_drawing(self) -> bool:
        return self.revision.design.kind is DesignKind.DRAWING


def key_of(option: Option) -> str:
    """How the form names an option."""
    return f"{option.machine_model.slug}/{option.material.slug}"


def offer(session: Session, revision: Revision, person: Person | None, form: QuoteForm) -> Offer:
    """Every option for the form's wishes. Wishes that make no sense are marked in the form and left out."""
    chosen_settings = sensible_settings(form, revision)
    found = quotes.options(
        session, context().config, revision, person, quantity=sensible_quantity(form), chosen=chosen_settings
    )
    chosen = next((each for each in found if key_of(each) == form.option.data and each.fits), None)
    chosen = chosen or _default(found)
    materials = {each.material.id: each.material for each in found}
    stocks = {key: supplies.loaded_colours(session, material) for key, material in materials.items()}
    top = max((each.seconds["high"] for each in found if each.seconds), default=0)
    return Offer(revision, found, chosen, stocks, round(top * 1.05), _machines(session, chosen))


def _machines(session: Session, chosen: Option | None) -> list[Machine]:
    alike = [each for each in workshop.machines(session) if chosen and each.machine_model_id == chosen.machine_model.id]
    return alike if len(alike) > 1 else []


def _default(found: Sequence[Option]) -> Option | None:
    """The cheapest that fits; one whose time nobody knows only where there is no other."""
    fitting = [each for each in found if each.fits]
    timed = [each for each in fitting if each.seconds or each.pending]
    return next(iter(timed or fitting), None)


def sensible_quantity(form: QuoteForm) -> int:
    """The form's number of pieces, or one where it is no number of them."""
    quantity = int(form.quantity.data or 1)
    return quantity if 1 <= quantity <= MOST_COPIES else 1


def sensible_settings(form: QuoteForm, revision: Revision) -> dict[str, Any]:
    """The form's settings, or the usual ones where they are refused; the refusals stand in the form."""
    try:
        return job_settings.read(form.settings(revision.design.kind), revision.design.kind)
    except Invalid as invalid:
        form.refuse(invalid)
        return {}
