"""`corpusmill corpora`: directories are registered, listed and looked at."""

import re

import pytest

from ledger.corpora.scan import DEFAULT_GLOBS

COLUMNS = ["id", "name", "directory", "globs"]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "texts"
    made.mkdir()
    (made / "a.txt").write_text("one")
    (made / "b.rst").write_text("two")
    return made


def test_a_directory_is_registered_with_the_usual_names_of_files(said, folder):
    row = said("corpora", "add", "letters", folder, "--json").lines[0]
    assert list(row) == COLUMNS
    assert (row["name"], row["directory"], row["globs"]) == ("letters", str(folder), " ".join(DEFAULT_GLOBS))


def test_globs_are_those_that_were_asked_for(said, folder):
    row = said("corpora", "add", "letters", folder, "--glob", "*.rst", "--glob", "*.md", "--json").lines[0]
    assert row["globs"] == "*.rst *.md"
    assert said("corpora", "scan", "letters", "--json").lines[0]["new"] == ["b.rst"]


def test_a_name_is_taken_once(said, folder):
    assert said("corpora", "add", "letters", folder).status == 0
    again = said("corpora", "add", "letters", folder)
    assert (again.status, again.refusal) == (3, "A corpus named letters exists already.")


def test_corpora_are_listed_by_name(said, folder):
    for name in ("second", "first", "third"):
        said("corpora", "add", name, folder)
    assert [row["name"] for row in said("corpora", "list", "--json").lines] == ["first", "second", "third"]
    table = said("corpora", "list").out
    assert table.index("first") < table.index("second") < table.index("third")
    assert str(folder) in table


def test_a_look_counts_what_is_new_changed_gone_and_refused(said, folder):
    said("corpora", "add", "letters", folder)
    (folder / "bad.txt").write_bytes(b"\xff")
    first = said("corpora", "scan", "letters", "--json").lines[0]
    assert first == {
        "new": ["a.txt"],
        "changed": [],
        "unchanged": [],
        "gone": [],
        "refused": {"bad.txt": "It is not UTF-8 (byte 0)."},
    }
    shown = said("corpora", "scan", "letters")
    assert shown.err == "refused bad.txt: It is not UTF-8 (byte 0).\n"
    assert re.findall(r"\d+", shown.out) == ["0", "0", "1", "0", "1"]
    (folder / "a.txt").unlink()
    assert said("corpora", "scan", "letters", "--json").lines[0]["gone"] == ["a.txt"]


def test_a_corpus_that_is_not_there_is_refused_by_its_name(said):
    found = said("corpora", "scan", "no-such")
    assert (found.status, found.refusal) == (3, "No corpus is named no-such.")
