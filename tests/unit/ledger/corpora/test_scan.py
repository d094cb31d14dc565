"""A look at a directory: every file is new, changed, unchanged, gone or refused for a reason, and read once."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from ledger.corpora import scan as module
from ledger.corpora.contents import MAX_FILE_BYTES
from ledger.corpora.corpus import add_corpus, corpus_named
from ledger.corpora.scan import MAX_PATH_CHARACTERS, TICK_SECONDS, Scan, is_directory, read, scan
from ledger.corpora.tables import Corpus, Source
from ledger.errors import ConflictError, InvalidRequestError, NotFoundError
from tests.conftest import NOON


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "corpus"
    made.mkdir()
    return made


@pytest.fixture
def corpus(sqlite_desk, folder) -> Corpus:
    with sqlite_desk.ledger.write() as session:
        return add_corpus(session, name="c", directory=folder, language="en", now=NOON)


@pytest.fixture
def look(sqlite_desk, corpus):
    return lambda: scan(sqlite_desk.ledger, corpus, clock=lambda _: sqlite_desk.now)


def sources(desk) -> dict[str, Source]:
    with desk.ledger.read() as session:
        return {row.path: row for row in session.scalars(select(Source))}


def kinds(found: Scan) -> dict[str, list[str]]:
    return {kind: list(listed) for kind, listed in found.report().items() if listed}


def test_files_are_new_then_unchanged_then_changed_then_gone(look, folder, sqlite_desk):
    (folder / "a.txt").write_text("one")
    (folder / "deep").mkdir()
    (folder / "deep" / "b.md").write_text("two")
    (folder / "c.rst").write_text("not asked for")
    assert kinds(look()) == {"new": ["a.txt", "deep/b.md"]}
    assert kinds(look()) == {"unchanged": ["a.txt", "deep/b.md"]}
    (folder / "a.txt").write_text("other")
    assert kinds(look()) == {"changed": ["a.txt"], "unchanged": ["deep/b.md"]}
    (folder / "a.txt").unlink()
    assert kinds(look()) == {"unchanged": ["deep/b.md"], "gone": ["a.txt"]}
    assert list(sources(sqlite_desk)) == ["deep/b.md"]


def test_a_file_that_was_only_touched_is_unchanged_and_its_time_is_kept(look, folder, sqlite_desk):
    (folder / "a.txt").write_text("one")
    look()
    before = sources(sqlite_desk)["a.txt"]
    os.utime(folder / "a.txt", ns=(1, 7_000))
    sqlite_desk.later(60)
    assert kinds(look()) == {"unchanged": ["a.txt"]}
    after = sources(sqlite_desk)["a.txt"]
    assert (after.sha256, after.size_bytes, after.modified_ns) == (before.sha256, 3, 7_000)
    assert after.scanned_at == sqlite_desk.now


def test_a_file_of_the_same_size_and_time_is_not_read_again(look, folder, monkeypatch):
    (folder / "a.txt").write_text("one")
    os.utime(folder / "a.txt", ns=(5, 5))
    look()
    monkeypatch.setattr(module.hashlib, "sha256", None)
    found = look()
    assert kinds(found) == {"unchanged": ["a.txt"]}
    assert found.files == {"a.txt": folder / "a.txt"}


@pytest.mark.parametrize("change", ["size", "time"])
def test_another_size_or_another_time_has_it_read_again(look, folder, change):
    file = folder / "a.txt"
    file.write_text("one")
    os.utime(file, ns=(5, 5))
    look()
    file.write_text("two" if change == "time" else "longer")
    os.utime(file, ns=(6, 6) if change == "time" else (5, 5))
    assert kinds(look()) == {"changed": ["a.txt"]}


def test_a_byte_order_mark_is_no_part_of_a_text(look, folder, corpus):
    (folder / "a.txt").write_bytes(b"\xef\xbb\xbfone")
    look()
    (folder / "a.txt").write_bytes(b"one")
    found = look()
    assert kinds(found) == {"unchanged": ["a.txt"]}
    (document,) = read(corpus, found.files.items())
    assert (document.custom_id, document.name, document.text, document.language) == ("a.txt", "a.txt", "one", "en")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"ab\xff", "It is not UTF-8 (byte 2)."),
        ("a.txt", b"ab\0c", "It holds a NUL character."),
        ("a.txt", b"x" * (MAX_FILE_BYTES + 1), f"It is larger than {MAX_FILE_BYTES} bytes."),
        ("a\x07.txt", b"x", "Its path cannot be kept: "),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(look, folder, sqlite_desk, name, content, reason):
    (folder / name).write_bytes(content)
    (told,) = look().refused.values()
    assert told.startswith(reason)
    assert sources(sqlite_desk) == {}


def test_the_largest_file_is_taken(look, folder):
    (folder / "a.txt").write_bytes(b"x" * MAX_FILE_BYTES)
    assert kinds(look()) == {"new": ["a.txt"]}


@pytest.mark.parametrize(("characters", "taken"), [(MAX_PATH_CHARACTERS, True), (MAX_PATH_CHARACTERS + 1, False)])
def test_the_longest_path_is_taken_and_a_longer_one_refused(look, folder, characters, taken):
    inside = folder / ("d" * 200)
    inside.mkdir()
    (inside / ("n" * (characters - 205) + ".txt")).write_text("one")
    found = look()
    assert (len(found.new), len(found.refused)) == ((1, 0) if taken else (0, 1))
    assert all(len(path) <= MAX_PATH_CHARACTERS for path in found.refused)


def test_a_link_within_the_directory_is_taken_and_one_that_leaves_it_refused(look, folder, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "a.txt").write_text("one")
    (folder / "in.txt").symlink_to(folder / "a.txt")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    found = look()
    assert found.new == ["a.txt", "in.txt"]
    assert "leaves the corpus" in found.refused["out.txt"]


def test_a_directory_named_like_a_text_is_passed_over(look, folder):
    (folder / "a.txt").mkdir()
    assert kinds(look()) == {}


def test_a_file_that_two_globs_find_is_taken_once(sqlite_desk, folder):
    (folder / "a.txt").write_text("one")
    with sqlite_desk.ledger.write() as session:
        corpus = add_corpus(session, name="twice", directory=folder, globs=["*.txt", "a*"], now=NOON)
    assert kinds(scan(sqlite_desk.ledger, corpus)) == {"new": ["a.txt"]}


def test_more_files_than_one_step_are_all_entered_and_all_forgotten(look, folder, sqlite_desk, monkeypatch):
    monkeypatch.setattr(module, "STEP_SOURCES", 3)
    monkeypatch.setattr(module, "rest", lambda started: None)
    for number in range(8):
        (folder / f"{number}.txt").write_text(str(number))
    assert len(look().new) == 8
    assert len(sources(sqlite_desk)) == 8
    for number in range(7):
        (folder / f"{number}.txt").unlink()
    assert len(look().gone) == 7
    assert list(sources(sqlite_desk)) == ["7.txt"]


def test_two_corpora_keep_their_files_apart(look, folder, sqlite_desk, tmp_path):
    (folder / "a.txt").write_text("one")
    other = tmp_path / "other"
    other.mkdir()
    look()
    with sqlite_desk.ledger.write() as session:
        second = add_corpus(session, name="second", directory=other, now=NOON)
    assert kinds(scan(sqlite_desk.ledger, second)) == {}
    assert kinds(look()) == {"unchanged": ["a.txt"]}


def test_a_directory_that_is_not_there_is_refused_by_name(look, folder):
    folder.rmdir()
    with pytest.raises(InvalidRequestError, match="directory of corpus c is not there"):
        look()


def test_a_file_that_vanished_or_spoiled_since_the_look_is_passed_over(corpus, folder):
    (folder / "bad.txt").write_bytes(b"\xff")
    (folder / "good.txt").write_text("one")
    files = [(name, folder / name) for name in ("gone.txt", "bad.txt", "good.txt")]
    assert [document.name for document in read(corpus, files)] == ["good.txt"]


@pytest.mark.parametrize(("seconds", "kind"), [(-TICK_SECONDS - 1, "unchanged"), (-1, "changed"), (60, "changed")])
def test_a_file_changed_around_the_look_is_read_again_though_it_seems_the_same(
    look, folder, sqlite_desk, seconds, kind
):
    """Only one that had rested is taken for what it was; a clock of another machine may be ahead."""
    moment = round((sqlite_desk.now.timestamp() + seconds) * 1e9)
    file = folder / "a.txt"
    for text in ("one", "two"):
        file.write_text(text)
        os.utime(file, ns=(moment, moment))
        found = look()
    assert kinds(found) == {kind: ["a.txt"]}


def test_a_file_that_had_not_settled_is_settled_by_a_later_look(look, folder, sqlite_desk, monkeypatch):
    moment = round(sqlite_desk.now.timestamp() * 1e9)
    (folder / "a.txt").write_text("one")
    os.utime(folder / "a.txt", ns=(moment, moment))
    look()
    sqlite_desk.later(60)
    assert kinds(look()) == {"unchanged": ["a.txt"]}
    monkeypatch.setattr(module.hashlib, "sha256", None)
    assert kinds(look()) == {"unchanged": ["a.txt"]}


@pytest.mark.parametrize("became", ["a pipe", "a link out", "too large", "a folder"])
def test_what_became_of_a_file_since_the_look_is_no_document_and_nobody_waits_for_it(
    look, folder, corpus, tmp_path, became
):
    file = folder / "a.txt"
    file.write_text("one")
    (folder / "b.txt").write_text("two")
    (tmp_path / "secret.txt").write_text("secret")
    found = look()
    file.unlink()
    if became == "a pipe":
        os.mkfifo(file)
    elif became == "a link out":
        file.symlink_to(tmp_path / "secret.txt")
    elif became == "too large":
        file.write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    else:
        file.mkdir()
    assert [document.text for document in read(corpus, found.files.items())] == ["two"]


def test_only_a_directory_is_one(tmp_path):
    (tmp_path / "file").touch()
    assert [is_directory(tmp_path / name) for name in ("", "file", "none", "nul\0")] == [True, False, False, False]


@pytest.mark.parametrize("glob", ["/etc/*", "../*", "a/../../b", "**foo", ""])
def test_a_glob_that_leaves_or_is_none_is_refused(sqlite_desk, folder, glob):
    with sqlite_desk.ledger.write() as session, pytest.raises(InvalidRequestError) as refused:
        add_corpus(session, name="n", directory=folder, globs=[glob], now=NOON)
    assert refused.value.pointer == "/globs"


def test_a_corpus_is_found_by_its_name_or_id_and_its_name_is_taken_once(sqlite_desk, corpus, folder):
    with sqlite_desk.ledger.write() as session:
        for name in (corpus.name, corpus.id):
            assert corpus_named(session, name).id == corpus.id
        with pytest.raises(NotFoundError):
            corpus_named(session, "none")
        with pytest.raises(ConflictError) as refused:
            add_corpus(session, name="c", directory=folder, now=NOON)
    assert refused.value.pointer == "/name"
