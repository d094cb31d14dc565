"""A download of JSON lines that goes on where it broke off. Imports client and output."""

import json
import time
from collections.abc import Callable, Iterable, Iterator

from corpusmill.client import PATIENCE_SECONDS, Client, growing_pauses
from corpusmill.output import Refusal, Unreachable


def unbroken(fetch: Callable[[int | None], Iterable[bytes]], *, patience_seconds: float) -> Iterator[bytes]:
    """Whole lines, each once, in chunks of some.

    `fetch(position)` gives the bytes of the lines behind that position, of all for None. After a break the lines behind
    the last whole one are asked for, for `patience_seconds` without any; where lines tell no position it is raised.
    Raises what `fetch` raises.
    """
    behind: int | None = None
    deadline = time.monotonic() + patience_seconds
    pauses = growing_pauses()
    while True:
        begun = b""
        try:
            for chunk in fetch(behind):
                whole, end, rest = (begun + chunk).rpartition(b"\n")
                begun = rest
                if end:
                    yield whole + end
                    behind = _position(whole)
                    deadline = time.monotonic() + patience_seconds
                    pauses = growing_pauses()
        except Unreachable:
            if behind is None or time.monotonic() > deadline:
                raise
            time.sleep(next(pauses))
        else:
            if begun:
                yield begun
            return


def result_lines(client: Client, path: str, *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[bytes]:
    """The result lines at a path that has a query, unbroken."""
    return unbroken(
        lambda behind: client.lines(path if behind is None else f"{path}&after={behind}"),
        patience_seconds=patience_seconds,
    )


def _position(lines: bytes) -> int | None:
    """The position of the last of some lines; None where it tells none. Raises Refusal for what is no line of ours."""
    try:
        line = json.loads(lines.rpartition(b"\n")[2])
    except (ValueError, RecursionError) as error:
        raise Refusal("what came is no result: a line of it is no JSON") from error
    position = line.get("position") if isinstance(line, dict) else None
    return position if isinstance(position, int) else None
