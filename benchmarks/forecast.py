"""How long one forecast takes: python benchmarks/forecast.py [--jobs 1000] [--machines 20]

Plays a queue with all rules (opening hours, nights, preferences, days, clears) and, beside it, a bare heap that gives
each run to the next free machine: what no forecast could do without. The last line is JSON. Nothing is asserted.
"""

import argparse
import heapq
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fabqueue.config import QueueSettings
from fabqueue.dispatch.forecast import Span, Task, Tool, play
from fabqueue.dispatch.match import Alone, Bench, Loaded, Room, Wish
from fabqueue.services.hours import Hours
from fabqueue.services.ordering import Place, ranked

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
WEEK = {str(day): [["09:00", "21:00"]] for day in range(1, 7)}
COLOURS = ("grey", "black", "white", "orange")
CLEARING = Span(120.0, 600.0, 3600.0)


def tools(count: int) -> list[Tool]:
    """Half may work through the night."""
    made = []
    for number in range(count):
        spool = Loaded(f"s{number}", "pla", COLOURS[number % len(COLOURS)], 900_000)
        alone = Alone(12 * 3600.0) if number % 2 else Alone()
        bench = Bench(f"m{number}", f"Printer {number}", "model", loaded=(spool,), alone=alone)
        made.append(Tool(bench, Span.predicted(number * 300.0), cleared=False, clearing=CLEARING))
    return made


def tasks(count: int, machines: int, chance: random.Random) -> list[Task]:
    """Of forty people; some need a colour, some a day, some a machine."""
    places, wishes = [], {}
    for number in range(count):
        seconds = round(chance.lognormvariate(8.6, 0.8))
        due = AT + timedelta(days=chance.randrange(1, 14)) if chance.random() < 0.3 else None
        approved = AT - timedelta(minutes=chance.randrange(4000))
        key = f"{number:05}"
        places.append(Place(key, f"p{chance.randrange(40)}", 0, approved, approved, None, seconds, due))
        asked = f"m{chance.randrange(machines)}" if chance.random() < 0.1 else ""
        wishes[key] = Wish(
            "model", "pla", "PLA", chance.choice(COLOURS) if chance.random() < 0.5 else "", 20_000, seconds,
            asked, bool(asked) and chance.random() < 0.3, approved.timestamp() + 4 * 3600,
        )  # fmt: skip
    found = ranked(places, {}, QueueSettings())
    return [Task(each, wishes[each.place.run_id], Span.predicted(each.place.seconds)) for each in found]


def bare(lengths: list[float], machines: int) -> None:
    """Three times, as the forecast: lowest, expected, highest."""
    for factor in (0.9, 1.0, 1.25):
        free = [0.0] * machines
        for length in lengths:
            heapq.heapreplace(free, free[0] + length * factor + 600)


def milliseconds(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Median and slowest, of processor time: what else the machine does is left out."""
    took = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        took.append((time.process_time() - begun) * 1000)
    return statistics.median(took), max(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--machines", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    stand, waiting = tools(given.machines), tasks(given.jobs, given.machines, random.Random(7))
    benches = {each.bench.id: each.bench for each in stand}
    said = 0

    def with_rules(hours: bool) -> None:
        nonlocal said
        room = Room(AT.timestamp(), Hours(WEEK if hours else {}, [], "Europe/Berlin", AT), bench=benches.get)
        said = len(play(waiting, stand, room))

    floor = milliseconds(lambda: bare([each.ranked.place.seconds for each in waiting], given.machines), given.rounds)
    print(f"{given.jobs} runs, {given.machines} machines, median of {given.rounds}\n")
    print(f"{'':34}{'median ms':>10}{'slowest':>10}{'ratio':>8}{'said':>7}")
    print(f"{'bare heap':34}{floor[0]:>10.1f}{floor[1]:>10.1f}{1:>8}{given.jobs:>7}")
    figures: dict[str, float] = {"jobs": given.jobs, "machines": given.machines, "bare_ms": round(floor[0], 2)}
    for name, hours in (("forecast, no hours kept", False), ("forecast, hours and nights", True)):
        median, slowest = milliseconds(lambda hours=hours: with_rules(hours), given.rounds)  # type: ignore[misc]
        print(f"{name:34}{median:>10.1f}{slowest:>10.1f}{median / floor[0]:>8.0f}{said:>7}")
        figures["with_hours_ms" if hours else "without_hours_ms"] = round(median, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
