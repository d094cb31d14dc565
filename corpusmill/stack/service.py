"""One supervised process: start, prefix its output, restart with back-off, stop. Imports the standard library only."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

import click

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A process that ran this long starts over with the first pause."""


class Service:
    """A command that shall run until `stop`. Not for use by several threads."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], *, grace_seconds: float
    ) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "worker.tether", *command]
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._grace_seconds = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._restart_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start it, tied to this process: should we be killed, the kernel ends it. Call from the main thread only.

        The tie is to the thread that starts the process, hence the main thread. A session of its own keeps Ctrl+C
        from reaching the process: the order of stopping is ours.
        """
        self._started = time.monotonic()
        self._restart_at = None
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stream = self._process.stdout
        if stream is not None:
            threading.Thread(target=_pump, args=(self.name, stream), daemon=True).start()

    def keep(self) -> None:
        """Restart the process if it ended, after a pause that doubles each time it ends soon."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._restart_at is None:
            if now - self._started > STEADY_SECONDS:
                self._pause_seconds = FIRST_PAUSE_SECONDS
            self._restart_at = now + self._pause_seconds
            say(self.name, f"ended with status {self._process.returncode}; again in {self._pause_seconds:.0f} s")
            self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
        elif now >= self._restart_at:
            self.start()

    def stop(self) -> None:
        """Ask it to end, and end it when the grace time is over."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(self._grace_seconds)
        except subprocess.TimeoutExpired:
            say(self.name, f"did not end within {self._grace_seconds:.0f} s; killed")
            process.kill()
            process.wait()


def wait_until(ready: Callable[[], bool], what: str, *, limit_seconds: float, services: Sequence[Service] = ()) -> None:
    """Wait for `ready`, looking after `services` meanwhile. Raises click.ClickException after the limit."""
    deadline = time.monotonic() + limit_seconds
    while not ready():
        if time.monotonic() > deadline:
            raise click.ClickException(f"{what} was not ready within {limit_seconds:.0f} s; its log above says more")
        for service in services:
            service.keep()
        time.sleep(0.05)


def say(name: str, line: str) -> None:
    """Print a line of a service."""
    click.echo(f"{name:<7}| {line}", err=True)


def _pump(name: str, stream: IO[bytes]) -> None:
    for raw in stream:
        say(name, raw.decode(errors="replace").rstrip())
