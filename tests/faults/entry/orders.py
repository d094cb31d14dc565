"""What the harness tells a process while it runs: a folder with one file for each order. Standard library only.

A worker's child has the folder of its parent, so it carries out the same orders.
"""

import os
from pathlib import Path

VARIABLE = "FAULT_ORDERS"
CLOCK = "clock_seconds"
CRASH_AT = "crash_at"
STOP_AT = "stop_at"
DIE_IN_REPAIR = "die_in_repair"
NOW = "now"
MACHINE = "machine"
"""The folder of orders that every process has, beside those of its own."""


def folder() -> Path:
    """This process's orders."""
    return Path(os.environ[VARIABLE])


def standing(name: str) -> str | None:
    """What an order says now, to this process or to all; None when it is not given."""
    for at in (folder(), folder().parent / MACHINE):
        try:
            return (at / name).read_text(encoding="utf-8")
        except OSError:
            continue
    return None


def carry_out(name: str, expected: str) -> bool:
    """Whether this process is ordered `expected`, and is the first to see it: an order is carried out once."""
    order = folder() / name
    try:
        if order.read_text(encoding="utf-8") != expected:
            return False
        order.unlink()
    except OSError:
        return False
    return True


def report(name: str) -> None:
    """Say that an order was carried out here, by the number that the harness has for this process.

    In a container of its own a process knows another number for itself; /proc is the harness's.
    """
    draft = folder() / f".{name}.done"
    draft.write_text(os.readlink("/proc/self"), encoding="utf-8")  # noqa: PTH115 - a link to no path
    draft.replace(folder() / f"{name}.done")


def reported(at: Path, name: str) -> int | None:
    """The harness's side: the process that carried the order out; None when none did yet."""
    try:
        return int((at / f"{name}.done").read_text(encoding="utf-8"))
    except OSError:
        return None


def give(at: Path, name: str, value: str) -> None:
    """The harness's side: give the order."""
    at.mkdir(parents=True, exist_ok=True)
    (at / f"{name}.done").unlink(missing_ok=True)
    draft = at / f".{name}"
    draft.write_text(value, encoding="utf-8")
    draft.replace(at / name)


def withdraw(at: Path, name: str) -> None:
    """The harness's side: take the order back."""
    (at / name).unlink(missing_ok=True)
