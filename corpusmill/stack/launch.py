"""Run the stack as a process of its own, for demonstration, benches and tests. Imports client and service."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from corpusmill.client import Client
from corpusmill.output import Refusal
from corpusmill.settings import PREFIX
from corpusmill.stack.service import wait_until

READY_SECONDS = 90.0
STOP_SECONDS = 90.0
READY_LINE = "Corpusmill is ready"


class Launched:
    """`corpusmill up` on `data_dir`, on a free port, with only the settings given here; its output goes to a file."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "stack.log"
        chosen = {"data_dir": data_dir, **settings}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self.environment = inherited | {PREFIX + name.upper(): str(value) for name, value in chosen.items()}
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `corpusmill` command on this installation, with its output."""
        command = [sys.executable, "-m", "corpusmill", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)  # noqa: S603

    def start(self) -> None:
        """Start it and wait until it is ready. Raises Refusal when it ends instead."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "worker.tether", sys.executable, "-m", "corpusmill", "up", "--port", "0"]
        with self.log.open("ab") as file:
            offset = file.tell()
            process = subprocess.Popen(  # noqa: S603 - our own command
                command, env=self.environment, stdout=file, stderr=subprocess.STDOUT
            )
        self.process = process
        wait_until(
            lambda: process.poll() is not None or READY_LINE in self.text()[offset:],
            "the stack",
            limit_seconds=READY_SECONDS,
        )
        if process.poll() is not None:
            raise Refusal(f"the stack did not start; {self.log} says why")

    def stop(self) -> int:
        """End it as Ctrl+C does and return its exit status (0 when it does not run)."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def client(self) -> Client:
        """A client of it, which finds it again after it was started anew."""
        return Client(self.data_dir)

    def text(self) -> str:
        """Everything it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def pids(self) -> dict[int, str]:
        """Every process of this installation with its command line (Linux)."""
        mark = f"{PREFIX}DATA_DIR={self.data_dir}\0".encode()
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes() + b"\0":
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    found |= {int(entry.name): command.strip()} if command else {}
            except OSError:
                continue
        return found

    def pid_of(self, ending: str) -> int:
        """The process whose command line ends so, such as "corpusmill web". Raises StopIteration when there is none."""
        return next(pid for pid, command in self.pids().items() if command.endswith(ending))

    def child_pid(self) -> int:
        """The worker child that holds the models. Raises StopIteration when none is alive."""
        here = self.pids()
        with self.client() as client:
            alive = [int(worker["pid"]) for worker in client.get("/workers")["workers"] if worker["alive"]]
        return next(pid for pid in alive if pid in here)
