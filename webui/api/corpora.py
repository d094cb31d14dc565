"""Corpora over HTTP: add, list, scan. Imports bodies, views and the ledger."""

from pathlib import Path

from flask import Blueprint, Response, jsonify
from sqlalchemy import select

from ledger.corpora.corpus import add_corpus as add
from ledger.corpora.corpus import corpus_named
from ledger.corpora.scan import scan
from ledger.corpora.tables import Corpus
from webui import views
from webui.context import here
from webui.intake.requests.bodies import CorpusBody
from webui.intake.requests.json_body import json_body
from webui.problems import Problem

blueprint = Blueprint("api_corpora", __name__, url_prefix="/api/v1/corpora")


@blueprint.get("")
def list_corpora() -> Response:
    """Every corpus."""
    with here().ledger.read() as session:
        rows = session.scalars(select(Corpus).order_by(Corpus.name)).all()
        return jsonify({"corpora": [views.corpus(row) for row in rows]})


@blueprint.post("")
def add_corpus() -> Response:
    """Register a directory under one of the roots that the operator opened to the API."""
    body = CorpusBody.model_validate(json_body())
    directory = Path(body.directory).resolve()
    if not any(directory.is_relative_to(root.resolve()) for root in here().settings.corpus_roots):
        raise Problem(
            403,
            "outside_corpus_roots",
            "The API may only read directories under the setting corpus_roots; "
            "on the server itself, corpusmill corpora add takes any directory.",
        )
    with here().ledger.write() as session:
        corpus = add(
            session,
            name=body.name,
            directory=directory,
            globs=body.globs,
            language=body.language,
            now=here().ledger.now(session),
        )
        response = jsonify(views.corpus(corpus))
    response.status_code = 201
    response.headers["Location"] = f"/api/v1/corpora/{corpus.id}"
    return response


@blueprint.get("/<path:name>")
def get_corpus(name: str) -> Response:
    """One corpus by name or id."""
    with here().ledger.read() as session:
        return jsonify(views.corpus(corpus_named(session, name)))


@blueprint.post("/<path:name>/scan")
def scan_corpus(name: str) -> Response:
    """Look at the directory now and say what is new, changed, unchanged, gone and refused."""
    with here().ledger.read() as session:
        corpus = corpus_named(session, name)
    return jsonify(scan(here().ledger, corpus).report())
