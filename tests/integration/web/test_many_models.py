"""What is asked again and again costs as much with many models as with one; lists come in pages and read no card."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

import migrations
from corpusmill.settings import load
from ledger.catalog import models
from ledger.catalog.tables import Model
from ledger.engine import Ledger
from ledger.work.leases import workers
from tests.conftest import Desk
from tests.jobs import body
from webui import create_app
from webui.pages import model as pages
from worker import parent
from worker.drain.custody import Custody
from worker.drain.preference import Preference
from worker.drain.watchdog import Watchdog
from worker.rounds.sweep import Sweep

MANY = 40


class NoModels:
    """A worker's resident models, before it has any."""

    def holds(self, queue: str) -> bool:
        return False

    def fits(self, *_: object) -> bool:
        return True


@contextmanager
def asked(ledger) -> Iterator[tuple[list[str], list[str]]]:
    """The statements that are asked meanwhile, and the names of the models that come back whole."""
    statements: list[str] = []
    loaded: list[str] = []

    def note(connection, cursor, statement, *_) -> None:
        statements.append(statement)

    def came(model: Model, _: object) -> None:
        loaded.append(model.name)

    engines = {ledger._reader, ledger._writer}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    event.listen(Model, "load", came)
    try:
        yield statements, loaded
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        event.remove(Model, "load", came)


def admit_many(desk, count: int = MANY) -> None:
    for number in range(count):
        desk.admit(f"other-{number:02}", language_pairs=[["en", f"x{number}"]])


def rounds(desk, folder) -> dict[str, Callable[[], object]]:
    """What an installation does without end, by name."""
    settings = load(data_dir=folder, database_url=desk.ledger.url)
    client = create_app(settings, desk.ledger, lambda queue: None).test_client()
    watchdog = Watchdog(deadline_seconds=60, load_deadline_seconds=60)
    custody = Custody(desk.ledger, settings, watchdog, worker_id="w", should_stop=lambda: False)
    preference = Preference(desk.ledger, NoModels(), patterns=("*",), cold_wait_seconds=60)
    sweep = Sweep(desk.ledger, settings)
    return {
        "idle second": preference.waiting,
        "sweep": lambda: sweep.run(lambda queue: None),
        "submission": lambda: client.post("/api/v1/jobs", json=body("one")).status_code,
        "readiness": lambda: client.get("/readyz").status_code,
        "metrics": lambda: client.get("/metrics").status_code,
        "overview": lambda: client.get("/").status_code,
        "lease": lambda: custody.take(desk.queue, 1) is not None,
    }


def costs(folder, count: int) -> dict[str, tuple[object, list[str], list[str]]]:
    """What came of each round among so many models, with its statements and the models that it read."""
    folder.mkdir()
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    migrations.upgrade(ledger)
    desk = Desk(ledger)
    with ledger.write() as session:
        workers.register(session, worker_id="w", pid=1, device="cpu", queues=["*"], now=ledger.now(session))
    desk.submit("one", "two")
    admit_many(desk, count)
    found: dict[str, tuple[object, list[str], list[str]]] = {}
    for name, act in rounds(desk, folder).items():
        with asked(ledger) as (statements, loaded):
            came = act()
        found[name] = came, statements, loaded
    ledger.close()
    return found


def test_what_never_ends_asks_and_reads_the_same_among_many_models(tmp_path, stamps_dir):
    few, many = costs(tmp_path / "few", 0), costs(tmp_path / "many", MANY)
    assert few == many
    assert [few[name][0] for name in ("submission", "readiness", "overview", "lease")] == [202, 200, 200, True]
    assert {name for _, _, loaded in many.values() for name in loaded} == {"marian-en-pt"}


def test_a_worker_that_starts_asks_once_for_its_queues_and_reads_no_model(sqlite_desk, tmp_path, monkeypatch):
    admit_many(sqlite_desk)
    settings = load(data_dir=tmp_path, database_url=sqlite_desk.ledger.url)
    monkeypatch.setattr(parent, "Ledger", lambda url: sqlite_desk.ledger)
    with asked(sqlite_desk.ledger) as (statements, loaded):
        assert len(parent.consumed(settings)) == MANY + 1
    assert (len(statements), loaded) == (1, [])


