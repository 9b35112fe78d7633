"""Prices: from grams, sheet areas, hours and rates to itemised lines in minor units. Pure."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


@dataclass(frozen=True)
class Rates:
    """What a machine model and a material cost, in minor units of the site's currency."""

    per_hour_minor: int
    setup_minor: int
    per_kg_minor: int
    free_grams: int = 0
    per_m2_minor: int = 0


@dataclass(frozen=True)
class Line:
    """One item of a quote: a code of the wording catalogue with its values, and an amount in minor units."""

    code: str
    minor: int
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values, "minor": self.minor}


@dataclass(frozen=True)
class Price:
    """Itemised; `total_minor` is the sum of the lines."""

    lines: tuple[Line, ...]

    @property
    def total_minor(self) -> int:
        return sum(each.minor for each in self.lines)


def price(rates: Rates, seconds: float, grams: float, sheet_mm2: float = 0) -> Price:
    """The price of one job: all its copies take `seconds` of machine time, and `grams` of material or sheet area.

    Each line is rounded by itself, half up, so that the lines a member sees add up to the total.
    """
    billed = max(0.0, grams - rates.free_grams)
    lines = [
        Line("price_material", _share(rates.per_kg_minor, billed, 1000),
             {"mass_grams": round(billed, 3), "rate_minor": rates.per_kg_minor}),
        Line("price_sheet", _share(rates.per_m2_minor, sheet_mm2, 1_000_000),
             {"area_mm2": round(sheet_mm2), "rate_minor": rates.per_m2_minor}),
        Line("price_machine", _share(rates.per_hour_minor, seconds, 3600),
             {"time_seconds": round(seconds), "rate_minor": rates.per_hour_minor}),
        Line("price_setup", rates.setup_minor),
    ]  # fmt: skip
    return Price(tuple(each for each in lines if each.minor))


def failure_minor(total_minor: int, quantity: int, failed: int, progress: float, percent: int) -> int:
    """What failed copies cost their maker: `percent` of their part of the price, as far as they were made.

    progress: 0 to 100. Half up, and never more than the whole price.
    """
    made = Decimal(repr(float(max(0.0, min(100.0, progress))))) / 100
    exact = Decimal(total_minor) * failed / quantity * made * percent / 100
    return min(total_minor, int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


def _share(rate_minor: int, amount: float, per: int) -> int:
    exact = Decimal(rate_minor) * Decimal(repr(float(amount))) / per
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def is_dearer(quoted_minor: int, now_minor: int, tolerance_percent: int) -> bool:
    """Whether a new price is above the quoted one by more than the tolerance."""
    return now_minor * 100 > quoted_minor * (100 + tolerance_percent)
