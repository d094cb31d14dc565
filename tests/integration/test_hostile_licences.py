"""Texts that speak of licences are recognised in a process of its own, within limits, and in no transaction."""

import os
import resource
import signal

import pytest

from corpusmill.admitting import apart, nursery, renewal
from corpusmill.place.local import bring_up_to_date
from corpusmill.settings import load
from ledger.catalog import models
from ledger.catalog.evidence import findings
from ledger.catalog.evidence.declaration import Declaration
from ledger.work.stamps import key
from pipelines.errors import ModelError
from tests.integration.ledger.test_renewal import age, forget, from_, may, saw_nothing
from tests.unit.ledger.catalog.evidence.texts import BANS, MIT

MOST_FILES = 50
LONGEST_SECONDS = 30
"""Of a CPU, the start of the process among them."""


def test_what_is_found_apart_is_what_is_found_here():
    declaration = Declaration(("mit",), None, {"LICENSE": MIT, "TERMS.md": BANS["ja"]}, prose=f"# A\n\n{BANS['ru']}")
    assert apart.recognise(declaration) == findings.find(declaration)


def test_a_folder_of_texts_that_take_long_is_refused_by_the_name_of_one():
    slow = "a " * 54_000
    texts = {f"LICENSES/{number:02}.txt": f"{slow}{number}" for number in range(MOST_FILES)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(ModelError, match=r"recognising a licence in “LICENSES/\d\d.txt”") as refused:
        apart.recognise(Declaration(("mit",), None, texts))
    assert refused.value.code == "too_slow"
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime < LONGEST_SECONDS


def test_nothing_is_read_while_a_transaction_is_open(desk, monkeypatch):
    for number in range(3):
        desk.admit(f"brought-{number}", declaration=Declaration(("mit",), None, {"LICENSE": MIT}))
    age(desk)
    open_: list[bool] = []

    def watched(declaration: Declaration) -> findings.Findings:
        open_.append(desk.ledger.engine.pool.checkedout() > 0)
        return findings.find(declaration)

    monkeypatch.setattr(renewal, "recognise", watched)
    renewal.look_again(desk.ledger)
    assert len(open_) >= 3
    assert not any(open_)


BAD = "MIT &amp; &#" + "1" * 5000 + ";"


def held(desk, model) -> tuple[str, str]:
    with desk.ledger.read() as session:
        found, license_ = models.get(session, model.id)
        return license_.id, found.concluded_reason


@pytest.mark.parametrize("before", [age, forget], ids=["kept", "not kept"])
def test_a_stored_text_that_breaks_what_reads_it_leaves_its_model_open_and_no_other(desk, sqlite_installation, before):
    bad = desk.admit("bad", card={"license": "mit"}, **saw_nothing(Declaration(("mit",), None, {"LICENSE.html": BAD})))
    clean = desk.admit("clean", card={"license": "mit"}, **saw_nothing(Declaration(("mit",), None, {"LICENSE": MIT})))
    before(desk)
    bring_up_to_date(sqlite_installation, desk.ledger)
    assert [held(desk, model)[0] for model in (bad, clean)] == ["NOASSERTION", "MIT"]
    assert key.read(sqlite_installation.stamps_dir)


@pytest.fixture
def sqlite_installation(desk, tmp_path):
    return load(data_dir=tmp_path, database_url=desk.ledger.url)


def test_what_cannot_be_read_is_open_with_the_reason_until_other_rules_read_it(desk, monkeypatch):
    nameless = Declaration((), None, {"LICENSE": MIT})
    known = [
        desk.admit("mine", **saw_nothing(nameless)),
        desk.admit("base", **saw_nothing(Declaration(("mit",), None, {}))),
    ]
    derived = desk.admit("derived", **from_("base"))
    forget(desk)

    def slow(_: Declaration) -> findings.Findings:
        raise ModelError("too_slow", "It takes far longer than it should: recognising a licence in “LICENSE”.")

    with monkeypatch.context() as broken:
        broken.setattr(renewal, "recognise", slow)
        renewal.look_again(desk.ledger)
    for model in known:
        assert held(desk, model)[0] == "NOASSERTION"
        assert "recognising a licence in “LICENSE”" in held(desk, model)[1]
    assert not may(desk, derived)
    whole = desk.admit("whole", **saw_nothing(Declaration(("mit",), None, {"LICENSE": MIT})))
    for reading in (slow, renewal.recognise):
        age(desk)
        monkeypatch.setattr(renewal, "recognise", reading)
        renewal.look_again(desk.ledger)
        assert held(desk, whole)[0] == ("NOASSERTION" if reading is slow else "MIT")


def test_where_a_process_is_ended_the_next_models_are_read_by_another(desk, monkeypatch):
    brought = [
        desk.admit(f"brought-{number}", **saw_nothing(Declaration((), None, {"LICENSE": MIT}))) for number in range(2)
    ]
    age(desk)
    ended: list[str] = []

    class Mortal(nursery.Nursery):
        def found(self, given):
            self.doomed = bool(given["texts"]) and not ended
            if self.doomed:
                self._process.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)
            return super().found(given)

        def _lines(self):
            if self.doomed:  # it has been asked, and was stopped before it could answer
                ended.append("LICENSE")
                self._process.kill()
            return super()._lines()

    monkeypatch.setattr(nursery, "Nursery", Mortal)
    renewal.look_again(desk.ledger)
    assert [held(desk, model)[0] for model in brought] == ["NOASSERTION", "MIT"]


def test_where_nothing_is_to_be_looked_at_no_process_is_started(desk, monkeypatch):
    desk.admit("brought", declaration=Declaration(("mit",), None, {"LICENSE": MIT}))
    started: list[str] = []
    monkeypatch.setattr(nursery, "Nursery", started.append)
    renewal.look_again(desk.ledger)
    assert started == []
