"""Waking: safe against what others write into the queue, and against a queue that is away."""

import logging
import time
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker, Webhook
from rq.serializers import JSONSerializer

from fabqueue.tasks import work
from fabqueue.tasks.queue import ANALYSIS, ENTRY, MACHINES, ROUTES, SafeJob, Waker, connect, queue
from tests.support.valkey import ValkeyServer
from tests.support.web import reply, web_server


@pytest.fixture
def connection(valkey_server: ValkeyServer) -> Redis:
    return connect(valkey_server.url)


def perform_all(connection: Redis, name: str) -> None:
    """A worker of ours empties a queue."""
    logging.getLogger("rq.worker").setLevel(logging.CRITICAL)  # refused work is logged with its traceback
    SimpleWorker([queue(name, connection)], connection=connection, job_class=SafeJob, serializer=JSONSerializer).work(
        burst=True, logging_level="CRITICAL"
    )


def test_every_task_has_a_route_and_a_function() -> None:
    for name in ROUTES:
        assert callable(work.find(name))


def test_a_wake_up_call_carries_a_name_and_an_id_only(waker: Waker, connection: Redis) -> None:
    assert waker.wake("analyse", "r1")
    (job,) = queue(ANALYSIS, connection).jobs
    assert (job.func_name, job.args, job.kwargs) == (ENTRY, ["analyse", "r1"], {})
    assert (job.result_ttl, job.failure_ttl, job.timeout) == (0, 60, ROUTES["analyse"].seconds)


def test_calls_for_the_same_thing_at_the_same_time_are_one(waker: Waker, connection: Redis) -> None:
    assert [waker.wake("dispatch", every=1000) for _ in range(5)] == [True] * 5
    assert len(queue(MACHINES, connection).jobs) == 1


def test_a_call_reaches_its_task(waker: Waker, connection: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setitem(work._tasks, "advance", lambda _context, key: heard.append(key))
    monkeypatch.setattr(work, "_context", [object()])
    waker("advance", "m1")
    perform_all(connection, MACHINES)
    assert heard == ["m1"]


@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        ("os.system", ["touch {}"], {}),
        ("os.system", [], {"command": "touch {}"}),
        (ENTRY, ["advance", "m1", "touch {}"], {}),
        (ENTRY, ["os.system", "touch {}"], {}),
        (ENTRY, [["advance"], "m1"], {}),
        ("subprocess.getoutput", ["touch {}"], {}),
    ],
)
def test_nothing_else_that_stands_in_the_queue_is_called(
    connection: Redis, tmp_path: Path, function: str, arguments: list[object], named: dict[str, str]
) -> None:
    trace = tmp_path / "trace"
    filled = [each.format(trace) if isinstance(each, str) else each for each in arguments]
    hostile = Queue(MACHINES, connection=connection, serializer=JSONSerializer)
    job = hostile.enqueue(function, args=filled, kwargs={key: each.format(trace) for key, each in named.items()})
    perform_all(connection, MACHINES)
    assert job.get_status(refresh=True) == "failed"
    assert "not a task of ours" in str(job.latest_result().exc_string)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["success_callback_name", "failure_callback_name", "stopped_callback_name"])
def test_no_callback_that_stands_in_the_queue_is_called(connection: Redis, tmp_path: Path, name: str) -> None:
    trace = tmp_path / "trace"
    hostile = Queue(MACHINES, connection=connection, serializer=JSONSerializer)
    job = hostile.enqueue("os.getcwd", description=str(trace))
    connection.hset(job.key, name, "tests.tasks.test_queue.leave_a_trace")
    perform_all(connection, MACHINES)
    assert not trace.exists()


def leave_a_trace(job: SafeJob, *_more: object) -> None:
    Path(str(job.description)).touch()


def test_no_address_that_stands_in_the_queue_is_called(connection: Redis) -> None:
    with web_server(reply(200)) as server:
        hostile = Queue(MACHINES, connection=connection, serializer=JSONSerializer)
        hostile.enqueue("os.getcwd", webhooks=[Webhook(url=server.url, job_status="failed")])
        perform_all(connection, MACHINES)
        assert server.requests == []


def test_a_queue_that_is_away_is_no_error_and_costs_little(tmp_path: Path) -> None:
    waker = Waker(f"unix://{tmp_path}/nothing.sock?db=0")
    began = time.process_time()
    assert [waker.wake("analyse", f"r{number}") for number in range(200)] == [False] * 200
    assert time.process_time() - began < 1
    waker("analyse", "r1")
    waker.close()


def test_it_is_used_again_when_it_is_back(valkey_server: ValkeyServer, waker: Waker, connection: Redis,
                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("fabqueue.tasks.queue.REST_SECONDS", 0.0)
    valkey_server.kill()
    assert not waker.wake("analyse", "r1")
    valkey_server.start()
    assert waker.wake("analyse", "r1")
    assert len(queue(ANALYSIS, connection).jobs) == 1
