"""Who may say what a colour means, and whose word holds."""

import subprocess
import sys
from pathlib import Path

from fabqueue.analysis import drawing
from fabqueue.analysis.drawing import Operation, Reading, merged
from tests.analysis.test_drawing_operations import inspect, line


def told(folder: Path, body: str, reading: Reading) -> dict[str, str]:
    found = inspect(folder, body, reading=reading).report["operations"]
    return {work["colour"]: work["operation"] for work in found}


def test_the_machine_goes_before_the_lab_and_the_member_before_both() -> None:
    lab = {"#00ff00": "cut", "#0000ff": "score", "#000000": "engrave"}
    found = merged(lab, {"#0000ff": "engrave", "#ffff00": "score"}, {"operations": {"#000000": "ignored"}})
    assert found.operation("#ff0000") is Operation.IGNORED  # the lab's colours replace the default ones
    assert found.operation("#00ff00") is Operation.CUT
    assert found.operation("#0000ff") is Operation.ENGRAVE
    assert found.operation("#ffff00") is Operation.SCORE
    assert found.operation("#000000") is Operation.IGNORED
    assert found.meant("#000000") is Operation.ENGRAVE
    assert merged().operation("#ff0000") is Operation.CUT


def test_what_a_member_chooses_holds_for_that_colour_and_none_beside_it(tmp_path: Path) -> None:
    body = line("#00ff00") + line("#00fe00", 20) + line("#ff0000", 40) + line("#fe0000", 60)
    chosen = merged(member={"operations": {"#00ff00": "cut", "#ff0000": "score"}})
    assert told(tmp_path, body, chosen) == {
        "#00ff00": "cut", "#00fe00": "ignored", "#ff0000": "score", "#fe0000": "cut"
    }  # fmt: skip


def test_the_report_keeps_how_it_was_read(tmp_path: Path) -> None:
    reading = merged({"#00ff00": "cut"}, {}, {"operations": {"#ff0000": "score"}, "without_doubles": True}, 0.15)
    report = inspect(tmp_path, line("red") + line("lime", 20), reading=reading).report
    assert report["reading"] == {
        "colours": {"#00ff00": "cut"}, "operations": {"#ff0000": "score"}, "without_doubles": True, "kerf_mm": 0.15
    }  # fmt: skip
    assert Reading.from_dict(report["reading"]) == reading
    assert {work["colour"]: work["meant"] for work in report["operations"]} == {"#00ff00": "cut", "#ff0000": "ignored"}


def test_who_only_asks_for_a_reading_carries_none_of_what_reading_takes() -> None:
    heavy = "{'trimesh', 'svgelements', 'scipy', 'fabqueue.analysis.drawing'} & sys.modules.keys()"
    code = f"import sys, fabqueue.app, fabqueue.services.reassigning; print({heavy} or 'light')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "light\n"


def test_what_is_to_be_planned_is_read_in_the_same_way(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{line("lime")}</svg>', encoding="utf-8")
    (work,) = drawing.works(tmp_path / "a.svg", "a.svg", "mm", merged({"#00ff00": "cut"}))
    assert (work.operation, work.length_mm) == (Operation.CUT, 30)
