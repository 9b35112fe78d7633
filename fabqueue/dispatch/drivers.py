"""Connections to machines, kept open between looks. A machine's lease is the right to use its driver."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from fabqueue.models import Machine
from printers import Connection, connect
from printers.driver import Driver, Probe

CONNECT_SECONDS, READ_SECONDS, UPLOAD_SECONDS = 2.0, 5.0, 30.0
THREADS = 8


def connection_of(machine: Machine) -> Connection:
    """How to reach a machine, from its row."""
    return Connection(
        driver=machine.driver, url=machine.url, key=machine.key, camera_url=machine.camera_url or None,
        connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS, upload_seconds=UPLOAD_SECONDS,
        after_cancel=("M5",) if machine.kind == "laser" else (), is_grbl=machine.kind == "laser",
    )  # fmt: skip


class Drivers:
    """One driver for each machine, made anew when its connection changes. One per process."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Connection, Driver]] = {}
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._apart: set[Future[object]] = set()
        self._lock = Lock()

    def of(self, machine_id: str, connection: Connection) -> Driver:
        """The driver of a machine. Raises DriverError for an address that cannot be one."""
        with self._lock:
            kept = self._kept.get(machine_id)
            if kept and kept[0] == connection:
                return kept[1]
            if kept:
                kept[1].close()
            driver = connect(connection)
            self._kept[machine_id] = (connection, driver)
            return driver

    def pool(self, lane: str) -> ThreadPoolExecutor:
        """The threads that look at machines of one lane: those that wait for an answer keep no other lane waiting."""
        with self._lock:
            if lane not in self._pools:
                self._pools[lane] = ThreadPoolExecutor(THREADS, f"machine-{lane}")
            return self._pools[lane]

    def leave(self, lane: str) -> None:
        """The lane gets other threads: some of its own are at something that takes long, and come to their end."""
        with self._lock:
            pool = self._pools.pop(lane, None)
        if pool is not None:
            pool.shutdown(wait=False)

    def apart(self, work: Callable[[], object]) -> Future[object]:
        """Have something done by a thread of its own, for which nobody waits but `close`."""
        pool = ThreadPoolExecutor(1, "machine-apart")
        doing = pool.submit(work)
        pool.shutdown(wait=False)
        with self._lock:
            self._apart = {each for each in self._apart if not each.done()} | {doing}
        return doing

    def close(self) -> None:
        """Once all that is under way has come to its end."""
        wait(self._apart)
        with self._lock:
            for pool in self._pools.values():
                pool.shutdown()
            self._pools.clear()
            for _, driver in self._kept.values():
                driver.close()
            self._kept.clear()


def probe(machine: Machine) -> Probe:
    """Look for everything that would keep a machine from working for us. Raises DriverError for a senseless address."""
    driver = connect(connection_of(machine))
    try:
        return driver.probe()
    finally:
        driver.close()
