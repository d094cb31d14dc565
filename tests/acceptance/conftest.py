"""The product as a user runs it: `corpusmill up` as a process, with the starter models."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corpusmill.client import Client, locate
from corpusmill.output import Refusal
from corpusmill.stack.service import wait_until

STARTER = ("starter-en-pt", "starter-pt-en", "starter-summary", "starter-sentiment")


class Stack:
    """One installation and, while it runs, its processes."""

    def __init__(self, data_dir: Path, models_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        names = {"DATA_DIR": data_dir, "MODELS_DIR": models_dir, **{k.upper(): v for k, v in settings.items()}}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CORPUSMILL_")}
        self.environment = clean | {f"CORPUSMILL_{name}": str(value) for name, value in names.items()}
        self.log = data_dir / "stack.log"
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A `corpusmill` command on this installation."""
        command = [sys.executable, "-m", "corpusmill", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=600, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done

    def start(self) -> None:
        """`corpusmill up`, until it says that it is ready."""
        with self.log.open("ab") as file:
            offset = file.tell()
            command = [sys.executable, "-m", "corpusmill", "up", "--port", "0"]
            self.process = subprocess.Popen(command, env=self.environment, stdout=file, stderr=subprocess.STDOUT)
        process = self.process
        wait_until(
            lambda: process.poll() is not None or "Corpusmill is ready" in self.text()[offset:],
            "the stack",
            limit_seconds=90,
        )
        assert process.poll() is None, self.text()

    def stop(self) -> int:
        """End it as Ctrl+C does and return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(90)

    def client(self) -> Client:
        return Client(locate(None, self.data_dir))

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def pids(self) -> dict[int, str]:
        """Processes that belong to this data directory, with their command lines."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    environment = (entry / "environ").read_bytes()
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                if f"CORPUSMILL_DATA_DIR={self.data_dir}\0".encode() in environment + b"\0" and command:
                    found[int(entry.name)] = command
        return found

    def child_pid(self) -> int:
        """The worker child that is alive now."""
        with self.client() as client:
            alive = [w["pid"] for w in client.get("/workers")["workers"] if w["alive"] and w["pid"] in self.pids()]
        return alive[0]

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
    listed = stack.run("models", "install", "starter", "--json").stdout
    assert set(re.findall(r'"name": "([^"]+)"', listed)) == set(STARTER)
    return cache_dir / "models"


@pytest.fixture(scope="session")
def stack(starter_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack shared by the tests that do it no harm."""
    made = Stack(tmp_path_factory.mktemp("stack"), starter_dir)
    made.run("models", "install", "starter")
    made.start()
    yield made
    assert made.stop() == 0


@pytest.fixture
def fresh_stack(starter_dir: Path, tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes a stack for one test to hurt; what is left of it is ended by pid."""
    made: list[Stack] = []

    def make(**settings: object) -> Stack:
        stack = Stack(tmp_path / "data", starter_dir, **settings)
        stack.data_dir.mkdir()
        stack.run("models", "install", "starter")
        made.append(stack)
        return stack

    yield make
    for stack in made:
        if stack.process is not None and stack.process.poll() is None:
            stack.stop()
        for pid in stack.pids():
            os.kill(pid, signal.SIGKILL)
