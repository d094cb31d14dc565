"""Serve the web application: one door on one machine and in production. Imports webui, the relay and its own room."""

import json
import os
import resource
import sys
import tempfile

import structlog
from flask import Flask

from corpusmill.place.locating import SERVER_FILE
from corpusmill.serving.door import Door
from corpusmill.settings import Settings
from ledger.engine import Ledger
from webui import create_app
from webui.context import instance_of
from worker.rounds.relay import Relay

log = structlog.get_logger()

SWITCH_SECONDS = 0.0005
"""How long a thread may compute while others wait; with Python's own 5 ms the loop waits as long after each call."""


def build(settings: Settings) -> tuple[Flask, Relay]:
    """The application with a relay that runs."""
    ledger = Ledger(settings.database_url)
    relay = Relay(settings, ledger)
    relay.start()
    return create_app(settings, ledger, relay.notify), relay


def serve(settings: Settings) -> None:
    """Serve from this process until SIGTERM; requests under way are answered before it ends."""
    app, relay = build(settings)
    settings.spool_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.tempdir = str(settings.spool_dir)  # bodies and answers that the server itself puts aside go there too
    _allow_descriptors()
    sys.setswitchinterval(SWITCH_SECONDS)
    door = Door(app, settings)
    _announce(settings, door.url, instance_of(app))
    try:
        door.run()
    finally:
        relay.stop()


def _announce(settings: Settings, url: str, instance: str) -> None:
    """Tell commands on this machine where the server is."""
    note = settings.data_dir / SERVER_FILE
    note.parent.mkdir(parents=True, exist_ok=True)
    draft = note.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"url": url, "pid": os.getpid(), "instance": instance}), encoding="utf-8")
    draft.replace(note)
    log.info("web_ready", url=url)


def _allow_descriptors() -> None:
    """Use all the descriptors that this process may have: a client that waits costs one, or two with a large body."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
