"""kombu's Redis transport, for a broker that may be full. Imports kombu and redis.

kombu takes a refusal for want of memory for an error of the message, and Celery ends the worker: its children, which
would find work by polling, end with it. As an error of the connection it is waited out.
"""

from typing import ClassVar

from kombu.transport import redis
from redis.exceptions import OutOfMemoryError

NAME = "worker.transport:Transport"


class Transport(redis.Transport):  # type: ignore[misc]
    """The transport of every `redis` URL, once `kombu.transport.TRANSPORT_ALIASES` names it."""

    connection_errors: ClassVar[tuple[type[Exception], ...]] = (*redis.Transport.connection_errors, OutOfMemoryError)
