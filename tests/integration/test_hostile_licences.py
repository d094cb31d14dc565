"""Texts that speak of licences are recognised in a process of its own, within limits, and in no transaction."""

import time

import pytest

from corpusmill.admitting import apart
from ledger.catalog.evidence import findings
from ledger.catalog.evidence.declaration import Declaration
from pipelines.errors import ModelError
from tests.unit.ledger.catalog.evidence.texts import BANS, MIT

MOST_FILES = 50
LONGEST_SECONDS = 30
"""Of a clock, on a machine that has other things to do."""


def test_what_is_found_apart_is_what_is_found_here():
    declaration = Declaration(("mit",), None, {"LICENSE": MIT, "TERMS.md": BANS["ja"]}, prose=f"# A\n\n{BANS['ru']}")
    assert apart.recognise(declaration) == findings.find(declaration)


def test_a_folder_of_texts_that_take_long_is_refused_by_the_name_of_one():
    slow = ("permission is hereby granted " * 17_000)[:499_000]
    texts = {f"LICENSES/{number:02}.txt": f"{slow}{number}" for number in range(MOST_FILES)}
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"recognising a licence in “LICENSES/\d\d.txt”") as refused:
        apart.recognise(Declaration(("mit",), None, texts))
    assert refused.value.code == "too_slow"
    assert time.monotonic() - began < LONGEST_SECONDS


def test_nothing_is_read_while_a_transaction_is_open(desk, monkeypatch):
    from corpusmill.admitting import renewal
    from tests.integration.ledger.test_renewal import age

    for number in range(3):
        desk.admit(f"brought-{number}", declaration=Declaration(("mit",), None, {"LICENSE": MIT}))
    age(desk)
    open_: list[bool] = []

    def watched(declaration: Declaration) -> findings.Findings:
        open_.append(desk.ledger.engine.pool.checkedout() > 0)
        return findings.find(declaration)

    monkeypatch.setattr(renewal, "find", watched)
    renewal.look_again(desk.ledger)
    assert len(open_) >= 3
    assert not any(open_)
