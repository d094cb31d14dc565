"""`corpusmill corpora`: directories to process. Works on this machine's ledger. Imports output and the ledger."""

from pathlib import Path

import click

from corpusmill.commands.options import data_dir_option, json_option
from corpusmill.output import as_json, say, table
from corpusmill.settings import load


@click.group()
def corpora() -> None:
    """Register directories of documents and look at what is new in them."""


@corpora.command()
@click.argument("name")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--glob", "globs", multiple=True, help="Which files; may be repeated.  [default: **/*.txt **/*.md]")
@click.option("--language", help="Language of the documents.")
@data_dir_option
@json_option
def add(
    name: str, directory: Path, globs: tuple[str, ...], language: str | None, data_dir: Path | None, json_: bool
) -> None:
    """Register DIRECTORY as corpus NAME."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.corpora.corpus import add_corpus
    from ledger.corpora.scan import DEFAULT_GLOBS

    with open_ledger(settings) as ledger, ledger.write() as session:
        corpus = add_corpus(
            session,
            name=name,
            directory=directory,
            globs=globs or DEFAULT_GLOBS,
            language=language,
            now=ledger.now(session),
        )
    _show([[corpus.id, corpus.name, corpus.directory, " ".join(corpus.globs)]], json_)


@corpora.command("list")
@data_dir_option
@json_option
def list_corpora(data_dir: Path | None, json_: bool) -> None:
    """List the corpora."""
    settings = load(data_dir=data_dir)
    from sqlalchemy import select

    from corpusmill.place.local import open_ledger
    from ledger.corpora.tables import Corpus

    with open_ledger(settings) as ledger, ledger.read() as session:
        rows = session.scalars(select(Corpus).order_by(Corpus.name)).all()
    _show([[row.id, row.name, row.directory, " ".join(row.globs)] for row in rows], json_)


@corpora.command()
@click.argument("name")
@data_dir_option
@json_option
def scan(name: str, data_dir: Path | None, json_: bool) -> None:
    """Look at a corpus's directory and say what changed since the last look."""
    settings = load(data_dir=data_dir)
    from corpusmill.place.local import open_ledger
    from ledger.corpora.corpus import corpus_named
    from ledger.corpora.scan import scan as look

    with open_ledger(settings) as ledger:
        with ledger.read() as session:
            corpus = corpus_named(session, name)
        found = look(ledger, corpus)
    if json_:
        as_json(found.report())
        return
    names = ("new", "changed", "unchanged", "gone", "refused")
    table(f"Corpus {name}", names, [[len(getattr(found, kind)) for kind in names]])
    for path, reason in found.refused.items():
        say(f"refused {path}: {reason}", err=True)


def _show(rows: list[list[str]], json_: bool) -> None:
    columns = ["id", "name", "directory", "globs"]
    if json_:
        for row in rows:
            as_json(dict(zip(columns, row, strict=True)))
    else:
        table("Corpora", columns, rows)
