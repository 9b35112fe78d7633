"""The estimates a quote is made of: one part, measured once, against every profile that was asked for."""

from collections.abc import Iterator, Sequence
from typing import Any

from fabqueue.analysis import fit
from fabqueue.analysis.estimate.model import Features, Part, measured, predict
from fabqueue.analysis.estimate.parameters import Geometry, Parameters
from fabqueue.analysis.findings import AnalysisError
from fabqueue.analysis.results import EstimateRequest, without_figures
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
        self.part = Part(solid.triangles)
        self.features: dict[Geometry, Features] = {}

    def estimate(self, request: EstimateRequest) -> dict[str, Any]:
        reasons = fit.reasons([float(each) for each in self.solid.extents], request.bed_mm)
        if not self.solid.solid:
            return without_figures(request.key, [*reasons, {"code": "estimate_encloses_nothing", "values": {}}])
        try:
            return {**without_figures(request.key, reasons), **self._figures(request)}
        except ValueError:  # a profile whose settings are no numbers
            return without_figures(request.key, [*reasons, {"code": "estimate_bad_settings", "values": {}}])
        except AnalysisError as error:
            return without_figures(request.key, [*reasons, {"code": error.code, "values": error.values}])

    def _figures(self, request: EstimateRequest) -> dict[str, Any]:
        parameters = Parameters.read(request.settings)
        found = predict(self._measured(parameters.geometry), parameters, self.solid.topology.watertight)
        return {"seconds": found.seconds.as_dict(), "grams": found.grams.as_dict(), "source": found.source}

    def _measured(self, geometry: Geometry) -> Features:
        if geometry not in self.features:
            self.features[geometry] = measured(self.part, geometry)
        return self.features[geometry]
