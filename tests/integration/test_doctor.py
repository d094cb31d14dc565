"""What the doctor refuses, on real databases and a real broker: each finding is one that it can make."""

import os
import signal
import subprocess
import time
from collections import namedtuple
from collections.abc import Iterator

import pytest
import redis
from sqlalchemy import text

import migrations
from corpusmill import diagnosis
from corpusmill.diagnosis import diagnose, services, storage
from corpusmill.diagnosis.messages import celery
from corpusmill.place.local import open_ledger
from corpusmill.settings import Settings, load
from corpusmill.stack.broker import answers, command
from corpusmill.stack.service import wait_until
from ledger.base import utc_now
from ledger.engine import Ledger
from ledger.work.leases import breaker
from ledger.work.stamps import key
from worker import conventions
from worker.conventions import Convention

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def settings(tmp_path, database_url) -> Settings:
    """An installation with the newest tables on each database."""
    chosen = load(data_dir=tmp_path, database_url=database_url)
    tmp_path.chmod(0o700)
    ledger = Ledger(database_url)
    migrations.upgrade(ledger)
    ledger.close()
    key.make(chosen.stamps_dir, after_item=0)
    return chosen


@pytest.fixture
def broker(settings) -> Iterator[subprocess.Popen]:
    """The embedded broker of the installation."""
    socket = settings.broker_socket
    process = subprocess.Popen(command(settings, socket))
    wait_until(lambda: answers(socket), "the broker", limit_seconds=20)
    yield process
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(20)


def test_a_sound_installation_has_no_finding_that_must_be_mended_but_what_it_lacks(settings, broker):
    wrong = {finding.check for finding in diagnose(settings) if finding.must_mend}
    assert wrong == {"models", "workers"}


def lost(path) -> None:
    path.unlink()


def unreadable(path) -> None:
    path.unlink()
    path.mkdir()


def damaged(path) -> None:
    path.write_text("{}")


def shared(path) -> None:
    path.chmod(0o640)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lost, "is not there, the key that results are stamped with: corpusmill db upgrade makes one"),
        (unreadable, "cannot be read"),
        (damaged, "is no key of stamps; put back the one of your backup"),
        (shared, "can be read or changed by others (640), who could stamp results; chmod 600"),
    ],
)
def test_a_key_of_stamps_that_is_lost_or_not_ones_own_must_be_mended(settings, fault, said):
    fault(settings.stamps_dir / key.FILE)
    (found,) = [finding for finding in diagnose(settings) if finding.check == "stamps"]
    assert found.must_mend
    assert str(settings.stamps_dir / key.FILE) in found.detail
    assert said in found.detail


def test_what_must_be_kept_beside_the_database_is_told(settings):
    (found,) = [finding for finding in diagnose(settings) if finding.check == "stamps"]
    assert found.ok
    assert f"back up {settings.stamps_dir} apart from the database" in found.detail


def test_counts_that_are_not_those_of_the_items_are_told_by_their_job(settings, desk):
    right, wrong = desk.submit("one"), desk.submit("one", "two")
    assert services.counts(settings).ok
    with desk.ledger.write() as session:
        statement = "UPDATE standings SET available = 1, completed = 1, open_items = 1 WHERE job_id = :job"
        session.execute(text(statement), {"job": wrong})
    found = services.counts(settings)
    assert not found.ok
    assert f"{wrong}: available is 1 and counts 2" in found.detail
    assert right not in found.detail


