"""Who is told to stop: the children of one parent, whatever else is on the machine or its volumes."""

import os
import shutil
import subprocess
import sys

import pytest

from worker.stop import VARIABLE, StopFile

CHILD = "from worker.stop import StopFile; print(StopFile.inherited().is_set())"


@pytest.fixture
def parent(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    made = StopFile.fresh()
    yield made
    made.discard()


def seen_by_a_child() -> str:
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_stop_reaches_the_children_of_the_parent_that_was_told(parent):
    assert seen_by_a_child() == "False"
    parent.set()
    assert seen_by_a_child() == "True"


def test_two_parents_with_one_process_id_do_not_stop_each_others_children(parent, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: 1)
    other = StopFile.fresh()
    parent.set()
    assert not other.is_set()
    assert not StopFile.inherited().is_set()
    other.discard()


def test_a_directory_that_was_tidied_away_meanwhile_keeps_no_stop_from_being_told(parent):
    shutil.rmtree(parent._path.parent)
    assert not parent.is_set()
    parent.set()
    assert StopFile.inherited().is_set()


def test_a_file_system_that_does_not_answer_says_nothing(parent, monkeypatch):
    def stale(*_, **__):
        raise OSError(116, "Stale file handle")

    parent.set()
    monkeypatch.setattr(os, "stat", stale)
    assert not parent.is_set()
    parent.set_here()
    assert parent.is_set()


def test_what_one_parent_made_is_gone_after_it(parent):
    parent.set()
    parent.discard()
    assert not parent._path.parent.exists()
