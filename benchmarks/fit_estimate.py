"""Fits the constants of the estimate and measures how far it is off on parts that were left out.

Usage: python benchmarks/fit_estimate.py FOLDER [FOLDER with further truth.tsv and profiles, designs in the first]...
Every profile of a folder weighs the same. Residuals are logarithms of ratios, large ones count less (soft l1), and
constants are held loosely to where they start. Prints the constants for `constants.py` and figures for `spread.py`.
"""

import sys
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

sys.path.insert(0, str(Path(__file__).parent))
import designs

from fabqueue.analysis.estimate.constants import FITTED, Constants
from fabqueue.analysis.estimate.model import Features, measured, works

Floats = np.typing.NDArray[np.float64]
HELD = 1.0
USUAL = 0.05
FOLDS = 4
REFERENCE = 2.2
"""How much more the results of the first folder weigh than further ones."""


class Fit:
    """All measured parts with their truth."""

    def __init__(self, truths: list[designs.Truth], reference: set[Path]) -> None:
        self.truths = sorted(truths, key=lambda truth: (truth.file, truth.profile))
        self.features: list[Features] = [
            measured(designs.part(truth.file), designs.parameters(truth.profile).geometry) for truth in self.truths
        ]
        self.profile = np.array([truth.profile.stem for truth in self.truths])
        # designs of one repository look alike: the first part of the names, before "__", is the repository
        self.group = np.array([truth.file.name.split("__")[0] for truth in self.truths])
        self.truth = np.array([(truth.seconds, truth.grams) for truth in self.truths])
        self.reference = np.array([truth.profile in reference for truth in self.truths])
        self.start = np.log(np.maximum(astuple(FITTED), 1e-3))

    def predicted(self, x: Floats, which: list[int]) -> Floats:
        """(seconds, grams) of the part, then of its supports, (n, 4)."""
        constants = Constants(*np.exp(x))
        found = (works(self.features[i], designs.parameters(self.truths[i].profile), constants) for i in which)
        return np.array([(part.seconds, part.grams, more.seconds, more.grams) for part, more in found])

    def errors(self, x: Floats, which: list[int]) -> Floats:
        """Logarithms (n, 2) of predicted over true seconds and grams."""
        made = self.predicted(x, which)
        return np.log((made[:, :2] + made[:, 2:]) / self.truth[which])

    def fitted(self, which: list[int], rounds: int = 10) -> Floats:
        """Logarithms of the constants that suit the results `which`."""
        counts = {name: np.count_nonzero(self.profile == name) for name in set(self.profile)}
        weight = np.array([(40 / counts[name]) ** 0.5 for name in self.profile[which]])[:, None]
        weight = np.where(self.reference[which][:, None], REFERENCE * weight, weight)

        def residuals(x: Floats) -> Floats:
            return np.r_[(self.errors(x, which) * weight / USUAL).ravel(), (x - self.start) * HELD]

        found: Floats = least_squares(residuals, self.start, loss="soft_l1", max_nfev=rounds, diff_step=1e-3).x
        return found


def main() -> None:
    first = designs.folder(*sys.argv[1:2])
    truths = [truth for where in [first, *map(Path, sys.argv[2:])] for truth in designs.truths(where, first)]
    fit = Fit(truths, {truth.profile for truth in designs.truths(first)})
    everything = list(range(len(fit.truths)))
    constants = fit.fitted(everything)
    for field, value in zip(fields(Constants), np.exp(constants), strict=True):
        print(f"    {field.name}={value:.4g},")
    show("fitted", fit, everything, fit.errors(constants, everything))
    crossed(fit)


def crossed(fit: Fit) -> None:
    """Fit without each quarter of the repositories in turn and look at the quarter left out."""
    names = sorted(set(fit.group))
    errors, shares = np.zeros((len(fit.truths), 2)), np.zeros((len(fit.truths), 2))
    for fold in range(FOLDS):
        out = np.isin(fit.group, names[fold::FOLDS])
        inside, outside = np.nonzero(~out)[0].tolist(), np.nonzero(out)[0].tolist()
        x = fit.fitted(inside, rounds=5)
        made = fit.predicted(x, outside)
        errors[outside] = fit.errors(x, outside)
        shares[outside] = made[:, 2:] / (made[:, :2] + made[:, 2:])
    show("left out", fit, list(range(len(fit.truths))), errors)
    for column, name in enumerate(("seconds", "grams")):
        for low, high in ((-1, 0.001), (0.001, 0.15), (0.15, 0.35), (0.35, 1)):
            some = (shares[:, column] > low) & (shares[:, column] <= high)
            eighty = np.percentile(np.abs(errors[some, column]), 80) if some.any() else np.nan
            print(f"{name} with {low:.3f} to {high:.3f} supports: 80 % of {some.sum()} within {eighty:.3f}")


def show(title: str, fit: Fit, which: list[int], errors: Floats) -> None:
    """Medians and 90th percentiles by profile."""
    for name in sorted(set(fit.profile)):
        some = np.abs(np.exp(errors[fit.profile[which] == name]) - 1) * 100
        (time50, grams50), (time90, grams90) = np.percentile(some, [50, 90], axis=0)
        print(f"{title:8} {name:15} {len(some):4}", end=" ")
        print(f"seconds {time50:5.1f} {time90:5.1f} grams {grams50:5.1f} {grams90:5.1f}")


if __name__ == "__main__":
    main()
