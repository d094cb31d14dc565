"""The demonstration sends every example, prints what came out, and ends with 1 unless every document completed."""

import contextlib
import json

import pytest

from corpusmill import demo
from corpusmill.output import Unreachable
from corpusmill.place.locating import SERVER_FILE
from corpusmill.settings import load
from tests.unit.test_flag_options import JOB

LONG = "word " * 200


class Server:
    """Accepts jobs, and has every one ended with one result for each document."""

    url = "http://127.0.0.1:1"

    def __init__(self) -> None:
        self.sent: list[tuple[dict, list[str]]] = []
        self.status = "completed"

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, job, files):
        self.sent.append((job, [name for name, _ in files]))
        counts = {"total": 9, "completed": 7, "flagged": 2}
        times = {"started_at": "2026-11-23T12:00:00Z", "finished_at": "2026-11-23T12:00:02.500Z"}
        return (
            JOB | times | {"id": f"job_{len(self.sent)}", "task": job["task"], "counts": counts, "status": self.status}
        )

    def _names(self, path: str) -> tuple[str, list[str]]:
        job, names = self.sent[int(path.split("/")[2].removeprefix("job_")) - 1]
        return job["task"], names

    def lines(self, path):
        task, names = self._names(path)
        output = {"label": "mixed", "scores": {"mixed": 1.0}} if task == "sentiment" else {"text": f"made of {LONG}"}
        for name in names:
            yield json.dumps({"document": name, "output": output, "model": JOB["model"]}).encode() + b"\n"

    def get(self, path):
        _, names = self._names(path)
        return {"text": f"source of\n\n {names[int(path.rpartition('/')[2])]}"}


@pytest.fixture
def shown(monkeypatch, capsys):
    server = Server()

    @contextlib.contextmanager
    def running(settings):
        yield server.url

    monkeypatch.setattr(demo, "_server", running)
    monkeypatch.setattr(demo, "Client", lambda url: server)

    def run(status: str) -> tuple[int, str, Server]:
        server.status = status
        with pytest.raises(SystemExit) as ended:
            demo.main()
        return ended.value.code, capsys.readouterr().out, server

    return run


def test_every_example_is_sent_and_the_shown_ones_are_printed(shown):
    status, out, server = shown("completed")
    assert status == 0
    assert [job["name"] for job, _ in server.sent] == [
        "Samples: translation en→pt",
        "Samples: translation pt→en",
        "Samples: summarization",
        "Samples: sentiment",
        "Samples: classification",
    ]
    assert all(names for _, names in server.sent)
    assert server.sent[0][1][0].startswith("en/news/")
    for heading in ("translation en→pt: en/letters/", "summarization: en/news/", "sentiment: en/reviews/"):
        assert heading in out
    assert "translation pt→en: " not in out
    assert "source: source of en/letters/" in out
    assert 'result: mixed {"mixed": 1.0}' in out
    assert "made by m, revision " + "a" * 40 + ", licence MIT" in out
    row = next(line for line in out.splitlines() if "7/9" in line)
    assert all(word in row.split() for word in ("2", "completed", "2.5", f"m@{'a' * 12}", "MIT"))


def test_long_texts_are_cut_between_words(shown):
    line = next(line for line in shown("completed")[1].splitlines() if "result: made of" in line)
    result = line.partition("result: ")[2]
    assert result.endswith("word …")
    assert demo.SHOWN_CHARACTERS - 10 < len(result) <= demo.SHOWN_CHARACTERS + 2
    assert demo._short("x" * demo.SHOWN_CHARACTERS) == "x" * demo.SHOWN_CHARACTERS


def test_a_document_that_did_not_complete_is_told_by_the_status(shown):
    assert shown("completed_with_errors")[0] == 1


def test_a_stack_that_runs_is_used_and_otherwise_one_is_started_and_stopped(tmp_path, monkeypatch):
    done: list[str] = []

    class Stack:
        def __init__(self, data_dir, **settings) -> None:
            assert data_dir == tmp_path

        def start(self) -> None:
            assert not (tmp_path / SERVER_FILE).exists()
            done.append("start")

        def stop(self) -> None:
            done.append("stop")

        def client(self):
            return Server()

    monkeypatch.setattr(demo, "Launched", Stack)
    settings = load(data_dir=tmp_path)
    monkeypatch.setattr(demo, "Client", lambda where: Server())
    with demo._server(settings) as url:
        assert (url, done) == (Server.url, [])

    def nobody(where):
        raise Unreachable("none")

    monkeypatch.setattr(demo, "Client", nobody)
    (tmp_path / SERVER_FILE).parent.mkdir()
    (tmp_path / SERVER_FILE).touch()
    with demo._server(settings) as url:
        assert (url, done) == (Server.url, ["start"])
    assert done == ["start", "stop"]
