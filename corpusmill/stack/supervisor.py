"""Run the stack: broker, migrations, web, worker, beat; stop in the other order. Imports service and broker."""

import fcntl
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
import httpx2
from sqlalchemy import select

import migrations
from corpusmill.locating import SERVER_FILE, locate
from corpusmill.output import Refusal, Unreachable
from corpusmill.settings import Settings
from corpusmill.stack import broker
from corpusmill.stack.service import Service, say, wait_until
from ledger.catalog import models, policy
from ledger.engine import Ledger
from ledger.work.tables import Worker

READY_SECONDS = 60.0
GRACE_SECONDS = 30.0
WATCH_SECONDS = 0.2


def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises PolicyError, and Refusal when another stack runs on the data directory."""
    policy.read(settings.policy_file)
    stopping = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stopping.set())
    with _only_one(settings):
        services: list[Service] = []
        try:
            _start(settings, services, stopping)
            while not stopping.wait(WATCH_SECONDS):
                for service in services:
                    service.keep()
        finally:
            for service in reversed(services):
                service.stop()
            (settings.data_dir / SERVER_FILE).unlink(missing_ok=True)
            say("stack", "stopped")


def _start(settings: Settings, services: list[Service], stopping: threading.Event) -> None:
    environment = settings.environment()

    def start(name: str, command: list[str]) -> None:
        if stopping.is_set():
            raise SystemExit(0)
        service = Service(name, command, environment, grace_seconds=GRACE_SECONDS)
        service.start()
        services.append(service)

    socket = settings.broker_socket
    if socket is not None:
        start("valkey", broker.command(settings, socket))
        wait_until(lambda: broker.answers(socket), "the broker", limit_seconds=READY_SECONDS)
    ledger = Ledger(settings.database_url)
    migrations.upgrade(ledger)
    (settings.data_dir / SERVER_FILE).unlink(missing_ok=True)
    for name in ("web", "worker", "beat"):
        start(name, [sys.executable, "-m", "corpusmill", name])
    known = _workers(ledger)
    wait_until(lambda: _web_answers(settings), "the web server", limit_seconds=READY_SECONDS, services=services)
    wait_until(lambda: bool(_workers(ledger) - known), "the worker", limit_seconds=READY_SECONDS, services=services)
    _welcome(settings, ledger)
    ledger.close()


def _web_answers(settings: Settings) -> bool:
    try:
        return httpx2.get(f"{locate(settings.data_dir).url}/readyz", timeout=2, trust_env=False).status_code == 200
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, Unreachable):
        return False


def _workers(ledger: Ledger) -> set[str]:
    with ledger.read() as session:
        return set(session.scalars(select(Worker.id).where(Worker.stopped_at.is_(None))))


def _welcome(settings: Settings, ledger: Ledger) -> None:
    with ledger.read() as session:
        count = len(models.admitted(session))
    click.echo(
        f"Corpusmill is ready at {locate(settings.data_dir).url} with {count} models. Ctrl+C stops it.", err=True
    )
    if not count:
        click.echo(f"No model yet: corpusmill models install starter --data-dir {settings.data_dir}", err=True)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    lock = settings.data_dir / "run" / "stack.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refusal(
                f"another stack runs on {settings.data_dir}; stop it, or choose another --data-dir"
            ) from error
        yield
