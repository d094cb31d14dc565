"""A machine's clock that is set while clients are connected neither ends who does his part nor keeps who stalls."""

import http.client
import socket
import threading
import time

import pytest
from flask import Flask

from corpusmill.serving import channel, door
from corpusmill.settings import Settings

HOUR_SECONDS = 3600
PATIENCE_SECONDS = 20


@pytest.fixture
def port(tmp_path, monkeypatch):
    """A door that looks after its clients all the time."""
    monkeypatch.setattr(door, "CLEANUP_SECONDS", 0)
    monkeypatch.setattr(door.signal, "signal", lambda *_: None)  # only a main thread may
    app = Flask("small")
    app.add_url_rule("/", view_func=lambda: "here")
    opened = door.Door(app, Settings(data_dir=tmp_path, port=0))
    serving = threading.Thread(target=opened.run)
    serving.start()
    yield opened.effective_port
    opened.drain()
    serving.join(PATIENCE_SECONDS)
    assert not serving.is_alive()


def set_clock(monkeypatch, hours: int) -> None:
    right = time.time
    monkeypatch.setattr(time, "time", lambda: right() + hours * HOUR_SECONDS)


def ask(client: http.client.HTTPConnection) -> bytes:
    client.request("GET", "/")
    return client.getresponse().read()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_client_that_rests_stays_connected(hours, port, monkeypatch):
    resting = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    assert ask(resting) == b"here"
    connection = resting.sock
    set_clock(monkeypatch, hours)
    for _ in range(3):  # each has the door look after everybody at least once
        other = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        assert ask(other) == b"here"
        other.close()
    assert ask(resting) == b"here"
    assert resting.sock is connection
    resting.close()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_client_that_stalls_is_given_up_in_its_time(hours, port, monkeypatch):
    monkeypatch.setattr(channel, "STALLED_SECONDS", 1.5)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as stalled:
        stalled.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        set_clock(monkeypatch, hours)
        started = time.monotonic()
        assert stalled.recv(1) == b""
        assert time.monotonic() - started > 1