@pytest.mark.parametrize(
    ("given", "check", "said"),
    [
        ({"database_url": "postgresql+psycopg://user@host:port/name"}, "installation", "database_url: it is no URL"),
        ({"database_url": "postgresql+psycopg://"}, "database", "OperationalError"),
        ({"database_url": "sqlite:////dev/null/x.db"}, "installation", "x.db is not there"),
        ({"database_url": "sqlite:////tmp"}, "installation", "is not there"),
        ({"redis_url": "redis://host:port"}, "broker", "redis_url: it is no URL"),
        ({"redis_url": "redis+socket:///dev/null"}, "broker", "ConnectionError"),
        ({"models_dir": "/dev/null"}, "models", "none is admitted"),
        ({}, "privacy", "other users may open"),
    ],
)
def test_whatever_is_wrong_is_a_finding_that_names_it(given, check, said, tmp_path):
    with open_ledger(load(data_dir=tmp_path), upgrade=True):
        pass
    if check == "privacy":
        tmp_path.chmod(0o755)
    found = {finding.check: finding for finding in diagnose(load(data_dir=tmp_path, **given))}
    assert not found[check].ok
    assert said in found[check].detail


def test_a_data_directory_that_is_a_file_is_a_finding(tmp_path):
    (tmp_path / "file").touch()
    first = diagnose(load(data_dir=tmp_path / "file"))[0]
    assert (first.check, first.must_mend) == ("installation", True)
    assert "is no directory" in first.detail


def test_a_check_that_falls_over_is_a_finding_and_the_others_are_looked_at(settings, monkeypatch):
    def broken(_):
        raise RuntimeError("a secret")

    monkeypatch.setattr(diagnosis, "OF_THE_MACHINE", (broken, storage.disk))
    found = diagnose(settings)
    assert [finding.check for finding in found[-2:]] == ["broken", "disk"]
    assert found[-2].must_mend
    assert "RuntimeError" in found[-2].detail
    assert "secret" not in found[-2].detail


def test_tables_that_are_not_the_newest_are_refused(settings):
    ledger = Ledger(settings.database_url)
    migrations.downgrade(ledger, "0001")
    ledger.close()
    assert services.database(settings).must_mend


def test_a_database_that_forgets_commits_is_refused(postgres_url, tmp_path):
    ledger = Ledger(postgres_url)
    with ledger.write() as session:
        name = session.scalar(text("SELECT current_database()"))
        session.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    ledger.close()
    found = storage.durability(load(data_dir=tmp_path, database_url=postgres_url))
    assert found.must_mend
    assert "synchronous_commit is off" in found.detail


def test_a_sqlite_file_on_a_network_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_file_system", lambda _: "nfs4")
    assert storage.place(load(data_dir=tmp_path)).must_mend


@pytest.mark.parametrize(("free", "ok"), [(50, True), (5, False), (1, False)])
def test_too_little_room_is_refused(tmp_path, monkeypatch, free, ok):
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: Usage(100, 100 - free, free))
    assert storage.disk(load(data_dir=tmp_path)).ok is ok


def test_a_broker_that_is_stopped_costs_the_doctor_seconds_and_is_a_mere_comfort(settings, broker):
    os.kill(broker.pid, signal.SIGSTOP)
    started = time.monotonic()
    found = services.broker(settings)
    assert time.monotonic() - started < 4 * services.ANSWER_SECONDS
    assert (found.ok, found.must_mend) == (False, False)


def test_a_broker_that_evicts_is_named(settings, broker):
    with redis.Redis(unix_socket_path=str(settings.broker_socket)) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    assert "allkeys-lru" in services.broker(settings).detail


def test_a_celery_setting_that_breaks_the_promise_is_refused_with_its_reason(tmp_path, monkeypatch):
    late = Convention("task_acks_late", True, "a test")
    monkeypatch.setattr("worker.app.CONVENTIONS", (*conventions.CONVENTIONS, late))
    found = celery(load(data_dir=tmp_path))
    assert found.must_mend
    assert "task_acks_late is True, not False: a message is a notification" in found.detail


def test_a_queue_that_rests_is_named(settings):
    ledger = Ledger(settings.database_url)
    with ledger.write() as session:
        for _ in range(breaker.MAX_DEATHS):
            breaker.count_death(session, "translation.x", now=utc_now(), pause_seconds=60)
    ledger.close()
    assert "translation.x" in services.queues(settings).detail
