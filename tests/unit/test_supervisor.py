"""The stack starts one thing after the other, keeps it, and ends with what was started last. Processes are fakes."""

import http.server
import json
import signal
import sys
import threading

import pytest

from corpusmill.output import Refusal
from corpusmill.place.locating import SERVER_FILE
from corpusmill.settings import load
from corpusmill.stack import broker, supervisor
from ledger.catalog.gate.policy import PolicyError
from ledger.work.leases import workers
from tests.conftest import NOON


class Ready(http.server.BaseHTTPRequestHandler):
    """Answers /readyz."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Stack:
    """What the supervisor did, in order; `refusing` names a process that will not run."""

    def __init__(self, desk, settings, url: str) -> None:
        self.desk, self.settings, self.url = desk, settings, url
        self.done: list[str] = []
        self.made: dict[str, Process] = {}
        self.said: list[str] = []
        self.refusing = ""
        self.at_keep = lambda: "ready" in self.done and signal.raise_signal(signal.SIGTERM)

    def hear(self, line: str) -> None:
        self.said.append(line)
        if "is ready" in line:
            self.done.append("ready")


class Process:
    """Stands for a service: the web server leaves its note, a worker registers."""

    stack: Stack

    def __init__(self, name, command, environment, **options) -> None:
        self.name, self.command, self.environment, self.options = name, command, environment, options
        self.stack.made[name] = self

    @property
    def refuses(self) -> bool:
        return self.name == self.stack.refusing

    def start(self) -> None:
        self.stack.done.append(f"start {self.name}")
        file = self.stack.settings.data_dir / SERVER_FILE
        if self.name == "web":
            assert not file.exists(), "the note of an earlier server was left"
            file.write_text(json.dumps({"url": self.stack.url, "instance": None}))
        if self.name == "worker":
            with self.stack.desk.ledger.write() as session:
                workers.register(session, worker_id="wrk_new", pid=1, device="cpu", queues=["*"], now=NOON)

    def keep(self) -> None:
        self.stack.done.append(f"keep {self.name}")
        self.stack.at_keep()

    def stop(self, hurried) -> None:
        self.stack.done.append(f"stop {self.name}{' in a hurry' if hurried() else ''}")


@pytest.fixture
def stack(sqlite_desk, tmp_path, monkeypatch):
    server = http.server.HTTPServer(("127.0.0.1", 0), Ready)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings = load(data_dir=tmp_path, host="127.0.0.1", port=0)
    made = Stack(sqlite_desk, settings, f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(supervisor, "Service", type("Made", (Process,), {"stack": made}))
    monkeypatch.setattr(broker, "answers", lambda socket: True)
    monkeypatch.setattr(supervisor.Terminal, "print", lambda _, line: made.hear(line))
    monkeypatch.setattr(supervisor, "READY_SECONDS", 5.0)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)
    server.shutdown()
    thread.join()
    server.server_close()


def test_processes_start_in_order_are_kept_and_stop_last_first(stack):
    supervisor.run(stack.settings)
    started = [word for word in stack.done if word.startswith("start")]
    assert started == ["start valkey", "start web", "start worker", "start beat"]
    after = stack.done[stack.done.index("ready") + 1 :]
    assert after[:4] == ["keep valkey", "keep web", "keep worker", "keep beat"]
    hurried = " in a hurry"  # four signals: the first one to stop, the others to hurry
    assert after[4:] == [f"stop {name}{hurried}" for name in ("beat", "worker", "web", "valkey")]
    assert not (stack.settings.data_dir / SERVER_FILE).exists()
    assert stack.said[-1] == "stack  | stopped"


def test_one_signal_asks_the_processes_to_end_in_their_own_time(stack):
    def stop_once() -> None:
        if "ready" in stack.done:
            signal.raise_signal(signal.SIGINT)

    stack.at_keep = lambda: stack.done[-2:] == ["keep worker", "keep beat"] and stop_once()
    supervisor.run(stack.settings)
    assert stack.done[-4:] == ["stop beat", "stop worker", "stop web", "stop valkey"]


def test_each_process_runs_its_command_with_the_same_settings_and_holds_the_lock(stack):
    supervisor.run(stack.settings)
    for name in ("web", "worker", "beat"):
        assert stack.made[name].command == [sys.executable, "-m", "corpusmill", name]
    for made in stack.made.values():
        assert made.environment == stack.settings.environment()
        assert made.options["grace_seconds"] == supervisor.GRACE_SECONDS
        assert len(made.options["held"]) == 1
    assert stack.made["valkey"].options["mend"] is not None
    assert stack.made["web"].options["mend"] is None


def test_the_welcome_tells_the_address_and_how_many_models_there_are(stack):
    supervisor.run(stack.settings)
    assert f"Corpusmill is ready at {stack.url} with 1 models. Ctrl+C stops it." in stack.said
    assert not any("No model yet" in line for line in stack.said)


def test_without_a_model_it_tells_how_to_get_some(stack):
    with stack.desk.ledger.write() as session:
        session.get_one(type(stack.desk.model), stack.desk.model.id).retired_at = NOON
    supervisor.run(stack.settings)
    assert any(line.startswith("No model yet: corpusmill models install starter") for line in stack.said)


def test_a_broker_elsewhere_is_not_started(stack):
    stack.settings = load(data_dir=stack.settings.data_dir, host="127.0.0.1", port=0, redis_url="redis://127.0.0.1:1")
    supervisor.run(stack.settings)
    assert list(stack.made) == ["web", "worker", "beat"]


@pytest.mark.parametrize("name", ["valkey", "worker"])
def test_a_process_that_will_not_run_ends_the_start_and_what_was_started(stack, name):
    stack.refusing = name
    with pytest.raises(Refusal, match=f"{name} will not run like this"):
        supervisor.run(stack.settings)
    started = [word.removeprefix("start ") for word in stack.done if word.startswith("start")]
    assert [word.removeprefix("stop ") for word in stack.done if word.startswith("stop")] == started[::-1]


def test_a_stop_while_it_starts_starts_nothing_more(stack, monkeypatch):
    monkeypatch.setattr(broker, "answers", lambda socket: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as ended:
        supervisor.run(stack.settings)
    assert ended.value.code == 0
    assert [word for word in stack.done if not word.startswith("keep")] == ["start valkey", "stop valkey"]


def test_a_policy_that_cannot_be_read_is_told_before_anything_is_made(stack, tmp_path):
    bad = tmp_path / "policy.toml"
    bad.write_text("no toml")
    home = tmp_path / "new"
    with pytest.raises(PolicyError):
        supervisor.run(load(data_dir=home, policy_file=bad))
    assert not home.exists()


def test_a_web_server_that_is_not_ready_is_waited_for(stack):
    assert not supervisor._web_answers(stack.settings)
    note = stack.settings.data_dir / SERVER_FILE
    note.parent.mkdir(exist_ok=True)
    note.write_text(json.dumps({"url": f"{stack.url}/elsewhere", "instance": None}))
    assert not supervisor._web_answers(stack.settings)
    note.write_text(json.dumps({"url": stack.url, "instance": None}))
    assert supervisor._web_answers(stack.settings)
