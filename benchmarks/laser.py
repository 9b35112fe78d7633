"""Compares planned toolpaths with the drawing's own order and with vpype's, on real drawings.

Usage: python benchmarks/laser.py [FOLDER] [--vpype PYTHON]: FOLDER is FABQUEUE_DESIGNS or ../shared/data by default.
PYTHON is the interpreter of an environment with vpype; without it one is made in a temporary folder with pip.

Each drawing is taken as lines to be followed at the speed of a cut, fills left out, one copy on a huge bed.
Four orders are compared: ours; the drawing's own; vpype's `linemerge linesort --two-opt`; the same after `reloop`. All
of them get the same lines, start at the origin and go back to it, and are timed by the same model of motion. Only ours
cuts what lies inside before what lies around it, which costs travel that the others save: the figures of "legal" ones
compare with vpype's orders when each outline is put off until all that lies in it is cut. The drawing's own order is
taken as its lines come, without joining those that meet. The last line is JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from drawing import reading as by_turns  # the benchmark beside this one

from fabqueue.analysis import drawing
from printers import profiles
from printers.laser import Floats, Laser, Setting, Wishes, Work, gcode, motion, plan
from printers.laser.contours import CLOSED_MM, Contour
from printers.laser.nesting import nesting
from printers.laser.toolpath import Moves, beam, burnt, joined

ROOT = Path(__file__).parents[1]
SLACK_MM, SLACK_SECONDS = 1.0, 0.1
"""Differences that nobody would notice are none."""
CUT = Setting(60, 20)
VPYPE = """
import json, sys
import numpy as np
import vpype as vp
from vpype_cli import execute

def lines(each):
    return [np.array([complex(x, y) for x, y in line]) for line in each]

np.random.seed(1)  # reloop draws lots
found = {}
for name, every in json.load(open(sys.argv[1])).items():
    found[name] = []
    for command in sys.argv[2:]:
        document = vp.Document()
        document.add(vp.LineCollection(lines(every)), 1)
        done = execute(command, document)
        layers = [[[z.real, z.imag] for z in line] for layer in done.layers.values() for line in layer]
        found[name].append(layers)
