"""The tasks there are: one for each room of this folder. Imports their declarations."""

import pkgutil
from functools import cache
from importlib import import_module

from pipelines import tasks
from pipelines.tasks.task import Task


class UnknownTaskError(ValueError):
    """Nothing of that name is done here; the message names what is."""


@cache
def all_tasks() -> tuple[Task, ...]:
    """Every task, in the order in which they are listed."""
    rooms = [found.name for found in pkgutil.iter_modules(tasks.__path__) if found.ispkg]
    declared = [import_module(f"{tasks.__name__}.{room}.declaration").TASK for room in rooms]
    return tuple(sorted(declared, key=lambda task: (task.rank, task.name)))


def names() -> list[str]:
    """The names of all tasks."""
    return [task.name for task in all_tasks()]


def find(name: str) -> Task | None:
    """The task of that name, None where there is none: a newer version may have made a job of it."""
    return next((one for one in all_tasks() if one.name == name), None)


def task_named(name: str) -> Task:
    """The task of that name. Raises UnknownTaskError."""
    found = find(name)
    if found is None:
        raise UnknownTaskError(f"There is no task {name!r}; there are {', '.join(names())}.")
    return found
