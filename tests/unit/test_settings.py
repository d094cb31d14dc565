"""Settings are read once, from one place over another, and wrong ones are named."""

from pathlib import Path

import pytest

from corpusmill.settings import SOCKET_PATH_BYTES, Settings, SettingsError, load


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch):
    import os

    for name in list(os.environ):
        if name.startswith("CORPUSMILL_"):
            monkeypatch.delenv(name)


def test_everything_lies_in_the_data_directory_unless_said_otherwise(tmp_path: Path):
    settings = load(data_dir=tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/ledger.db"
    assert settings.models_dir == tmp_path / "models"
    assert settings.broker_socket == tmp_path / "valkey" / "valkey.sock"


def test_an_argument_wins_over_the_environment_and_that_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "corpusmill.toml"
    file.write_text("port = 1\nlease_seconds = 50\nbatch_items = 7\n")
    monkeypatch.setenv("CORPUSMILL_CONFIG", str(file))
    monkeypatch.setenv("CORPUSMILL_PORT", "2")
    monkeypatch.setenv("CORPUSMILL_LEASE_SECONDS", "40")
    settings = load(port=3)
    assert (settings.port, settings.lease_seconds, settings.batch_items) == (3, 40, 7)


def test_an_unknown_setting_is_refused_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORPUSMILL_LEASE_SECOND", "5")
    with pytest.raises(SettingsError, match="lease_second; the nearest known one is lease_seconds"):
        load()


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("BATCH_ITEMS", "0"), ("LOG_FORMAT", "xml")])
def test_an_impossible_value_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"CORPUSMILL_{name}", value)
    with pytest.raises(SettingsError, match=name.lower()):
        load()


def test_a_heartbeat_too_slow_for_its_lease_is_refused():
    with pytest.raises(SettingsError, match="heartbeat_seconds"):
        load(lease_seconds=20, heartbeat_seconds=15)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORPUSMILL_QUEUES", "translation.*,sentiment.*")
    assert load().queues == ("translation.*", "sentiment.*")


def test_a_child_process_reads_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = load(data_dir=tmp_path, queues=("a", "b"), corpus_roots=(tmp_path,), port=9)
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert load() == settings


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


def test_a_deep_data_directory_still_gets_a_socket_path_that_fits(tmp_path: Path):
    deep = tmp_path.joinpath(*["directory"] * 20)
    socket = load(data_dir=deep).broker_socket
    assert socket is not None
    assert len(str(socket)) <= SOCKET_PATH_BYTES
