"""What the address and the headers of a request may say, checked before any view. Imports Flask, names and problems."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from ledger.names import fault, plain
from webui.problems import Fault, Problem, escape

KEY = "Idempotency-Key"


class Place(IntegerConverter):
    """A number in a path, short enough to be one for Python and for both databases; a longer one names nothing."""

    regex = r"\d{1,9}"


def register(app: Flask) -> None:
    """Check the path, the query and the key of every request. Raises Problem with a pointer to the part."""
    app.url_map.converters["int"] = Place

    @app.before_request
    def check() -> None:
        for name, value in _given():
            found = fault(value)
            if found:
                shown = plain(name)
                faults = [Fault(f"/{escape(shown)}", "unsafe_characters", found)]
                raise Problem(422, "invalid_request", f"{shown}: {found}", faults=faults)


def host_of(address: str) -> str | None:
    """Host and port of an address that a header holds, None when it is no address."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def _given() -> Iterator[tuple[str, str]]:
    path: dict[str, Any] = request.view_args or {}
    yield from ((name, value) for name, value in path.items() if isinstance(value, str))
    for name, value in request.args.items(multi=True):
        yield name, name
        yield name, value
    if KEY in request.headers:
        yield KEY, request.headers[KEY]
