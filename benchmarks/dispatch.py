"""Times what dispatch costs: polls of machines, from a clear bed to the next start, claims, forecasts.

Usage: python benchmarks/dispatch.py [--servers 50 500 1000] [--rounds 3] [--octoprints 2] [--starts 5]
[--waiting 60 600] [--forecasts 1000] [--claims 200] [--claimers 8] [--no-postgresql]. Zero leaves a part out; a short
form is --servers 50 --starts 2 --waiting 60 --forecasts 60 --claims 40. The p95 of starts says something from --starts
40 on, which take a minute and a half. Simulated servers answer what OctoPrint answers, of every 20 one is
dead: half of these refuse the connection, half take it and say nothing. The bare poll is the same HTTP of the same
machines without FabQueue around it. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.dispatching import claims, forecasts, polls, starts
from benchmarks.dispatching.lab import Address


def main() -> None:
    asked = arguments()
    figures: dict[str, Any] = {"polls": {}}
    for count in filter(None, asked.servers):
        with tempfile.TemporaryDirectory() as folder, polls.simulated(count) as addresses:
            told = polls.measure(f"{count} simulated servers", Path(folder), addresses, asked.rounds)
            figures["polls"][str(count)] = told
    if asked.octoprints:
        figures |= with_octoprints(asked.octoprints, asked.rounds, asked.starts, figures["polls"])
    if waiting := list(filter(None, asked.waiting)):
        figures["claim_ms"] = claims.costs(waiting)
    if forecast := list(filter(None, asked.forecasts)):
        figures["forecast_ms"] = forecasts.costs(forecast)
    if asked.claims:
        figures["claims"] = claims.race(asked.claims, asked.claimers, asked.postgresql)
    print(json.dumps(figures))


def with_octoprints(count: int, rounds: int, times: int, told: dict[str, Any]) -> dict[str, Any]:
    """What takes real servers; their polls are added to those `told`."""
    with tempfile.TemporaryDirectory() as folder, polls.octoprints(Path(folder), count) as servers:
        addresses = [Address(each.url, each.key) for each in servers]
        told["octoprints"] = polls.measure(f"{count} real OctoPrints", Path(folder), addresses, 10 * rounds)
        return {"start": starts.measure(Path(folder), servers[0], times)} if times else {}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, nargs="*", default=[50, 500, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--octoprints", type=int, default=2)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--waiting", type=int, nargs="*", default=[60, 600])
    parser.add_argument("--forecasts", type=int, nargs="*", default=[1000])
    parser.add_argument("--claims", type=int, default=200)
    parser.add_argument("--claimers", type=int, default=8)
    parser.add_argument("--no-postgresql", dest="postgresql", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    main()
