"""Compares the reports on real drawings with what Chromium draws, and times them.

Usage: python benchmarks/drawing.py [FOLDER]: by default FABQUEUE_DESIGNS or ../shared/data, with svg_truth.json.
Right means: total length within 1 %, size within 0.5 % + 0.1 mm. Drawings that are empty
or that Chromium could not read to their end are not counted. Each line also has the milliseconds that reading took,
down to polylines in mm, beside those that svgelements alone needs for its paths, without any lengths: the best of
three, taken in turns. The last line is JSON.
"""

import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import svgelements

from fabqueue.analysis import drawing
from fabqueue.analysis.drawing import svg
from fabqueue.analysis.findings import AnalysisError

ROOT = Path(__file__).parents[1]
TURNS = 3


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FABQUEUE_DESIGNS", ROOT / "../shared/data"))
    truth = json.loads((folder / "svg_truth.json").read_text(encoding="utf-8"))
    print(f"{'':5} {'file':50} {'mm':>9} {'Chromium':>9} {'size':>16} {'Chromium':>16} {'ms':>8} {'svgel.':>8}")
    rows = [compare(folder, each) for each in truth]
    scored = [row for row in rows if row["right"] is not None]
    files = sorted((folder / "dev/dxf").glob("*.dxf"))
    read = [seconds for file in files if (seconds := timed(file)) is not None]
    print(f"\n{sum(row['right'] for row in scored)} of {len(scored)} SVG right; {len(read)} of {len(files)} DXF read")
    times = [row["seconds"] for row in rows]
    print(json.dumps({
        "svg": len(scored),
        "svg_right": sum(row["right"] for row in scored),
        "svg_seconds_median": round(statistics.median(times), 4),
        "svg_seconds_max": round(max(times), 4),
        "read_seconds_median": round(statistics.median(row["read"] for row in rows), 4),
        "svgelements_seconds_median": round(statistics.median(row["svgelements"] for row in rows), 4),
        "read_by_svgelements_median": round(statistics.median(row["read"] / row["svgelements"] for row in rows), 3),
        "read_by_svgelements_sum": round(sum(row["read"] for row in rows) / sum(row["svgelements"] for row in rows), 3),
        "dxf": len(files),
        "dxf_read": len(read),
        "dxf_seconds_max": round(max(read, default=0.0), 4),
    }))  # fmt: skip


def compare(folder: Path, truth: dict[str, Any]) -> dict[str, Any]:
    """One line of the table: the report's length and size beside Chromium's."""
    start = time.perf_counter()
    report = drawing.inspect(folder / truth["file"], truth["file"]).report
    seconds = time.perf_counter() - start
    length = sum(work["length_mm"] for work in report["operations"])
    box = truth.get("bbox") if "err" not in truth else None
    true_size = [box[2] - box[0], box[3] - box[1]] if box else None
    right = None
    if true_size is not None:
        sizes = zip(report["size_mm"], true_size, strict=True)
        right = abs(length - truth["len"]) <= 0.01 * truth["len"]
        right = right and all(abs(a - b) <= 0.005 * b + 0.1 for a, b in sizes)
    mark = {True: "ok   ", False: "WRONG", None: "-    "}[right]
    read, alone = reading(folder / truth["file"])
    cells = f"{length:9.1f} {truth['len']:9.1f} {rounded(report['size_mm']):>16} {rounded(true_size):>16}"
    print(f"{mark} {truth['file'][-50:]:50} {cells} {read * 1e3:8.1f} {alone * 1e3:8.1f}")
    return {"right": right, "seconds": seconds, "read": read, "svgelements": alone}


def rounded(size: list[float] | None) -> str:
    """A size in a cell of the table."""
    return " x ".join(f"{side:.1f}" for side in size) if size else "-"


def reading(file: Path) -> tuple[float, float]:
    """Seconds of reading one SVG here, and by svgelements alone."""
    ours, alone = [], []
    for _ in range(TURNS):
        ours.append(took(lambda: svg.read(file.read_bytes(), None)))
        alone.append(took(lambda: by_svgelements(file)))
    return min(ours), min(alone)


def by_svgelements(file: Path) -> list[svgelements.Path]:
    """The paths of an SVG as svgelements gives them, transforms applied."""
    found = []
    try:
        for element in svgelements.SVG.parse(io.BytesIO(file.read_bytes())).elements():
            if isinstance(element, svgelements.Shape):
                found.append(abs(svgelements.Path(element)))
    except ElementTree.ParseError as error:  # a prefix that nobody declared
        print(f"svgelements stops: {file.name}: {error}")
    return found


def took(call: Callable[[], object]) -> float:
    """Seconds of processor time that a call takes: others may be at work on the same machine."""
    start = time.process_time()
    call()
    return time.process_time() - start


def timed(file: Path) -> float | None:
    """Seconds for one DXF, or None when it gives no report."""
    start = time.perf_counter()
    try:
        report = drawing.inspect(file, file.name).report
    except AnalysisError as error:
        print(f"no report: {file.name}: {error}")
        return None
    length = sum(work["length_mm"] for work in report["operations"])
    print(f"dxf   {file.name[-55:]:55} {length:10.1f}  {report['size_mm']}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
