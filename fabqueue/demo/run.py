"""`fabqueue demo`: a lab from nothing to `ready`, until it is told to stop."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from fabqueue import config as configuration
from fabqueue.config import Config
from fabqueue.demo import lab
from fabqueue.demo.catalogue import PEOPLE
from fabqueue.demo.making import Maker, NotPrepared, Say
from fabqueue.demo.octoprint import InstallError, ServerError
from fabqueue.demo.processes import QUICK, SEEN, NotStarted, Printers, Served, environment
from fabqueue.demo.told import Told, signals
from fabqueue.dispatch.context import Context
from fabqueue.serving.folder import with_own_redis
from fabqueue.serving.serve import prepare_database
from fabqueue.tasks.process import make_context

PREPARED = "prepared.json"
FAILURES = (InstallError, ServerError, NotStarted, NotPrepared)
_OURS = ("data", "config.toml", "serve.log", PREPARED, "access.json")


class FolderInUse(Exception):
    """Another demonstration runs in this folder."""


def run(folder: Path, port: int, fast: bool, say: Say) -> None:
    """Prepare the lab in `folder`, or take up the one that is there, and run it until a signal.

    fast: the virtual printers stay as quick as they can be. Raises FolderInUse, FAILURES.
    """
    folder = folder.absolute()
    _make(folder)
    with signals(), ExitStack() as stack:
        try:
            stack.enter_context(_alone(folder))
            served = _start(stack, folder, port, fast, say)
            while served.runs:
                time.sleep(0.5)
            raise NotStarted(f"FabQueue has ended; see {folder / 'serve.log'}")
        except Told:
            say("Stopping ...")


def _start(stack: ExitStack, folder: Path, port: int, fast: bool, say: Say) -> Served:
    new = not (folder / PREPARED).exists()
    if new:
        _forget_half_prepared(folder)
    chosen = _settings(folder, port)
    say("Starting three OctoPrint servers with virtual machines ...")
    printers = Printers(folder, port + 1)
    stack.callback(printers.stop)
    printers.start(QUICK if new or fast else SEEN)
    context = make_context(chosen)
    stack.callback(context.db.close)
    access = _before_serving(context, printers, folder, new)
    say("Starting FabQueue ...")
    served = Served(folder, chosen.site.public_url)
    stack.callback(served.stop)
    served.wait()
    _prepare(context, printers, folder, access, say, new=new, fast=fast)
    _tell(folder, chosen, printers, access, say)
    return served


def _before_serving(context: Context, printers: Printers, folder: Path, new: bool) -> lab.Access:
    """The lab's things are in place, at the addresses of this start, before any worker looks for them."""
    prepare_database(context.settings)
    waker, context.db.waker = context.db.waker, None  # nobody listens yet
    try:
        if new:
            return lab.welcome(context, lab.set_up(context, printers.places()))
        lab.move(context, printers.places())
        return _access(folder)
    finally:
        context.db.waker = waker


def _prepare(
    context: Context, printers: Printers, folder: Path, access: lab.Access, say: Say, *, new: bool, fast: bool
) -> None:
    maker = Maker(context, say)
    if new:
        maker.fill()
        _write_private(folder / PREPARED, asdict(access))
        if not fast:
            printers.start(SEEN)
        maker.wait_for_machines()


def _tell(folder: Path, chosen: Config, printers: Printers, access: lab.Access, say: Say) -> None:
    """access.json for programs, a few lines for people, `ready` for both."""
    servers = [{"url": each.url, "key": each.key, "events": str(each.events_file)}
               for each in printers.servers.values()]  # fmt: skip
    _write_private(folder / "access.json",
                   {"url": chosen.site.public_url, "tokens": access.tokens, "octoprints": servers})  # fmt: skip
    say("\nThe machines are virtual and their camera pictures simulated; everything else is real.")
    say("Times are predicted for real printers. The virtual ones are ten to twenty times faster: half an hour")
    say("on the page is a minute or two here. Sign in as")
    for each in PEOPLE:
        if password := access.passwords.get(each.user_name):  # a lab of an earlier version lacks some
            role = f"{each.role}, a guarded account" if each.guardian else each.role
            say(f"  {each.user_name:<8} {password:<16} {role}")
    url = chosen.site.public_url
    if access.code:
        say(f"A guest follows her request with the code {access.code} at {url}/track")
    if access.screen:
        say(f"A television shows the wallboard at {url}/wallboard/{access.screen}")
    say("Ctrl-C stops everything.\n")
    say(f"ready {url}")


def _settings(folder: Path, port: int) -> Config:
    """The demonstration's settings, written for `fabqueue serve` and read as it will read them."""
    url = f"http://127.0.0.1:{port}"
    (folder / "config.toml").write_text(
        "# Written by `fabqueue demo` at every start.\n"
        f'[site]\nname = "Demonstration Lab"\npublic_url = "{url}"\n\n[server]\nport = {port}\n\n'
        "[machines]\npoll_seconds = 1.0\npicture_seconds = 2\n\n[metrics]\nopen = true\n",
        "utf-8",
    )
    return with_own_redis(configuration.load(environment=environment(folder)))


def _access(folder: Path) -> lab.Access:
    kept = json.loads((folder / PREPARED).read_text("utf-8"))
    return lab.Access(**kept)


def _make(folder: Path) -> None:
    """A folder of ours holds passwords and keys: git leaves it alone, whatever it is called."""
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text("*\n")


def _forget_half_prepared(folder: Path) -> None:
    """Preparing was interrupted, or never begun: begin anew. Touches only what a demonstration makes."""
    for name in _OURS:
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    for place in [*folder.glob("octoprint-*"), *folder.glob("events-*.txt")]:
        shutil.rmtree(place) if place.is_dir() else place.unlink()


def _write_private(file: Path, content: object) -> None:
    """At once and for the owner only: it holds secrets."""
    arriving = file.with_suffix(".arriving")
    arriving.unlink(missing_ok=True)
    with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        json.dump(content, target, indent=2)
    arriving.replace(file)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise FolderInUse(f"another demonstration runs in {folder}") from None
    finally:
        os.close(handle)
