"""Driving a laser: from the works of a drawing to checked G-code for GRBL, its time and its picture. Pure."""

from printers.laser.checking import check
from printers.laser.plan import Plan
from printers.laser.planning import plan
from printers.laser.work import Fill, Floats, Image, Work
from printers.lasers import OPERATIONS, Laser, PlanError, Setting, Wishes

__all__ = [
    "OPERATIONS",
    "Fill",
    "Floats",
    "Image",
    "Laser",
    "Plan",
    "PlanError",
    "Setting",
    "Wishes",
    "Work",
    "check",
    "plan",
]
