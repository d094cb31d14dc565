"""Run the stack: broker, migrations, web, worker, beat; stop in the other order. Imports service and broker."""

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial

import httpx2
from sqlalchemy import select

from corpusmill.output import Refusal
from corpusmill.place import installation
from corpusmill.place.local import bring_up_to_date
from corpusmill.place.locating import SERVER_FILE, locate
from corpusmill.settings import Settings
from corpusmill.stack import broker, port
from corpusmill.stack.lock import only_stack
from corpusmill.stack.service import Service, wait_until
from corpusmill.stack.terminal import Terminal
from ledger.catalog import models
from ledger.catalog.gate import policy
from ledger.engine import Ledger
from ledger.work.tables import Worker

READY_SECONDS = 60.0
GRACE_SECONDS = 30.0
WATCH_SECONDS = 0.2
ANSWER_SECONDS = 2.0


class Wishes:
    """What signals ask for: to stop, and at the second one to stop without waiting."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.hurry = threading.Event()

    def heed(self) -> None:
        """Have SIGINT and SIGTERM say so, instead of interrupting."""
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: (self.hurry if self.stop.is_set() else self.stop).set())


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises PolicyError, and Refusal when another stack runs on the data directory."""
    policy.of(settings)
    installation.establish(settings)
    wishes = Wishes()
    wishes.heed()
    with (
        Terminal() as terminal,
        only_stack(
            settings.data_dir,
            limit_seconds=READY_SECONDS,
            told=partial(terminal.say, "stack"),
            unless=wishes.stop.is_set,
        ) as held,
    ):
        port.require_free(settings.host, settings.port)
        services: list[Service] = []
        try:
            _start(settings, services, wishes.stop, terminal, held)
            while not wishes.stop.wait(WATCH_SECONDS):
                for service in services:
                    service.keep()
        finally:
            stop(services, wishes.hurry.is_set)
            (settings.data_dir / SERVER_FILE).unlink(missing_ok=True)
            terminal.say("stack", "stopped")


def stop(services: Sequence[Service], hurried: Callable[[], bool]) -> None:
    """Stop what was started last first: a worker gives its leases back while what it needs still runs."""
    for service in reversed(services):
        service.stop(hurried)


def _start(
    settings: Settings, services: list[Service], stopping: threading.Event, terminal: Terminal, held: int
) -> None:
    environment = settings.environment()

    def start(name: str, command: list[str], mend: Callable[[], str] | None = None) -> None:
        _unless(stopping)
        service = Service(
            name, command, environment, grace_seconds=GRACE_SECONDS, say=terminal.say, held=(held,), mend=mend
        )
        service.start()
        services.append(service)

    def ready(answers: Callable[[], bool]) -> bool:
        _unless(stopping)
        refusing = next((service for service in services if service.refuses), None)
        if refusing is not None:
            raise Refusal(f"{refusing.name} will not run like this; its words above say why")
        return answers()

    def await_(answers: Callable[[], bool], what: str) -> None:
        wait_until(lambda: ready(answers), what, limit_seconds=READY_SECONDS, services=services)

    socket = settings.broker_socket
    if socket is not None:
        start("valkey", broker.command(settings, socket), partial(broker.set_aside, settings))
        await_(partial(broker.answers, socket), "the broker")
    ledger = Ledger(settings.database_url)
    bring_up_to_date(settings, ledger)
    (settings.data_dir / SERVER_FILE).unlink(missing_ok=True)
    known = _workers(ledger)
    for name in ("web", "worker", "beat"):
        start(name, [sys.executable, "-m", "corpusmill", name])
    await_(partial(_web_answers, settings), "the web server")
    await_(lambda: bool(_workers(ledger) - known), "the worker")
    _welcome(settings, ledger, terminal)
    ledger.close()


def _unless(stopping: threading.Event) -> None:
    if stopping.is_set():
        raise SystemExit(0)


def _web_answers(settings: Settings) -> bool:
    try:
        url = locate(settings.data_dir).url
        return httpx2.get(f"{url}/readyz", timeout=ANSWER_SECONDS, trust_env=False).status_code == 200
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, Refusal):
        return False


def _workers(ledger: Ledger) -> set[str]:
    with ledger.read() as session:
        return set(session.scalars(select(Worker.id).where(Worker.stopped_at.is_(None))))


def _welcome(settings: Settings, ledger: Ledger, terminal: Terminal) -> None:
    with ledger.read() as session:
        count = models.count(session)
    terminal.print(f"Corpusmill is ready at {locate(settings.data_dir).url} with {count} models. Ctrl+C stops it.")
    if not count:
        terminal.print(f"No model yet: corpusmill models install starter --data-dir {settings.data_dir}")
