"""Run a real lab under real faults and count what came of it: `python -m drill --seconds 120`.

Real OctoPrints with virtual printers stand behind proxies; FabQueue's processes, Valkey and OctoPrint are killed, the
network is cut, the disk filled, the clock moved, while people ask for prints, clear beds and decide doubts by the API.
SECONDS count from the first fault; then the faults stop and the lab has five minutes to come to rest. It ends with a
table and one line of JSON, and with 1 when something was made twice or lost, or a laser began what nobody had armed.
"""

import argparse
import ctypes
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

from drill.counting import Result, Watch, count, events_of, judge
from drill.designs import drawing, solid
from drill.lab import LASER, PLA, POPLAR, PRINTER, Lab, Setup
from drill.people import Demand, People
from drill.programs import end_children
from drill.striking import Striker, state_of

SETTLE_SECONDS = 300
_PR_SET_CHILD_SUBREAPER = 36
SETUPS = {
    "sqlite": Setup(), "sqlite-2": Setup(sets=2), "postgresql-2": Setup(postgresql=True, sets=2),
}  # fmt: skip


class Told(Exception):
    """A signal asked for the end."""


def main() -> int:
    asked = _arguments()
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _told)
    folder = Path(asked.folder or tempfile.mkdtemp(prefix="fabqueue-drill-")).absolute()
    lab = Lab(replace(SETUPS[asked.setup], printers=asked.printers, lasers=asked.lasers), folder)
    result = None
    try:
        result = _drill(lab, asked)
    except Told:
        say("Stopping ...")
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        lab.stop()
        end_children()
    if result is None or result.twice or result.lost or result.unarmed:
        say(f"Logs are kept in {folder}")
        return 1
    if not asked.folder:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _drill(lab: Lab, asked: argparse.Namespace) -> Result:
    say(f"Starting a lab on {lab.setup}, seed {asked.seed}, in {lab.folder} ...")
    lab.start()
    limit = "a tmpfs" if lab.disk == "tmpfs" else "limited by RLIMIT_FSIZE: mounting is not allowed here"
    say(f"The disk of the data folder is {limit}.")
    if lab.faketime is None:
        say("The clock cannot jump here: libfaketime is not installed. Those faults are skipped.")
    watch = Watch()
    files = {each.slug: each.server.events_file for each in lab.printers}
    moving = {each.slug: each for each in lab.printers}
    lasers = asked.lasers
    demands = [Demand(PRINTER, PLA, asked.printers - lasers, solid), Demand(LASER, POPLAR, lasers, drawing)]
    people = People([each.url for each in lab.hosts], lab.tokens, files, demands, watch, asked.seed,
                    lambda slug: state_of(moving[slug]) != "Operational")  # fmt: skip
    people.start()
    striker = Striker(lab, watch, asked.seed, asked.every, asked.per_run)

    def begun() -> int:
        return len(count(events_of(files.values()), "PrintStarted"))

    _until(lambda: begun() > 0, lab, 120)
    began = told = time.monotonic()
    while not _enough(asked, time.monotonic() - began, striker, begun()):
        striker.strike(begun())
        lab.keep_alive()
        time.sleep(0.05)
        if time.monotonic() > told + 15:
            told = time.monotonic()
            say(f"{told - began:5.0f} s  {striker.total} faults, {begun()} runs")
    striker.mend(everything=True)
    people.stop_asking()
    say("Faults are over; the lab comes to rest ...")
    rested = _until(lambda: striker.mend(everything=True) or people.rests, lab, SETTLE_SECONDS)
    jobs = people.every_job()
    people.stop()
    time.sleep(1.0)  # hooks write a moment after the event
    burnt = {run for _, _, run in events_of(each.server.events_file for each in lab.printers if each.is_laser)}
    result = judge(events_of(files.values()), jobs, watch, striker.total, burnt)
    _report(lab, result, striker, people, rested)
    return result


def _enough(asked: argparse.Namespace, seconds: float, striker: Striker, runs: int) -> bool:
    if seconds >= asked.at_most:
        return True
    return seconds >= asked.seconds and striker.total >= asked.faults and runs >= asked.runs


def _until(question: Callable[[], object], lab: Lab, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            return False
        lab.keep_alive()
        time.sleep(0.1)
    return True


def _report(lab: Lab, result: Result, striker: Striker, people: People, rested: bool) -> None:
    (lab.folder / "faults.log").write_text("".join(f"{at:.3f} {what}\n" for at, what in striker.log))
    (lab.folder / "people.log").write_text("\n".join(people.errors))
    say(f"\n{lab.setup}; disk: {lab.disk}\n")
    for kind, times in sorted(striker.faults.items()):
        say(f"  {kind:<22} {times:>5}")
    for kind, times in striker.skipped.items():
        say(f"  {kind:<22} {times:>5} skipped: not possible here")
    for name, figure in result.figures().items():
        say(f"  {name.replace('_', ' '):<22} {figure:>5}")
    for sentence in result.wrong:
        say(f"! {sentence}")
    if not rested:
        say(f"! did not come to rest: {people.open_jobs}")
    say(json.dumps(result.figures()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drill", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--seconds", type=float, default=120, help="how long faults come, from the first on")
    parser.add_argument("--runs", type=int, default=0, help="go on until OctoPrint started so many runs")
    parser.add_argument("--faults", type=int, default=0, help="go on until there were so many faults")
    parser.add_argument("--at-most", type=float, default=14400, help="seconds after which faults end in any case")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two faults, on average")
    parser.add_argument("--per-run", type=float, default=3.5, help="not many more faults than this for each run")
    parser.add_argument("--setup", choices=SETUPS, default="sqlite")
    parser.add_argument("--printers", type=int, default=2, help="OctoPrints; more print more in the same time")
    parser.add_argument("--lasers", type=int, default=1, help="so many of them stand for lasers, which people arm")
    parser.add_argument("--seed", type=int, default=1, help="the same seed chooses the same faults")
    parser.add_argument(
        "--folder", help="where everything lies; kept. Else a temporary one, kept when something is wrong"
    )
    return parser.parse_args()


def _told(_number: int, _frame: FrameType | None) -> None:
    raise Told


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
