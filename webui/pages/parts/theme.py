"""Light, dark or as the system has it: a cookie, so that no script decides and nothing flashes. Imports Flask."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, request
from werkzeug.wrappers import Response

from webui.intake.requests.addresses import host_of

COOKIE = "theme"
THEMES = ("system", "light", "dark")
YEAR_SECONDS = 365 * 86_400

blueprint = Blueprint("theme", __name__)


def register(app: Flask) -> None:
    """Tell every template the theme."""

    @app.context_processor
    def themes() -> dict[str, Any]:
        return {"theme": chosen(), "themes": THEMES}


def chosen() -> str:
    """The theme of the present request."""
    theme = request.cookies.get(COOKIE, THEMES[0])
    return theme if theme in THEMES else THEMES[0]


@blueprint.post("/theme")
def choose() -> Response:
    """Keep the choice and go back to where it was made."""
    theme = request.form.get("theme", "")
    referrer = request.referrer or ""
    back = "/"
    if host_of(referrer) == request.host:
        came_from = urlsplit(referrer)
        back = f"{came_from.path}?{came_from.query}".rstrip("?")
    response = redirect("/" + back.lstrip("/\\"), 303)
    if theme in THEMES:
        response.set_cookie(COOKIE, theme, max_age=YEAR_SECONDS, httponly=True, samesite="Lax")
    return response
