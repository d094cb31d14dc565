"""One process of the fleet and its replacement when it dies. Imports psutil."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
RESTART_SECONDS = 0.5
PR_SET_PDEATHSIG = 1
TIE = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"
"""PR_SET_PDEATHSIG with SIGKILL, then the command: whatever becomes of the harness, and even while it is stopped,
the process ends with it. The tie is to the thread that starts the process, which must live on."""
_libc = ctypes.CDLL(None)


class Slot:
    """A place in the fleet with the command that fills it. Only the thread that made it starts, keeps and stops it.

    `mend` is called when the process ended by a failure of its own.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        home: Path,
        user: str | None = None,
        mend: Callable[[], object] = lambda: None,
    ) -> None:
        self.name = name
        self.log = home / "logs" / f"{name}.log"
        self.orders = home / "orders" / name
        self.deaths = 0
        self.started_at = 0.0
        self.within: Sequence[str] = ()
        self._command = list(command)
        self._environment = dict(environment)
        self._user = user
        self._mend = mend
        self._process: psutil.Popen | None = None
        self._restart_at: float | None = None
        self._held = False

    @property
    def alive(self) -> bool:
        """Whether it runs (or is stopped by a signal)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of its present or last process."""
        return self._process.pid if self._process is not None else 0

    def start(self, within: Sequence[str] = ()) -> None:
        """Start it, this once by a command that takes its own as arguments; its orders begin empty."""
        shutil.rmtree(self.orders, ignore_errors=True)
        self.orders.mkdir(parents=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._held = False
        self._restart_at = None
        self.within = within
        self.started_at = time.monotonic()
        as_us = self._user is None
        with self.log.open("ab") as log:
            self._process = psutil.Popen(
                [sys.executable, "-c", TIE, *within, *self._command] if as_us else self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                preexec_fn=None if as_us else _tie,
                cwd=ROOT,
            )

    def ended(self, pid: int) -> int | None:
        """The status with which the process of this number ended, if it is the present or last one."""
        return self._process.poll() if self._process is not None and self._process.pid == pid else None

    def keep(self) -> None:
        """Play the supervisor: what died is started again after half a second, unless a fault holds it."""
        if self.alive or self._held or self._process is None:
            return
        now = time.monotonic()
        if self._restart_at is None:
            self.deaths += 1
            self._restart_at = now + RESTART_SECONDS
            if self._process.returncode > 0:
                self._mend()
        elif now >= self._restart_at:
            self.start()

    def hold(self) -> None:
        """Leave it dead until `release`."""
        self._held = True

    def release(self) -> None:
        """Let `keep` start it again."""
        self._held = False

    def children(self) -> list[psutil.Process]:
        """The worker children below it, without the helpers that Python starts beside them."""
        if not self.alive or self._process is None:
            return []
        with contextlib.suppress(psutil.Error):
            return [child for child in self._process.children(recursive=True) if _is_child(child)]
        return []

    def send(self, sent: signal.Signals) -> None:
        """A signal to the process itself."""
        if self.alive:
            os.kill(self.pid, sent)

    def send_all(self, sent: signal.Signals) -> None:
        """A signal to the process and all below it, the process first."""
        for process in self.tree():
            with contextlib.suppress(psutil.Error):
                process.send_signal(sent)

    def tree(self) -> list[psutil.Process]:
        """The process and all below it; none when it is gone."""
        with contextlib.suppress(psutil.Error):
            if self.alive:
                process = psutil.Process(self.pid)
                return [process, *process.children(recursive=True)]
        return []

    def processes(self) -> list[psutil.Process]:
        """The process and its worker children."""
        return [psutil.Process(self.pid), *self.children()] if self.alive else []

    def end(self, grace_seconds: float) -> int | None:
        """Ask it to end and return its status; None when it had to be killed."""
        self._held = True
        if self._process is None or not self.alive:
            return 0
        self.send_all(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return int(self._process.wait(grace_seconds))
        except psutil.TimeoutExpired:
            self._say_what_runs()
            self.send_all(signal.SIGKILL)
            self._process.wait(10)
            return None

    def _say_what_runs(self) -> None:
        """Into its log: what is still there when nothing should be."""
        with self.log.open("a") as log, contextlib.suppress(psutil.Error):
            for process in self.tree():
                cpu = process.cpu_times()
                log.write(f"left: {process.pid} {process.status()} {cpu.user:.1f} s {process.cmdline()[-3:]}\n")

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _tie() -> None:
    """As TIE, for a user who may not run our interpreter; the change of user would undo an earlier tie."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _is_child(process: psutil.Process) -> bool:
    return "spawn_main" in " ".join(process.cmdline())
