"""`corpusmill review`: what it sends, and that it says nothing for anybody by default."""

import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner

from corpusmill.cli import app
from corpusmill.commands import reviews

KEPT = {"at": "2026-11-28T10:00:00.000Z", "by": "Ada", "approved": False, "note": "", "position": 3}


class Server:
    def __init__(self) -> None:
        self.sent: list[tuple[str, dict]] = []

    def post(self, path: str, body: dict) -> dict:
        self.sent.append((path, body))
        return KEPT


@pytest.fixture
def server(monkeypatch) -> Server:
    made = Server()
    monkeypatch.setattr(reviews, "connect", lambda *_: nullcontext(made))
    return made


def run(*words: str):
    return CliRunner().invoke(app, ["review", "job_1", *words, "--server", "http://127.0.0.1:1"])


def test_a_review_is_sent_with_who_and_what_they_say(server):
    done = run("--reject", "--by", "Ada", "--position", "3", "--note", "A name is wrong.")
    assert (done.exit_code, done.output) == (0, "Recorded: rejected by Ada at 2026-11-28T10:00:00.000Z.\n")
    said = {"by": "Ada", "approved": False, "note": "A name is wrong.", "position": 3}
    assert server.sent == [("/jobs/job_1/reviews", said)]
    assert json.loads(run("--approve", "--json").output) == KEPT


@pytest.mark.parametrize("words", [[], ["--approve", "--position", "-1"]])
def test_without_a_word_on_the_results_nothing_is_sent(server, words):
    assert run(*words).exit_code != 0
    assert server.sent == []
