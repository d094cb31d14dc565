"""The parameters of all tasks as options of a command. Imports click and the tasks' registry."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from pipelines.tasks.fields import Field, Kind
from pipelines.tasks.parameters import ParameterError
from pipelines.tasks.registry import all_tasks, names
from pipelines.tasks.task import Task

PREFIX = "parameter_"
"""Of an option's name in Python: JSON has names such as "from", and a command has options of its own."""

task_names = click.Choice(names())


def parameter_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command an option for each parameter of any task; one that several have says so once."""
    for fields in reversed(_by_name().values()):
        function = _option(fields)(function)
    return function


def given(task: Task, options: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters for `task`, as JSON has them. Raises UsageError for one that it has not, or does not take so."""
    said = {name[len(PREFIX) :]: value for name, value in options.items() if name.startswith(PREFIX)}
    said = {name: value for name, value in said.items() if value is not None and value is not False}
    mine = {field.name: field for field in task.parameters.fields()}
    others = [f"--{name.replace('_', '-')}" for name in said if name not in mine]
    if others:
        raise click.UsageError(f"{task} takes no {_listed(others)}")
    missing = [field.flag for field in mine.values() if field.is_required]
    if any(name not in said for name, field in mine.items() if field.is_required):
        raise click.UsageError(f"{task} needs {_listed(missing)}")
    raw = {name: mine[name].read(value) if isinstance(value, str) else value for name, value in said.items()}
    try:
        return task.parameters.parse(raw).as_json()
    except ParameterError as error:
        flag = mine[error.field].flag if error.field in mine else str(task)
        raise click.UsageError(f"{flag}: {error.message}") from error


def _by_name() -> dict[str, list[tuple[Task, Field]]]:
    found: dict[str, list[tuple[Task, Field]]] = {}
    for task in all_tasks():
        for field in task.parameters.fields():
            found.setdefault(field.name, []).append((task, field))
    return found


def _option(declared: list[tuple[Task, Field]]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    field = declared[0][1]
    tasks = ", ".join(str(task) for task, _ in declared)
    usual = "" if field.default in (None, (), False) else f"  [default: {field.default}]"
    name = f"{PREFIX}{field.name}"
    shown: dict[str, Any] = {"help": f"{field.says} ({tasks}){usual}", "default": None}
    if field.kind is Kind.SWITCH:
        return click.option(field.flag, name, is_flag=True, **shown)
    return click.option(field.flag, name, type=_type([field for _, field in declared]), **shown)


def _type(fields: Sequence[Field]) -> Any:
    """What all of them take; each task has its own say on what it is given."""
    field = fields[0]
    least = None if any(one.least is None for one in fields) else min(one.least or 0 for one in fields)
    most = None if any(one.most is None for one in fields) else max(one.most or 0 for one in fields)
    if field.kind is Kind.CHOICE:
        return click.Choice([str(word) for word in field.words])  # of a StrEnum it would take the names
    if field.kind is Kind.INTEGER:
        return click.IntRange(_whole(least), _whole(most))
    if field.kind is Kind.NUMBER:
        return click.FloatRange(least, most)
    return str


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _listed(flags: Iterable[str]) -> str:
    return " and ".join(flags)
