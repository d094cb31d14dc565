"""Processes that start, die and stop: nothing accepted is lost, nothing is left behind."""

import os
import signal
from pathlib import Path

import click
import pytest

from corpusmill.stack.service import wait_until
from tests.acceptance.conftest import Stack

SENTENCES = [
    "The committee will meet again on Thursday to discuss the budget for next year.",
    "Rain is expected in the north, with strong winds along the coast during the night.",
    "She opened the old wooden box and found a bundle of letters tied with a blue ribbon.",
    "The new bridge was closed for repairs only three weeks after the ceremony.",
]


def documents(count: int) -> list[dict[str, str]]:
    return [{"custom_id": f"d{i}", "text": f"Number {i}. " + " ".join(SENTENCES)} for i in range(count)]


def running(stack: Stack, job: dict) -> bool:
    with stack.client() as client:
        return client.get(f"/jobs/{job['id']}")["counts"]["running"] > 0


@pytest.fixture
def quick(fresh_stack) -> Stack:
    """A stack that notices death within seconds."""
    return fresh_stack(lease_seconds=4, heartbeat_seconds=1, sweep_seconds=1, poll_seconds=1, batch_items=24)


def test_a_worker_killed_in_the_middle_of_a_batch_loses_no_document(quick: Stack):
    quick.start()
    job = quick.submit("translation", documents(72))
    wait_until(lambda: running(quick, job), "the first batch", limit_seconds=60)
    victim = quick.child_pid()
    os.kill(victim, signal.SIGKILL)
    ended = quick.wait(job)
    assert ended["status"] == "completed"
    lines = quick.lines(job)
    assert [line["custom_id"] for line in lines] == [f"d{i}" for i in range(72)]
    assert all(line["output"]["text"] for line in lines)
    assert victim not in quick.pids()


def test_nothing_is_orphaned_when_the_supervisor_is_killed(quick: Stack):
    quick.start()
    assert quick.process is not None
    assert len(quick.pids()) >= 5
    quick.process.kill()
    quick.process.wait()
    try:
        wait_until(lambda: not quick.pids(), "the end of every process", limit_seconds=60)
    except click.ClickException:
        pytest.fail(f"left: {quick.pids()}\n{quick.text()[-3000:]}")


def test_documents_survive_a_restart_of_everything(quick: Stack):
    quick.start()
    job = quick.submit("translation", documents(60))
    wait_until(lambda: running(quick, job), "the first batch", limit_seconds=60)
    assert quick.stop() == 0
    assert not quick.pids()
    quick.start()
    assert quick.wait(job)["status"] == "completed"
    assert len(quick.lines(job)) == 60


def test_a_stop_gives_leases_back_and_leaves_no_process(fresh_stack):
    stack = fresh_stack(batch_items=8)
    stack.start()
    job = stack.submit("translation", documents(3000))
    wait_until(lambda: running(stack, job), "the first batch", limit_seconds=60)
    assert stack.stop() == 0
    assert not stack.pids()
    from sqlalchemy import func, select

    from ledger.engine import Ledger
    from ledger.work.states import State
    from ledger.work.tables import Lease, WorkItem

    ledger = Ledger(f"sqlite:///{stack.data_dir / 'ledger.db'}")
    with ledger.read() as session:
        assert session.scalar(select(func.count()).select_from(Lease)) == 0
        left = session.scalar(select(func.count()).select_from(WorkItem).where(WorkItem.state == State.AVAILABLE))
        charged = session.scalar(select(func.max(WorkItem.attempt)).where(WorkItem.state == State.AVAILABLE))
    ledger.close()
    assert left
    assert charged == 0


def test_work_is_done_with_the_broker_dead_and_requests_do_not_wait_for_it(quick: Stack):
    quick.start()
    broker = next(pid for pid, command in quick.pids().items() if "valkey-server" in command)
    os.kill(broker, signal.SIGSTOP)
    try:
        job = quick.submit("translation", documents(10))
        assert quick.wait(job)["status"] == "completed"
    finally:
        os.kill(broker, signal.SIGCONT)


def test_a_process_that_dies_is_started_again(quick: Stack):
    quick.start()
    web = quick.pid_of("corpusmill web")
    os.kill(web, signal.SIGKILL)

    def back() -> bool:
        return any(pid != web and command.endswith("corpusmill web") for pid, command in quick.pids().items())

    wait_until(back, "a new web process", limit_seconds=30)
    assert "web    | ended with status -9" in quick.text()


def test_a_second_stack_on_the_same_directory_is_refused(quick: Stack):
    quick.start()
    done = quick.run("up", "--port", "0")
    assert done.returncode == 3
    assert "another stack runs on" in done.stderr


def test_a_worker_serves_only_the_queues_it_is_given(fresh_stack):
    stack = fresh_stack(queues="sentiment.*", poll_seconds=1)
    stack.start()
    sentiment = stack.submit("sentiment", documents(3))
    translation = stack.submit("translation", documents(3))
    assert stack.wait(sentiment)["status"] == "completed"
    with stack.client() as client:
        assert client.get(f"/jobs/{translation['id']}")["status"] == "queued"
    stack.process, first = None, stack.process
    helper = Stack(stack.data_dir, Path(stack.environment["CORPUSMILL_MODELS_DIR"]))
    import subprocess
    import sys

    joined = subprocess.Popen(
        [sys.executable, "-m", "corpusmill", "worker", "--queues", "translation.*"],
        env=helper.environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert stack.wait(translation)["status"] == "completed"
    finally:
        joined.send_signal(signal.SIGTERM)
        assert joined.wait(60) == 0
        stack.process = first


def test_a_changed_model_file_is_not_loaded_and_the_page_says_why(fresh_stack, tmp_path: Path):
    import shutil

    stack = fresh_stack(poll_seconds=1, heartbeat_seconds=1, lease_seconds=10)
    copied = tmp_path / "models"
    shutil.copytree(stack.environment["CORPUSMILL_MODELS_DIR"], copied)
    stack.environment["CORPUSMILL_MODELS_DIR"] = str(copied)
    weights = next((copied / "starter-sentiment").rglob("*.safetensors"))
    with weights.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last[0] ^ 1]))
    stack.start()
    job = stack.submit("sentiment", documents(1))

    def told() -> bool:
        with stack.client() as client:
            return any("safetensors" in m for w in client.get("/workers")["workers"] for m in w["trouble"].values())

    wait_until(told, "the worker's complaint", limit_seconds=60)
    with stack.client() as client:
        assert client.get(f"/jobs/{job['id']}")["counts"]["completed"] == 0


def test_a_stack_on_postgresql_loses_nothing_to_a_killed_worker(fresh_stack, postgres_url: str):
    times = {"lease_seconds": 4, "heartbeat_seconds": 1, "sweep_seconds": 1, "poll_seconds": 1}
    stack = fresh_stack(database_url=postgres_url, batch_items=16, **times)
    stack.start()
    job = stack.submit("translation", documents(48))
    wait_until(lambda: running(stack, job), "the first batch", limit_seconds=60)
    os.kill(stack.child_pid(), signal.SIGKILL)
    assert stack.wait(job)["status"] == "completed"
    assert [line["custom_id"] for line in stack.lines(job)] == [f"d{i}" for i in range(48)]
