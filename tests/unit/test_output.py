"""What commands print: ids and names that can be copied at any width, and nothing that steers a terminal."""

import json
import re

import pytest

from corpusmill.output import as_json, say, table

JOB = "job_019aafc0d8e77b3c9a4f5e6d7c8b9a01"
NAME = "Samples: translation en→pt, the second part"
LONG = "archive/" + "x" * 90
DIRECTORY = "/srv/letters/" + "a-long-folder/" * 5
COLUMNS = ("id", "name", "status", "documents", "created", "why")
WHY = "It was cancelled before every document was done, on the word of an operator."
ROWS = [
    (JOB, NAME, "completed_with_errors", "3/4, 1 failed", "2026-11-24T02:30:00.000Z", WHY),
    (JOB[:-1] + "2", LONG, "running", "0/4", None, ""),
]


@pytest.fixture
def terminal(monkeypatch):
    """`terminal(columns)`: stdout is a terminal that wide."""

    def wide(columns: int) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")

    return wide


def printed(capsys) -> str:
    """What was printed, without bold and its end."""
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)


@pytest.mark.parametrize("columns", [80, 60, 20])
def test_what_people_copy_stands_whole_on_one_line_of_a_narrow_terminal(columns, terminal, capsys):
    terminal(columns)
    table("Jobs", COLUMNS, ROWS)
    lines = printed(capsys).splitlines()
    for cell in (JOB, NAME, LONG):
        assert any(cell in line for line in lines), cell
    for word in ("completed_with_errors", "2026-11-24T02:30:00.000Z"):
        assert any(word in line for line in lines), word
    rest = [line for line in lines if not any(cell in line for cell in (JOB, JOB[:-1], NAME, LONG))]
    assert all(len(line) <= max(columns, 26) for line in rest)


@pytest.mark.parametrize("columns", [80, 60])
def test_other_columns_are_folded_at_their_words_to_make_room(columns, terminal, capsys):
    terminal(columns)
    table("Jobs", ("id", "why"), [(JOB, WHY)])
    lines = printed(capsys).splitlines()
    assert max(map(len, lines)) <= columns
    assert sum(JOB in line for line in lines) == 1
    assert " ".join(" ".join(line.split("│")[2].split()) for line in lines if "│" in line).strip() == WHY


def test_a_pipe_gets_what_people_copy_whole_as_well(capsys):
    table("Corpora", ("id", "name", "directory", "globs"), [(JOB, LONG, DIRECTORY, "**/*.txt **/*.md")])
    table("Jobs", COLUMNS, ROWS)
    out = capsys.readouterr().out
    for cell in (JOB, NAME, LONG, DIRECTORY, "**/*.txt **/*.md"):
        assert any(cell in line for line in out.splitlines()), cell


def test_a_table_that_fits_is_no_wider_than_it_must_be(terminal, capsys):
    terminal(200)
    table("Models", ("name", "revision"), [("starter-en-pt", "0123456789ab")])
    assert max(map(len, printed(capsys).splitlines())) == len("starter-en-pt") + len("0123456789ab") + 7


@pytest.mark.parametrize("columns", [80, 20])
def test_cells_are_no_markup_and_steer_nothing(columns, terminal, capsys):
    terminal(columns)
    table("T [bold]", ("name", "note"), [("[red]x[/red] [0] \\[", "a\x1b[2Jb\u202ec")])
    out = printed(capsys)
    assert "[red]x[/red] [0] \\[" in out
    assert "T [bold]" in out
    assert "a\ufffd[2Jb\ufffdc" in out
    assert "\x1b[2J" not in out


def test_json_escapes_what_steers_and_means_the_same(capsys):
    value = {"name": "a\u202eb\x9b\u2028\ud800é", "n": 1}
    as_json(value)
    out = capsys.readouterr().out
    assert json.loads(out) == value
    assert "é" in out
    assert not set("\u202e\x9b\u2028\ud800") & set(out)


def test_a_message_steers_nothing(capsys):
    say("No corpus is named a\x1b[2J\u202eb\udcff.", err=True)
    assert capsys.readouterr().err == "No corpus is named a\ufffd[2J\ufffdb\ufffd.\n"
