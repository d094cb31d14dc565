"""Loads of models that take long, when they are ordered to. Imports the orders and the mark of a load."""

import threading
import time

from tests.faults.entry import orders

LOAD = "load"
SLOW, ENDLESS = "6", "for ever"
"""In seconds: longer than a step's deadline, shorter than a load's."""


def take_time() -> None:
    """Be a load that takes as long as it was ordered to; no time where it was not."""
    if orders.carry_out(LOAD, SLOW):
        orders.report(LOAD)
        time.sleep(float(SLOW))
    elif orders.carry_out(LOAD, ENDLESS):
        orders.report(LOAD)
        threading.Event().wait()
