"""What went wrong, as a page for people and as problem+json for programs. Imports Flask and the problems."""

from flask import Flask, Response, make_response, render_template, request
from flask.globals import request_ctx

from webui import problems

FOR_PROGRAMS = ("/api", "/healthz", "/readyz", "/metrics", "/static/")
HEADLINES = {
    403: "That is not allowed",
    404: "There is nothing here",
    405: "That cannot be done here",
    409: "That does not fit what already stands",
    413: "That is too large",
    421: "This is another server's name",
    422: "That cannot be carried out",
    500: "The server failed",
    503: "The database does not answer",
}


def register(app: Flask) -> None:
    """Answer every exception: a page for people, problem+json for programs."""

    @app.errorhandler(Exception)
    def handle(error: Exception) -> Response:
        problem = problems.of(error)
        no_page = request_ctx.url_adapter is None  # the Host header is none, and pages hold addresses
        return problems.answer(problem) if no_page or request.path.startswith(FOR_PROGRAMS) else _page(problem)


def _page(problem: problems.Problem) -> Response:
    headline = HEADLINES.get(problem.status, "That did not work")
    response = make_response(render_template("failure.html", problem=problem, headline=headline), problem.status)
    response.headers.extend(problem.headers)
    return response
