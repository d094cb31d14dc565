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


OF_A_CLUSTER = {
    "CORPUSMILL_SERVICE_HOST": "10.0.0.7",
    "CORPUSMILL_SERVICE_PORT": "80",
    "CORPUSMILL_SERVICE_PORT_HTTP": "80",
    "CORPUSMILL_PORT": "tcp://10.0.0.7:80",
    "CORPUSMILL_PORT_80_TCP": "tcp://10.0.0.7:80",
    "CORPUSMILL_PORT_80_TCP_PROTO": "tcp",
    "CORPUSMILL_PORT_80_TCP_PORT": "80",
    "CORPUSMILL_PORT_80_TCP_ADDR": "10.0.0.7",
    "CORPUSMILL_WEB_SERVICE_HOST": "10.0.0.8",
    "CORPUSMILL_WEB_SERVICE_PORT": "80",
    "CORPUSMILL_WEB_PORT": "tcp://10.0.0.8:80",
    "CORPUSMILL_WEB_PORT_53_UDP": "udp://10.0.0.8:53",
    "CORPUSMILL_WEB_PORT_53_UDP_ADDR": "10.0.0.8",
}


def test_what_a_cluster_tells_of_its_services_is_no_setting(monkeypatch: pytest.MonkeyPatch):
    before = load()
    for name, value in OF_A_CLUSTER.items():
        monkeypatch.setenv(name, value)
    assert load() == before


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http://x"), ("SERVICE", "x"), ("WEB_PORT", "80"), ("PORTS_80_TCP", "x")]
)
def test_what_only_looks_like_it_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(f"CORPUSMILL_{name}", value)
    with pytest.raises(SettingsError, match=name.lower()):
        load()


def test_names_of_hosts_mean_the_same_in_any_case(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORPUSMILL_TRUSTED_HOSTS", "Corpus.Example, OTHER.example")
    settings = load(host="LocalHost")
    assert (settings.host, settings.trusted_hosts) == ("localhost", ("corpus.example", "other.example"))


@pytest.mark.parametrize("url", ["nonsense", "http://x", "sqlite:///x", "amqp://x"])
def test_a_broker_that_is_none_is_refused(url: str):
    with pytest.raises(SettingsError, match="redis_url must begin with redis://"):
        load(redis_url=url)


@pytest.mark.parametrize("content", [b"data_dir = 5", b"\xff\xfe", b"port = ", b"[port]\nx = 1", b"secret_key = 'x'"])
def test_a_file_that_cannot_be_used_is_refused_by_a_sentence(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "corpusmill.toml"
    file.write_bytes(content)
    monkeypatch.setenv("CORPUSMILL_CONFIG", str(file))
    with pytest.raises(SettingsError):
        load()


@pytest.mark.parametrize(("given", "kept"), [("de", "DE"), (" KR ", "KR"), ("BR", "BR")])
def test_a_country_is_kept_by_its_code(given: str, kept: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CORPUSMILL_COUNTRY", given)
    settings = load()
    assert settings.country == kept
    assert settings.environment()["CORPUSMILL_COUNTRY"] == kept


@pytest.mark.parametrize(
    ("given", "meant"), [("UK", "GB is Britain"), ("EU", "ISO 3166-1"), ("XX", "ISO 3166-1"), ("Brazil", "is")]
)
def test_what_is_no_country_is_refused_with_the_one_that_is_meant(given: str, meant: str):
    with pytest.raises(SettingsError, match=f"country: “{given}” is no country.*{meant}"):
        load(country=given)


@pytest.mark.parametrize(
    "wrong", [{"organization_monthly_users": -1}, {"organization_revenue_usd": "much"}, {"sector": "militray"}]
)
def test_what_an_organisation_cannot_be_is_refused_by_name(wrong: dict[str, object]):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        load(**wrong)


def test_an_empty_declaration_declares_nothing(monkeypatch: pytest.MonkeyPatch):
    for name in ("COUNTRY", "SECTOR", "ORGANIZATION_MONTHLY_USERS", "ORGANIZATION_REVENUE_USD"):
        monkeypatch.setenv(f"CORPUSMILL_{name}", "")
    settings = load()
    assert (settings.country, settings.sector, settings.organization_monthly_users) == (None, None, None)
