"""The watchdog in a process of its own: what it does to one that hangs, and to one in which no thread can run."""

import subprocess
import sys
import threading

from corpusmill.stack.service import wait_until
from worker.drain.watchdog import EXIT_HUNG, Watchdog

HANGS = """
import sys, threading
from worker.drain.watchdog import Watchdog
dog = Watchdog(deadline_seconds=0.2)
dog.hold(7)
dog.start(lambda hung: print("hung", sorted(hung), flush=True))
def model_that_hangs():
    with dog.step(7):
        threading.Event().wait()
model_that_hangs()
"""


def test_a_step_without_progress_ends_the_process_with_its_stacks_and_last_words():
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == EXIT_HUNG
    assert "hung [7]" in done.stdout
    assert "model_that_hangs" in done.stderr


def test_last_words_that_hang_as_well_do_not_keep_the_process():
    hangs = HANGS.replace('print("hung", sorted(hung), flush=True)', "threading.Event().wait()")
    done = subprocess.run([sys.executable, "-c", hangs], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == EXIT_HUNG


def test_a_lease_is_extended_until_its_step_hangs():
    dog = Watchdog(deadline_seconds=0.1)
    dog.hold(1)
    dog.hold(2)
    with dog.step(2):
        assert dog.living() == {1, 2}
        wait_until(lambda: dog.hung() == {2}, "the deadline", limit_seconds=10)
        assert dog.living() == {1}
        dog.progress(2)
        assert dog.living() == {1, 2}
    dog.drop(1)
    assert dog.living() == {2}


def test_a_lease_that_waits_between_two_steps_has_no_deadline():
    dog = Watchdog(deadline_seconds=0.01)
    dog.hold(1)
    with dog.step(1):
        pass
    threading.Event().wait(0.05)
    assert dog.living() == {1}


def test_a_lease_given_away_is_lost_until_it_is_dropped():
    dog = Watchdog(deadline_seconds=10)
    dog.hold(1)
    dog.lose({1, 2})
    assert dog.is_lost(1)
    assert not dog.is_lost(2)
    dog.drop(1)
    assert not dog.is_lost(1)
