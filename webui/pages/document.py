"""One document of a job: source and result side by side, who made it, and its history. Imports the ledger."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import Blueprint, render_template

from ledger.base import utc_now
from ledger.work import jobs, results
from webui import views
from webui.context import here

blueprint = Blueprint("document", __name__)

SHOWN_CHARACTERS = 200_000
"""More text than this a browser shows slowly; the rest is in the download."""


class Piece(NamedTuple):
    """A stretch of the source; `quoted` counts the passages that the summary took, 0 for the rest."""

    text: str
    quoted: int


@dataclass(frozen=True, slots=True)
class Score:
    """One class of a sentiment with its probability."""

    label: str
    value: float
    is_highest: bool


@blueprint.get("/jobs/<job_id>/documents/<int:position>")
def show(job_id: str, position: int) -> str:
    """The document at `position`, counted from 0."""
    with here().ledger.read() as session:
        view = jobs.view(session, job_id, now=utc_now())
        found = results.document(session, job_id, position)
        line = found.line
        output = line.result.output if line.result else {}
        return render_template(
            "document.html",
            view=view,
            line=line,
            pieces=pieces(found.text[:SHOWN_CHARACTERS], output.get("spans", [])),
            cut=len(found.text) > SHOWN_CHARACTERS,
            characters=len(found.text),
            output=output,
            output_text=str(output.get("text", ""))[:SHOWN_CHARACTERS],
            scores=scores(output.get("scores", {})),
            receipt=line.receipt.body if line.receipt else None,
            error=views.error(line),
            timings=results.timings(line, view.job),
            events=found.events,
        )


def pieces(text: str, spans: Iterable[Mapping[str, Any]]) -> list[Piece]:
    """The source cut at the passages that a summary quotes; spans are offsets in characters, in order."""
    made: list[Piece] = []
    at = 0
    for number, span in enumerate(spans, start=1):
        start, end = max(at, int(span["start"])), min(len(text), int(span["end"]))
        if start >= end:
            continue
        made += [Piece(text[at:start], 0), Piece(text[start:end], number)]
        at = end
    made.append(Piece(text[at:], 0))
    return [piece for piece in made if piece.text]


def scores(output: Mapping[str, float]) -> list[Score]:
    """The classes of a sentiment in the model's order."""
    highest = max(output.values(), default=0.0)
    return [Score(label, value, value == highest) for label, value in output.items()]
