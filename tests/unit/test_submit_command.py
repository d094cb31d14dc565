"""What `corpusmill submit` sends, and the status it ends with."""

import pytest
from click.testing import CliRunner

from corpusmill.cli import app
from corpusmill.commands import submit as module
from corpusmill.commands.options import connect
from corpusmill.commands.submit import expand, wait
from corpusmill.output import Refusal, Unreachable
from tests.unit.test_flag_options import JOB
from tests.unit.test_progress_shown import Following, at


class Server(Following):
    """Accepts a job and tells the same of it ever after."""

    def __init__(self, status: str) -> None:
        super().__init__()
        self.job = JOB | {"status": status}
        self.keys: list[str | None] = []

    def submit(self, job, files, *, key=None):
        self.asked.append(job)
        self.keys.append(key)
        return self.job | {"status": "queued"}

    def get(self, path, **query):
        return self.job


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "POLL_SECONDS", 0)
    (tmp_path / "a.txt").write_text("A.")

    def call(server: Server, *arguments: str):
        monkeypatch.setattr(module, "connect", lambda *_: server)
        words = [str(tmp_path / "a.txt") if word == "FILE" else word for word in arguments]
        return CliRunner().invoke(app, ["submit", *words])

    return call


@pytest.mark.parametrize(
    ("status", "waiting", "wanted"),
    [
        ("completed", ["--wait"], 0),
        ("completed_with_errors", ["--wait"], 4),
        ("failed", ["--wait"], 4),
        ("cancelled", ["--wait"], 4),
        ("failed", [], 0),
    ],
)
def test_the_status_says_whether_every_document_completed(run, status, waiting, wanted):
    done = run(Server(status), "sentiment", "FILE", *waiting)
    assert done.exit_code == wanted
    assert done.stdout.startswith("Accepted job job_1: 5 documents, n\n")


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["translation", "FILE", "--from", "en", "--to", "pt"], {"parameters": {"from": "en", "to": "pt"}}),
        (["summarization", "FILE", "--sentences", "3"], {"parameters": {"sentences": 3}}),
        (["sentiment", "FILE", "--model", "m@1", "--purpose", "research"], {"model": "m@1", "purpose": "research"}),
        (["sentiment", "FILE", "--name", "n", "--skip-invalid"], {"name": "n", "on_invalid": "skip"}),
        (["sentiment", "FILE"], {"on_invalid": "refuse", "parameters": {}}),
    ],
)
def test_what_is_asked_is_sent(run, words, sent):
    server = Server("queued")
    assert run(server, *words).exit_code == 0
    assert server.asked[0] | sent == server.asked[0]
    assert set(server.asked[0]) <= {"task", "parameters", "on_invalid", *sent}


@pytest.mark.parametrize(
    "words",
    [
        ["translation", "FILE", "--from", "en"],
        ["sentiment", "FILE", "--to", "pt"],
        ["sentiment", "FILE", "--sentences", "3"],
        ["summarization", "FILE", "--on-fault", "fail"],
    ],
)
def test_what_a_task_does_not_take_is_a_usage_error(run, words):
    server = Server("queued")
    assert run(server, *words).exit_code == 2
    assert server.asked == []


def test_a_key_that_is_given_is_sent(run):
    server = Server("queued")
    run(server, "sentiment", "FILE", "--key", "k-1")
    run(server, "sentiment", "FILE")
    assert server.keys == ["k-1", None]


def test_a_folder_gives_its_files_of_known_kinds_by_their_paths(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("b.TXT", "a.md", "in/c.jsonl", "d.png"):
        (tmp_path / name).write_text("x")
    assert [name for name, _ in expand((tmp_path,))] == ["a.md", "b.TXT", "in/c.jsonl"]
    assert expand((tmp_path / "d.png",)) == [("d.png", tmp_path / "d.png")]
    with pytest.raises(Refusal, match="no file of a known kind"):
        expand(())


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_a_long_job_is_asked_after_ever_more_seldom(clock):
    steps = [at(0, 0)] * 200
    wait(Following(*steps, at(0, 0, status="completed")), at(0, 0, status="queued"))
    assert clock.sleeps[:10] == [0.2] * 10
    assert max(clock.sleeps) == 5.0
    assert clock.sleeps == sorted(clock.sleeps)
    assert sum(1 for moment in clock.sleeps if moment == 5.0) > 100
    within_a_minute = next(n for n in range(200) if sum(clock.sleeps[:n]) > 60)
    assert within_a_minute < 50


class Away(Following):
    """Does not answer for a while."""

    def get(self, path, **query):
        answer = super().get(path)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_an_outage_is_told_once_and_survived(clock, capsys):
    gone = Unreachable("no server answers")
    server = Away(gone, gone, gone, at(0, 0), gone, at(0, 0, status="completed"))
    assert wait(server, at(0, 0, status="queued"), patience_seconds=10)["status"] == "completed"
    assert capsys.readouterr().err == "no server answers; asking again\n" * 2
    assert clock.sleeps[1:4] == [0.5, 1.0, 2.0]


def test_an_outage_beyond_the_patience_is_the_end(clock):
    with pytest.raises(Unreachable):
        wait(Away(*[Unreachable("away")] * 99), at(0, 0), patience_seconds=30)
    assert 30 < clock.now < 50


def test_the_server_that_is_named_wins_over_the_data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("CORPUSMILL_NO_SUCH_SETTING", "x")
    with connect("http://127.0.0.1:1/", tmp_path) as client:
        assert client.url == "http://127.0.0.1:1"
