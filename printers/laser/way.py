"""A way through all stops as it stands: parts of it can be turned and change places, and all that can be taken back."""

from collections.abc import Callable, Sequence

from printers.laser.stops import Stops


class Way:
    """Stops in their order, with the start and the end of the way as two more.

    order: the stops by place. place: the places by stop. enter, leave: where each stop is entered and left. near: stops
    to try beside each. Positions are complex numbers in mm.
    """

    def __init__(
        self, stops: Stops, near: Sequence[Sequence[int]], start: complex, home: complex | None,
        order: Sequence[int], chosen: Sequence[int],
    ) -> None:  # fmt: skip
        """`chosen` is the entry of each stop. `home` is where the way must end, None for anywhere."""
        count = len(stops)
        self.near = near
        self.chosen = list(chosen)
        self.entries = [each.entries.tolist() for each in stops.each]
        self.exits = [each.exits.tolist() for each in stops.each]
        self.costs = [each.costs.tolist() for each in stops.each]
        self.order = [count, *order, count + 1]
        self.place = [0] * (count + 2)
        for place, stop in enumerate(self.order):
            self.place[stop] = place
        ends = start, home or 0j
        self.enter: list[complex] = [*(self.entries[stop][chosen[stop]] for stop in range(count)), *ends]
        self.leave: list[complex] = [*(self.exits[stop][chosen[stop]] for stop in range(count)), *ends]
        self.open_end = count + 1 if home is None else -1
        self._rings = [each.ring for each in stops.each]
        self._before = [*stops.before.tolist(), -1, -1]
        self._back: list[tuple[Callable[..., None], tuple[int, ...]]] = []

    @property
    def stops(self) -> list[int]:
        """In their order, without start and end."""
        return self.order[1:-1]

    def to(self, point: complex, stop: int) -> float:
        """How far it is from a point to where a stop is entered, or to the end of the way."""
        return 0.0 if stop == self.open_end else abs(point - self.enter[stop])

    def length(self) -> float:
        """Of all travel and what the entries cost, in mm."""
        links = sum(self.to(self.leave[one], self.order[place]) for place, one in enumerate(self.order[:-1], 1))
        whole: float = links + sum(costs[entry] for costs, entry in zip(self.costs, self.chosen, strict=True))
        return whole

    def may_turn(self, low: int, high: int) -> bool:
        """Whether nothing from one place to another must come before something else there."""
        place, before = self.place, self._before
        for stop in self.order[low : high + 1]:
            outer = before[stop]
            if outer >= 0 and place[outer] <= high:
                return False
        return True

    def may_swap(self, first: int, middle: int, last: int) -> bool:
        """Whether nothing from `first` to `middle` must come before something from there to `last`."""
        place, before = self.place, self._before
        for stop in self.order[first : middle + 1]:
            outer = before[stop]
            if outer >= 0 and middle < place[outer] <= last:
                return False
        return True

    def choose(self, stop: int, entry: int) -> None:
        """Let a stop be entered elsewhere."""
        self._back.append((self._choose, (stop, self.chosen[stop])))
        self._choose(stop, entry)

    def turn(self, low: int, high: int) -> None:
        """Turn the part from one place to another."""
        self._back.append((self._turn, (low, high)))
        self._turn(low, high)

    def swap(self, first: int, middle: int, last: int) -> None:
        """Let the parts from `first` to `middle` and from there to `last` change places."""
        self._back.append((self._swap, (first, first + last - middle - 1, last)))
        self._swap(first, middle, last)

    def keep(self) -> None:
        """What was done till now is not taken back any more."""
        self._back.clear()

    def take_back(self) -> None:
        """All that was done since the last `keep`."""
        while self._back:
            step, values = self._back.pop()
            step(*values)

    def _choose(self, stop: int, entry: int) -> None:
        self.chosen[stop] = entry
        self.enter[stop], self.leave[stop] = self.entries[stop][entry], self.exits[stop][entry]

    def _turn(self, low: int, high: int) -> None:
        order, place, rings, chosen = self.order, self.place, self._rings, self.chosen
        order[low : high + 1] = order[low : high + 1][::-1]
        for at in range(low, high + 1):
            stop = order[at]
            place[stop] = at
            if not rings[stop]:
                self._choose(stop, 1 - chosen[stop])

    def _swap(self, first: int, middle: int, last: int) -> None:
        order, place = self.order, self.place
        order[first : last + 1] = order[middle + 1 : last + 1] + order[first : middle + 1]
        for at in range(first, last + 1):
            place[order[at]] = at
