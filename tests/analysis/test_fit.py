"""A part fits a bed as it lies, also after a quarter turn, or the reasons say by how much it does not."""

from fabqueue.analysis import fit

BED = (250.0, 210.0, 200.0)


def test_a_part_as_large_as_the_bed_fits() -> None:
    assert fit.reasons([250, 210, 200], BED) == []


def test_a_quarter_turn_is_free() -> None:
    assert fit.reasons([200, 245, 10], BED) == []


def test_it_says_how_much_too_tall() -> None:
    (reason,) = fit.reasons([10, 10, 216], BED)
    assert (reason["code"], reason["values"]["over_mm"]) == ("fit_too_tall", 16)


def test_it_says_how_much_too_wide() -> None:
    (reason,) = fit.reasons([10, 260, 10], BED)
    assert (reason["code"], reason["values"]["over_mm"]) == ("fit_too_wide", 10)


def test_a_square_larger_than_the_short_side_does_not_fit() -> None:
    (reason,) = fit.reasons([240, 240, 10], BED)
    assert reason["values"]["over_mm"] == 30


def test_no_estimate_is_no_hindrance() -> None:
    assert not fit.hinders([{"code": "estimate_out_of_reach", "values": {}}])
    assert fit.hinders(fit.reasons([300, 300, 300], BED))
