"""A supervised process is restarted with growing pauses, mended, stopped in time, and never held up by a terminal."""

import os
import signal
import sys

import pytest

from corpusmill.stack import service
from corpusmill.stack.service import Service, wait_until
from corpusmill.stack.supervisor import stop

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
LISTENS = """
import signal, sys
def end(*_):
    open(sys.argv[1], 'a').write(sys.argv[2])
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print('ready', flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def said():
    return []


@pytest.fixture
def make(said):
    """`make("script", arguments…)`: a service that runs it; ended when the test ends."""
    made: list[Service] = []

    def new(script: str, *arguments: str, **options) -> Service:
        options = {"grace_seconds": 10, "say": lambda name, line: said.append(line)} | options
        one = Service("probe", [sys.executable, "-c", script, *arguments], {}, **options)
        made.append(one)
        return one

    yield new
    for one in made:
        one.stop(lambda: True)


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the test moves."""

    class Clock:
        now = 1000.0

        def monotonic(self) -> float:
            return self.now

        def sleep(self, seconds: float) -> None:
            raise AssertionError("nothing sleeps here")

    made = Clock()
    monkeypatch.setattr(service, "time", made)
    return made


def ended(one: Service) -> None:
    one._process.wait(20)


def test_a_process_that_ends_soon_is_started_again_after_pauses_that_double_up_to_a_limit(make, said, clock):
    one = make("raise SystemExit(7)")
    one.start()
    pauses = []
    for _ in range(7):
        ended(one)
        first = one._process
        one.keep()
        pauses.append(int(said[-1].split("again in ")[1].split()[0]))
        clock.now += pauses[-1] - 0.01
        one.keep()
        assert one._process is first
        clock.now += 0.02
        one.keep()
        assert one._process is not first
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert said[0] == "ended with status 7; again in 1 s"


def test_one_that_ran_long_starts_over_with_the_first_pause(make, said, clock):
    one = make("raise SystemExit(7)")
    one.start()
    for _ in range(3):
        ended(one)
        one.keep()
        clock.now += 31
        one.keep()
    ended(one)
    clock.now += 61
    one.keep()
    assert said[-1].endswith("again in 1 s")


def test_one_that_cannot_be_started_is_tried_again(make, said, clock, monkeypatch):
    one = make("raise SystemExit(7)")
    one.start()
    ended(one)
    one.keep()

    def none(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(service.subprocess, "Popen", none)
        clock.now += 2
        one.keep()
    assert said[-1] == "cannot be started (Resource temporarily unavailable); again in 2 s"
    clock.now += 3
    first = one._process
    one.keep()
    assert one._process is not first


@pytest.mark.parametrize(("script", "mended"), [("raise SystemExit(1)", 1), ("raise SystemExit(0)", 0)])
def test_one_that_fails_soon_is_mended_before_it_starts_again(make, said, clock, script, mended):
    calls = []
    one = make(script, mend=lambda: calls.append(1) or "mended")
    one.start()
    ended(one)
    one.keep()
    assert len(calls) == mended
    assert ("mended" in said[-1]) is bool(mended)


def test_one_that_was_killed_or_ran_long_is_not_mended(make, clock):
    calls = []
    one = make("import signal; signal.pause()", mend=lambda: calls.append(1) or "")
    one.start()
    os.kill(one.pid, signal.SIGKILL)
    ended(one)
    one.keep()
    other = make("raise SystemExit(1)", mend=lambda: calls.append(1) or "")
    other.start()
    ended(other)
    clock.now += 61
    other.keep()
    assert calls == []


def test_one_that_is_deaf_is_killed_when_its_grace_time_is_over(make, said):
    one = make(DEAF, grace_seconds=0.2)
    one.start()
    wait_until(lambda: "ready" in said, "the process", limit_seconds=20)
    one.stop()
    assert one._process.returncode == -signal.SIGKILL
    assert said[-1] == "did not end within 0 s; killed"


def test_one_that_is_deaf_is_killed_at_once_when_somebody_hurries(make, said):
    one = make(DEAF, grace_seconds=600)
    one.start()
    wait_until(lambda: "ready" in said, "the process", limit_seconds=20)
    one.stop(lambda: True)
    assert one._process.returncode == -signal.SIGKILL


def test_one_that_listens_is_not_killed(make, said, tmp_path):
    one = make(LISTENS, str(tmp_path / "ends"), "x")
    one.start()
    wait_until(lambda: "ready" in said, "the process", limit_seconds=20)
    one.stop()
    assert one._process.returncode == 0
    assert one.pid is None


def test_services_stop_last_first_each_after_the_one_before(make, said, tmp_path):
    ends = tmp_path / "ends"
    services = [make(LISTENS, str(ends), name) for name in "abc"]
    for one in services:
        one.start()
    wait_until(lambda: said.count("ready") == 3, "the processes", limit_seconds=20)
    stop(services, lambda: False)
    assert ends.read_text() == "cba"


def test_a_line_without_end_comes_in_pieces(make, said):
    one = make("print('x' * 200_000)")
    one.start()
    wait_until(lambda: sum(map(len, said)) == 200_000, "the line", limit_seconds=20)
    assert max(map(len, said)) <= service.LONGEST_LINE_BYTES


def test_a_word_that_it_will_not_run_like_this_is_known(make):
    for status, refuses in ((1, False), (2, True), (3, True), (-9, False)):
        one = make("import os, sys; s = int(sys.argv[1]); s < 0 and os.kill(os.getpid(), -s); sys.exit(s)", str(status))
        one.start()
        ended(one)
        assert one.refuses is refuses
