"""Predictions for real designs stay near what PrusaSlicer said: the figures of `benchmarks/estimate.py`, with room."""

import csv
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from fabqueue.analysis import kinds, mesh, solid
from fabqueue.analysis.estimate.model import Part, measured, predict
from fabqueue.analysis.estimate.parameters import Parameters
from printers.profiles import read_settings
from tests.analysis.driver import ROOT

FOLDER = Path(os.environ.get("FABQUEUE_DESIGNS", ROOT.parent / "shared" / "data"))
MANY = 40
"""Designs looked at, spread over the whole list."""


def rows() -> list[dict[str, str]]:
    with (FOLDER / "truth.tsv").open(encoding="utf-8", newline="") as table:
        found = [row for row in csv.DictReader(table, delimiter="\t") if row["rc"] == "0"]
    scored = [row for row in found if float(row["time_s"]) >= 180 and float(row["filament_g"]) >= 0.2]
    return [row for row in scored if row["file"].endswith(".stl")]


def test_real_parts_are_predicted_within_a_few_percent_and_their_ranges_hold() -> None:
    if not (FOLDER / "truth.tsv").exists():
        pytest.skip("the folder of real designs is not here")
    files = sorted({row["file"] for row in rows()})
    chosen = set(files[:: max(1, len(files) // MANY)])
    errors, inside = defaultdict(list), []
    for row in rows():
        if row["file"] in chosen:
            part = solid.turned_out(
                solid.measure(mesh.load(FOLDER / row["file"], kinds.extension(row["file"])).triangles)
            )
            parameters = Parameters.read(read_settings(FOLDER / "profiles" / f"{row['profile']}.ini"))
            features = measured(Part(part.triangles), parameters.geometry)
            made = predict(features, parameters, part.topology.watertight)
            for figures, name in ((made.seconds, "time_s"), (made.grams, "filament_g")):
                errors[name].append(abs(figures.expected / float(row[name]) - 1))
                inside.append(figures.low <= float(row[name]) <= figures.high)
    assert np.median(errors["time_s"]) < 0.06
    assert np.median(errors["filament_g"]) < 0.05
    assert np.mean(inside) > 0.65
