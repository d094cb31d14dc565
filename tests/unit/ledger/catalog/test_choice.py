"""When no model does what is asked: what comes nearest, and the command that brings one."""

import pytest

from ledger.catalog import models
from ledger.catalog.choice import STARTER_PAIRS, choose, named, prefer, standing_before
from ledger.catalog.gate.policy import Purpose, read
from ledger.errors import ModelMissingError


def refusal(desk, pair, asked=None, task="translation"):
    with desk.ledger.read() as session, pytest.raises(ModelMissingError) as refused:
        choose(session, task=task, pair=pair, purpose=Purpose.EVALUATION, asked=asked, policy=read())
    return refused.value


def test_a_pair_that_the_starter_models_have_names_the_command_that_installs_them(sqlite_desk):
    found = refusal(sqlite_desk, ("pt", "en"))
    assert found.message == (
        "No admitted model translates pt→en; pairs at hand: en→pt. corpusmill models install starter brings pt→en."
    )
    assert found.pointer == "/parameters"


def test_another_pair_names_the_command_that_adds_a_model_and_the_nearest_pairs_first(sqlite_desk):
    sqlite_desk.admit("a", language_pairs=[["de", "fr"], ["de", "pt"], ["en", "de"], ["ja", "ko"]])
    assert refusal(sqlite_desk, ("de", "it")).message == (
        "No admitted model translates de→it; pairs at hand: de→fr, de→pt, en→de, en→pt, ja→ko. "
        "corpusmill models add DIRECTORY --from de --to it admits a model for it."
    )


@pytest.mark.parametrize("pair", [("en-GB", "pt"), ("en", "pt-BR"), ("en-US", "pt-PT"), ("en-001", "pt")])
def test_a_language_with_a_region_is_understood_without_it_where_no_model_has_it(sqlite_desk, pair):
    asked = {"task": "translation", "purpose": Purpose.EVALUATION, "asked": None, "policy": read()}
    with sqlite_desk.ledger.read() as session:
        assert choose(session, pair=pair, **asked).model.name == "marian-en-pt"
    sqlite_desk.admit("exactly", language_pairs=[list(pair)])
    sqlite_desk.later(60)
    sqlite_desk.admit("newer", language_pairs=[["en", "pt"]])
    with sqlite_desk.ledger.read() as session:
        assert choose(session, pair=pair, **asked).model.name == "exactly"


def test_a_region_that_tells_a_script_is_not_left_out(sqlite_desk):
    sqlite_desk.admit("simplified", language_pairs=[["en", "zh"]])
    assert "en→zh-TW" in refusal(sqlite_desk, ("en", "zh-TW")).message


def test_an_empty_ledger_names_the_starter_models_where_they_come_near(sqlite_ledger):
    class Desk:
        ledger = sqlite_ledger

    brings = "corpusmill models install starter brings en→pt"
    assert refusal(Desk, ("en", "pt")).message.endswith(f"pairs at hand: none. {brings}.")
    assert f"{brings}; corpusmill models add DIRECTORY --from en-GB" in refusal(Desk, ("en-GB", "pt-BR")).message
    assert "starter" not in refusal(Desk, ("ja", "ko")).message
    assert refusal(Desk, None, task="sentiment").message == (
        "No admitted model does sentiment; corpusmill models install starter brings some."
    )


def test_many_pairs_are_counted_rather_than_listed(sqlite_desk):
    sqlite_desk.admit("a", language_pairs=[["en", f"x{letter}"] for letter in "abcdefghij"])
    assert "en→xg, 3 more. corpusmill" in refusal(sqlite_desk, ("en", "zz")).message


def test_a_named_model_that_cannot_do_it_says_what_it_does(sqlite_desk):
    assert refusal(sqlite_desk, ("pt", "en"), "marian-en-pt").message == (
        "The model marian-en-pt cannot translate pt→en; it does translation (en→pt)."
    )
    assert refusal(sqlite_desk, None, "marian-en-pt", "sentiment").message == (
        "The model marian-en-pt cannot do sentiment; it does translation (en→pt)."
    )


