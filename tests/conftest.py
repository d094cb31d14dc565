"""What tests of all kinds share: databases, a ledger with one model, documents. Real SQLite and PostgreSQL."""

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import migrations
from bench.postgres import database, drop, postgres
from ledger.catalog import models
from ledger.catalog.gate.policy import Purpose
from ledger.catalog.models import Admission, queue_name
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.work.jobs.submit import NewDocument, NewJob, submit
from ledger.work.stamps import key
from pipelines.engine.environment import FOR_TORCH
from tests.licences import licensed
from worker import guard

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # how fast a busy machine makes examples is no fault of what is tested

os.environ.update(FOR_TORCH)  # as worker children have it, and before torch is loaded


def _stay(status: int) -> None:
    raise AssertionError(f"a thread that outlived its test would have ended the tests with status {status}")


guard.leave = _stay

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell has its background jobs ignore it, and all they start
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """Where wheels and built models are kept between runs."""
    folder = Path(os.environ.get("CORPUSMILL_TEST_CACHE", ROOT / "var" / "test-cache"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server of this session's own; yields the libpq URI of its first database."""
    with postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    name = f"test_{os.urandom(6).hex()}"
    yield database(postgres_server, name)
    drop(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """A migrated ledger, once on each database."""
    ledger = Ledger(database_url)
    migrations.upgrade(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A migrated ledger on SQLite, for tests that are not about the database."""
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    migrations.upgrade(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def stamps_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a fresh key of stamps, which all settings that a test loads name."""
    folder = tmp_path_factory.mktemp("stamps")
    key.make(folder, after_item=0)
    monkeypatch.setenv("CORPUSMILL_STAMPS_DIR", str(folder))
    return folder


class Desk:
    """Submits jobs to a ledger and keeps the time."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.now = NOON
        self.model = self.admit("marian-en-pt")
        self.queue = queue_name("translation", self.model)

    def later(self, seconds: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def admit(self, name: str, *, license_: str | None = "mit", **facts: object) -> Model:
        """Admit a model that exists on paper only."""
        with self.ledger.write() as session:
            return models.admit(session, self.admission(name, license_=license_, **facts), now=self.now)

    def admission(self, name: str, *, license_: str | None = "mit", **facts: object) -> Admission:
        """What is said of such a model."""
        known = {
            "name": name,
            "revision": "a" * 40,
            "directory": f"{name}/aaaaaaaaaaaa",
            "source": {"directory": "/models"},
            "architecture": "MarianMTModel",
            "tasks": ["translation"],
            "languages": ["en", "pt"],
            "language_pairs": [["en", "pt"]],
            "multilingual": False,
            "parameter_count": 17_000_000,
            "weights_bytes": 68_000_000,
            "weights_sha256": "c" * 64,
            "manifest": {"model.safetensors": "c" * 64},
            "card": {},
            "card_text": "",
            "admitted_by": "tests",
            **licensed(license_),
        }
        return Admission(**(known | facts))

    def submit(self, *texts: str, priority: int = 0, **changes: object) -> str:
        """Submit one document for each text."""
        documents = [NewDocument(f"doc-{i}", f"doc-{i}.txt", text) for i, text in enumerate(texts)]
        asked = {
            "task": "translation",
            "model_id": self.model.id,
            "queue": self.queue,
            "parameters": {"from": "en", "to": "pt"},
            "purpose": Purpose.EVALUATION,
            "name": "a job",
            "priority": priority,
        }
        return submit(self.ledger, NewJob(**(asked | changes)), documents, clock=lambda _: self.now)


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """A desk at a ledger on each database."""
    return Desk(ledger)


@pytest.fixture
def sqlite_desk(sqlite_ledger: Ledger) -> Desk:
    """A desk at a ledger on SQLite."""
    return Desk(sqlite_ledger)


@pytest.fixture
def until() -> Callable[..., None]:
    """`until(condition, "what", seconds)`: wait for a signal from another process, with a limit."""
    from corpusmill.stack.service import wait_until

    def wait(condition: Callable[[], bool], what: str, limit_seconds: float = 60) -> None:
        wait_until(condition, what, limit_seconds=limit_seconds)

    return wait
