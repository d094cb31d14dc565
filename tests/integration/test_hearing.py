"""What a worker asks the embedded broker for while it waits for notifications."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from corpusmill.settings import load
from corpusmill.stack import broker
from worker.app import make_app, notify

QUEUES = ["translation.a.1", "translation.b.2", "sentiment.c.3"]


@pytest.fixture
def socket(tmp_path, until) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as short:  # the path of a socket holds about a hundred characters
        path = Path(short) / "s"
        server = subprocess.Popen(broker.command(load(data_dir=tmp_path), path))
        try:
            until(lambda: broker.answers(path), "the broker answers", 20)
            yield path
        finally:
            server.kill()
            server.wait()


@pytest.fixture
def app(socket, tmp_path) -> Iterator[Celery]:
    made = make_app(load(data_dir=tmp_path, redis_url=f"redis+socket://{socket}"))
    yield made
    made.close()


def test_a_worker_asks_once_for_each_queue_that_it_hears(app, socket):
    heard: list[str] = []

    def hear(message) -> None:
        heard.append(message.delivery_info["routing_key"])
        message.ack()

    with (
        redis.Redis(unix_socket_path=str(socket), socket_timeout=10) as client,
        client.monitor() as monitor,
        app.connection_for_read() as connection,
        app.amqp.TaskConsumer(
            connection.default_channel, queues=[app.amqp.queues.select_add(queue) for queue in QUEUES], on_message=hear
        ),
    ):
        notify(app, QUEUES[1])
        connection.drain_events(timeout=10)
        asked = next(seen["command"].split() for seen in monitor.listen() if seen["command"].startswith("BRPOP"))
    assert heard == [QUEUES[1]]
    assert sorted(asked[1:-1]) == sorted(f"corpusmill:{queue}" for queue in QUEUES)
