"""Serve the web application, with waitress on one machine and gunicorn in production. Imports webui and the relay."""

import json
import os
import signal
import sys
from typing import Any

import structlog
import waitress
from flask import Flask

from corpusmill.locating import SERVER_FILE, netloc
from corpusmill.locating import url as url_of
from corpusmill.settings import Settings
from ledger.engine import Ledger
from webui import create_app
from webui.context import instance_of
from worker.rounds.relay import Relay

log = structlog.get_logger()

THREADS = 8
GRACE_SECONDS = 5


def build(settings: Settings) -> tuple[Flask, Relay]:
    """The application with a relay that runs."""
    ledger = Ledger(settings.database_url)
    relay = Relay(settings, ledger)
    relay.start()
    return create_app(settings, ledger, relay.notify), relay


def run_waitress(settings: Settings) -> None:
    """Serve from this process until SIGTERM; requests under way are finished."""
    app, relay = build(settings)
    server: Any = waitress.create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        max_request_body_size=settings.max_upload_bytes + 1_000_000,
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    url = url_of(settings.host, server.effective_port)
    note = settings.data_dir / SERVER_FILE
    note.parent.mkdir(parents=True, exist_ok=True)
    draft = note.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"url": url, "pid": os.getpid(), "instance": instance_of(app)}), encoding="utf-8")
    draft.replace(note)
    log.info("web_ready", url=url)
    try:
        server.run()
    finally:
        relay.stop()


def run_gunicorn(settings: Settings) -> None:
    """Serve from one gunicorn process with threads; each process has a relay of its own."""
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", netloc(settings.host, settings.port))
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", THREADS)
            self.cfg.set("graceful_timeout", GRACE_SECONDS)
            self.cfg.set("timeout", 300)

        def load(self) -> Flask:
            return build(settings)[0]

    Application().run()
