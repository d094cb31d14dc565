"""`corpusmill up | web | worker | beat`: each runs its process with the settings of its options, on known tables."""

import os
import stat

import pytest
from click.testing import CliRunner

from corpusmill import logs, serving
from corpusmill.cli import app
from corpusmill.output import Refusal
from corpusmill.place import local
from corpusmill.stack import port, supervisor
from worker import parent, tether
from worker.rounds import ticks


@pytest.fixture
def began(sqlite_desk, tmp_path, monkeypatch, stamps_dir):
    """`began("web", …)`: the order in which things were begun, with the settings of the process."""
    order: list[tuple[str, object]] = []

    def note(name: str):
        return lambda *given: order.append((name, given[0] if given else None))

    for module, name in ((logs, "configure"), (tether, "end_for_sure"), (port, "require_free")):
        monkeypatch.setattr(module, name, note(name))
    for module, name in ((supervisor, "run"), (serving, "serve"), (parent, "run"), (ticks, "run")):
        monkeypatch.setattr(module, name, note("process"))
    monkeypatch.setattr(os, "environ", dict(os.environ))

    def run(*words: str):
        order.clear()
        done = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return [name for name, _ in order], order[-1][1]

    return run


def test_the_stack_takes_its_host_and_port(began, tmp_path):
    names, settings = began("up", "--port", "0", "--host", "::1")
    assert (names, settings.port, settings.host, settings.data_dir) == (["process"], 0, "::1", tmp_path)


def test_the_web_server_makes_sure_of_its_port_before_it_serves(began):
    names, settings = began("web", "--port", "8123", "--host", "localhost")
    assert names == ["configure", "end_for_sure", "require_free", "process"]
    assert (settings.port, settings.host) == (8123, "localhost")


def test_a_worker_serves_the_queues_it_is_told_and_its_children_read_the_same_settings(began, tmp_path):
    names, settings = began("worker", "--queues", "translation.*,sentiment.*")
    assert names == ["configure", "end_for_sure", "process"]
    assert settings.queues == ("translation.*", "sentiment.*")
    assert os.environ["CORPUSMILL_QUEUES"] == "translation.*,sentiment.*"
    assert os.environ["CORPUSMILL_DATA_DIR"] == str(tmp_path)
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_a_worker_serves_all_queues_where_none_is_told(began):
    assert began("worker")[1].queues == ("*",)


def test_beat_begins_as_the_others_do(began):
    assert began("beat")[0] == ["configure", "end_for_sure", "process"]


def test_a_process_makes_a_private_directory_where_the_database_is_elsewhere(began, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    words = ["beat", "--data-dir", str(elsewhere)]
    done = CliRunner(env={"CORPUSMILL_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.db'}"}).invoke(app, words)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_process_that_stamps_or_closes_does_not_begin_without_the_key(began, stamps_dir, tmp_path, name):
    (stamps_dir / "key").unlink()
    done = CliRunner().invoke(app, [name, "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, Refusal)
    assert str(stamps_dir / "key") in str(done.exception)
    assert began("web")[0][-1] == "process"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_process_refuses_a_directory_without_an_installation(began, tmp_path, name):
    done = CliRunner().invoke(app, [name, "--data-dir", str(tmp_path / "none")])
    assert isinstance(done.exception, Refusal)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_process_refuses_tables_that_it_does_not_know(began, sqlite_desk, tmp_path, name):
    with sqlite_desk.ledger.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    done = CliRunner().invoke(app, [name, "--data-dir", str(tmp_path)])
    assert isinstance(done.exception, Refusal)
    assert "9999" in str(done.exception)


def test_a_database_that_is_away_is_no_reason_to_refuse(tmp_path, monkeypatch):
    from corpusmill.settings import load

    away = load(data_dir=tmp_path, database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert local.require_known_tables(away) is None
