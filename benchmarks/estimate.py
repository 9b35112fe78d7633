"""Errors, coverage and speed of the estimate on real designs that PrusaSlicer has sliced.

Usage: python benchmarks/estimate.py [FOLDER] (see `designs.py`). The last line is JSON: for each profile the
median and the 90th percentile of the errors in percent, the share of results within the range, seconds of CPU.
"""

import json
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import designs

from fabqueue.analysis.estimate.model import Estimate, measure, predict


@dataclass(frozen=True)
class Row:
    """One prediction beside its truth."""

    truth: designs.Truth
    made: Estimate
    cpu: float

    def errors(self) -> tuple[float, float]:
        """Relative errors of seconds and grams."""
        return self.made.seconds.expected / self.truth.seconds - 1, self.made.grams.expected / self.truth.grams - 1

    def covered(self) -> tuple[bool, bool]:
        """Whether the slicer's figures lie within the ranges."""
        seconds, grams = self.made.seconds, self.made.grams
        return (
            seconds.low <= self.truth.seconds <= seconds.high,
            grams.low <= self.truth.grams <= grams.high,
        )


def main() -> None:
    by_profile: dict[str, list[Row]] = defaultdict(list)
    for truth in sorted(designs.truths(designs.folder(*sys.argv[1:2])), key=lambda truth: truth.file):
        by_profile[truth.profile.stem].append(row(truth))
    print(f"{'profile':14} parts   seconds 50/90 %   grams 50/90 %   in range (s, g)   CPU 50/90/max ms")
    print(json.dumps({name: summary(name, rows) for name, rows in sorted(by_profile.items())}))


def row(truth: designs.Truth) -> Row:
    """Measure and predict one design."""
    triangles, watertight = designs.triangles(truth.file)
    parameters = designs.parameters(truth.profile)
    start = time.process_time()
    made = predict(measure(triangles, parameters), parameters, watertight)
    return Row(truth, made, time.process_time() - start)


def summary(name: str, rows: list[Row]) -> dict[str, float]:
    """Print the line of one profile and return its figures."""
    errors = np.abs([row.errors() for row in rows]) * 100
    covered = np.mean([row.covered() for row in rows], axis=0) * 100
    (time50, grams50), (time90, grams90) = np.percentile(errors, [50, 90], axis=0)
    cpu = np.percentile([row.cpu for row in rows], [50, 90, 100]) * 1000
    print(
        f"{name:14} {len(rows):5}   {time50:6.1f} {time90:6.1f}   {grams50:6.1f} {grams90:6.1f}"
        f"     {covered[0]:4.0f} {covered[1]:4.0f} %       {cpu[0]:4.0f} {cpu[1]:4.0f} {cpu[2]:5.0f}"
    )
    worst = sorted(rows, key=lambda row: -abs(row.errors()[0]))[:3]
    print("   farthest off:", ", ".join(f"{row.truth.file.name} {row.errors()[0]:+.0%}" for row in worst))
    figures = {"seconds_p50": time50, "seconds_p90": time90, "grams_p50": grams50, "grams_p90": grams90}
    figures |= {"seconds_in_range": covered[0], "grams_in_range": covered[1]}
    figures |= {"cpu_ms_p50": cpu[0], "cpu_ms_max": cpu[2]}
    return {key: round(float(value), 1) for key, value in figures.items()} | {"parts": len(rows)}


if __name__ == "__main__":
    main()
