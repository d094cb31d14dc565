"""Tasks on pages: their fields in a form, their words about a job, their rooms' fragments. Imports Flask and tasks."""

from collections.abc import Mapping
from typing import Any, Protocol

from flask import Flask
from jinja2 import ChoiceLoader, FunctionLoader, PrefixLoader

from pipelines.tasks.fields import Field
from pipelines.tasks.parameters import ParameterError, Parameters
from pipelines.tasks.registry import all_tasks, find
from pipelines.tasks.task import Task

FOLDER = "tasks"
"""Under which templates find what a room shows: tasks/translation/result.html."""


class Wish(Protocol):
    """A job or a schedule."""

    task: str
    parameters: dict[str, Any]


def register(app: Flask) -> None:
    """Make the tasks' words and the fragments of their rooms known to the templates."""
    rooms = PrefixLoader({FOLDER: FunctionLoader(_fragment)})
    own = app.jinja_loader
    app.jinja_loader = ChoiceLoader([own, rooms] if own else [rooms])
    app.add_template_global(all_tasks, "all_tasks")
    app.add_template_global(field_name)
    app.add_template_global(brief)
    app.add_template_global(details)
    app.add_template_global(result_title)


def field_name(task: Task, field: Field) -> str:
    """What a form calls a parameter: as JSON does, where no task before it has one of that name."""
    first = next(one for one in all_tasks() if field.name in {found.name for found in one.parameters.fields()})
    return field.name if first is task else f"{task}.{field.name}"


def read(task: Task, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of `task` that a form names, as JSON has them; what is left empty is not named."""
    named = ((field, form.get(field_name(task, field), "").strip()) for field in task.parameters.fields())
    return {field.name: field.read(said) for field, said in named if said}


def brief(wish: Wish) -> str:
    """As `Parameters.brief`; nothing of what is not known here."""
    said = _asked(wish)
    return said.brief() if said else ""


def details(wish: Wish) -> tuple[str, ...]:
    """As `Parameters.details`."""
    said = _asked(wish)
    return said.details() if said else ()


def result_title(wish: Wish) -> str:
    """What heads the result of a job."""
    known = find(wish.task)
    return known.result if known else "Result"


def _asked(wish: Wish) -> Parameters | None:
    known = find(wish.task)
    try:
        return known.parameters.parse(wish.parameters) if known else None
    except ParameterError:  # a newer web made it
        return None


def _fragment(name: str) -> str | None:
    task, _, file = name.partition("/")
    known = find(task)
    path = known.folder / file if known else None
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else None
