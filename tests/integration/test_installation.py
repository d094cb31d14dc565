"""Who makes an installation: `up`, `db upgrade`, a first `models install`. All else leaves a mistyped directory be."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import migrations
from corpusmill.cli import app
from corpusmill.output import Refusal
from corpusmill.place import installation
from corpusmill.settings import Settings
from ledger.engine import Ledger
from tests.unit.test_docs import commands

MAKERS = {("up",), ("db", "upgrade"), ("models", "install")}
NO_INSTALLATION = {("bench",)}
ARGUMENTS = {
    "job_id": ["job_x"],
    "task": ["sentiment"],
    "paths": [__file__],
    "collection": ["starter"],
    "origin": ["."],
    "name": ["x"],
    "directory": ["."],
    "license_id": ["MIT"],
    "revision": ["0007"],
    "old": ["a"],
    "new": ["b"],
}
NEEDED = {"reason": "r", "corpus": "c", "cron": "0 0 * * *", "task": "sentiment", "before": "2026-01-01"}
NEEDED |= {"title": "t", "clause": "c"}


def line(names, command) -> list[str]:
    """A command line of a command with something for each argument and each needed option; nothing is asked."""
    words = list(names)
    for one in command.params:
        if one.param_type_name == "argument" and one.required:
            words += ARGUMENTS[one.name]
        elif one.required:
            words += one.opts[:1] if one.is_flag else [one.opts[0], NEEDED[one.name]]
        elif one.name == "yes":
            words += one.opts
    return words


ALL = [
    (names, line(names, command))
    for names, command in commands(app)
    if not getattr(command, "commands", None) and names not in MAKERS | NO_INSTALLATION
]


@pytest.fixture
def ran(tmp_path):
    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "corpusmill", *arguments],
            env=os.environ | {"CORPUSMILL_DATA_DIR": str(tmp_path / "var")} | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.mark.parametrize(("names", "words"), ALL, ids=" ".join)
def test_a_mistyped_directory_is_refused_with_a_sentence_and_not_made(names, words, ran, tmp_path):
    status, out, said = ran(*words)
    if names == ("doctor",):
        assert (status, "no installation is in" in " ".join(out.split())) == (1, True)
    else:
        assert status in (3, 5), said
        assert f"no installation is in {tmp_path}/var" in said or f"no server is running in {tmp_path}/var" in said
        assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def dumped(database: Path) -> list[str]:
    """Every table and row."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("words", [["models", "list"], ["schedules", "list"], ["verify", "x"], ["db", "check"]])
def test_a_live_database_of_another_version_is_left_alone(words, ran, tmp_path):
    assert ran("db", "upgrade")[0] == 0
    ledger = Ledger(f"sqlite:///{tmp_path}/var/ledger.db")
    migrations.downgrade(ledger, "0005")
    ledger.close()
    before = dumped(tmp_path / "var" / "ledger.db")
    status, _, said = ran(*words)
    assert status == 3
    assert "corpusmill db upgrade" in said
    assert dumped(tmp_path / "var" / "ledger.db") == before


def test_db_upgrade_makes_one_that_is_closed_to_other_users(ran, tmp_path):
    assert ran("db", "upgrade")[0] == 0
    assert ran("corpora", "add", "here", str(tmp_path))[0] == 0
    for path in (tmp_path / "var", *(tmp_path / "var").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_directory_without_a_database_is_no_installation(ran, tmp_path):
    (tmp_path / "var").mkdir()
    status, _, said = ran("models", "list")
    assert (status, said.count("\n")) == (3, 1)
    assert "ledger.db is not there" in said
    assert list((tmp_path / "var").iterdir()) == []


def test_models_may_be_installed_before_anything_else_is_there_and_nowhere_else(tmp_path):
    blank, fetched, other = (Settings(data_dir=tmp_path / name) for name in ("blank", "fetched", "other"))
    (fetched.data_dir / "models").mkdir(parents=True)
    other.data_dir.mkdir()
    (other.data_dir / "letters.txt").write_text("mine")
    assert [installation.is_blank(each) for each in (blank, fetched, other)] == [True, True, False]
    with pytest.raises(Refusal, match="no installation"):
        installation.require_or_begin(other)
    installation.require_or_begin(blank)
    assert blank.data_dir.stat().st_mode & 0o777 == 0o700
