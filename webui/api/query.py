"""What a query string may hold: numbers and switches, refused by their names. Imports Flask and the problems."""

from flask import request

from webui.problems import Fault, Problem

MAX_DIGITS = 10


def number(name: str, default: int, most: int, *, least: int = 1) -> int:
    """A query parameter from `least` to `most`, `default` where it is not given. Raises Problem."""
    raw = request.args.get(name)
    if raw is None:
        return default
    if not raw.isascii() or not raw.isdigit() or len(raw) > MAX_DIGITS or not least <= int(raw) <= most:
        raise _refused(name, f"{name} is a number from {least} to {most}.")
    return int(raw)


def flagged() -> bool | None:
    """The query parameter `flagged`, None where it is not given. Raises Problem."""
    return switch("flagged")


def switch(name: str) -> bool | None:
    """A query parameter that is true or false, None where it is not given. Raises Problem."""
    raw = request.args.get(name)
    if raw not in (None, "true", "false"):
        raise _refused(name, f"{name} is true or false.")
    return None if raw is None else raw == "true"


def _refused(name: str, words: str) -> Problem:
    return Problem(422, "invalid_request", words, faults=[Fault(f"/{name}", "invalid_request", words)])
