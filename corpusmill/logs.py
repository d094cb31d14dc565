"""How processes write their logs: an event key with ids, never document text. Imports structlog only."""

import logging
import sys
from typing import Any

import structlog

QUIET = ("celery.beat", "celery.worker.strategy", "celery.app.trace", "kombu", "alembic", "waitress.queue")


def for_people() -> None:
    """The logs of a command that somebody waits for: what went wrong, on stderr; stdout holds its output alone.

    Without this structlog prints to stdout.
    """
    configure("console", logging.WARNING)


def configure(log_format: str, level: int = logging.INFO) -> None:
    """Send structlog and the standard library's logs to stderr, as lines for people or as JSON."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = structlog.processors.JSONRenderer() if log_format == "json" else _console()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _console() -> Any:
    return structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
