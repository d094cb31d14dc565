"""The command line beside a real ledger, and what it says."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner

from corpusmill.cli import app
from corpusmill.output import Refusal


@dataclass
class Said:
    """What a command ended with: its status, what it printed, and the sentence with which it was refused."""

    status: int
    out: str
    err: str
    refusal: str

    @property
    def lines(self) -> list[Any]:
        """Its lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def said(sqlite_desk, tmp_path):
    """`said("corpora", "list")`: a command run on the installation of `sqlite_desk`."""

    def run(*words: object) -> Said:
        done = CliRunner().invoke(app, [*map(str, words), "--data-dir", str(tmp_path)])
        if done.exception is not None and not isinstance(done.exception, SystemExit | Refusal):
            raise done.exception
        refusal = done.exception if isinstance(done.exception, Refusal) else None
        status = refusal.status if refusal else done.exit_code
        return Said(int(status), done.stdout, done.stderr, str(refusal or ""))

    return run