@pytest.mark.parametrize("path", ["/models", "/licenses", "/jobs/new", "/api/v1/models", "/api/v1/queues", "/"])
def test_a_list_reads_no_card(path, sqlite_desk, client):
    admit_many(sqlite_desk, 3)
    with asked(sqlite_desk.ledger) as (statements, _):
        assert client.get(path).status_code == 200
    assert statements
    assert [statement for statement in statements if "models.card" in statement] == []


def test_the_page_of_one_model_compares_the_licences_of_its_own_revisions(sqlite_desk, client):
    admit_many(sqlite_desk)
    older = sqlite_desk.admit("two", revision="b" * 40, license_="cc-by-nc-4.0")
    sqlite_desk.later(60)
    newer = sqlite_desk.admit("two", revision="c" * 40)
    with asked(sqlite_desk.ledger) as (_, loaded):
        assert "changed between revisions" in client.get(f"/models/{newer.id}").text
        assert "changed between revisions" not in client.get(f"/models/{older.id}").text
    assert set(loaded) == {"two", "marian-en-pt"}  # and what stands before it for jobs that name none


def test_the_list_of_licences_names_the_models_that_have_one_and_reads_none(sqlite_desk, client):
    sqlite_desk.admit("other", license_="cc-by-nc-4.0")
    with asked(sqlite_desk.ledger) as (_, loaded):
        rows = client.get("/licenses").text.split("<tr>")
    assert loaded == []
    (named,) = [row for row in rows if ">other</a>" in row]
    assert "CC-BY-NC-4.0" in named
    assert "marian-en-pt" not in named


@pytest.fixture
def crowd(desk):
    """Models of which two are one name at one time, and one is retired."""
    admit_many(desk, 5)
    desk.admit("same", revision="b" * 40)
    desk.admit("same", revision="c" * 40)
    desk.admit("gone")
    with desk.ledger.write() as session:
        models.retire(session, "gone", now=desk.now)
    return desk


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9])
def test_pages_hold_every_model_in_use_once_and_in_order(crowd, size):
    with crowd.ledger.read() as session:
        whole = [model.id for model, _ in models.admitted(session)]
        walked: list[str] = []
        while page := models.admitted(session, after=walked[-1] if walked else None, limit=size):
            assert len(page) <= size
            walked += [model.id for model, _ in page]
    assert len(whole) == 8
    assert walked == whole


def test_the_api_lists_all_models_or_a_page(sqlite_desk, client):
    admit_many(sqlite_desk, 4)
    whole = client.get("/api/v1/models").json
    assert (len(whole["models"]), whole["next_cursor"]) == (5, None)
    first = client.get("/api/v1/models?limit=3").json
    rest = client.get(f"/api/v1/models?limit=3&cursor={first['next_cursor']}").json
    assert first["models"] + rest["models"] == whole["models"]
    assert rest["next_cursor"] is None
    assert client.get("/api/v1/models?cursor=mdl_none").status_code == 404
    assert client.get("/api/v1/models?limit=0").status_code == 422


def test_the_pages_of_models_lead_to_one_another(sqlite_desk, client, monkeypatch):
    monkeypatch.setattr(pages, "PAGE_MODELS", 3)
    admit_many(sqlite_desk, 5)
    first = client.get("/models").text
    onward = re.search(r'href="(/models\?cursor=[^"]+)"', first)
    second = client.get(onward[1]).text
    shown = re.compile(r'<a href="/models/mdl_\w+">([^<]+)</a>')
    assert shown.findall(first) + shown.findall(second) == [
        "marian-en-pt",
        *(f"other-{number:02}" for number in range(5)),
    ]
    assert "cursor=" not in second
    assert 'href="/models">' in second
