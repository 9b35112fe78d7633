"""When will it be finished: the queue played through by the rules of dispatch, and silent where it cannot know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from types import SimpleNamespace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fabqueue.config import QueueSettings
from fabqueue.dispatch import match
from fabqueue.dispatch.forecast import FARTHEST, ZERO, Made, Span, Task, Tool, play
from fabqueue.dispatch.habits import learned, waits
from fabqueue.dispatch.match import Alone, Bench, Loaded, Room, Wish
from fabqueue.models import MachineKind
from fabqueue.services import ordering
from fabqueue.services.hours import Hours
from fabqueue.services.ordering import Place, ranked

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = NOON.timestamp()
HOUR = 3600.0
CLEARING = Span(0.0, 600.0, 3600.0)
STARTING = Span(0.0, 1800.0, 3 * 3600.0)
RULES = QueueSettings()
GREY, BLUE = Loaded("s1", "pla", "grey", 900_000), Loaded("s2", "pla", "blue", 900_000)
DAYS = {str(day): [["09:00", "21:00"]] for day in range(1, 6)}


def tool(key: str = "m1", busy: Span | None = ZERO, *, cleared: bool = True, **facts: object) -> Tool:
    bench = replace(Bench(key, key, "model", loaded=(GREY,)), **facts)  # type: ignore[arg-type]
    return Tool(bench, busy, cleared, CLEARING, STARTING if match.by_person(bench) else ZERO)


def room(tools: list[Tool], week: dict[str, list[list[str]]] | None = None, at: datetime = NOON) -> Room:
    benches = {each.bench.id: each.bench for each in tools}
    return Room(at.timestamp(), Hours(week or {}, [], "UTC", at), bench=benches.get)


def tasks(*lengths: float | None, rules: QueueSettings = RULES, **wish: object) -> list[Task]:
    """Runs called a, b, c ... that were approved one after the other; None: of unknown length."""
    places = [
        Place(name, name, 0, NOON - timedelta(hours=5, minutes=-number), NOON, seconds=round((length or 1) * HOUR))
        for number, (name, length) in enumerate(zip("abcdefghij", lengths, strict=False))
    ]
    known = dict(zip("abcdefghij", lengths, strict=False))
    return [
        Task(each, needs(known[each.place.run_id], **wish), _span(known[each.place.run_id]))
        for each in sorted(ranked(places, {}, rules), key=lambda each: each.key(AT))
    ]


def needs(hours: float | None, **wish: object) -> Wish:
    return Wish("model", "pla", "PLA", seconds=None if hours is None else hours * HOUR, **wish)  # type: ignore[arg-type]


def _span(hours: float | None) -> Span | None:
    return None if hours is None else Span.predicted(hours * HOUR)


def forecast(waiting: list[Task], tools: list[Tool], **more: object) -> dict[str, Made]:
    return play(waiting, tools, room(tools, **more))  # type: ignore[arg-type]


def hours_from_noon(made: Made) -> tuple[float, float, float]:
    low, expected, high = ((each - AT) / HOUR for each in (made.finish.low, made.finish.expected, made.finish.high))
    return round(low, 3), round(expected, 3), round(high, 3)


def test_alone_on_a_free_machine_it_takes_what_it_takes() -> None:
    assert hours_from_noon(forecast(tasks(1), [tool()])["a"]) == (0.9, 1.0, 1.25)


def test_what_runs_now_and_the_clear_after_it_come_first() -> None:
    found = forecast(tasks(1), [tool(busy=Span.predicted(600), cleared=False)])["a"]
    assert hours_from_noon(found)[1] == round(1 + 1 / 6 + 1 / 6, 3)
    assert found.finish.low < found.finish.expected < found.finish.high


def test_runs_before_it_are_shared_among_the_machines() -> None:
    one, two = (forecast(tasks(1, 1, 1), tools)["c"] for tools in ([tool()], [tool(), tool("m2")]))
    assert hours_from_noon(one)[1] == round(3 + 2 / 6, 3)
    assert hours_from_noon(two)[1] == round(2 + 1 / 6, 3)


def test_nothing_is_said_where_something_is_unknown() -> None:
    assert forecast(tasks(None), [tool()]) == {}
    assert forecast(tasks(1), []) == {}
    assert forecast(tasks(1), [tool(busy=None)]) == {}
    assert forecast(tasks(1), [tool(fault=True)]) == {}
    assert forecast(tasks(1), [tool(drawings_only=True)]) == {}
    assert forecast(tasks(None), [tool(manual=True)]) == {}
    assert forecast(tasks(1, colour="blue"), [tool()]) == {}
    assert set(forecast(tasks(None, 1), [tool(), tool("m2")])) == {"b"}
    assert forecast(tasks(None, 1), [tool()]) == {}


def test_a_machine_goes_on_to_what_it_may_take() -> None:
    blue = replace(tasks(1)[0], wish=needs(1, colour="blue"))
    found = play([blue, *tasks(1, 1)[1:]], [tool()], room([tool()]))
    assert set(found) == {"b"}
    assert hours_from_noon(found["b"])[1] == 1


def test_what_would_be_at_work_after_closing_waits_for_the_morning_and_shorter_ones_go_before() -> None:
    """At noon nine hours are left, and the clear of what is finished late waits for the morning as well."""
    found = forecast(tasks(8, 2), [tool()], week=DAYS)
    assert hours_from_noon(found["b"])[1] == 2
    assert hours_from_noon(found["a"])[1] == 21 + 8
    alone = forecast(tasks(8, 2), [tool(alone=Alone(12 * HOUR))], week=DAYS)
    assert hours_from_noon(alone["b"])[1] == 2
    assert hours_from_noon(alone["a"])[1] == round(2 + 1 / 6 + 8, 3)
    assert forecast(tasks(11), [tool()], week=DAYS) == {}


def test_a_bed_is_cleared_when_somebody_is_there_again() -> None:
    found = forecast(tasks(8, 1, 1), [tool(alone=Alone(12 * HOUR))], week=DAYS, at=NOON)
    ends = sorted(hours_from_noon(each)[1] for each in found.values())
    assert ends == [1, round(2 + 1 / 6, 3), round(2 + 2 / 6 + 8, 3)]
    more = forecast(tasks(9, 9), [tool(alone=Alone(12 * HOUR))], week=DAYS)
    assert hours_from_noon(more["a"])[1] == 9
    assert hours_from_noon(more["b"])[1] == round(21 + 1 / 6 + 9, 3)


def test_a_preferred_machine_is_waited_for_as_long_as_the_rule_says() -> None:
    busy = [tool(busy=Span(*(5 * HOUR,) * 3), cleared=False), tool("m2")]
    patient = tasks(1, machine_id="m1", patient_until=AT + 8 * HOUR)
    assert forecast(patient, busy)["a"].machine_id == "m1"
    hurried = tasks(1, machine_id="m1", patient_until=AT + 2 * HOUR)
    found = forecast(hurried, busy)["a"]
    assert (found.machine_id, found.start) == ("m2", AT + 2 * HOUR)
    foreign = [tool(busy=None, foreign=True), tool("m2")]
    assert forecast(patient, foreign)["a"].machine_id == "m2"
    required = tasks(1, machine_id="m1", required=True)
    assert forecast(required, foreign) == {}
    assert hours_from_noon(forecast(required, busy)["a"])[1] == round(6 + 1 / 6, 3)


def test_what_was_sent_back_from_a_laser_goes_there_later_and_another_takes_it_at_once() -> None:
    lasers = [tool(each, kind=MachineKind.LASER) for each in ("m1", "m2")]
    away, other = tasks(1, 1)
    away = replace(away, away=("m1", AT + HOUR))
    assert play([away], lasers[:1], room(lasers))["a"].start == AT + 1.5 * HOUR  # it is there again, and armed
    both = play([away, other], lasers[:1], room(lasers))
    assert both["b"].start == AT + 0.5 * HOUR
    assert both["a"].start == both["b"].finish.expected + 600 + 0.5 * HOUR
    found = play([away, other], lasers, room(lasers))
    assert {key: (each.machine_id, each.start) for key, each in found.items()} == {
        "a": ("m2", AT + 0.5 * HOUR), "b": ("m1", AT + 0.5 * HOUR)
    }  # fmt: skip


def test_what_comes_near_its_day_moves_forward_in_time() -> None:
    """Six hours from now it becomes urgent, and goes before the two that stand before it."""
    first, second, third, due = tasks(6, 6, 6, 6, rules=replace(RULES, fair_share=0, shortest_first=0))
    place = due.ranked.place._replace(due=NOON + timedelta(hours=24 + 7.5 + 6))
    urgent = ranked([place], {}, replace(RULES, fair_share=0, shortest_first=0))[0]
    found = forecast([first, second, third, replace(due, ranked=urgent)], [tool()])
    order = sorted(found, key=lambda key: found[key].start)
    assert order == ["a", "d", "b", "c"]


def test_a_machine_that_is_cleared_later_than_the_others_gets_less() -> None:
    """Two hours by two until somebody comes to the one in the cellar; ten minutes to the other."""
    cellar = replace(tool("m2"), clearing=Span(*(2 * HOUR,) * 3))
    found = forecast(tasks(1, 1, 1, 1), [tool(), cellar])
    made_in = [each.machine_id for each in sorted(found.values(), key=lambda each: each.start)]
    assert sorted(made_in) == ["m1", "m1", "m1", "m2"]


# what a person starts

LASER = {"kind": MachineKind.LASER}
HAND = {"manual": True, "kind": MachineKind.OTHER, "slots": 0, "loaded": ()}


def test_what_a_person_starts_counts_how_long_they_take_to_come() -> None:
    for facts in (LASER, HAND):
        found = forecast(tasks(1), [tool(**facts)])["a"]
        assert found.by_person
        assert (found.start - AT) / HOUR == 0.5
        assert hours_from_noon(found) == (0.9, 1.5, 4.25)
    two = forecast(tasks(1, 1), [tool(**LASER)])["b"]
    assert hours_from_noon(two)[1] == round(2 * 1.5 + 1 / 6, 3)  # and the clear between them


def test_people_start_nothing_outside_the_hours_and_nothing_burns_beyond_them() -> None:
    """Ten of the thirty minutes until somebody comes are left for the morning; two hours more end after closing."""
    late = NOON.replace(hour=20, minute=40)
    found = forecast(tasks(0.2), [tool(**HAND)], week=DAYS, at=late)["a"]
    assert found.start == datetime(2026, 11, 24, 9, 10, tzinfo=UTC).timestamp()
    long = forecast(tasks(2), [tool(**LASER)], week=DAYS, at=NOON.replace(hour=19, minute=30))["a"]
    assert long.start == datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp()
    assert long.finish.high == datetime(2026, 11, 24, 13, 0, tzinfo=UTC).timestamp()


def test_a_run_that_fills_the_day_is_begun_in_time_and_a_longer_one_where_a_person_may_know_better() -> None:
    evening = NOON.replace(hour=20)
    filling = forecast(tasks(9.5), [tool(**LASER)], week=DAYS, at=evening)["a"]  # nearly twelve hours, at the longest
    closes = datetime(2026, 11, 24, 21, 0, tzinfo=UTC).timestamp()
    assert filling.start == closes - 9.5 * HOUR * ordering.LATE
    assert forecast(tasks(11), [tool(**LASER)], week=DAYS) == {}
    assert forecast(tasks(11), [tool(**(HAND | LASER))], week=DAYS) == {}
    assert forecast(tasks(11), [tool(**HAND)], week=DAYS)["a"].start == AT + 1800


def test_what_machines_take_by_themselves_is_left_to_them() -> None:
    found = forecast(tasks(1, 1), [tool(), tool("m2", manual=True)])
    assert {each.machine_id for each in found.values()} == {"m1"}
    assert not any(each.by_person for each in found.values())
    broken = forecast(tasks(1), [tool(fault=True), tool("m2", manual=True)])
    assert (broken["a"].machine_id, broken["a"].by_person) == ("m2", True)


def test_a_laser_takes_what_its_sheet_is_large_enough_for() -> None:
    sheet = replace(GREY, left_mm2=100_000, sheet_mm=(600.0, 400.0))
    assert forecast(tasks(1, mm2=50_000, sheet_mm=(300.0, 200.0)), [tool(**LASER, loaded=(sheet,))])
    assert forecast(tasks(1, mm2=150_000), [tool(**LASER, loaded=(sheet,))]) == {}
    assert forecast(tasks(1, mm2=1, sheet_mm=(700.0, 200.0)), [tool(**LASER, loaded=(sheet,))]) == {}


def test_how_long_people_take_is_learned_from_when_they_could_have_started() -> None:
    """Not while the bed was full, not before the file was there, and by the arming rather than the start."""

    def run(machine: str, made: float, begun: float, cleared: float, **more: object) -> SimpleNamespace:
        moments = {"created_at": made, "started_at": begun, "cleared_at": cleared, "claimed_at": begun, **more}
        at = {key: NOON + timedelta(hours=each) for key, each in moments.items() if isinstance(each, float)}
        return SimpleNamespace(**({"machine_id": machine, "kind": MachineKind.OTHER, "armed_at": None} | at))

    first, second = run("m1", 0.0, 1.0, 3.0), run("m1", 2.0, 5.0, 6.0)
    laser = run("m2", 0.0, 4.0, 5.0, claimed_at=1.0, armed_at=3.0)
    laser.kind = MachineKind.LASER
    took = {(key, (until - since) / HOUR) for key, (since, until) in waits([second, laser, first])}
    assert took == {("m1", 1.0), ("m1", 2.0), ("m2", 2.0)}


def test_what_clears_took_is_learned_from_the_time_in_which_the_lab_was_open() -> None:
    evening = NOON.replace(hour=20, minute=50).timestamp()
    clears = [(AT, AT + minutes * 60.0) for minutes in (2, 4, 6, 8, 10, 12, 14, 16, 18)]
    assert learned(Hours({}, [], "UTC", NOON), clears) == Span(360.0, 600.0, 960.0)
    overnight = [(evening, evening + 12 * HOUR + 20 * 60)] * 3  # ten minutes before closing, ten after opening
    assert learned(Hours(DAYS, [], "UTC", NOON), overnight).expected == 20 * 60


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.integers(1, 66).map(lambda tens: tens * 600), st.sampled_from(["", "grey", "blue"]),
            st.sampled_from(["", "m1", "m2"]), st.booleans(), st.sampled_from([None, 20, 40])
        ),
        max_size=9,
    ),
    st.booleans(),
    st.integers(0, 23),
)  # fmt: skip
@example([(0, 34800, "", "m1", False, None)], True, 0)  # left to the first even where it would take too long there
def test_the_forecast_says_what_dispatch_would_do(
    facts: list[tuple[int, int, str, str, bool, int | None]], keeps_hours: bool, hour: int
) -> None:
    """Against claiming itself, one machine after the other: the order of `ordering`, the refusals of `match`."""
    at = NOON.replace(hour=hour)
    places, wishes = [], {}
    for number, (age, seconds, colour, asked, required, due) in enumerate(facts):
        key, approved = str(number), at - timedelta(hours=age)
        day = at + timedelta(hours=due) if due else None
        places.append(Place(key, key, 0, approved, approved, None, seconds, day))
        wishes[key] = Wish("model", "pla", "PLA", colour, 1, seconds, asked, bool(asked) and required,
                           approved.timestamp() + 4 * HOUR)  # fmt: skip
    tools = [replace(each, clearing=Span(600.0, 600.0, 600.0)) for each in (
        tool(), tool("m2", loaded=(GREY, BLUE), alone=Alone(12 * HOUR)), tool("m3", Span(1200.0, 1200.0, 1200.0))
    )]  # fmt: skip
    there = room(tools, DAYS if keeps_hours else None, at)
    waiting = [Task(each, wishes[each.place.run_id], Span(*(float(each.place.seconds),) * 3))
               for each in ranked(places, {}, RULES)]  # fmt: skip
    found = play(waiting, tools, there)
    assert {key: (made.machine_id, made.start) for key, made in found.items()} == _claimed(places, wishes, tools, there)


def _claimed(
    places: list[Place], wishes: dict[str, Wish], tools: list[Tool], there: Room
) -> dict[str, tuple[str, float]]:
    """Every machine asks every ten minutes, dispatch more often; ten minutes after each run its bed is clear."""
    assert there.hours is not None
    free: list[tuple[float, int]] = []
    for number, each in enumerate(tools):
        assert each.busy is not None
        heappush(free, (there.at + each.busy.expected, number))
    left, took = {each.run_id: each for each in places}, {}
    while free and left:
        now, number = heappop(free)
        if now > there.at + 15 * 86400:
            continue
        bench, moment = tools[number].bench, replace(there, at=now)
        order = ordering.arranged(left.values(), {}, RULES, datetime.fromtimestamp(now, UTC))
        first = next((each for each in order if match.refusal(wishes[each.run_id], bench, moment) is None), None)
        if first is None:
            heappush(free, (now + 600, number))
            continue
        took[first.run_id] = (bench.id, now)
        del left[first.run_id]
        heappush(free, (there.hours.worked(now + first.seconds, 600.0), number))
    return took


def test_nothing_is_said_about_what_is_years_away() -> None:
    assert FARTHEST < 500 * 86400
    found = forecast(tasks(9000, 1, rules=replace(RULES, shortest_first=0, fair_share=0)), [tool()])
    assert set(found) == {"a"}
