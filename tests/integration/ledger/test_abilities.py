"""A choice reads the models that come into question, and is the one that reading every model would make."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

import migrations
from ledger.catalog import choice, models
from ledger.catalog.abilities import able
from ledger.catalog.choice import Choice, choose, named
from ledger.catalog.gate.policy import Purpose, read
from ledger.catalog.models import Admission
from ledger.catalog.tables import Ability, License, Model
from ledger.errors import InvalidRequestError, LedgerError
from tests.conftest import NOON
from tests.licences import licensed

PAIRS = st.sampled_from([("en", "pt"), ("pt", "en"), ("en", "pt-BR")])
TASKS = ["translation", "sentiment"]
REVISIONS = ["a" * 40, "ab" * 20, "b" * 40]
MODELS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Äpfel", "b", "org/c"]),
        "revision": st.sampled_from(REVISIONS),
        "tasks": st.lists(st.sampled_from(TASKS), min_size=1, max_size=2, unique=True),
        "language_pairs": st.lists(PAIRS, max_size=3),
        "multilingual": st.booleans(),
        "license_": st.sampled_from(["mit", "cc-by-nc-4.0", None]),
        "minute": st.integers(0, 3),
        "retired": st.booleans(),
        "preferred": st.none() | st.integers(0, 3),
    }
)
CATALOGS = st.lists(MODELS, min_size=1, max_size=9, unique_by=lambda model: (model["name"], model["revision"]))
QUESTIONS = st.fixed_dictionaries(
    {
        "task": st.sampled_from(TASKS),
        "pair": st.none() | PAIRS,
        "purpose": st.sampled_from(list(Purpose)),
        "asked": st.none() | st.sampled_from(["b", "b@a", "org/c@", "Äpfel@ab", "äpfel", "b@A", "b@%", "a\0", ""]),
    }
)


def admission(license_: str | None = "mit", **facts) -> Admission:
    known = {
        "directory": "nowhere",
        "source": {},
        "architecture": "MarianMTModel",
        "languages": [],
        "parameter_count": 1,
        "weights_bytes": 1,
        "weights_sha256": "c" * 64,
        "manifest": {},
        "card": {},
        "card_text": "",
        "admitted_by": "tests",
        **licensed(license_),
    }
    return Admission(**(known | facts))


def by_reading_all(session, task, pair, purpose, asked) -> Choice:
    """What is to be answered, from every model that there is."""
    rows = session.execute(select(Model, License).join(License, License.id == Model.concluded_license_id)).all()
    used = [(model, license_) for model, license_ in rows if model.retired_at is None]
    used.sort(key=lambda row: row[0].id)
    in_order = session.scalars(select(Model.id).order_by(Model.name, Model.id)).all()  # as this database sorts names
    able = []
    for spoken in [None] if pair is None else choice._spoken(*pair):
        fits = [
            Choice.of(model, license_, purpose, read())
            for model, license_ in used
            if task in model.tasks and (spoken is None or model.multilingual or list(spoken) in model.language_pairs)
        ]
        fits.sort(key=lambda one: in_order.index(one.model.id))
        able.append(fits)
    standing = [one for fits in able for one in sorted(fits, key=_standing)]
    wanted = standing
    if asked is not None:
        named = ([one for one in fits if is_called(one.model, asked)] for fits in able)
        wanted = [one for fits in named for one in sorted(fits, key=lambda one: one.model.admitted_at, reverse=True)]
    permitted = [one for one in wanted if one.verdict.allowed]
    if permitted:
        return permitted[0]
    if wanted:
        raise choice._denied(wanted[0], next((one.model for one in standing if one.verdict.allowed), None))
    if asked is not None:
        found = [model for model, _ in used if is_called(model, asked)]
        if not found:
            raise LedgerError(f"The model {asked} is not admitted; corpusmill models list shows which are.")
        wish = f"translate {'→'.join(pair)}" if pair else f"do {task}"
        newest = max(found, key=lambda model: model.admitted_at)
        raise LedgerError(f"The model {asked} cannot {wish}; it does {choice._does(newest)}.")
    if pair is not None:
        raise LedgerError(choice._no_pair({tuple(one) for model, _ in used for one in model.language_pairs}, pair))
    raise LedgerError(f"No admitted model does {task}; corpusmill models install starter brings some.")


def _standing(one: Choice) -> tuple:
    """What was preferred last, then what was admitted first."""
    preferred = one.model.preferred_at
    return (preferred is None, -preferred.timestamp() if preferred else 0, one.model.admitted_at)


def is_called(model: Model, asked: str) -> bool:
    name, _, revision = asked.partition("@")
    return model.name == name and model.revision.startswith(revision)


def answer(made) -> tuple:
    try:
        found = made()
    except LedgerError as error:
        return error.message, getattr(error, "denied", None)
    return found.model.id, found.verdict


@given(CATALOGS, st.lists(QUESTIONS, min_size=1, max_size=16))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_choice_is_the_one_that_reading_every_model_would_make(ledger, catalog, questions):
    with Session(ledger.engine) as session:
        for facts in catalog:
            minute, retired = facts["minute"], facts["retired"]
            stated = {name: value for name, value in facts.items() if name not in {"minute", "retired", "preferred"}}
            model = models.admit(session, admission(**stated), now=NOON + timedelta(minutes=minute))
            model.retired_at = NOON if retired else None
            model.preferred_at = (
                NOON + timedelta(minutes=facts["preferred"]) if facts["preferred"] is not None else None
            )
        session.flush()
        for asked in questions:
            wanted = answer(lambda: by_reading_all(session, **asked))  # noqa: B023 -- called at once
            assert answer(lambda: choose(session, policy=read(), **asked)) == wanted  # noqa: B023
        session.rollback()


def rows(session) -> set[tuple[str, ...]]:
    return {tuple(row) for row in session.execute(select(*Ability.__table__.columns))}


def test_a_multilingual_model_has_one_row_for_all_pairs_of_its_languages(desk):
    many = [f"{first}{second}" for first in "abcdefghij" for second in "klmnopqrst"]
    model = desk.admit("many", languages=many, language_pairs=[], multilingual=True, tasks=["translation", "sentiment"])
    with desk.ledger.read() as session:
        assert len({row for row in rows(session) if row[-1] == model.id}) == 4  # each task alone, and for any pair
        wanted = choose(
            session, task="translation", pair=("ak", "jt"), purpose=Purpose.EVALUATION, asked=None, policy=read()
        )
    assert wanted.model.id == model.id


def test_models_that_were_admitted_before_the_index_are_in_it(desk):
    desk.admit("both", language_pairs=[["en", "pt"], ["pt", "en"], ["en", "pt"]])
    desk.admit("any", language_pairs=[["en", "pt"]], multilingual=True)
    desk.admit("two", tasks=["sentiment", "summarization"], language_pairs=[])
    with desk.ledger.write() as session:
        models.retire(session, desk.admit("gone").name, now=desk.now)
        written = rows(session)
    migrations.downgrade(desk.ledger, "0009")
    migrations.upgrade(desk.ledger)
    with desk.ledger.read() as session:
        assert rows(session) == written
        assert len(written) == 2 + 3 + 3 + 2 + 2


def test_a_language_whose_code_no_column_holds_is_refused(desk):
    for code in ("x" * 256, "", "e\0n"):
        with pytest.raises(InvalidRequestError, match="Language pair"):
            desk.admit("odd", language_pairs=[["en", code]])


def test_a_choice_among_many_reads_those_that_come_into_question(desk):
    for number in range(30):
        desk.admit(f"other-{number}", language_pairs=[["en", f"x{number}"]])
    loaded: list[str] = []

    def note(model: Model, _: object) -> None:
        loaded.append(model.name)

    event.listen(Model, "load", note)
    try:
        with desk.ledger.read() as session:
            made = [
                choose(session, task="translation", pair=pair, purpose=Purpose.EVALUATION, asked=asked, policy=read())
                for pair, asked in ((("en", "x7"), None), (None, "other-8"))
            ]
            named(session, "other-9")
            with pytest.raises(LedgerError):
                choose(
                    session, task="translation", pair=("en", "y"), purpose=Purpose.EVALUATION, asked=None, policy=read()
                )
    finally:
        event.remove(Model, "load", note)
    assert [one.model.name for one in made] == ["other-7", "other-8"]
    assert loaded == ["other-7", "other-8", "other-9"]


def test_the_index_is_asked_for_task_and_languages_on_both_databases(desk):
    """The plan of the statement that a choice makes reads neither table whole."""
    with desk.ledger.write() as session:
        for number in range(400):
            facts = {"name": f"m{number}", "revision": "a" * 40, "tasks": ["translation"], "multilingual": False}
            models.admit(session, admission(**facts, language_pairs=[["en", f"x{number}"]]), now=desk.now)
    with desk.ledger.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, context, many) -> None:
        if "abilities" in statement and not statement.startswith("EXPLAIN"):
            asked = connection.connection.dbapi_connection.cursor()
            prefix = "EXPLAIN QUERY PLAN " if desk.ledger.is_sqlite else "EXPLAIN "
            asked.execute(prefix + statement, parameters)
            plans.append("\n".join(str(row[-1]) for row in asked.fetchall()))

    event.listen(desk.ledger._reader, "before_cursor_execute", explain)
    try:
        with desk.ledger.read() as session:
            asked = {"purpose": Purpose.EVALUATION, "asked": None, "policy": read()}
            choose(session, task="translation", pair=("en", "x7"), **asked)
    finally:
        event.remove(desk.ledger._reader, "before_cursor_execute", explain)
    assert len(plans) == 1
    assert "Seq Scan on models" not in plans[0]
    assert "Seq Scan on abilities" not in plans[0]
    assert "SCAN" not in plans[0]
    assert desk.ledger.is_sqlite is ("(task=? AND source=? AND target=?)" in plans[0])


def test_what_a_newer_version_knows_of_the_same_files_is_added_and_nothing_is_lost(desk):
    given = {"ways": {"classification": ["labels"]}}
    model = desk.admit("encoder", tasks=["summarization"], language_pairs=[])
    for tasks in (["summarization", "classification"], ["classification"]):
        assert desk.admit("encoder", tasks=tasks, language_pairs=[], profile=given).id == model.id
    with desk.ledger.read() as session:
        for can in ("summarization", "classification:labels"):
            assert [one.id for one, _ in able(session, can, None)] == [model.id]
        assert list(able(session, "classification", None)) == []
