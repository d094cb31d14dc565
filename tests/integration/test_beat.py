"""The beat process on a real broker that goes away."""

import os
import signal
import subprocess
import sys

import migrations
from corpusmill.settings import load
from corpusmill.stack.broker import answers, command
from corpusmill.stack.service import wait_until
from ledger.engine import Ledger
from ledger.work.stamps import key


def test_beat_ends_while_it_waits_for_a_broker_that_is_gone(tmp_path):
    settings = load(data_dir=tmp_path, sweep_seconds=3)
    migrations.upgrade(Ledger(settings.database_url))
    key.make(settings.stamps_dir, after_item=0)
    log = tmp_path / "beat.log"
    broker = subprocess.Popen(command(settings, settings.broker_socket))
    wait_until(lambda: answers(settings.broker_socket), "the broker", limit_seconds=20)
    with log.open("wb") as file:
        beat = subprocess.Popen(
            [sys.executable, "-m", "worker.tether", sys.executable, "-m", "corpusmill", "beat"],
            env=os.environ | settings.environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "ready." in log.read_text(), "beat", limit_seconds=60)
        broker.kill()
        broker.wait()
        wait_until(lambda: "beat: Connection error" in log.read_text(), "beat's complaint", limit_seconds=60)
        beat.send_signal(signal.SIGTERM)
        assert beat.wait(20) == 0
    finally:
        broker.kill()
        beat.kill()
        beat.wait()
