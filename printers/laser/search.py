"""Makes a way shorter step by step: parts of it are turned and moved, rings are entered elsewhere.

What must come before something else stays before it. When nothing helps any more, parts that follow one another change
places here and there; what does not help after that is taken back. Nothing depends on the clock.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from random import Random

from printers.laser.way import Way

LONGEST_MOVED = 3
LONGEST_SWAPPED = 30
_LEAST_GAIN_MM = 1e-6
_Gain = tuple[float, tuple[int, ...]]
"""mm, and the stops beside what was changed."""
_NOTHING: _Gain = (0.0, ())


def improve(way: Way, most_looks: int) -> None:
    """Until nothing helps any more, or so many stops were looked at."""
    _settle(way, way.stops, most_looks)
    way.keep()


def shake(way: Way, most_times: int, most_looks: int) -> None:
    """Let parts change places, improve what is beside them, and keep that where it helps."""
    chance, count, looks = Random(1), len(way.chosen), 0
    for _ in range(most_times if count > 2 else 0):
        first = chance.randint(1, count - 1)
        middle = min(count - 1, first + chance.randrange(LONGEST_SWAPPED))
        last = min(count, middle + 1 + chance.randrange(LONGEST_SWAPPED))
        if looks >= most_looks:
            break
        if way.may_swap(first, middle, last):
            gain, stops = _swapped(way, first, middle, last)
            gained, looked = _settle(way, stops, most_looks - looks)
            looks += looked
            if gain + gained < -_LEAST_GAIN_MM:
                way.take_back()
            way.keep()


def _settle(way: Way, stops: Iterable[int], most_looks: int) -> tuple[float, int]:
    """Improve the way beside some stops, and beside those that this changes; mm gained, and how often it looked."""
    waiting, whole, looks = deque(stops), 0.0, 0
    is_waiting = set(waiting)
    while waiting and looks < most_looks:
        stop = waiting.popleft()
        is_waiting.discard(stop)
        gain, touched = _look(way, stop)
        looks += 1
        whole += gain
        for other in (*touched, stop) if touched else ():
            if other < len(way.chosen) and other not in is_waiting:
                is_waiting.add(other)
                waiting.append(other)
    return whole, looks


def _look(way: Way, stop: int) -> _Gain:
    """What helps here is done."""
    for step in (_choose, _turn, _move):
        found = step(way, stop)
        if found[1]:
            return found
    return _NOTHING


def _choose(way: Way, stop: int) -> _Gain:
    """Enter a stop elsewhere, which turns an open path."""
    at = way.place[stop]
    prev, after = way.order[at - 1], way.order[at + 1]
    come, go = way.leave[prev], way.enter[after]
    ends = zip(way.entries[stop], way.exits[stop], way.costs[stop], strict=True)
    if after == way.open_end:
        totals = [abs(come - entry) + cost for entry, _, cost in ends]
    else:
        totals = [abs(come - entry) + abs(go - end) + cost for entry, end, cost in ends]
    least = min(totals)
    gain = totals[way.chosen[stop]] - least
    if gain <= _LEAST_GAIN_MM:
        return _NOTHING
    way.choose(stop, totals.index(least))
    return gain, (prev, after)


def _turn(way: Way, stop: int) -> _Gain:
    """Turn the part of the way that helps most, of those that begin or end beside a stop."""
    best, part = _LEAST_GAIN_MM, None
    for gain, low, high in _turns(way, stop):
        if gain > best and way.may_turn(low, high):
            best, part = gain, (low, high)
    if part is None:
        return _NOTHING
    low, high = part
    way.turn(low, high)
    return best, tuple(way.order[place] for place in (low - 1, low, high, high + 1))


def _turns(way: Way, stop: int) -> Iterator[tuple[float, int, int]]:
    """Parts that can be turned so that a stop comes beside one that is near, and what that gains."""
    order, place, enter, leave, to = way.order, way.place, way.enter, way.leave, way.to
    here = place[stop]
    prev, after = order[here - 1], order[here + 1]
    come, go = abs(leave[prev] - enter[stop]), to(leave[stop], after)
    for other in way.near[stop]:
        there = place[other]
        gain = go - abs(leave[stop] - leave[other])
        if gain > _LEAST_GAIN_MM:
            beyond = order[there + 1]
            first, behind = (after, beyond) if here < there else (beyond, after)
            yield gain + to(leave[other], beyond) - to(enter[first], behind), min(here, there) + 1, max(here, there)
        gain = come - abs(enter[stop] - enter[other])
        if gain > _LEAST_GAIN_MM:
            point = leave[order[there - 1]]
            gain += abs(point - enter[other]) - abs(point - leave[prev])
            yield gain, min(here, there), max(here, there) - 1


def _move(way: Way, stop: int) -> _Gain:
    """Move the part that helps most, of those that begin or end with a stop."""
    best, found = _LEAST_GAIN_MM, None
    for first, last, leads in _parts(way, stop):
        for gain, behind, turned in _places(way, stop, first, last, leads):
            if gain > best and _may_move(way, first, last, behind, turned):
                best, found = gain, (first, last, behind, turned)
    if found is None:
        return _NOTHING
    first, last, behind, turned = found
    touched = {way.order[place] for place in (first - 1, first, last, last + 1, behind, behind + 1)}
    _put(way, first, last, behind, turned)
    return best, tuple(sorted(touched))


def _parts(way: Way, stop: int) -> Iterator[tuple[int, int, bool]]:
    """First and last place of parts that begin or end with a stop, and whether they begin with it."""
    here = way.place[stop]
    for last in range(here, min(here + LONGEST_MOVED, len(way.order) - 1)):
        yield here, last, True
    if way.enter[stop] != way.leave[stop]:
        yield here, here, False
    for first in range(max(1, here - LONGEST_MOVED + 1), here):
        yield first, here, False


def _places(way: Way, stop: int, first: int, last: int, leads: bool) -> Iterator[tuple[float, int, bool]]:
    """What moving a part gains, behind which place and whether turned, to have a stop at its end beside a near one."""
    order, place, enter, leave, to = way.order, way.place, way.enter, way.leave, way.to
    prev, after, head, tail = leave[order[first - 1]], order[last + 1], enter[order[first]], leave[order[last]]
    saved = abs(prev - head) + to(tail, after) - to(prev, after)
    if saved <= _LEAST_GAIN_MM:
        return
    one, end = (head, tail) if leads else (tail, head)
    for other in way.near[stop]:
        there = place[other]
        if first <= there <= last:
            continue
        gain = saved - abs(leave[other] - one)
        if gain > _LEAST_GAIN_MM and there != first - 1:
            beyond = order[there + 1]
            yield gain + to(leave[other], beyond) - to(end, beyond), there, not leads
        gain = saved - abs(enter[other] - one)
        if gain > _LEAST_GAIN_MM and there != last + 1:
            point = leave[order[there - 1]]
            yield gain + abs(point - enter[other]) - abs(point - end), there - 1, leads


def _may_move(way: Way, first: int, last: int, behind: int, turned: bool) -> bool:
    if turned and last > first and not way.may_turn(first, last):
        return False
    return way.may_swap(first, last, behind) if behind > last else way.may_swap(behind + 1, first - 1, last)


def _put(way: Way, first: int, last: int, behind: int, turned: bool) -> None:
    """Move a part behind a place, turned or not."""
    if behind > last:
        way.swap(first, last, behind)
        low = first + behind - last
    else:
        way.swap(behind + 1, first - 1, last)
        low = behind + 1
    if turned:
        way.turn(low, low + last - first)


def _swapped(way: Way, first: int, middle: int, last: int) -> _Gain:
    """Let two parts change places, which may lose something."""
    places = first - 1, first, middle, middle + 1, last, last + 1
    before, one, other, next_one, end, after = (way.order[place] for place in places)
    leave, to = way.leave, way.to
    old = to(leave[before], one) + to(leave[other], next_one) + to(leave[end], after)
    new = to(leave[before], next_one) + to(leave[end], one) + to(leave[other], after)
    way.swap(first, middle, last)
    beside = dict.fromkeys((before, one, other, next_one, end, after))
    return old - new, tuple(stop for stop in beside if stop < len(way.chosen))
