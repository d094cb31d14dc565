"""Pages that many people watch are rendered once a second for all of them. Imports Flask, cachetools and theme."""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import cast

from cachetools import LRUCache
from flask import Flask, Response, current_app, g, make_response, request

from webui.guard import SAFE_METHODS
from webui.pages.parts.theme import chosen

RENDERED_EVERY_SECONDS = 1.0
KEPT_BYTES = 8_000_000
PAGES_AT_ONCE = 16
"""Different pages that are rendered beside each other; the same one never is."""

POLL = "HX-Request"
"""By this header a script asks for a page again; nobody's own change is behind it, as behind a form or a link."""

Page = tuple[str, str]


class Rendered:
    """What pages looked like within the last second, and nothing from before a change that was made here."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pages: LRUCache[Page, tuple[float, bytes]] = LRUCache(KEPT_BYTES, getsizeof=lambda kept: len(kept[1]))
        self._changes = 0
        self._lock = threading.Lock()
        self._turns = [threading.Lock() for _ in range(PAGES_AT_ONCE)]

    def page(self, page: Page, render: Callable[[], bytes]) -> bytes:
        """The page as it was asked for within the last second; `render` is called where nobody did."""
        with self._turns[hash(page) % PAGES_AT_ONCE]:
            with self._lock:
                asked_at, changes = self._clock(), self._changes
                kept = self._pages.get(page)
            if kept is not None and asked_at - kept[0] < RENDERED_EVERY_SECONDS:
                return kept[1]
            content = render()
            with self._lock:
                if changes == self._changes and len(content) <= KEPT_BYTES // PAGES_AT_ONCE:
                    self._pages[page] = asked_at, content
            return content

    def forget(self) -> None:
        """After a change."""
        with self._lock:
            self._changes += 1
            self._pages.clear()


def register(app: Flask) -> None:
    """Have watched pages forgotten by whatever may change them here; what was refused before it began does not."""
    app.extensions["rendered"] = rendered = Rendered()

    @app.before_request
    def begin() -> None:
        g.is_change = request.method not in SAFE_METHODS and request.url_rule is not None

    @app.after_request
    def end(response: Response) -> Response:
        if g.get("is_change"):
            rendered.forget()
        return response


def watched(view: Callable[..., str]) -> Callable[..., Response]:
    """A page that asks for itself again: polls share what is rendered, and 304 answers where it is as it was."""

    @wraps(view)
    def answer(**arguments: object) -> Response:
        rendered: Rendered = current_app.extensions["rendered"]
        if POLL in request.headers:
            content = rendered.page((request.url, chosen()), lambda: view(**arguments).encode())
            response = make_response(content)
        else:
            response = make_response(view(**arguments))
        response.add_etag()
        response.headers["Cache-Control"] = "no-cache"
        return cast("Response", response.make_conditional(request))

    return answer
