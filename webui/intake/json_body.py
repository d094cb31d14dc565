"""The JSON of a request: strict, and refused rather than failed on. Imports Flask and the problems."""

from typing import Any

from flask import json, request

from webui.problems import Problem


def json_body() -> dict[str, Any]:
    """The object that the request holds. Raises Problem: 415 for another type, as `json_object` otherwise."""
    if not request.is_json:
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    return json_object(request.get_data(cache=False))


def json_object(raw: str | bytes) -> dict[str, Any]:
    """The object that `raw` is. Raises Problem: 400 where it is no JSON, 422 where it is no object."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise Problem(400, "invalid_json", f"The body is no JSON: {reason}.") from error
    if not isinstance(value, dict):
        raise Problem(422, "invalid_request", "The body must be a JSON object.")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
