"""The JSON of a request: strict, and refused rather than failed on. Imports Flask and the problems."""

from typing import Any

from flask import json, request

from webui.intake.requests.skeleton import TooManyPartsError, keys, parse
from webui.problems import Problem

MAX_BYTES = 32_000_000
COUNTED_FROM_BYTES = 1_000_000
MAX_PARTS = 1_000_000
"""Parsed, a body takes several times its bytes, and up to 60 bytes for each value however short."""

TWICE = "a key stands twice in an object, and one of its values would be lost"


def json_body() -> dict[str, Any]:
    """The object that the request holds. Raises Problem: 415 for another type, as `json_object` otherwise."""
    if not request.is_json:
        raise Problem(415, "unsupported_media_type", "Send application/json.")
    if (request.content_length or 0) > MAX_BYTES:
        raise Problem(413, "json_too_large", f"A JSON body has at most {MAX_BYTES} bytes; send documents as files.")
    return json_object(request.get_data(cache=False))


def json_object(raw: str | bytes) -> dict[str, Any]:
    """The object that `raw` is. Raises Problem: 400 where it is no JSON, 413 or 422 where it is no such object."""
    try:
        if isinstance(raw, bytes) and len(raw) > COUNTED_FROM_BYTES:
            value = parse(raw, MAX_PARTS)
            if keys(raw) != _keys_in(value):
                raise ValueError(TWICE)
        else:
            value = json.loads(raw, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except TooManyPartsError as error:
        words = f"The body has more than {MAX_PARTS} values; send documents as files."
        raise Problem(413, "json_too_large", words) from error
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise Problem(400, "invalid_json", f"The body is no JSON: {reason}.") from error
    if not isinstance(value, dict):
        raise Problem(422, "invalid_request", "The body must be a JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError(TWICE)
    return fields


def _keys_in(value: Any) -> int:
    count, left = 0, [value] if isinstance(value, dict | list) else []
    while left:
        one = left.pop()
        count += len(one) if isinstance(one, dict) else 0
        inner = one.values() if isinstance(one, dict) else one
        left += [each for each in inner if isinstance(each, dict | list)]
    return count


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
