"""Programs under limits: each limit ends the program that breaks it, and nothing is left afterwards."""

import sys
import threading
import time
from pathlib import Path

import pytest

from printers.limits import KEPT_OUTPUT, Finished, Limits, run_limited
from tests.support.octoprint import CHECKOUT, eventually

GENEROUS = Limits(memory_bytes=1 << 30, cpu_seconds=20, wall_seconds=30, output_bytes=1 << 20)


def _python(code: str, folder: Path, **limits: float) -> Finished:
    chosen = Limits(**{**{name: getattr(GENEROUS, name) for name in Limits.__slots__}, **limits})  # type: ignore[arg-type]
    return run_limited([sys.executable, "-c", code], chosen, folder)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_keeps_to_the_limits_tells_its_words_and_code(tmp_path: Path) -> None:
    done = _python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert done.returncode == 3
    assert set(done.output.split()) == {"out", "err"}
    assert done.killed is None


def test_it_ends_a_program_that_waits_for_ever(tmp_path: Path) -> None:
    assert _python("import time; time.sleep(600)", tmp_path, wall_seconds=0.5).killed == "wall"


def test_it_ends_a_program_that_closes_its_output_and_goes_on(tmp_path: Path) -> None:
    assert (
        _python("import os, time; os.close(1); os.close(2); time.sleep(600)", tmp_path, wall_seconds=0.5).killed
        == "wall"
    )


def test_it_ends_a_program_that_only_computes(tmp_path: Path) -> None:
    assert _python("while True: pass", tmp_path, cpu_seconds=1).killed == "cpu"


def test_it_ends_a_program_that_ignores_the_end_of_its_time(tmp_path: Path) -> None:
    code = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    done = _python(code, tmp_path, cpu_seconds=1)
    assert (done.returncode, done.killed) == (-9, "cpu")


def test_it_refuses_memory_beyond_the_limit(tmp_path: Path) -> None:
    done = _python("x = bytearray(2 << 30)", tmp_path)
    assert done.returncode == 1
    assert done.killed == "memory"


def test_it_ends_a_program_that_writes_without_end(tmp_path: Path) -> None:
    code = (
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
        "with open('big', 'wb') as f:\n  while True: f.write(bytes(65536))"
    )
    assert _python(code, tmp_path).killed == "output"
    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_it_keeps_only_the_last_words_of_a_chatterbox(tmp_path: Path) -> None:
    done = _python("print('x' * 5_000_000); print('the end')", tmp_path)
    assert done.output.endswith("the end\n")
    assert len(done.output) <= KEPT_OUTPUT


def test_it_leaves_no_grandchild_behind(tmp_path: Path) -> None:
    done = _python("import subprocess; print(subprocess.Popen(['sleep', '600']).pid)", tmp_path)
    assert done.killed is None
    pid = int(done.output)
    eventually(lambda: not _alive(pid), seconds=10)


def test_a_program_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABQUEUE_SECRET", "s3cret")
    done = _python("import os; print(sorted(os.environ)); print(os.environ['HOME'])", tmp_path)
    assert "FABQUEUE_SECRET" not in done.output
    assert done.output.endswith(f"{tmp_path}\n")


def test_it_works_beside_other_threads(tmp_path: Path) -> None:
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(_python("print(1)", tmp_path).returncode)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0, 0, 0, 0]


def test_a_limit_that_is_already_stricter_stays(tmp_path: Path) -> None:
    outer = "import resource, subprocess, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n" + (
        f"sys.path.insert(0, {str(CHECKOUT)!r})\n"
        "from pathlib import Path\nfrom printers.limits import Limits, run_limited\n"
        "done = run_limited(['sh', '-c', 'ulimit -f'], Limits(1 << 30, 20, 20, 1 << 20), Path('.'))\n"
        "print(done.returncode, done.output)"
    )
    done = _python(outer, tmp_path, output_bytes=1 << 30)
    assert done.output.split() == ["0", "8"]  # blocks of 512 bytes


def test_a_missing_program_has_its_own_code(tmp_path: Path) -> None:
    started = time.monotonic()
    done = run_limited(["/nowhere/program"], GENEROUS, tmp_path)
    assert done.returncode in {126, 127}
    assert time.monotonic() - started < GENEROUS.wall_seconds
