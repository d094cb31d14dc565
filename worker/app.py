"""The Celery app and `notify`: say that a queue has work. Imports settings and the crash points; never torch.

A message is a notification and carries no work: losing, doubling or reordering messages changes latency only. So it
is acknowledged early, has no result, no retry and no ETA, and expires when nobody hears it within a minute.
"""

from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from corpusmill.settings import Settings
from ledger.crash import crash_point
from worker import transport
from worker.conventions import CONVENTIONS

DRAIN = "drain"
TICK = "tick"
MAINTENANCE = "maintenance"
NOTIFICATION_SECONDS = 60
NOTIFICATIONS_A_QUEUE = 2
"""More waiting notifications than this tell the workers nothing new."""

TRANSPORT = {
    "global_keyprefix": "corpusmill:",
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 3600,
    "priority_steps": [0],
}
"""A notification has no priority, for the ledger decides: by default each queue is asked for four times, once for each
step, and with a thousand models a worker's idle seconds are spent on that."""


def make_app(settings: Settings, *, include: tuple[str, ...] = ()) -> Celery:
    """The Celery app on the installation's broker; `include` names the modules whose messages it handles.

    `worker.conventions` holds the settings that every installation has, with their reasons.
    """
    TRANSPORT_ALIASES["redis"] = transport.NAME
    app = Celery("corpusmill", broker=settings.redis_url, include=list(include))
    app.conf.update(
        {convention.name: convention.value for convention in CONVENTIONS},
        broker_transport_options=_transport(settings),
        beat_schedule={
            "tick": {
                "task": TICK,
                "schedule": settings.sweep_seconds,
                "options": {"queue": MAINTENANCE, "expires": 2 * settings.sweep_seconds},
            }
        },
    )
    return app


def notify(app: Celery, queue: str) -> None:
    """Say that `queue` has work, unless enough notifications wait there. Raises kombu.exceptions.OperationalError."""
    with app.pool.acquire(block=True) as connection:
        if connection.default_channel.client.llen(queue) < NOTIFICATIONS_A_QUEUE:
            app.send_task(DRAIN, args=[queue], queue=queue, expires=NOTIFICATION_SECONDS, connection=connection)
            crash_point("notify:after_publish")


def _transport(settings: Settings) -> dict[str, Any]:
    if settings.broker_socket is None:
        return TRANSPORT
    return {name: value for name, value in TRANSPORT.items() if name != "socket_keepalive"}
