"""When will it be finished: simple, and silent where it cannot know."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fabqueue.dispatch.forecast import CLEARING, ZERO, Span, finish, free_after
from fabqueue.dispatch.order import Place, ahead_of, ordered

HOUR = Span.predicted(3600)
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_alone_on_a_free_machine_it_takes_what_it_takes() -> None:
    assert finish(HOUR, [], [ZERO]) == HOUR


def test_what_runs_now_and_the_clear_after_it_come_first() -> None:
    free = free_after(Span.predicted(600), needs_clearing=True)
    found = finish(HOUR, [], [free])
    assert found is not None
    assert found.expected == 3600 + 600 + CLEARING[1]
    assert found.low < found.expected < found.high


def test_runs_before_it_are_shared_among_the_machines() -> None:
    one, two = finish(HOUR, [HOUR, HOUR], [ZERO]), finish(HOUR, [HOUR, HOUR], [ZERO, ZERO])
    assert one is not None
    assert two is not None
    assert one.expected == 3 * 3600 + 2 * CLEARING[1]
    assert two.expected == 2 * 3600 + CLEARING[1]


def test_nothing_is_said_where_something_is_unknown() -> None:
    assert finish(None, [], [ZERO]) is None
    assert finish(HOUR, [None], [ZERO]) is None
    assert finish(HOUR, [], []) is None
    assert finish(HOUR, [], [ZERO, None]) is None
    assert free_after(None, needs_clearing=True) is None


@given(st.lists(st.integers(1, 100_000), max_size=8), st.integers(1, 100_000), st.integers(1, 4))
def test_more_machines_never_finish_later(ahead: list[int], own: int, machines: int) -> None:
    spans = [Span.predicted(each) for each in ahead]
    fewer, more = (finish(Span.predicted(own), spans, [ZERO] * count) for count in (machines, machines + 1))
    assert fewer is not None
    assert more is not None
    assert more.expected <= fewer.expected
    assert fewer.low <= fewer.expected <= fewer.high


def place(run_id: str, priority: int = 0, minutes: int = 0) -> Place:
    return Place(run_id, priority, START + timedelta(minutes=minutes), START)


def test_priority_goes_before_approval_and_approval_before_chance() -> None:
    late, early, urgent, twin = place("b", 0, 5), place("c", 0, 1), place("d", 3, 9), place("a", 0, 5)
    assert ordered([late, early, urgent, twin]) == [urgent, early, twin, late]
    assert ahead_of(late, [late, early, urgent, twin]) == [urgent, early, twin]
