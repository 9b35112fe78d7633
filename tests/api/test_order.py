"""The order of the queue by the API: read, pinned, moved, let go, taken back."""

from collections.abc import Callable
from typing import Any

import pytest

from fabqueue.models import Machine, Revision
from tests.api.conftest import Caller, made, problem, wish

Ask = Callable[[], dict[str, Any]]


@pytest.fixture
def ask(alice: Caller, tara: Caller, box: Revision, bench: Machine) -> Ask:
    """Another approved job of Alice's for the tool of `bench`."""

    def another() -> dict[str, Any]:
        job = made(alice.post("/jobs", wish(box)))
        return made(tara.post(f"/jobs/{job['id']}/approve"), 200)

    return another


@pytest.fixture
def three(ask: Ask) -> list[str]:
    """The codes of three jobs that wait, first come first."""
    return [ask()["code"] for _ in range(3)]


def line(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made(caller.get("/queue", query_string=query), 200)["items"]
    return found


def order(caller: Caller) -> list[str]:
    return [each["job"] for each in line(caller, machine_model="foam-cutter")]


def test_the_queue_is_read_in_its_order(tara: Caller, three: list[str]) -> None:
    rows = line(tara)
    assert [(each["job"], each["place"]) for each in rows] == list(zip(three, (1, 2, 3), strict=True))
    assert rows[0] == {
        "id": rows[0]["id"], "job": three[0], "machine_model": "foam-cutter", "place": 1, "pin": None, "plate": None,
        "undo": False,
    }  # fmt: skip
    assert line(tara, machine_model="marlin-250") == []
    problem(tara.get("/queue", query_string={"machine_model": "no-such"}), 422, "machine_model_unknown")


def test_its_pages_follow_one_another(tara: Caller, three: list[str]) -> None:
    first = made(tara.get("/queue", query_string={"limit": 2}), 200)
    assert [each["job"] for each in first["items"]] == three[:2]
    rest = made(tara.get(first["next"].partition("/api/v1")[2]), 200)
    assert ([each["job"] for each in rest["items"]], rest["next"]) == (three[2:], None)


@pytest.mark.parametrize(
    ("where", "result"),
    [
        ({"before": 0}, [2, 0, 1]),
        ({"before": 1}, [0, 2, 1]),
        ({"after": 0}, [0, 2, 1]),
        ({"after": 1}, [0, 1, 2]),
        ({"place": 1}, [2, 0, 1]),
        ({"place": 2}, [0, 2, 1]),
        ({"place": 10**30}, [0, 1, 2]),
    ],
)
def test_a_job_is_moved(tara: Caller, three: list[str], where: dict[str, int], result: list[int]) -> None:
    body = {name: value if name == "place" else three[value] for name, value in where.items()}
    job = made(tara.post(f"/jobs/{three[2]}/move", body), 200)
    assert order(tara) == [three[each] for each in result]
    assert job["position"] == job["pin"] == order(tara).index(three[2]) + 1


def test_the_first_goes_behind_the_next(tara: Caller, three: list[str]) -> None:
    made(tara.post(f"/jobs/{three[0]}/move", {"after": three[1]}), 200)
    assert order(tara) == [three[1], three[0], three[2]]
    assert [each["pin"] for each in line(tara)] == [1, 2, None]


def test_what_names_no_place_or_several_is_refused(tara: Caller, three: list[str]) -> None:
    path = f"/jobs/{three[2]}/move"
    for body in ({}, {"before": three[0], "place": 1}, {"before": three[0], "after": three[1]}):
        problem(tara.post(path, body), 422, "queue_move_where")
    assert problem(tara.post(path, {"place": 0}), 422, "queue_place_out_of_bounds")["errors"][0]["field"] == "place"
    assert order(tara) == three


def test_a_job_goes_beside_none_that_does_not_wait(tara: Caller, alice: Caller, three: list[str]) -> None:
    made(alice.post(f"/jobs/{three[1]}/cancel"), 200)
    assert problem(tara.post(f"/jobs/{three[2]}/move", {"before": three[1]}), 409, "queue_not_beside")["state"] == (
        "cancelled"
    )
    assert problem(tara.post(f"/jobs/{three[1]}/move", {"before": three[0]}), 409)["state"] == "cancelled"
    problem(tara.post(f"/jobs/{three[2]}/move", {"before": three[2]}), 409, "queue_not_beside")
    problem(tara.post(f"/jobs/{three[2]}/move", {"before": "J-none"}), 404)


def test_a_job_is_pinned_and_let_go(tara: Caller, alice: Caller, three: list[str]) -> None:
    pinned = made(tara.post(f"/jobs/{three[1]}/pin"), 200)
    assert pinned["pin"] == 2
    assert made(alice.get(f"/jobs/{three[1]}"), 200)["pin"] is None
    assert {"unpin", "move"} <= set(pinned["actions"])
    assert "pin" not in pinned["actions"]
    made(tara.post(f"/jobs/{three[2]}/reprioritise", {"priority": 9}), 200)
    assert order(tara) == three
    let_go = made(tara.post(f"/jobs/{three[1]}/unpin"), 200)
    assert (let_go["pin"], order(tara)) == (None, [three[0], three[2], three[1]])
    assert {"pin", "move"} <= set(let_go["actions"])


def test_the_last_move_is_taken_back_by_whoever_made_it(
    tara: Caller, call: Callable[..., Caller], lab: Any, three: list[str]
) -> None:
    adam, path = call(lab.adam), f"/jobs/{three[2]}"
    made(tara.post(f"{path}/move", {"before": three[0]}), 200)
    assert [each["undo"] for each in line(tara)] == [True, False, False]
    assert not any(each["undo"] for each in line(adam))
    problem(adam.post(f"{path}/unmove"), 409, "undo_not_offered")
    assert made(tara.post(f"{path}/unmove"), 200)["pin"] is None
    assert order(tara) == three
    problem(tara.post(f"{path}/unmove"), 409, "undo_not_offered")


def test_a_repeated_move_gets_the_first_answer(tara: Caller, three: list[str]) -> None:
    key, body = {"Idempotency-Key": "once"}, {"before": three[0]}
    first = made(tara.post(f"/jobs/{three[2]}/move", body, headers=key), 200)
    made(tara.post(f"/jobs/{three[1]}/move", {"place": 1}), 200)
    assert made(tara.post(f"/jobs/{three[2]}/move", body, headers=key), 200) == first
    assert order(tara)[0] == three[1]


def test_the_order_is_for_technicians(alice: Caller, bob: Caller, visitor: Caller, three: list[str]) -> None:
    for action in ("pin", "unpin", "move", "unmove"):
        path, body = f"/jobs/{three[0]}/{action}", {"place": 1}
        problem(alice.post(path, body), 403, "call_forbidden")
        problem(bob.post(path, body), 404)
        problem(visitor.post(path, body), 401)
    problem(alice.get("/queue"), 403, "call_forbidden")
    problem(visitor.get("/queue"), 401)
    assert not {"pin", "unpin", "move"} & set(made(alice.get(f"/jobs/{three[0]}"), 200)["actions"])