json.dump(found, sys.stdout)
"""
COMMANDS = ("linemerge -t 0.02 linesort --two-opt", "linemerge -t 0.02 reloop linesort --two-opt")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", type=Path)
    options.add_argument("--vpype", metavar="PYTHON", default="")
    chosen = options.parse_args()
    folder = chosen.folder or Path(os.environ.get("FABQUEUE_DESIGNS", ROOT / "../shared/data"))
    laser = profiles.builtin()["laser-600"].laser
    assert laser is not None
    laser = replace(laser, bed_mm=(20_000.0, 20_000.0))
    files = [file for kind in ("svg", "dxf") for file in sorted((folder / "dev" / kind).glob(f"*.{kind}"))]
    drawn = {file.name: lines for file in files if (lines := lines_of(file))}
    rivals = by_vpype(drawn, chosen.vpype)
    print(f"{'file':44} {'lines':>5} {'ms':>6} | travel: {'ours':>7} {'own':>7} {'sort':>7} {'reloop':>7} | seconds")
    rows = [compare(name, lines, rivals.get(name, []), laser) for name, lines in drawn.items()]
    print(json.dumps(summary(rows) | {"read_by_svgelements_median": reading(files), **thousand(laser)}))


def lines_of(file: Path) -> list[Floats]:
    """Every line of a drawing, moved into the first quadrant, y upwards."""
    lines = [line * (1, -1) for work in drawing.works(file, file.name) for line in work.lines]
    low = np.min([line.min(axis=0) for line in lines], axis=0) if lines else np.zeros(2)
    return [line - low + 3 for line in lines if len(line) > 1 and np.ptp(line, axis=0).any()]


def compare(name: str, lines: list[Floats], rivals: Sequence[list[Floats]], laser: Laser) -> dict[str, Any]:
    """One line of the table."""
    start = time.process_time()
    made = plan([Work("cut", "#ff0000", [line * (1, -1) for line in lines])], {"cut": CUT}, laser, Wishes(kerf=False))
    took = time.process_time() - start
    ways = [made.moves, *(in_order(each, laser) for each in (lines, *rivals))]
    travel = [travel_mm(moves) for moves in ways]
    seconds = [motion.seconds(gcode.with_way_home(moves), laser)[1] for moves in ways]
    cells = " ".join(f"{each:7.0f}" for each in travel), " ".join(f"{each:7.1f}" for each in seconds)
    print(f"{name[-44:]:44} {len(lines):5} {took * 1e3:6.0f} |         {cells[0]} | {cells[1]}", flush=True)
    legal = [travel_mm(in_order(inside_first(each), laser)) for each in rivals]
    return {"lines": len(lines), "took": took, "travel": travel, "seconds": seconds, "legal": legal}


def inside_first(lines: Sequence[Floats]) -> list[Floats]:
    """The same order but for outlines that come before what lies in them, which are put off until right behind it."""
    paths = [Contour(line, len(line) > 3 and bool(np.abs(line[0] - line[-1]).max() <= CLOSED_MM)) for line in lines]
    outer: list[int] = nesting(paths).outer.tolist()
    left, late, found = Counter(outer), set(), []
    for place in range(len(lines)):
        at = place
        if left[at]:
            late.add(at)
            continue
        while at >= 0:
            found.append(lines[at])
            around = outer[at]
            left[around] -= 1
            at = around if around in late and not left[around] else -1
    return found


def in_order(lines: Sequence[Floats], laser: Laser) -> Moves:
    """Lines as they come, followed as ours are."""
    by = beam("cut", CUT, laser)
    return joined([burnt(line, by.power, by) for line in lines])


def travel_mm(moves: Moves) -> float:
    whole = gcode.with_way_home(moves)
    return float(whole.lengths_mm[~whole.burns].sum())


def by_vpype(drawn: dict[str, list[Floats]], python: str) -> dict[str, list[list[Floats]]]:
    """What vpype makes of the lines by each of COMMANDS; nothing where it cannot be had."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if not python:
            subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
            python = str(folder / "venv/bin/python")
            if subprocess.run([python, "-m", "pip", "install", "-q", "vpype"], check=False).returncode:
                print("vpype cannot be installed: compared with the drawing's own order only")
                return {}
        asked = {name: [each.tolist() for each in lines] for name, lines in drawn.items()}
        (folder / "lines.json").write_text(json.dumps(asked))
        (folder / "sort.py").write_text(VPYPE)
        call = [python, folder / "sort.py", folder / "lines.json", *COMMANDS]
        done = subprocess.run(call, check=True, stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    return {name: [[np.array(line) for line in lines] for lines in every] for name, every in found.items()}


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How often ours is no worse than the best of the others, and how much less than each."""
    several = [row for row in rows if row["lines"] > 1]
    names = ["own", "linesort", "reloop"][: len(rows[0]["travel"]) - 1]
    found: dict[str, Any] = {"files": len(rows), "vpype": len(names) > 1}
    for kind, slack in (("travel", SLACK_MM), ("seconds", SLACK_SECONDS)):
        best = [row[kind][0] <= min(row[kind][1:]) + slack for row in rows]
        found[f"{kind}_no_worse_percent"] = round(100 * sum(best) / len(rows), 1)
        for place, name in enumerate(names, 1):
            saved = [1 - row[kind][0] / row[kind][place] for row in several if row[kind][place]]
            found[f"{kind}_less_than_{name}_percent_median"] = round(100 * statistics.median(saved), 1)
        saved = [1 - row[kind][0] / min(row[kind][1:]) for row in several]
        found[f"{kind}_less_than_best_percent_median"] = round(100 * statistics.median(saved), 1)
    for place, name in enumerate(names[1:]):
        saved = [1 - row["travel"][0] / row["legal"][place] for row in several]
        found[f"travel_less_than_legal_{name}_percent_median"] = round(100 * statistics.median(saved), 1)
        found[f"files_where_{name}_cuts_outside_first"] = sum(
            abs(row["legal"][place] - row["travel"][place + 2]) > SLACK_MM for row in rows
        )
    return found


def thousand(laser: Laser) -> dict[str, float]:
    """Seconds of processor time that planning 1,000 paths takes, seven of ten of them rings."""
    chance = np.random.default_rng(1)
    lines = []
    for place in chance.uniform(5, 590, (1000, 2)):
        turn = np.linspace(0, 2 * np.pi, 60)
        ring = place + chance.uniform(1, 5) * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        ring[-1] = ring[0]
        lines.append(ring if chance.random() < 0.7 else np.stack([place, place + chance.uniform(-20, 20, 2)]))
    start = time.process_time()
    plan([Work("cut", "#ff0000", lines)], {"cut": CUT}, laser, Wishes(kerf=False))
    return {"thousand_paths_seconds": round(time.process_time() - start, 3)}


def reading(files: list[Path]) -> float:
    """Reading an SVG down to polylines, as a share of what svgelements alone takes, in the median."""
    times = [by_turns(file) for file in files if file.suffix == ".svg"]
    return round(statistics.median(ours / alone for ours, alone in times), 3)


if __name__ == "__main__":
    main()