@pytest.mark.parametrize(
    ("asked", "revision"),
    [("two", "b" * 40), ("two@", "b" * 40), ("two@bbbb", "b" * 40), (f"two@{'a' * 40}", "a" * 40)],
)
def test_a_model_is_named_with_the_beginning_of_its_revision_or_is_the_newest(sqlite_desk, asked, revision):
    for letter in "ab":
        sqlite_desk.later(60)
        sqlite_desk.admit("two", revision=letter * 40, directory=f"two/{letter}")
    with sqlite_desk.ledger.read() as session:
        assert named(session, asked)[0].revision == revision
        chosen = choose(
            session, task="translation", pair=("en", "pt"), purpose=Purpose.EVALUATION, asked=asked, policy=read()
        )
    assert chosen.model.revision == revision


@pytest.mark.parametrize("asked", ["two@c", "other", "marian-en-pt@b", "MARIAN-en-pt"])
def test_a_revision_or_a_name_that_is_not_there_is_refused(sqlite_desk, asked):
    sqlite_desk.admit("two")
    assert refusal(sqlite_desk, ("en", "pt"), asked).message.startswith(f"The model {asked} is not admitted")
    with sqlite_desk.ledger.read() as session, pytest.raises(ModelMissingError):
        named(session, asked)


def test_the_pairs_of_the_starter_models_are_those_that_are_installed():
    from pipelines.models.starter.translation import FOLDERS

    assert {"-".join(pair) for pair in STARTER_PAIRS} == set(FOLDERS)


def chosen(session, pair=("en", "pt"), asked=None):
    question = {"task": "translation", "purpose": Purpose.COMMERCIAL, "policy": read()}
    return choose(session, pair=pair, asked=asked, **question).model.name


def test_nothing_newly_admitted_becomes_the_default(sqlite_desk):
    sqlite_desk.later(60)
    newer = sqlite_desk.admit("newer")
    with sqlite_desk.ledger.read() as session:
        assert chosen(session) == "marian-en-pt"
        assert standing_before(session, newer).name == "marian-en-pt"
        assert standing_before(session, sqlite_desk.model) is None


def test_what_is_preferred_last_serves_until_it_may_not(sqlite_desk):
    for name, license_ in (("second", "mit"), ("third", "mit"), ("unfree", "cc-by-nc-4.0")):
        sqlite_desk.later(60)
        sqlite_desk.admit(name, license_=license_)
        with sqlite_desk.ledger.write() as session:
            assert prefer(session, name, by="Ada", now=sqlite_desk.now).preferred_by == "Ada"
    with sqlite_desk.ledger.write() as session:
        assert chosen(session) == "third"
        models.retire(session, "third", now=sqlite_desk.now)
    with sqlite_desk.ledger.read() as session:
        assert chosen(session) == "second"
    sqlite_desk.later(60)
    sqlite_desk.admit("third")
    with sqlite_desk.ledger.read() as session:
        assert chosen(session) == "second"


def test_a_model_that_is_not_there_is_not_preferred(sqlite_desk):
    with pytest.raises(ModelMissingError, match="other"), sqlite_desk.ledger.write() as session:
        prefer(session, "other", by="Ada", now=sqlite_desk.now)


def test_what_comes_back_into_use_stands_behind_what_served_meanwhile(sqlite_desk):
    sqlite_desk.later(60)
    sqlite_desk.admit("second")
    with sqlite_desk.ledger.write() as session:
        models.retire(session, "marian-en-pt", now=sqlite_desk.now)
    sqlite_desk.later(60)
    sqlite_desk.admit("marian-en-pt")
    with sqlite_desk.ledger.read() as session:
        assert chosen(session) == "second"
