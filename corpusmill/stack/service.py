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
LOOK_SECONDS = 0.05
LONGEST_LINE_BYTES = 1 << 16
ASKED_TO = (0, -signal.SIGTERM, -signal.SIGKILL)
REFUSALS = (2, 3)
"""Statuses of our own commands that another start would not change."""


class Service:
    """A command that shall run until `stop`. Not for use by several threads.

    `say` prints a line of it and must not block. `held` is a descriptor that the process inherits. `mend` is called
    before a start that follows a failure soon after the one before.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        grace_seconds: float,
        say: Callable[[str, str], None],
        held: Sequence[int] = (),
        mend: Callable[[], str] | None = None,
    ) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "worker.tether", *command]
        self._environment = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
        self._grace_seconds = grace_seconds
        self._say = say
        self._held = tuple(held)
        self._mend = mend
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._restart_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def refuses(self) -> bool:
        """Whether it ended with the word that it will not run like this."""
        return self._process is not None and self._process.poll() in REFUSALS

    def start(self) -> None:
        """Start it, tied to this process: should we be killed, the kernel ends it. Call from the main thread only.

        The tie is to the thread that starts the process, hence the main thread. A session of its own keeps Ctrl+C
        from reaching the process: the order of stopping is ours. Raises OSError where no process can be made.
        """
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=self._held,
        )
        self._restart_at = None
        stream = self._process.stdout
        if stream is not None:
            threading.Thread(target=self._pump, args=(stream,), daemon=True).start()

    def keep(self) -> None:
        """Restart the process if it ended, after a pause that doubles each time it ends soon."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._restart_at is None:
            self._plan(now, f"ended with status {self._process.returncode}")
        elif now >= self._restart_at:
            try:
                self.start()
            except OSError as error:
                self._plan(now, f"cannot be started ({error.strerror})")

    def _plan(self, now: float, why: str) -> None:
        if now - self._started > STEADY_SECONDS:
            self._pause_seconds = FIRST_PAUSE_SECONDS
        elif self._mend is not None and self._process is not None and self._process.returncode not in ASKED_TO:
            why = f"{why}; {self._mend()}"
        self._restart_at = now + self._pause_seconds
        self._say(self.name, f"{why}; again in {self._pause_seconds:.0f} s")
        self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)

    def stop(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask it to end, and end it when the grace time is over, or as soon as `hurried`."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self._grace_seconds
        while process.poll() is None:
            if hurried() or time.monotonic() > deadline:
                why = "hurried" if hurried() else f"did not end within {self._grace_seconds:.0f} s"
                self._say(self.name, f"{why}; killed")
                process.kill()
                process.wait()
                return
            time.sleep(LOOK_SECONDS)

    def _pump(self, stream: IO[bytes]) -> None:
        """Print what the process says; a line without end comes in pieces."""
        with stream:
            for raw in iter(lambda: stream.readline(LONGEST_LINE_BYTES), b""):
                self._say(self.name, raw.decode(errors="replace").rstrip())


def wait_until(ready: Callable[[], bool], what: str, *, limit_seconds: float, services: Sequence[Service] = ()) -> None:
    """Wait for `ready`, looking after `services` meanwhile. Raises click.ClickException after the limit."""
    deadline = time.monotonic() + limit_seconds
    while not ready():
        if time.monotonic() > deadline:
            raise click.ClickException(f"{what} was not ready within {limit_seconds:.0f} s; its log above says more")
        for service in services:
            service.keep()
        time.sleep(LOOK_SECONDS)
