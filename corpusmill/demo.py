"""`python -m corpusmill.demo`: the samples through the tasks over HTTP. Imports the client, submit and output."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from corpusmill import boundary, logs
from corpusmill.client import Client
from corpusmill.commands.submit import expand, wait
from corpusmill.output import Unreachable, say, table
from corpusmill.place.locating import SERVER_FILE
from corpusmill.settings import Settings, load
from corpusmill.stack.launch import Launched

SAMPLES = Path(__file__).parent.parent / "samples"
SHOWN_CHARACTERS = 420


@dataclass(frozen=True, slots=True)
class Example:
    """One job of the demonstration; `shown` is the document whose result is printed."""

    task: str
    parameters: dict[str, Any]
    folders: tuple[str, ...]
    shown: str | None = None


PROSE = ("en/news", "en/letters", "en/manuals")
MARKED = ("en/pages", "en/subtitles", "en/chats", "en/prices")
EXAMPLES = (
    Example("translation", {"from": "en", "to": "pt"}, (*PROSE, *MARKED), "en/letters"),
    Example("translation", {"from": "pt", "to": "en"}, ("pt",)),
    Example("summarization", {"sentences": 3}, ("en/news", "en/reports"), "en/news"),
    Example("sentiment", {}, ("en/reviews",), "en/reviews"),
    Example("classification", {"labels": ["news", "letter", "manual"]}, PROSE, "en/manuals"),
)


def main() -> None:
    """Run every example and print what came out; exit status 1 unless every document completed."""
    logs.for_people()
    settings = load()
    with _server(settings) as url, Client(url) as client:
        click.echo(f"Submitting the samples to {url}\n")
        started = [(example, *_submit(client, example)) for example in EXAMPLES]
        ended = [(example, wait(client, job), words) for example, job, words in started]
        table("What the samples became", COLUMNS, [_row(example, job, words) for example, job, words in ended])
        for example, job, _ in ended:
            if example.shown is not None:
                _show(client, example, job)
    click.echo("\nGeneration needs a larger model: corpusmill models install starter-generation (270 MB) brings one.")
    click.echo("make up serves the same installation, these jobs included.")
    sys.exit(0 if all(job["status"] == "completed" for _, job, _ in ended) else 1)


COLUMNS = ("task", "documents", "flagged", "words", "status", "seconds", "model", "license")


def _submit(client: Client, example: Example) -> tuple[dict[str, Any], int]:
    files = expand(tuple(SAMPLES / folder for folder in example.folders))
    words = sum(len(path.read_text(encoding="utf-8").split()) for _, path in files)
    job = {"task": example.task, "parameters": example.parameters, "name": f"Samples: {_label(example)}"}
    return client.submit(job, [(path.relative_to(SAMPLES).as_posix(), path) for _, path in files]), words


def _label(example: Example) -> str:
    if "from" in example.parameters:
        return f"{example.task} {example.parameters['from']}→{example.parameters['to']}"
    return example.task


def _row(example: Example, job: dict[str, Any], words: int) -> list[Any]:
    counts, model = job["counts"], job["model"]
    seconds = _seconds(job["finished_at"]) - _seconds(job["started_at"])
    done = f"{counts['completed']}/{counts['total']}"
    name = f"{model['name']}@{model['revision'][:12]}"
    return [_label(example), done, counts["flagged"], words, job["status"], f"{seconds:.1f}", name, model["license"]]


def _seconds(stamp: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(stamp).timestamp()


def _show(client: Client, example: Example, job: dict[str, Any]) -> None:
    lines = b"".join(client.lines(f"/jobs/{job['id']}/results")).decode().splitlines()
    line = next(line for line in map(json.loads, lines) if str(line["document"]).startswith(str(example.shown)))
    position = next(i for i, raw in enumerate(lines) if json.loads(raw) == line)
    source = client.get(f"/jobs/{job['id']}/documents/{position}")["text"]
    model = line["model"]
    click.secho(f"\n{_label(example)}: {line['document']}", bold=True)
    say(f"  made by {model['name']}, revision {model['revision']}, licence {model['license']}")
    say(f"  source: {_short(source)}")
    say(f"  result: {_short(_output(line['output']))}")


def _output(output: dict[str, Any]) -> str:
    if "texts" in output:
        return " / ".join(output["texts"])
    return str(output["text"]) if "text" in output else f"{output['label']} {json.dumps(output['scores'])}"


def _short(text: str) -> str:
    flat = re.sub(r"\s+", " ", text).strip()
    return flat if len(flat) <= SHOWN_CHARACTERS else flat[:SHOWN_CHARACTERS].rsplit(" ", 1)[0] + " …"


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """The URL of the stack that runs on the data directory, started for as long as needed where none runs."""
    try:
        with Client(settings.data_dir) as client:
            yield client.url
        return
    except Unreachable:
        (settings.data_dir / SERVER_FILE).unlink(missing_ok=True)
    stack = Launched(settings.data_dir, models_dir=settings.models_dir)
    try:
        stack.start()
        with stack.client() as client:
            yield client.url
    finally:
        stack.stop()


if __name__ == "__main__":
    boundary.run(main, name="demo")
