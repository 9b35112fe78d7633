"""The estimates a quote is made of: one part, measured once for each pose, against every profile that was asked for."""

from collections.abc import Iterator, Sequence
from typing import Any

from fabqueue.analysis import fit
from fabqueue.analysis.estimate.model import VERSION, Features, Part, measured, predict
from fabqueue.analysis.estimate.parameters import Geometry, Parameters
from fabqueue.analysis.estimate.poses import posed
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.results import EstimateRequest, Pose, without_figures
from fabqueue.analysis.solid import Solid


def estimates(solid: Solid, requests: Sequence[EstimateRequest]) -> Iterator[dict[str, Any]]:
    """Yield {"estimate": {...}} for every request; a part that encloses no volume has reasons instead of figures."""
    bench = _Bench(solid)
    for request in requests:
        yield {"estimate": bench.estimate(request)}


class _Bench:
    """A part with the measurements made of it so far."""

    def __init__(self, solid: Solid) -> None:
        self.solid = solid
        self.parts: dict[Pose | None, Part] = {}
        self.features: dict[tuple[Pose | None, Geometry], Features] = {}

    def estimate(self, request: EstimateRequest) -> dict[str, Any]:
        reasons: list[dict[str, Any]] = []
        try:
            reasons += fit.reasons(self._part(request.pose).extents.tolist(), request.bed_mm)
            return {**without_figures(request.key, reasons), **self._figures(request)}
        except ValueError:  # a profile whose settings are no numbers
            reasons.append({"code": "estimate_bad_settings", "values": {}})
        except AnalysisError as error:
            reasons.append({"code": error.code, "values": error.values})
        return without_figures(request.key, reasons)

    def _figures(self, request: EstimateRequest) -> dict[str, Any]:
        if not self.solid.solid:
            raise AnalysisError("estimate_encloses_nothing")
        parameters = Parameters.read(request.settings)
        found = predict(self._measured(request.pose, parameters.geometry), parameters, self.solid.topology.watertight)
        figures = {"seconds": found.seconds.as_dict(), "grams": found.grams.as_dict()}
        return {**figures, "source": found.source, "parameters_version": VERSION}

    def _part(self, pose: Pose | None) -> Part:
        if pose not in self.parts:
            self.parts[pose] = Part(posed(self.solid.triangles, pose))
        return self.parts[pose]

    def _measured(self, pose: Pose | None, geometry: Geometry) -> Features:
        key = (pose, geometry)
        if key not in self.features:
            self.features[key] = measured(self._part(pose), geometry)
        return self.features[key]
