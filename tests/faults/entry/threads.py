"""Has a thread of this process end by an error when it is ordered to. Imports the orders.

The product's threads are told by a method that only the one of that name passes, and passes at each of its rounds.
"""

import functools
import importlib
from typing import Any

from tests.faults.entry import orders

CHILD = {
    "heartbeat": ("worker.rounds.heartbeat", "Heartbeat.beat"),
    "poll": ("worker.child", "Child._find_work"),
    "watchdog": ("worker.drain.watchdog", "Watchdog._load_left_seconds"),
    "loader": ("worker.drain.loader", "Loader.load"),
    "writer": ("worker.drain.batch", "record"),
}
PARENT = {"poolwatch": ("worker.rounds.poolwatch", "_unreaped")}
SERVER = {
    "relay": ("worker.rounds.relay", "Relay._publish"),
    "sweep": ("worker.rounds.sweep", "Sweep.run"),
}


class OrderedError(Exception):
    """Ends a thread that has no reason of its own."""


def order(part: str) -> str:
    """The order that ends the thread of this name."""
    return f"thread-{part}"


def install(places: dict[str, tuple[str, str]]) -> None:
    """Have the threads of this kind of process heed their orders."""
    for part, (module, path) in places.items():
        owner: Any = importlib.import_module(module)
        *above, name = path.split(".")
        for step in above:
            owner = getattr(owner, step)
        setattr(owner, name, _falling(part, getattr(owner, name)))


def _falling(part: str, whole: Any) -> Any:
    @functools.wraps(whole)
    def passing(*arguments: Any, **options: Any) -> Any:
        if orders.carry_out(order(part), orders.NOW):
            orders.report(order(part))
            raise OrderedError
        return whole(*arguments, **options)

    return passing
