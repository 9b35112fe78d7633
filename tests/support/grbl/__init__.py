"""A small simulator of GRBL 1.1 for lasers, our own: no firmware, but what its documentation and source say it does.

`Grbl` is the pure part: lines in, answers out, time passes when it is told to; it records what was burnt and travelled.
`GrblPort` puts it behind a pseudo-terminal, where OctoPrint finds a controller. Nothing here is shared with the code
that plans toolpaths, so that the one can be tested against the other.

What differs from a real one: machine coordinates are positive from the lower left corner (as with
HOMING_FORCE_SET_ORIGIN), homing takes no time and finds its way, there are no probes, jogs, tool offsets or other work
coordinates, and arcs are followed as chords.
"""

from tests.support.grbl.machine import Grbl, Traced
from tests.support.grbl.port import GrblPort

__all__ = ["Grbl", "GrblPort", "Traced"]
