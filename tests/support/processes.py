"""Looking at processes from outside."""

from pathlib import Path


def parents() -> dict[int, int]:
    """Every process that is not a zombie, and its parent."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended while we looked
        if state != "Z":
            found[int(stat.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> set[int]:
    """The living processes below `pid`."""
    every = parents()
    found: set[int] = set()
    edge = {pid}
    while edge:
        edge = {child for child, parent in every.items() if parent in edge} - found
        found |= edge
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of them that still live."""
    return pids & set(parents())
