"""Has the heartbeat of a worker's child forget one of its leases when it is ordered to. Imports the worker."""

from tests.faults.entry import orders
from worker.drain.watchdog import Watchdog

FORGET = "forget_lease"

_living = Watchdog.living
_seen: set[int] = set()
_forgotten: set[int] = set()


def _remembered(watchdog: Watchdog) -> set[int]:
    """The leases to extend, without those forgotten: one that was held at the beat before, as most are not."""
    held = _living(watchdog)
    lasting = held & _seen - _forgotten
    if lasting and orders.carry_out(FORGET, orders.NOW):
        _forgotten.add(min(lasting))
        orders.report(FORGET)
    _seen.clear()
    _seen.update(held)
    return held - _forgotten


def install() -> None:
    """Heed the order."""
    Watchdog.living = _remembered  # type: ignore[method-assign]
