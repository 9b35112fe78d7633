"""What may go under a laser, by its name: poison and fire are refused, the everyday is not, the unknown asks."""

import pytest

from fabqueue import beam
from fabqueue.wording import all_sentences

FINE = (
    "Poplar plywood 3 mm", "Pappelsperrholz 4 mm", "Birke", "MDF 3 mm", "Acrylic, clear", "Acrylglas 3 mm", "PMMA",
    "Fluorescent acrylic", "Wellpappe", "Cardboard", "Graupappe 2 mm", "Kork", "Wollfilz", "Vegetable tanned leather",
    "Pflanzlich gegerbtes Leder", "Schiefer", "Glas", "Delrin", "亚克力 3 mm", "椴木胶合板", "瓦楞纸", "软木",
    "植鞣皮革",     "plywood_birch", "ＭＤＦ",
)  # fmt: skip
REFUSED = {
    "PVC": "beam_chlorine", "Hart-PVC 3 mm": "beam_chlorine", "Vinyl sticker": "beam_chlorine",
    "pvc-foam": "beam_chlorine",
    "Polyvinylchlorid": "beam_chlorine", "Kunstleder": "beam_chlorine", "Neoprene": "beam_chlorine",
    "聚氯乙烯": "beam_chlorine", "PVC 板": "beam_chlorine", "人造革": "beam_chlorine", "ＰＶＣ": "beam_chlorine",
    "Polycarbonate": "beam_polycarbonate", "Lexan": "beam_polycarbonate", "PC 3 mm": "beam_polycarbonate",
    "聚碳酸酯": "beam_polycarbonate", "Makrolon klar": "beam_polycarbonate", "PTFE": "beam_fluorine",
    "ABS sheet": "beam_cyanide", "Acrylnitril-Butadien-Styrol": "beam_cyanide", "Styrofoam": "beam_burns",
    "PETG": "beam_burns", "foam core 5 mm": "beam_burns", "KT板": "beam_burns", "WPC": "beam_burns",
    "Carbon fibre": "beam_resin_fibre", "FR4": "beam_resin_fibre", "碳纤维板": "beam_resin_fibre",
    "Acrylic mirror": "beam_mirror", "Aluminium": "beam_mirror", "不锈钢": "beam_mirror", "Leder": "beam_leather",
    "Leather": "beam_leather", "Mystery sheet": "beam_unknown", "weiche Folie": "beam_unknown",
    "Blue stuff": "beam_unknown",
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_lasers_work_every_day_is_fine(name: str) -> None:
    assert beam.refusal([name]) == ""


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_what_poisons_burns_or_is_unknown_is_refused(name: str, code: str) -> None:
    assert beam.refusal([name]) == code
    assert code in all_sentences()


def test_any_of_its_names_is_enough_to_refuse_it() -> None:
    assert beam.refusal(["Signs, white", "pvc 3"]) == "beam_chlorine"


def test_the_lab_adds_to_both_lists_and_its_own_refusal_counts_most() -> None:
    own = {"refused": "Cork, balsa", "approved": "blue stuff\nHart-PVC；cork"}
    assert beam.refusal(["Kork"], **own) == ""
    assert beam.refusal(["Cork mat"], **own) == "beam_lab"
    assert beam.refusal(["Blue Stuff 2"], **own) == ""
    assert beam.refusal(["hart-pvc"], **own) == ""
    assert beam.refusal(["PVC"], **own) == "beam_chlorine"
    assert beam.refusal(["Poplar"], " , ,", "") == ""


def test_every_reason_has_its_sentence() -> None:
    assert set(beam.REFUSED) | {"beam_leather", "beam_lab", "beam_unknown"} <= set(all_sentences())
