"""The product as a user runs it: `corpusmill up` as a process, with the starter models."""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corpusmill.output import Refusal
from corpusmill.stack.launch import Launched
from corpusmill.stack.service import wait_until

# A machine with a full disk may still run the tests; those about disks choose for themselves.
ANY_DISK = {"accept_free_share": 0.005, "work_free_share": 0.002}
STARTER = ("starter-en-pt", "starter-pt-en", "starter-summary", "starter-sentiment")


class Stack(Launched):
    """One installation and what tests do with it."""

    def __init__(self, data_dir: Path, models_dir: Path, **settings: object) -> None:
        super().__init__(data_dir, **{"models_dir": models_dir, **ANY_DISK, **settings})

    def ran(self, *arguments: str) -> str:
        """The output of a command that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def submit(self, task: str, documents: list[dict[str, Any]], **job: Any) -> dict[str, Any]:
        parameters = {"from": "en", "to": "pt"} if task == "translation" else {}
        body = {"task": task, "parameters": parameters, "documents": documents} | job
        with self.client() as client:
            return client.post("/jobs", body)

    def wait(self, job: dict[str, Any], limit_seconds: float = 300) -> dict[str, Any]:
        """The job once it has ended."""
        latest = dict(job)

        def ended() -> bool:
            try:
                with self.client() as client:
                    latest.update(client.get(f"/jobs/{job['id']}"))
            except Refusal:
                return False
            return latest["finished_at"] is not None

        wait_until(ended, f"job {job['id']}", limit_seconds=limit_seconds)
        return latest

    def lines(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        with self.client() as client:
            raw = b"".join(client.lines(f"/jobs/{job['id']}/results"))
        return [json.loads(line) for line in raw.decode().splitlines()]


@pytest.fixture(scope="session")
def starter_dir(cache_dir: Path) -> Path:
    """The starter models, built once for all tests."""
    home = cache_dir / "installation"
    home.mkdir(exist_ok=True)
    stack = Stack(home, cache_dir / "models")
    stack.ran("db", "upgrade")
    listed = stack.ran("models", "install", "starter", "--json")
    assert set(re.findall(r'"name": "([^"]+)"', listed)) == set(STARTER)
    return cache_dir / "models"


def furnish(stack: Stack, starter_dir: Path) -> None:
    """Give a stack the ledger in which the starter models were admitted; trying them out takes seconds each time."""
    stack.data_dir.mkdir(exist_ok=True)
    installed = starter_dir.parent / "installation"
    for file in installed.glob("ledger.db*"):
        shutil.copy(file, stack.data_dir)
    shutil.copytree(installed / "stamps", stack.data_dir / "stamps")


@pytest.fixture(scope="session")
def stack(starter_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack shared by the tests that do it no harm."""
    made = Stack(tmp_path_factory.mktemp("stack"), starter_dir)
    furnish(made, starter_dir)
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def fresh_stack(starter_dir: Path, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes a stack for one test to hurt; what is left of it is ended by pid."""
    made: list[Stack] = []

    def make(**settings: object) -> Stack:
        stack = Stack(tmp_path / "data", starter_dir, **settings)
        if "database_url" in settings:
            stack.data_dir.mkdir()
            stack.ran("db", "upgrade")
            stack.ran("models", "install", "starter")
        else:
            furnish(stack, starter_dir)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        if stack.process is not None and stack.process.poll() is None:
            stack.stop()
        for pid in stack.pids():
            os.kill(pid, signal.SIGKILL)
