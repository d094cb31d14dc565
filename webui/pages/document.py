"""One document of a job: source and result side by side, who made it, and its history. Imports the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from ledger.catalog.gate.policy import Marking
from ledger.work.jobs import results, reviews
from ledger.work.jobs import views as jobs
from webui import views
from webui.context import here
from webui.exports.provenance import Marks
from webui.pages.parts.marks import SHOWN_FLAGS, Place, pieces, places
from webui.pages.parts.watching import watched

blueprint = Blueprint("document", __name__)

SHOWN_CHARACTERS = 200_000
"""More text than this a browser shows slowly; the rest is in the download."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One flag as the list beneath the texts shows it, and whether its place is marked in each of them."""

    number: int
    code: str
    detail: str
    in_source: bool
    in_output: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One class of a sentiment with its probability."""

    label: str
    value: float
    is_highest: bool


@blueprint.get("/jobs/<job_id>/documents/<int:position>")
@watched
def show(job_id: str, position: int) -> str:
    """The document at `position`, counted from 0."""
    with here().ledger.read() as session:
        view = jobs.view(session, job_id, now=here().ledger.now(session))
        found = results.document(session, job_id, position)
        line = found.line
        output = line.result.output if line.result else {}
        source, made = found.text[:SHOWN_CHARACTERS], str(output.get("text", ""))[:SHOWN_CHARACTERS]
        flags = views.flags(line)[:SHOWN_FLAGS]
        in_source = places(flags, source)
        in_output = places(flags, made, "output_") if "text" in output else []
        return render_template(
            "document.html",
            view=view,
            line=line,
            portion=view.portions.get(line.item.id),
            pieces=pieces(source, output.get("spans", []), in_source),
            cut=len(found.text) > SHOWN_CHARACTERS,
            characters=len(found.text),
            output=output,
            output_pieces=pieces(made, flagged=in_output),
            doubts=doubts(flags, in_source, in_output),
            more_flags=line.item.flag_count - len(flags),
            scores=scores(output.get("scores", {})),
            receipt=line.receipt.body if line.receipt else None,
            mark=Marks.of(reviews.of_job(session, job_id)).mark(line),
            leaves_marked=here().policy.provenance is Marking.ON,
            error=views.error(line),
            timings=results.timings(line, view.job),
            events=found.events,
        )


def doubts(flags: Sequence[Mapping[str, Any]], in_source: list[Place], in_output: list[Place]) -> list[Doubt]:
    """The flags with their numbers, which count from 1."""
    source, output = ({place.number for place in where} for where in (in_source, in_output))
    return [
        Doubt(number, str(flag["code"]), str(flag["detail"]), number in source, number in output)
        for number, flag in enumerate(flags, start=1)
    ]


def scores(output: Mapping[str, float]) -> list[Score]:
    """The classes of a sentiment in the model's order."""
    highest = max(output.values(), default=0.0)
    return [Score(label, value, value == highest) for label, value in output.items()]
