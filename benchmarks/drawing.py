"""Compares the reports on real drawings with what Chromium draws, and times them.

Usage: python benchmarks/drawing.py [FOLDER]: by default FABQUEUE_DESIGNS or ../shared/data, with svg_truth.json.
Right means: total length within 1 %, size within 0.5 % + 0.1 mm. Drawings that are empty
or that Chromium could not read to their end are not counted. The last line is JSON.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from fabqueue.analysis import drawing
from fabqueue.analysis.findings import AnalysisError

ROOT = Path(__file__).parents[1]


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FABQUEUE_DESIGNS", ROOT / "../shared/data"))
    truth = json.loads((folder / "svg_truth.json").read_text(encoding="utf-8"))
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
    print(f"{mark} {truth['file'][-55:]:55} {length:10.1f} {truth['len']:10.1f}  {report['size_mm']}  {true_size}")
    return {"right": right, "seconds": seconds}


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
